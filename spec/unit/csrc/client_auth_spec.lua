-- What a server asks of its clients, and what both sides see of the answer.
-- Which alert a bad certificate causes is in alert_spec.

local core = require("luatls.core")
local pair = require("spec.support.pair")
local pki = require("spec.support.pki")

local VERSIONS <const> = { "1.2", "1.3" }

local function client_options(version, identity)
  return {
    min_version = version,
    max_version = version,
    certificate = identity and identity.chain,
    key = identity and identity.key,
  }
end

local function new_pair(version, mode, identity, more)
  local server = { client_auth = mode, trust = pki.root().chain }
  for key, value in pairs(more or {}) do
    server[key] = value
  end
  return pair.new({ client = client_options(version, identity), server = server })
end

-- In TLS 1.3 a client has finished before the server looks at its certificate.
local function told(joined, err)
  return err or select(2, joined.client:read())
end

describe("a server", function()
  for _, version in ipairs(VERSIONS) do
    local function title(text)
      return ("%s in TLS %s"):format(text, version)
    end

    it(title("that asks for nothing gets nothing"), function()
      local joined = new_pair(version, "none", pki.client())
      assert.is_true(joined:handshake())
      assert.is_nil(joined.server:peer_chain())
      assert.is_false(joined.server:info().verified)
      assert.equal("not_requested", joined.server:info().client_certificate)
      assert.equal("not_requested", joined.client:info().client_certificate)
    end)

    for _, mode in ipairs({ "optional", "required" }) do
      for _, type in ipairs({ "ec", "rsa" }) do
        it(title(("takes a good %s certificate that is %s"):format(type, mode)), function()
          local joined = new_pair(version, mode, pki.client(type))
          assert.is_true(joined:handshake())
          assert.equal("CN=Spec Client", joined.server:peer_chain()[1]:subject())
          assert.is_true(joined.server:info().verified)
          assert.equal("sent", joined.server:info().client_certificate)
          assert.equal("sent", joined.client:info().client_certificate)
        end)
      end

      it(title(("refuses one of an unknown authority that is %s"):format(mode)), function()
        local identity = pki.make({
          subject = "CN=Stranger",
          usage = "client",
          issuer = pki.stranger(),
        })
        local joined = new_pair(version, mode, identity)
        local _, client, server = joined:handshake()
        assert.equal("verify", server.kind)
        assert.equal("untrusted", server.problems[1].code)
        assert.equal("unknown_ca", server.alert.name)
        assert.equal("unknown_ca", told(joined, client).alert.name)
        assert.is_false(joined.server:info().verified)
      end)

      it(title(("refuses a server's certificate that is %s"):format(mode)), function()
        local joined = new_pair(version, mode, pki.server())
        local _, client, server = joined:handshake()
        assert.equal("extended_key_usage", server.problems[1].code)
        assert.equal("unsupported_certificate", told(joined, client).alert.name)
      end)
    end

    it(title("goes on without a certificate that is optional"), function()
      local joined = new_pair(version, "optional")
      assert.is_true(joined:handshake())
      assert.is_nil(joined.server:peer_chain())
      assert.is_false(joined.server:info().verified)
      assert.equal("none", joined.server:info().client_certificate)
      assert.equal("none", joined.client:info().client_certificate)
    end)

    it(title("ends a handshake without a certificate that is required"), function()
      local joined = new_pair(version, "required")
      local _, client, server = joined:handshake()
      local alert = version == "1.2" and "handshake_failure" or "certificate_required"
      assert.equal("verify", server.kind)
      assert.matches("the client sent no certificate, and one is required", server.message)
      assert.equal(alert, server.alert.name)
      assert.equal("sent", server.alert.direction)
      client = told(joined, client)
      assert.equal("alert", client.kind)
      assert.equal(alert, client.alert.name)
      assert.matches("the server asked for a client certificate", client.hint)
    end)

    it(title("asks its on_verify about the client's chain"), function()
      local seen
      local joined = new_pair(version, "required", pki.client(), {
        on_verify = function(chain, name)
          seen = { chain[1]:subject(), name }
          return nil, "not on the list"
        end,
      })
      local _, client, server = joined:handshake()
      assert.same({ "CN=Spec Client" }, seen)
      assert.matches("not on the list", server.message)
      assert.equal("access_denied", told(joined, client).alert.name)
    end)

    -- What a client is told about the authorities.
    local function names_told(more)
      local names
      local client = client_options(version)
      client.on_certificate_request = function(request)
        names = {}
        for i, authority in ipairs(request.authorities) do
          names[i] = authority.name
        end
      end
      local server = { client_auth = "optional", trust = pki.root().chain }
      for key, value in pairs(more or {}) do
        server[key] = value
      end
      assert.is_true(pair.new({ client = client, server = server }):handshake())
      return names
    end

    it(title("names its authorities"), function()
      assert.same({ "CN=Spec Root" }, names_told())
      assert.same({ "CN=Spec Root" }, names_told({ client_ca_names = true }))
    end)

    it(title("names others when it is told to"), function()
      local list =
        core.chain.parse(pki.stranger().certificate:pem() .. pki.root().certificate:pem())
      assert.same({ "CN=Unknown Root", "CN=Spec Root" }, names_told({ client_ca_names = list }))
      local path = pki.stranger():chain_path()
      assert.same({ "CN=Unknown Root" }, names_told({ client_ca_names = path }))
    end)

    it(title("names nobody when it is told to"), function()
      assert.same({}, names_told({ client_ca_names = false }))
    end)
  end

  -- So many authorities that their names have this many bytes, about.
  local function crowd(bytes)
    local text, count = {}, bytes // 200
    for i = 1, count do
      local subject = ("CN=Authority %04d,O=%s"):format(i, ("x"):rep(64))
      subject = subject .. (",OU=%s"):format(("y"):rep(60))
      text[i] = pki.make({ subject = subject, usage = "ca" }).certificate:pem()
    end
    return assert(core.chain.parse(table.concat(text)))
  end

  it("names many authorities only when it is told to", function()
    local trust = core.chain.parse(crowd(8000):pem() .. pki.root().certificate:pem())
    for _, version in ipairs(VERSIONS) do
      for _, given in ipairs({ "default", "all" }) do
        local count
        local client = client_options(version)
        client.on_certificate_request = function(request)
          count = #request.authorities
        end
        local server = { client_auth = "optional", trust = trust }
        if given == "all" then server.client_ca_names = true end
        assert.is_true(pair.new({ client = client, server = server }):handshake())
        assert.equal(given == "all" and #trust or 0, count)
      end
    end
  end)

  it("cannot be told to name more than a message holds", function()
    local many = crowd(20000)
    local options = {
      role = "server",
      certificate = pki.server().chain,
      key = pki.server().key,
      client_auth = "required",
      trust = many,
    }
    assert(core.context(options))
    for _, names in ipairs({ true, many }) do
      options.client_ca_names = names
      local context, err = core.context(options)
      assert.is_nil(context)
      assert.equal("config", err.kind)
      assert.matches(
        "so many authorities do not fit into a message: they have %d+ bytes",
        err.message
      )
    end
  end)

  local identity = pki.server()
  local mistakes = {
    { { client_auth = "maybe" }, "none of its words" },
    { { client_auth = true }, "string expected" },
    { { client_ca_names = true }, 'client_auth is "none"' },
    { { client_auth = "required", client_ca_names = 5 }, 'bad option "client_ca_names"' },
    { { role = "client", client_ca_names = false }, "it is for servers" },
    { { on_certificate_request = print }, "it is for clients" },
  }
  for _, mistake in ipairs(mistakes) do
    it("'s options raise for a mistake: " .. mistake[2], function()
      local options = { role = "server", trust = pki.root().chain }
      options.certificate, options.key = identity.chain, identity.key
      for key, value in pairs(mistake[1]) do
        options[key] = value
      end
      assert.error_matches(function()
        core.context(options)
      end, mistake[2])
    end)
  end
end)
