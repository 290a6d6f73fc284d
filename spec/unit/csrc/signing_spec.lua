-- Handshakes whose keys are external: every signature is asked of a function.

local core = require("luatls.core")
local pair = require("spec.support.pair")
local pki = require("spec.support.pki")
local signer = require("spec.support.signer")

local VERSIONS <const> = { "1.2", "1.3" }
local TYPES <const> = { "ec", "rsa" }
local ROLES <const> = { "server", "client" }

local function signs_with(keys, role, type)
  local identity = role == "server" and pki.server(type) or pki.client(type)
  return { certificate = identity.chain, key = keys[role] or identity.key }
end

-- A pair with client certificates, whose keys are replaced by those of `keys`.
local function new_pair(version, type, keys, algorithms)
  local client, server = signs_with(keys, "client", type), signs_with(keys, "server", type)
  client.min_version, client.max_version = version, version
  client.signature_algorithms = algorithms
  server.client_auth, server.trust = "required", pki.root().chain
  return pair.new({ client = client, server = server })
end

local function identity_of(role, type)
  return role == "server" and pki.server(type) or pki.client(type)
end

-- Which algorithm a request names, by version, type of key and hash.
local function algorithm_of(version, type, hash)
  if type == "ec" then return "ecdsa_secp256r1_sha256" end
  return (version == "1.2" and "rsa_pkcs1_" or "rsa_pss_rsae_") .. hash
end

describe("an external key", function()
  for _, version in ipairs(VERSIONS) do
    for _, type in ipairs(TYPES) do
      for _, role in ipairs(ROLES) do
        it(("signs for a %s with %s in TLS %s"):format(role, type, version), function()
          local asked = {}
          local key = signer.key(identity_of(role, type), function(request, right)
            asked[#asked + 1] = request
            return right
          end)
          local joined = new_pair(version, type, { [role] = key })
          local done, client, server = joined:handshake()
          assert.is_true(done, tostring(client or server))
          assert.equal(1, #asked)
          local request = asked[1]
          assert.equal(algorithm_of(version, type, request.hash), request.algorithm)
          assert.equal(tonumber(request.hash:sub(4)) / 8, #request.digest)
          assert.equal(role, request.role)
          assert.equal("TLS " .. version, request.version)
          assert.equal(key, request.key)
          local padding = type == "rsa" and (version == "1.2" and "pkcs1" or "pss") or nil
          assert.equal(padding, request.padding)
          joined.client:write("hello")
          joined:carry()
          assert.equal("hello", joined.server:read())
          assert.equal("CN=Spec Client", joined.server:peer_chain()[1]:subject())
        end)
      end
    end
  end

  for _, hash in ipairs({ "sha384", "sha512" }) do
    for _, version in ipairs(VERSIONS) do
      it(("signs %s in TLS %s"):format(hash, version), function()
        local key = signer.key(pki.server("rsa"))
        local algorithm = algorithm_of(version, "rsa", hash)
        local server = { certificate = pki.server("rsa").chain, key = key }
        local client = { max_version = version, signature_algorithms = { algorithm } }
        local joined = pair.new({ client = client, server = server })
        local done, err = joined:handshake()
        assert.is_true(done, tostring(err))
        assert.equal(algorithm, joined.client:info().signature_algorithm)
      end)
    end
  end

  it("signs on each curve", function()
    for curve, algorithm in pairs({
      secp384r1 = "ecdsa_secp384r1_sha384",
      secp521r1 = "ecdsa_secp521r1_sha512",
    }) do
      local key = assert(core.key.generate({ curve = curve }))
      local identity = pki.make({
        subject = "CN=localhost",
        names = { "localhost" },
        issuer = pki.root(),
        key = key,
      })
      local server = { certificate = identity.chain, key = signer.key(identity) }
      local joined = pair.new({ server = server })
      assert.is_true(joined:handshake())
      assert.equal(algorithm, joined.client:info().signature_algorithm)
    end
  end)

  it("signs for the host that was asked for", function()
    local host = assert(core.context({
      role = "server",
      certificate = pki.server("rsa").chain,
      key = signer.key(pki.server("rsa")),
      client_auth = "required",
      trust = pki.root().chain,
    }))
    local strict =
      { client = signs_with({}, "client", "ec"), server = { hosts = { localhost = host } } }
    local joined = pair.new(strict)
    assert.is_true(joined:handshake())
    assert.equal("rsa", joined.client:peer_chain()[1]:public_key():type())
    assert.equal("CN=Spec Client", joined.server:peer_chain()[1]:subject())
    -- What another host demands is nothing to the others.
    local lax = pair.new({ server = { hosts = { ["other.example"] = host } } })
    assert.is_true(lax:handshake())
    assert.equal("not_requested", lax.client:info().client_certificate)
  end)

  for _, version in ipairs(VERSIONS) do
    it(("of both sides takes its time by yielding in TLS %s"):format(version), function()
      local keys, waiting = {}, {}
      for _, role in ipairs(ROLES) do
        keys[role] = signer.key(identity_of(role, "ec"), function(_, right)
          coroutine.yield(role)
          return right
        end)
      end
      local joined = new_pair(version, "ec", keys)
      local whole = coroutine.wrap(function()
        return joined:handshake()
      end)
      local result = whole()
      while type(result) == "string" do
        waiting[#waiting + 1] = result
        result = whole()
      end
      assert.is_true(result)
      assert.same({ "server", "client" }, waiting)
    end)

    it(("is waited for as often as somebody calls in TLS %s"):format(version), function()
      local joined = new_pair(version, "ec", { server = signer.key(pki.server()) })
      joined.client:handshake()
      joined:carry()
      for _ = 1, 3 do
        assert.same({ false, "callback" }, { joined.server:handshake() })
        assert.same({ false, "callback" }, { joined.server:read() })
        assert.same({ false, "callback" }, { joined.server:step() })
      end
      assert.is_true(joined:handshake())
    end)

    it(("leaves its connection closed by its function in TLS %s"):format(version), function()
      local joined
      local key = signer.key(pki.server(), function(_, right)
        assert.error_matches(function()
          joined.server:handshake()
        end, "busy")
        joined.server:close()
        return right
      end)
      joined = new_pair(version, "ec", { server = key })
      joined.client:handshake()
      joined:carry()
      joined.server:handshake()
      joined.server:callback()
      local ok, err = joined.server:handshake()
      assert.is_nil(ok)
      assert.equal("closed", err.kind)
    end)
  end

  it("is dropped with its connection, before and after it has signed", function()
    for _, version in ipairs(VERSIONS) do
      for _, has_signed in ipairs({ false, true }) do
        local joined = new_pair(version, "ec", { server = signer.key(pki.server()) })
        joined.client:handshake()
        joined:carry()
        assert.same({ false, "callback" }, { joined.server:handshake() })
        if has_signed then joined.server:callback() end
      end
    end
    collectgarbage()
    collectgarbage()
  end)

  -- What the function does -> what the error says.
  local wrong = {
    {
      "a signature with a bit changed",
      "wrong signature",
      function(_, right)
        return right:sub(1, -2) .. string.char(right:byte(-1) ~ 1)
      end,
    },
    {
      "a signature that is cut off",
      "wrong signature",
      function(_, right)
        return right:sub(1, -2)
      end,
    },
    {
      "a signature with a byte behind it",
      "wrong signature",
      function(_, right)
        return right .. "\0"
      end,
    },
    {
      "too many bytes",
      "wrong signature",
      function()
        return ("x"):rep(100000)
      end,
    },
    {
      "the digest itself",
      "wrong signature",
      function(request)
        return request.digest
      end,
    },
    {
      "somebody else's signature",
      "wrong signature",
      function(request)
        return signer.sign(pki.root(), request)
      end,
    },
    {
      "an empty string",
      "wrong signature",
      function()
        return ""
      end,
    },
    { "nothing", "gave no signature: nil", function() end },
    {
      "false",
      "gave no signature: boolean",
      function()
        return false
      end,
    },
    {
      "a table",
      "gave no signature: table",
      function()
        return {}
      end,
    },
    {
      "a number",
      "gave no signature: number",
      function()
        return 42
      end,
    },
    {
      "nil and a reason",
      "gave no signature: the card is not there",
      function()
        return nil, "the card is not there"
      end,
    },
    {
      "an error object",
      "gave no signature: no time",
      function()
        return nil, core.error("timeout", "no time")
      end,
    },
  }

  local function check(joined, role, text)
    local _, client, server = joined:handshake()
    local own, other = client, server
    if role == "server" then
      own, other = server, client
    end
    assert.equal("internal", own.kind)
    assert.matches(text, own.message)
    assert.equal("handshake", own.phase)
    assert.equal("internal_error", own.alert.name)
    assert.equal("sent", own.alert.direction)
    assert.equal("internal_error", other.alert.name)
    return own
  end

  for _, version in ipairs(VERSIONS) do
    for _, role in ipairs(ROLES) do
      for _, case in ipairs(wrong) do
        it(
          ("that gives %s ends a %s's handshake in TLS %s"):format(case[1], role, version),
          function()
            local calls = 0
            local key = signer.key(identity_of(role, "ec"), function(...)
              calls = calls + 1
              return case[3](...)
            end)
            check(new_pair(version, "ec", { [role] = key }), role, case[2])
            assert.equal(1, calls)
          end
        )
      end

      it(("that raises ends a %s's handshake in TLS %s"):format(role, version), function()
        local key = assert(core.key.external({
          public = identity_of(role, "ec").certificate,
          sign = function()
            error("unplugged", 0)
          end,
        }))
        local joined = new_pair(version, "ec", { [role] = key })
        local err = check(joined, role, "sign raised an error: unplugged")
        assert.equal("unplugged", err.cause)
      end)
    end

    it(("by the wrong padding is told what was meant in TLS %s"):format(version), function()
      local key = signer.key(pki.server("rsa"), function(request)
        local other = { digest = request.digest, hash = request.hash }
        other.padding = request.padding == "pss" and "pkcs1" or "pss"
        return signer.sign(pki.server("rsa"), other)
      end)
      local joined = new_pair(version, "rsa", { server = key })
      local err =
        check(joined, "server", "not one by rsa_" .. (version == "1.2" and "pkcs1" or "pss"))
      assert.matches(version == "1.2" and "PKCS #1 v1.5" or "RSA%-PSS", err.hint)
    end)
  end

  it("with a salt of another length is refused", function()
    local joined = new_pair("1.3", "rsa", {
      server = signer.key(pki.server("rsa"), function(request)
        local form = "openssl pkeyutl -sign -inkey %s -in %s -pkeyopt digest:sha256 "
          .. "-pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:20"
        local digest = pki.file(request.digest)
        local pipe <close> = io.popen(form:format(pki.server("rsa"):key_path(), digest))
        return pipe:read("a")
      end),
    })
    check(joined, "server", "wrong signature")
  end)

  it("that gives the two numbers of ECDSA side by side is told to use DER", function()
    local key = signer.key(pki.server(), function()
      return ("x"):rep(64)
    end)
    local err = check(new_pair("1.3", "ec", { server = key }), "server", "wrong signature")
    assert.matches("DER SEQUENCE of two INTEGERs", err.hint)
  end)
end)
