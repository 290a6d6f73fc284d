-- Several certificates of one side, and what is wrong with some.

local core = require("luatls.core")
local pair = require("spec.support.pair")
local pki = require("spec.support.pki")
local signer = require("spec.support.signer")

local VERSIONS <const> = { "1.2", "1.3" }

local ALGORITHMS <const> = {
  ec = { ["1.2"] = "ecdsa_secp256r1_sha256", ["1.3"] = "ecdsa_secp256r1_sha256" },
  rsa = { ["1.2"] = "rsa_pkcs1_sha256", ["1.3"] = "rsa_pss_rsae_sha256" },
}

local function both(of)
  return {
    { certificate = of("ec").chain, key = of("ec").key },
    { certificate = of("rsa").chain, key = of("rsa").key },
  }
end

-- A pair whose server has both certificates, and no other.
local function dual(client, server)
  local made = { role = "server", certificates = both(pki.server) }
  for key, value in pairs(server or {}) do
    made[key] = value
  end
  client.role, client.trust = "client", client.trust or pki.root().chain
  local name = { name = "localhost" }
  return pair.join(
    assert(core.context(client)):connection(name),
    assert(core.context(made)):connection()
  )
end

describe("a server with two certificates", function()
  for _, version in ipairs(VERSIONS) do
    for _, type in ipairs({ "ec", "rsa" }) do
      it(("shows the %s one to clients of it in TLS %s"):format(type, version), function()
        local joined = dual({
          max_version = version,
          -- The chain is signed with ECDSA; in TLS 1.2 suites choose.
          cipher_suites = version == "1.2" and {
            type == "ec" and "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
              or "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
          } or nil,
          signature_algorithms = { ALGORITHMS[type][version] },
        })
        local done, err = joined:handshake()
        assert.is_true(done, tostring(err))
        assert.equal(type, joined.client:peer_chain()[1]:public_key():type())
        local point = "tls-server-end-point"
        local binding = assert(joined.client:channel_binding(point))
        assert.equal(binding, joined.server:channel_binding(point))
      end)
    end

    it(("of which one has an external key uses either in TLS " .. version), function()
      local calls = 0
      local certificates = both(pki.server)
      certificates[2].key = signer.key(pki.server("rsa"), function(_, right)
        calls = calls + 1
        return right
      end)
      for _, type in ipairs({ "ec", "rsa" }) do
        local client = { max_version = version }
        client.signature_algorithms = { ALGORITHMS[type][version] }
        if version == "1.2" then
          client.cipher_suites =
            { ("ECDHE-%sSA-AES128-GCM-SHA256"):format(type == "ec" and "ECD" or "R") }
        end
        local joined = dual(client, { certificates = certificates })
        local done, err = joined:handshake()
        assert.is_true(done, tostring(err))
        assert.equal(type, joined.client:peer_chain()[1]:public_key():type())
      end
      assert.equal(1, calls)
    end)
  end

  it("knows the one it showed for the RSA key exchange too", function()
    local suites = { "AES128-GCM-SHA256" }
    local client = { max_version = "1.2", cipher_suites = suites, insecure_static_rsa = true }
    local server = { cipher_suites = suites, max_version = "1.2", insecure_static_rsa = true }
    local joined = dual(client, server)
    local done, err = joined:handshake()
    assert.is_true(done, tostring(err))
    local point = "tls-server-end-point"
    assert.equal(joined.client:channel_binding(point), joined.server:channel_binding(point))
  end)

  it("does not make up which one a resumed session had", function()
    local client = core.context({ role = "client", trust = pki.root().chain, max_version = "1.2" })
    local server = core.context({ role = "server", certificates = both(pki.server) })
    local first = pair.join(client:connection({ name = "localhost" }), server:connection())
    assert.is_true(first:handshake())
    local session = assert(first.client:session())
    local options = { name = "localhost", session = session }
    local second = pair.join(client:connection(options), server:connection())
    assert.is_true(second:handshake())
    assert.is_true(second.server:info().resumed)
    local binding, err = second.server:channel_binding("tls-server-end-point")
    assert.is_nil(binding)
    assert.matches("not known on this connection", err.message)
  end)
end)

describe("options of certificates", function()
  local server, client = pki.server(), pki.client()

  local mistakes = {
    { { certificates = {} }, "1 to 8 expected" },
    { { certificates = "x" }, "array expected" },
    { { certificates = { 5 } }, "tables expected" },
    { { certificates = { { key = server.key } } }, 'option "certificate" is missing' },
    { { certificates = { { certificate = server.chain, kye = 1 } } }, 'nearest: "key"' },
    {
      { certificate = server.chain, key = server.key, certificates = both(pki.server) },
      "there is a certificate already",
    },
    { { certificate = server.chain, key = 5 }, 'bad option "key"' },
    { { certificate = server.chain, key = server.key, password = 5 }, 'bad option "password"' },
  }
  for _, mistake in ipairs(mistakes) do
    it("raise for a mistake: " .. mistake[2], function()
      local options = { role = "server" }
      for key, value in pairs(mistake[1]) do
        options[key] = value
      end
      assert.error_matches(function()
        core.context(options)
      end, mistake[2])
    end)
  end

  it("are eight at most", function()
    local list = {}
    for i = 1, 9 do
      list[i] = { certificate = server.chain, key = server.key }
    end
    assert.error_matches(function()
      core.context({ role = "server", certificates = list })
    end, "1 to 8 expected")
    list[9] = nil
    assert(core.context({ role = "server", certificates = list }))
  end)

  local other = signer.key(pki.server("rsa"))
  local refused = {
    { { certificate = server.chain }, "a certificate but no key" },
    { { key = server.key }, "a key but no certificate" },
    { { certificate = server.chain, key = client.key }, "the public halves differ" },
    { { certificate = server.chain, key = other }, "the public halves differ" },
    { { certificate = server.chain, key = server.key:public() }, "it is a public key" },
    { { certificate = client.chain, key = client.key }, "not for servers" },
    { { certificate = "/nowhere", key = server.key }, "cannot read /nowhere" },
    { { certificate = server.chain, key = "/nowhere" }, "cannot read /nowhere" },
    {
      { certificates = { both(pki.server)[1], { certificate = server.chain } } },
      "a certificate but no key",
    },
    {
      {
        certificate = pki.server("rsa").chain,
        key = other,
        policy = "compatible",
        insecure_static_rsa = true,
      },
      "it signs, and does not decrypt",
    },
  }
  for _, case in ipairs(refused) do
    it("are refused: " .. case[2], function()
      local options = { role = "server" }
      for key, value in pairs(case[1]) do
        options[key] = value
      end
      local context, err = core.context(options)
      assert.is_nil(context)
      assert.matches(case[2], err.message)
    end)
  end
end)
