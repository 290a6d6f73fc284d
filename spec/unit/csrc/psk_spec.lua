-- Pre-shared keys between our own sides: who is let in, what is told, and which
-- options would silently lose a check.

local contexts = require("spec.support.contexts")
local core = require("luatls.core")
local hello = require("spec.support.client_hello")
local network = require("spec.support.network")
local pair = require("spec.support.pair")
local pki = require("spec.support.pki")

local KEY <const>, OTHER <const> = ("k"):rep(32), ("o"):rep(32)
local BOTH <const> = { "1.2", "1.3" }
local KEYS <const> = { ["device 7"] = KEY }

local function context(role, version, options)
  local complete = { role = role, min_version = version, max_version = version }
  for name, value in pairs(options) do
    complete[name] = value
  end
  return assert(core.context(complete))
end

local function client(version, psk, options)
  options = options or {}
  psk = psk or {}
  options.psk = {
    identity = psk.identity or "device 7",
    key = psk.key or KEY,
    or_certificate = psk.or_certificate,
  }
  return context("client", version, options)
end

local function server(version, psk, options)
  options = options or {}
  options.psk = psk or KEYS
  return context("server", version, options)
end

-- A server that takes clients with a key, and clients without.
local function mixed(version, psk)
  local identity = pki.server()
  return server(version, psk, {
    certificate = identity.chain,
    key = identity.key,
    client_auth = "none",
  })
end

local function join(ours, theirs, name)
  return pair.join(ours:connection(name and { name = name }), theirs:connection())
end

local function assert_works(two)
  local done, ours, theirs = two:handshake()
  assert.is_true(done, tostring(ours or theirs))
  two.client:write("ping")
  two:carry()
  assert.equal("ping", two.server:read())
  two.server:write("pong")
  two:carry()
  assert.equal("pong", two.client:read())
  return two.client:info(), two.server:info()
end

local function assert_fails(two)
  local done, ours, theirs = two:handshake()
  assert.is_false(done)
  return ours, theirs
end

for _, version in ipairs(BOTH) do
  describe("a pre-shared key in TLS " .. version, function()
    it("takes the place of certificates, and is told", function()
      local two = join(client(version), server(version))
      local infos = { assert_works(two) }
      for _, info in ipairs(infos) do
        assert.equal("device 7", info.psk_identity)
        assert.equal("PSK", info.authentication)
        assert.equal("ECDHE", info.key_exchange)
        assert.equal("x25519", info.group)
        assert.is_true(info.forward_secrecy)
        assert.is_false(info.resumed)
        assert.is_false(info.verified)
        assert.is_nil(info.insecure)
        assert.is_nil(info.signature_algorithm)
      end
      assert.is_nil(two.client:peer_chain())
      assert.equal(two.client:export("EXPERIMENTAL x", 8), two.server:export("EXPERIMENTAL x", 8))
    end)

    if version == "1.3" then
      it("is told when a ChangeCipherSpec, which means nothing, comes first", function()
        local two = join(client(version), server(version))
        two.client:feed("\20\3\3\0\1\1")
        local info = assert_works(two)
        assert.equal("device 7", info.psk_identity)
        assert.equal("x25519", info.group)
      end)
    end

    it("is found by a function", function()
      local asked = {}
      local function find(identity)
        table.insert(asked, identity)
        return KEY
      end
      local identity = "\0\xff any bytes " .. ("x"):rep(114)
      assert_works(join(client(version, { identity = identity }), server(version, find)))
      assert.same({ identity }, asked)
    end)

    it("may have 16 to 64 bytes", function()
      for _, length in ipairs({ 16, 64 }) do
        local key = core.random(length)
        local keys = { ["device 7"] = key }
        assert_works(join(client(version, { key = key }), server(version, keys)))
      end
    end)

    it("is the one that the table had when the context was made", function()
      local keys = { ["device 7"] = KEY }
      local theirs = server(version, keys)
      keys["device 7"] = OTHER
      assert_works(join(client(version), theirs))
    end)

    it("tells nobody which identities exist", function()
      local told = {}
      for _, psk in ipairs({ { key = OTHER }, { identity = "nobody" } }) do
        local ours, theirs = assert_fails(join(client(version, psk), server(version)))
        assert.equal("alert", ours.kind)
        assert.matches("another key", ours.hint)
        assert.equal(psk.identity or "device 7", theirs.psk_identity)
        assert.equal(ours.alert.code, theirs.alert.code)
        assert.matches(psk.key and "another key" or "is unknown", theirs.message)
        table.insert(told, ours.alert.name)
      end
      assert.equal(told[1], told[2])
      assert.equal(version == "1.2" and "bad_record_mac" or "decrypt_error", told[1])
    end)

    it("needs no name, and sends the one that is given", function()
      local _, theirs = assert_works(join(client(version), server(version), "localhost"))
      assert.equal("localhost", theirs.server_name)
    end)

    it("is not resumed", function()
      local two = join(client(version), server(version))
      assert_works(two)
      assert.is_nil(two.client:session())
    end)

    it("is asked for again after a HelloRetryRequest", function()
      local ours = client(version, nil, { groups = { "x25519", "secp384r1" } })
      local theirs = server(version, nil, { groups = { "secp384r1" } })
      assert.equal("secp384r1", (assert_works(join(ours, theirs))).group)
    end)

    it("lets in no client without one", function()
      local theirs = server(version)
      local ours = assert_fails(join(contexts.client(version), theirs, "localhost"))
      assert.equal("handshake_failure", ours.alert.name)
    end)

    it("never falls back to a certificate", function()
      local refusals = { handshake_failure = true, missing_extension = true }
      for _, ours in ipairs({ client(version), client(nil) }) do
        local two = join(ours, contexts.server({ max_version = version }))
        local err = assert_fails(two)
        assert.is_true(refusals[err.alert.name])
        assert.is_false(two.client:info().handshake_done)
      end
    end)
  end)

  describe("a function that raises in TLS " .. version, function()
    local function check(find, pattern)
      local ours, theirs = assert_fails(join(client(version), server(version, find)))
      assert.equal("internal_error", ours.alert.name)
      assert.equal("internal", theirs.kind)
      assert.matches("^psk raised an error: .*" .. pattern, theirs.message)
      assert.equal("sent", theirs.alert.direction)
      return theirs
    end

    it("ends the handshake, and the error is kept", function()
      local cause = setmetatable({}, {
        __tostring = function()
          return "no disk"
        end,
      })
      local err = check(function()
        error(cause)
      end, "no disk")
      assert.equal(cause, err.cause)
    end)

    it("is what a wrong key is", function()
      for _, wrong in ipairs({ 5, ("k"):rep(15), ("k"):rep(65), false, {} }) do
        check(function()
          return wrong
        end, "a key of 16 to 64 bytes, or nil, expected")
      end
    end)

    it("is what one that yields is", function()
      check(function()
        coroutine.yield()
      end, "yield")
    end)

    it("is what one that uses its connection is", function()
      local two
      local theirs = server(version, function()
        two.server:read()
      end)
      two = join(client(version), theirs)
      local _, err = assert_fails(two)
      assert.matches("connection is busy", err.message)
    end)
  end)

  describe("keys and certificates on one server in TLS " .. version, function()
    local function careful(psk)
      return client(version, psk, { trust = pki.root().chain })
    end

    it("serve clients of both kinds", function()
      local theirs = mixed(version)
      local _, info = assert_works(join(client(version), theirs))
      assert.equal("device 7", info.psk_identity)
      local ours
      ours, info = assert_works(join(contexts.client(version), theirs, "localhost"))
      assert.is_nil(info.psk_identity)
      assert.is_true(ours.verified)
    end)

    it("let a client that can do both come with its key", function()
      local two = join(careful({ or_certificate = true }), mixed(version), "localhost")
      local ours = assert_works(two)
      assert.equal("device 7", ours.psk_identity)
      assert.is_false(ours.verified)
      assert.is_nil(two.client:session())
    end)

    it("let it verify the certificate where there is no key", function()
      local theirs = contexts.server({ max_version = version })
      local ours = assert_works(join(careful({ or_certificate = true }), theirs, "localhost"))
      assert.is_nil(ours.psk_identity)
      assert.is_true(ours.verified)
      local err = assert_fails(join(careful({ or_certificate = true }), theirs, "wrong.example"))
      assert.equal("verify", err.kind)
    end)

    it("need a name where the certificate may count", function()
      assert.error_matches(function()
        careful({ or_certificate = true }):connection()
      end, 'needs option "name"')
    end)

    it("never let in a client with a wrong key", function()
      assert_fails(join(client(version, { key = OTHER }), mixed(version)))
      assert_fails(join(client(version, { identity = "nobody" }), mixed(version)))
    end)
  end)
end

describe("an unknown identity", function()
  it("is no reason to refuse a client that takes a certificate, in TLS 1.3", function()
    local psk = { identity = "nobody", or_certificate = true }
    local ours = client("1.3", psk, { trust = pki.root().chain })
    local info = assert_works(join(ours, mixed("1.3"), "localhost"))
    assert.is_nil(info.psk_identity)
    assert.is_true(info.verified)
  end)
end)

describe("a ClientHello made by hand", function()
  local PSK_MODES <const>, PRE_SHARED_KEY <const> = 45, 41
  local asked

  -- It offers these identities, all with a wrong key.
  local function offer(identities)
    local list, binders = {}, {}
    for i, identity in ipairs(identities) do
      list[i] = string.pack(">s2I4", identity, 0)
      binders[i] = string.pack(">s1", ("b"):rep(32))
    end
    return hello.client({
      suites = { 0x1301 },
      extensions = {
        hello.versions(0x0304),
        hello.GROUPS,
        hello.SIGNATURES,
        hello.SHARE,
        hello.extension(PSK_MODES, "\1\1"),
        hello.extension(
          PRE_SHARED_KEY,
          string.pack(">s2s2", table.concat(list), table.concat(binders))
        ),
      },
    })
  end

  local function answer(identities)
    asked = {}
    local conn = server("1.3", function(identity)
      table.insert(asked, identity)
    end):connection()
    conn:feed(offer(identities))
    local done, err = conn:handshake()
    assert.is_nil(done)
    return err.alert.name
  end

  it("makes a server ask eight times at most", function()
    local identities = {}
    for i = 1, 300 do
      identities[i] = "identity " .. i
    end
    assert.equal("decrypt_error", answer(identities))
    assert.equal(8, #asked)
    assert.equal("identity 8", asked[8])
  end)

  it("makes it not ask for what is no identity", function()
    assert.equal("decrypt_error", answer({ "", ("x"):rep(129), ("x"):rep(1000), "good" }))
    assert.same({ "good" }, asked)
  end)

  it("may be cut anywhere in what it offers", function()
    local whole = offer({ "a", "b" })
    local body = whole:sub(10)
    local at = body:find("\0\41", 1, true)
    for length = 1, #body - at - 5 do
      local short = body:sub(at + 4, at + 3 + length)
      local bytes = hello.client({
        suites = { 0x1301 },
        extensions = {
          hello.versions(0x0304),
          hello.GROUPS,
          hello.SIGNATURES,
          hello.SHARE,
          hello.extension(PSK_MODES, "\1\1"),
          hello.extension(PRE_SHARED_KEY, short),
        },
      })
      local conn = server("1.3"):connection()
      conn:feed(bytes)
      local done, err = conn:handshake()
      assert.is_nil(done, length)
      assert.is_truthy(err.alert)
    end
  end)
end)

describe("a pre-shared key in datagrams", function()
  it("takes the place of certificates too", function()
    for _, suite in ipairs({ "ECDHE-PSK-CHACHA20-POLY1305", "PSK-AES128-CCM8" }) do
      local options = { transport = "datagram", cipher_suites = { suite } }
      options.insecure_static_psk = suite:find("^PSK") ~= nil
      local net =
        network.new({ contexts = { client(nil, nil, options), server(nil, nil, options) } })
      assert.is_true(net:handshake())
      assert.equal("device 7", net.server:info().psk_identity)
      assert.equal("DTLS 1.2", net.client:info().version)
    end
  end)
end)

describe("suites with a pre-shared key", function()
  local WITH <const> = {
    "TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_DHE_PSK_WITH_AES_128_GCM_SHA256",
    "DHE-PSK-AES256-GCM-SHA384",
    "DHE-PSK-CHACHA20-POLY1305",
    "DHE-PSK-AES128-CCM",
    "ECDHE-PSK-AES128-CBC-SHA256",
    "ECDHE-PSK-AES256-CBC-SHA384",
    "DHE-PSK-AES128-CBC-SHA",
    "PSK-AES128-GCM-SHA256",
    "PSK-AES128-CCM8",
    "PSK-AES256-CBC-SHA384",
  }

  it("tell their parts", function()
    for _, name in ipairs(WITH) do
      local options = { cipher_suites = { name }, insecure_static_psk = name:find("^PSK") ~= nil }
      local ours, theirs =
        assert_works(join(client("1.2", nil, options), server("1.2", nil, options)))
      for _, info in ipairs({ ours, theirs }) do
        local exchange = name:match("^TLS_(%u+)_PSK") or name:match("^(%u-)%-?PSK")
        assert.equal(exchange == "" and "PSK" or exchange, info.key_exchange)
        assert.equal("PSK", info.authentication)
        assert.equal(exchange ~= "", info.forward_secrecy)
        assert.same(exchange == "" and { "insecure_static_psk" } or nil, info.insecure)
      end
    end
  end)

  it("follow the policy", function()
    local function agreed(ours, theirs)
      local info = assert_works(join(client("1.2", nil, ours), server("1.2", nil, theirs)))
      return info.cipher_suite
    end
    local wide = { policy = "compatible" }
    assert.equal("TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256", agreed({}, wide))
    local dhe = { cipher_suites = { "DHE-PSK-AES128-GCM-SHA256" } }
    assert.equal("TLS_DHE_PSK_WITH_AES_128_GCM_SHA256", agreed(dhe, wide))
    assert_fails(join(client("1.2", nil, dhe), server("1.2")))
    local static = { cipher_suites = { "PSK-AES128-CBC-SHA" }, insecure_static_psk = true }
    assert_fails(join(client("1.2", nil, static), server("1.2", nil, wide)))
    local widest = { policy = "compatible", insecure_static_psk = true }
    assert.equal("TLS_PSK_WITH_AES_128_CBC_SHA", agreed(static, widest))
  end)

  it("are those with SHA-256 in TLS 1.3", function()
    local theirs = { cipher_suites = { "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256" } }
    local ours = client("1.3")
    assert_works(join(ours, mixed("1.3")))
    assert.error_matches(function()
      server("1.3", nil, theirs)
    end, "TLS_AES_256_GCM_SHA384 is not for pre%-shared keys")
  end)
end)

describe("options of pre-shared keys", function()
  local GOOD <const> = { identity = "a", key = KEY }

  local function check(role, options, pattern)
    local complete = { role = role }
    for name, value in pairs(options) do
      complete[name] = value
    end
    assert.error_matches(function()
      core.context(complete)
    end, pattern)
  end

  it("are checked", function()
    check("client", { psk = "key" }, "table expected")
    check("client", { psk = {} }, "an identity is a string of 1 to 128 bytes")
    check("client", { psk = { identity = "", key = KEY } }, "1 to 128 bytes")
    check("client", { psk = { identity = ("x"):rep(129), key = KEY } }, "1 to 128 bytes")
    check("client", { psk = { identity = "a" } }, "16 to 64 random bytes")
    check("client", { psk = { identity = "a", key = "short" } }, "16 to 64 random bytes")
    check("client", { psk = { identity = "a", key = ("x"):rep(65) } }, "16 to 64 random bytes")
    check("client", { psk = { identity = "a", key = KEY, hash = "x" } }, "unknown option")
    check("client", { psk = { identity = "a", key = KEY, or_certificate = 1 } }, "boolean expected")
    check("server", { psk = "key" }, "function or table expected")
    check("server", { psk = {} }, "it is empty")
    check("server", { psk = { KEY } }, "1 to 128 bytes")
    check("server", { psk = { a = 5 } }, "16 to 64 random bytes")
  end)

  it("do not go with what only certificates give a meaning to", function()
    local identity = pki.server()
    for name, value in pairs({
      trust = pki.root().chain,
      on_verify = print,
      profile = "strict",
      require_policy = true,
      signature_algorithms = { "rsa_pss_rsae_sha256" },
      certificates = {},
      on_certificate_request = print,
      insecure_skip_verify = true,
      insecure_skip_name = true,
    }) do
      check("client", { psk = GOOD, [name] = value }, name .. '" %(it is for certificates')
    end
    check("client", { psk = GOOD, certificate = identity.chain }, "certificate")
    local both = { { certificate = identity.chain, key = identity.key } }
    check("server", { psk = KEYS, certificates = both }, "client_auth")
    check("server", { psk = KEYS, client_auth = "required" }, "client_auth")
    check("server", { psk = KEYS, trust = pki.root().chain }, "trust")
    assert(core.context({ role = "client", psk = GOOD, insecure_skip_verify = false }))
  end)

  it("want to know what holds for clients that come without a key", function()
    local identity = pki.server()
    local options = { psk = KEYS, certificate = identity.chain, key = identity.key }
    check("server", options, "clients may come without a key")
    options.client_auth, options.trust = "required", pki.root().chain
    check("server", options, "nothing could be required of them")
    options.role, options.client_auth = "server", "optional"
    assert(core.context(options))
  end)

  it("do not go with suites that have nothing to do with them", function()
    local suites = { "ECDHE-RSA-AES128-GCM-SHA256", "TLS_AES_128_GCM_SHA256" }
    check("client", { psk = GOOD, cipher_suites = suites }, "needs a certificate")
    suites[1] = "ECDHE-PSK-CHACHA20-POLY1305"
    check("client", { cipher_suites = suites }, "there is no option psk")
    suites[1] = "PSK-AES128-GCM-SHA256"
    check("client", { psk = GOOD, cipher_suites = suites }, "insecure_static_psk")
    check("client", { insecure_static_psk = true }, "there is no option psk")
  end)
end)
