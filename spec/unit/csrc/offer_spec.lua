-- What can be negotiated, by policy and by name, in both roles and versions.

local core = require("luatls.core")
local pair = require("spec.support.pair")
local pki = require("spec.support.pki")

local STATIC <const> = "insecure_static_rsa"

-- IANA's name and OpenSSL's.
local SUITES <const> = {
  { "TLS_AES_128_GCM_SHA256" },
  { "TLS_AES_256_GCM_SHA384" },
  { "TLS_CHACHA20_POLY1305_SHA256" },
  { "TLS_AES_128_CCM_SHA256" },
  { "TLS_AES_128_CCM_8_SHA256" },
  { "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256" },
  { "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256" },
  { "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384" },
  { "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384" },
  { "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305" },
  { "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305" },
  { "TLS_ECDHE_ECDSA_WITH_AES_128_CCM", "ECDHE-ECDSA-AES128-CCM" },
  { "TLS_ECDHE_ECDSA_WITH_AES_256_CCM", "ECDHE-ECDSA-AES256-CCM" },
  { "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", "ECDHE-ECDSA-AES128-CCM8" },
  { "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8", "ECDHE-ECDSA-AES256-CCM8" },
  { "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", "DHE-RSA-AES128-GCM-SHA256" },
  { "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", "DHE-RSA-AES256-GCM-SHA384" },
  { "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "DHE-RSA-CHACHA20-POLY1305" },
  { "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", "ECDHE-ECDSA-AES128-SHA256" },
  { "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", "ECDHE-RSA-AES128-SHA256" },
  { "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384", "ECDHE-ECDSA-AES256-SHA384" },
  { "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", "ECDHE-RSA-AES256-SHA384" },
  { "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "ECDHE-ECDSA-AES128-SHA" },
  { "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "ECDHE-RSA-AES128-SHA" },
  { "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "ECDHE-ECDSA-AES256-SHA" },
  { "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "ECDHE-RSA-AES256-SHA" },
  { "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256", "DHE-RSA-AES128-SHA256" },
  { "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256", "DHE-RSA-AES256-SHA256" },
  { "TLS_DHE_RSA_WITH_AES_128_CBC_SHA", "DHE-RSA-AES128-SHA" },
  { "TLS_DHE_RSA_WITH_AES_256_CBC_SHA", "DHE-RSA-AES256-SHA" },
  { "TLS_RSA_WITH_AES_128_GCM_SHA256", "AES128-GCM-SHA256", static = true },
  { "TLS_RSA_WITH_AES_256_GCM_SHA384", "AES256-GCM-SHA384", static = true },
  { "TLS_RSA_WITH_AES_128_CBC_SHA256", "AES128-SHA256", static = true },
  { "TLS_RSA_WITH_AES_256_CBC_SHA256", "AES256-SHA256", static = true },
  { "TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA", static = true },
  { "TLS_RSA_WITH_AES_256_CBC_SHA", "AES256-SHA", static = true },
}

local GROUPS <const> = {
  { "x25519", "X25519" },
  { "secp256r1", "P-256", "prime256v1", "p-256" },
  { "secp384r1", "P-384" },
  { "secp521r1", "P-521" },
  { "x448", "X448" },
  { "ffdhe2048", tls13 = true },
  { "ffdhe3072", tls13 = true },
  { "ffdhe4096", tls13 = true },
  { "ffdhe6144", tls13 = true },
  { "ffdhe8192", tls13 = true },
}

local SIGNATURES <const> = {
  { "ecdsa_secp256r1_sha256", "ECDSA+SHA256", curve = "secp256r1" },
  { "ecdsa_secp384r1_sha384", "ECDSA+SHA384", curve = "secp384r1" },
  { "ecdsa_secp521r1_sha512", "ECDSA+SHA512", curve = "secp521r1" },
  { "rsa_pss_rsae_sha256", "RSA-PSS+SHA256", "PSS+SHA256", version = "1.3" },
  { "rsa_pss_rsae_sha384", "RSA-PSS+SHA384", "PSS+SHA384", version = "1.3" },
  { "rsa_pss_rsae_sha512", "RSA-PSS+SHA512", "PSS+SHA512", version = "1.3" },
  { "rsa_pkcs1_sha256", "RSA+SHA256", version = "1.2" },
  { "rsa_pkcs1_sha384", "RSA+SHA384", version = "1.2" },
  { "rsa_pkcs1_sha512", "RSA+SHA512", version = "1.2" },
}

local function of_curve(curve)
  return pki.make({
    subject = "CN=localhost",
    names = { "localhost" },
    issuer = pki.root(),
    key = assert(core.key.generate({ curve = curve })),
  })
end

-- Join a client and a server that have such options, and a certificate.
local function join(client, server, identity)
  identity = identity or pki.server("ec")
  local complete = { certificate = identity.chain, key = identity.key }
  for name, value in pairs(server) do
    complete[name] = value
  end
  local two = pair.new({ client = client, server = complete })
  local done, client_err, server_err = two:handshake()
  return done and two, client_err, server_err
end

local function identity_for(suite)
  return pki.server(suite:find("RSA", 1, true) and "rsa" or "ec")
end

local function version_of(suite)
  return suite:find("_WITH_") and "1.2" or "1.3"
end

local function only(suite, name)
  local version = version_of(suite[1])
  return {
    cipher_suites = { name },
    min_version = version,
    max_version = version,
    [STATIC] = suite.static,
  }
end

local function raises(options, ...)
  local complete = { role = "client", trust = pki.root().chain }
  for name, value in pairs(options) do
    complete[name] = value
  end
  local ok, message = pcall(core.context, complete)
  assert.is_false(ok)
  for _, text in ipairs({ ... }) do
    assert.matches(text, message, 1, true)
  end
end

describe("a cipher suite", function()
  for _, suite in ipairs(SUITES) do
    for _, name in ipairs(suite) do
      it(name .. " can be asked for by that name, on both sides", function()
        local client, server = only(suite, name), only(suite, name:lower())
        local two = assert(join(client, server, identity_for(suite[1])))
        assert.equal(suite[1], two.client:info().cipher_suite)
        assert.equal(suite[1], two.server:info().cipher_suite)
        assert.equal("TLS " .. version_of(suite[1]), two.client:info().version)
      end)
    end
  end

  it("that only one side has is not agreed on", function()
    local client = only({ "TLS_AES_128_GCM_SHA256" }, "TLS_AES_128_GCM_SHA256")
    local server = only({ "TLS_AES_256_GCM_SHA384" }, "TLS_AES_256_GCM_SHA384")
    local two, client_err, server_err = join(client, server)
    assert.is_false(two)
    assert.equal("handshake_failure", client_err.alert.name)
    assert.equal("sent", server_err.alert.direction)
  end)
end)

describe("a group", function()
  for _, group in ipairs(GROUPS) do
    for _, name in ipairs(group) do
      for _, version in ipairs({ "1.3", not group.tls13 and "1.2" or nil }) do
        it(("%s can be asked for by that name in TLS %s"):format(name, version), function()
          local options = { groups = { name }, min_version = version, max_version = version }
          local two = assert(join(options, options, pki.server("rsa")))
          assert.equal(group[1], two.client:info().group)
          assert.equal(group[1], two.server:info().group)
        end)
      end
    end
  end

  it("is asked for once more when the client guessed another one", function()
    local two = assert(join({ groups = { "x25519", "P-384" } }, { groups = { "P-384" } }))
    assert.equal("secp384r1", two.client:info().group)
  end)

  it("is the server's first one in TLS 1.2", function()
    local client = { groups = { "x25519", "P-256" }, max_version = "1.2" }
    local two = assert(join(client, { groups = { "P-256", "x25519" } }))
    assert.equal("secp256r1", two.client:info().group)
  end)
end)

describe("a signature algorithm", function()
  for _, algorithm in ipairs(SIGNATURES) do
    for _, name in ipairs(algorithm) do
      local versions = algorithm.version and { algorithm.version } or { "1.2", "1.3" }
      for _, version in ipairs(versions) do
        it(("%s can be asked for by that name in TLS %s"):format(name, version), function()
          local identity = algorithm.curve and of_curve(algorithm.curve) or pki.server("rsa")
          local client = { signature_algorithms = { name } }
          client.min_version, client.max_version = version, version
          assert(join(client, {}, identity))
          assert(join({}, client, identity))
        end)
      end
    end
  end

  it("that the server's key cannot do is not agreed on", function()
    local _, client_err = join({ signature_algorithms = { "RSA-PSS+SHA256" } }, {})
    assert.equal("handshake_failure", client_err.alert.name)
  end)
end)

describe("preference", function()
  local function chosen(version, server)
    local suites = version == "1.3" and { "TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256" }
      or { "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305" }
    local client = { cipher_suites = suites, min_version = version, max_version = version }
    server.cipher_suites = { suites[2], suites[1] }
    server.min_version, server.max_version = version, version
    local two = assert(join(client, server))
    return two.server:info().cipher_suite:match("AES_128") or "CHACHA20"
  end

  for _, version in ipairs({ "1.2", "1.3" }) do
    it("is the server's in TLS " .. version, function()
      assert.equal("CHACHA20", chosen(version, {}))
    end)

    it("is the client's in TLS " .. version .. ", when the server says so", function()
      assert.equal("AES_128", chosen(version, { prefer_client_order = true }))
    end)
  end

  it("is no matter of clients", function()
    raises({ prefer_client_order = true }, 'bad option "prefer_client_order" (it is for servers)')
  end)
end)

describe("a policy", function()
  -- Does a server of that policy agree with a client that has one suite only?
  local function accepts(policy, suite, static)
    local server = { policy = policy, [STATIC] = static }
    return join(only(suite, suite[1]), server, identity_for(suite[1])) and true
  end

  local function kind(name)
    if not name:find("_WITH_") then return name:find("CCM") and "named" or "tls13" end
    if name:find("^TLS_RSA") then return "static" end
    if name:find("CCM") then return "named" end
    return (name:find("CBC") or name:find("^TLS_DHE")) and "legacy" or "tls12"
  end

  local HAS <const> = {
    modern = { tls13 = true },
    default = { tls13 = true, tls12 = true },
    compatible = { tls13 = true, tls12 = true, legacy = true },
  }

  for policy, kinds in pairs(HAS) do
    for _, suffix in ipairs({ "", "-2026-11" }) do
      it(policy .. suffix .. " has its suites, and no others", function()
        for _, suite in ipairs(SUITES) do
          local expected = kinds[kind(suite[1])] or false
          assert.equal(expected, accepts(policy .. suffix, suite), suite[1])
        end
      end)
    end
  end

  it("is the default one unless another is named", function()
    for _, suite in ipairs(SUITES) do
      assert.equal(HAS.default[kind(suite[1])] or false, accepts(nil, suite), suite[1])
    end
  end)

  it("adds the RSA key exchange for who accepts that it is insecure", function()
    for _, suite in ipairs(SUITES) do
      local expected = kind(suite[1]) ~= "named"
      assert.equal(expected, accepts("compatible", suite, true), suite[1])
    end
  end)

  it("shows the danger at the connection", function()
    local options = { policy = "compatible", [STATIC] = true }
    local two = assert(join(options, options))
    assert.same({ STATIC }, two.client:info().insecure)
    assert.same({ STATIC }, two.server:info().insecure)
    assert.equal("TLS 1.3", two.client:info().version)
  end)

  it("of one side gets on with those of the other", function()
    for client in pairs(HAS) do
      for server in pairs(HAS) do
        local two = assert(join({ policy = client }, { policy = server }))
        assert.equal("TLS_AES_128_GCM_SHA256", two.client:info().cipher_suite)
      end
    end
  end)
end)

describe("what cannot be", function()
  it("is told by name: suites", function()
    raises(
      { cipher_suites = { "ECDHE-RSA-AES128-GCM-SHA265" } },
      '"ECDHE-RSA-AES128-GCM-SHA265" is unknown or not supported',
      'nearest: "ECDHE-RSA-AES128-GCM-SHA256"'
    )
    raises({ cipher_suites = { "TLS_AES_128_GCM_SHA25" } }, 'nearest: "TLS_AES_128_GCM_SHA256"')
    raises({ cipher_suites = { ("x"):rep(10000) } }, "is unknown or not supported")
    raises({ cipher_suites = { "" } }, "is unknown or not supported")
  end)

  it("is told by name: groups and signature algorithms", function()
    raises({ groups = { "P256" } }, 'bad option "groups"', 'nearest: "P-256"')
    raises({ groups = { "secp256k1" } }, 'nearest: "secp256r1"')
    raises(
      { signature_algorithms = { "rsa_pss_rsae_sha265" } },
      'bad option "signature_algorithms"',
      'nearest: "rsa_pss_rsae_sha256"'
    )
    raises({ policy = "modem" }, 'nearest: "modern"')
  end)

  it("is called broken when it is", function()
    for _, name in ipairs({
      "RC4-SHA",
      "TLS_RSA_WITH_RC4_128_SHA",
      "DES-CBC3-SHA",
      "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
      "EXP-DES-CBC-SHA",
      "NULL-SHA256",
      "TLS_DH_anon_WITH_AES_128_CBC_SHA",
      "AECDH-AES128-SHA",
      "ADH-AES128-SHA",
    }) do
      raises({ cipher_suites = { name } }, ('"%s" is broken, and not supported'):format(name))
    end
    raises({ signature_algorithms = { "RSA+SHA1" } }, '"RSA+SHA1" is broken')
    raises({ signature_algorithms = { "ecdsa_sha1" } }, '"ecdsa_sha1" is broken')
  end)

  it("is no silence: lists", function()
    for _, option in ipairs({ "cipher_suites", "groups", "signature_algorithms" }) do
      raises({ [option] = "HIGH:!aNULL" }, "array of names expected")
      raises({ [option] = {} }, "it is empty")
      raises({ [option] = { 5 } }, "array of names expected")
    end
    raises(
      { cipher_suites = { "TLS_AES_128_GCM_SHA256", "tls_aes_128_gcm_sha256" } },
      "TLS_AES_128_GCM_SHA256 is named twice"
    )
    raises({ groups = { "P-256", "prime256v1" } }, "secp256r1 is named twice")
  end)

  it("is no silence: versions", function()
    local tls12, tls13 = "ECDHE-RSA-AES128-GCM-SHA256", "TLS_AES_128_GCM_SHA256"
    raises({ cipher_suites = { tls12 } }, "none of them is for TLS 1.3", 'max_version = "1.2"')
    raises({ cipher_suites = { tls13 } }, "none of them is for TLS 1.2", 'min_version = "1.3"')
    raises({ policy = "modern", cipher_suites = { tls12 } }, "none of them is for TLS 1.3")
    raises({ policy = "modern", min_version = "1.2" }, 'bad option "min_version" (policy "modern"')
    raises({ policy = "modern", max_version = "1.2" }, 'bad option "max_version"')
    raises({ signature_algorithms = { "rsa_pkcs1_sha256" } }, "TLS 1.3 needs others")
    raises(
      { signature_algorithms = { "RSA-PSS+SHA256" }, max_version = "1.2" },
      "TLS 1.2 alone needs others"
    )
  end)

  it("is no silence: the RSA key exchange", function()
    raises(
      { cipher_suites = { "TLS_AES_128_GCM_SHA256", "AES128-SHA" } },
      "TLS_RSA_WITH_AES_128_CBC_SHA has no forward secrecy"
    )
    raises({ [STATIC] = true }, 'it belongs to policy "compatible"')
    raises({ [STATIC] = true, policy = "modern" }, 'it belongs to policy "compatible"')
  end)

  it("does not change after the context was made", function()
    local suites = { "TLS_AES_256_GCM_SHA384" }
    local context = core.context({
      role = "client",
      trust = pki.root().chain,
      min_version = "1.3",
      cipher_suites = suites,
    })
    suites[1] = "nonsense"
    collectgarbage()
    local conn = context:connection({ name = "localhost" })
    conn:handshake()
    assert.is_number(conn:drain():find("\0\4\x13\2\0\xff", 1, true))
  end)
end)
