-- What was broken once must not come back: hellos made by hand offer export,
-- NULL, anonymous, RC4 and 3DES suites, old versions, compression, heartbeat and
-- fallbacks, and each gets the alert that its RFC names.

local core = require("luatls.core")
local hello = require("spec.support.client_hello")
local pair = require("spec.support.pair")
local pki = require("spec.support.pki")

local GOOD <const> = { ec = 0xc02b, rsa = 0xc02f }

local function server(options, type)
  local identity = pki.server(type or "ec")
  local complete = { role = "server", certificate = identity.chain, key = identity.key }
  for name, value in pairs(options or {}) do
    complete[name] = value
  end
  return assert(core.context(complete)):connection()
end

local function client(options)
  local complete = { role = "client", trust = pki.root().chain }
  for name, value in pairs(options or {}) do
    complete[name] = value
  end
  local conn = assert(core.context(complete)):connection({ name = "localhost" })
  assert.same({ false, "read" }, { conn:handshake() })
  conn:drain()
  return conn
end

-- Give an engine bytes; what it fails with, and what it says.
local function give(conn, bytes)
  conn:feed(bytes)
  local done, why = conn:handshake()
  return done == nil and why or nil, hello.answer(conn:drain())
end

-- The engine refuses the bytes, with an alert that the peer can read.
local function refuses(conn, bytes, alert)
  local err, answer = give(conn, bytes)
  assert.is_table(err)
  assert.equal("protocol", err.kind)
  assert.equal(alert, err.alert and err.alert.name, err.message)
  assert.equal(err.alert.code, answer.alert)
  assert.matches("^TLS handshake with ", err.message)
  return err
end

-- The server goes on with the handshake: its ServerHello.
local function accepts(conn, bytes)
  local err, answer = give(conn, bytes)
  assert.is_nil(err and err.message)
  assert.is_number(answer.suite)
  return answer
end

-- Suites that nobody gets, whatever the server's policy, and what broke them.
local BROKEN <const> = {
  { "RSA_EXPORT_WITH_RC4_40_MD5 (FREAK)", 0x0003 },
  { "RSA_EXPORT_WITH_RC2_CBC_40_MD5 (FREAK)", 0x0006 },
  { "RSA_EXPORT_WITH_DES40_CBC_SHA (FREAK)", 0x0008 },
  { "DHE_RSA_EXPORT_WITH_DES40_CBC_SHA (Logjam)", 0x0014 },
  { "DH_anon_EXPORT_WITH_RC4_40_MD5", 0x0017 },
  { "NULL_WITH_NULL_NULL", 0x0000 },
  { "RSA_WITH_NULL_MD5", 0x0001 },
  { "RSA_WITH_NULL_SHA", 0x0002 },
  { "RSA_WITH_NULL_SHA256", 0x003b },
  { "ECDHE_ECDSA_WITH_NULL_SHA", 0xc006 },
  { "ECDHE_RSA_WITH_NULL_SHA", 0xc010 },
  { "TLS_SHA256_SHA256 (integrity only)", 0xc0b4 },
  { "DH_anon_WITH_RC4_128_MD5", 0x0018 },
  { "DH_anon_WITH_AES_128_CBC_SHA", 0x0034 },
  { "DH_anon_WITH_AES_128_GCM_SHA256", 0x00a6 },
  { "ECDH_anon_WITH_AES_128_CBC_SHA", 0xc018 },
  { "RSA_WITH_RC4_128_MD5", 0x0004 },
  { "RSA_WITH_RC4_128_SHA", 0x0005 },
  { "ECDHE_ECDSA_WITH_RC4_128_SHA", 0xc007 },
  { "ECDHE_RSA_WITH_RC4_128_SHA", 0xc011 },
  { "RSA_WITH_DES_CBC_SHA", 0x0009 },
  { "RSA_WITH_3DES_EDE_CBC_SHA (Sweet32)", 0x000a },
  { "DHE_RSA_WITH_3DES_EDE_CBC_SHA (Sweet32)", 0x0016 },
  { "ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA (Sweet32)", 0xc008 },
  { "ECDHE_RSA_WITH_3DES_EDE_CBC_SHA (Sweet32)", 0xc012 },
  { "RSA_WITH_IDEA_CBC_SHA", 0x0007 },
  { "ECDH_ECDSA_WITH_AES_128_GCM_SHA256 (static)", 0xc02d },
  { "ECDH_RSA_WITH_AES_128_GCM_SHA256 (static)", 0xc031 },
  { "ECDHE_RSA_WITH_CAMELLIA_128_CBC_SHA256", 0xc076 },
  { "ECDHE_RSA_WITH_ARIA_128_GCM_SHA256", 0xc060 },
}

-- Suites that the default policy does not have.
local LEGACY <const> = {
  { "RSA_WITH_AES_128_GCM_SHA256 (static RSA)", 0x009c },
  { "RSA_WITH_AES_128_CBC_SHA (static RSA)", 0x002f },
  { "DHE_RSA_WITH_AES_128_GCM_SHA256", 0x009e },
  { "DHE_RSA_WITH_AES_128_CBC_SHA", 0x0033 },
  { "ECDHE_ECDSA_WITH_AES_128_CBC_SHA", 0xc009 },
  { "ECDHE_RSA_WITH_AES_128_CBC_SHA", 0xc013 },
  { "ECDHE_RSA_WITH_AES_256_CBC_SHA384", 0xc028 },
}

local WIDEST <const> = { policy = "compatible", insecure_static_rsa = true }

describe("a server that is offered nothing but", function()
  for _, suite in ipairs(BROKEN) do
    it(suite[1] .. " answers handshake_failure, under any policy", function()
      for type in pairs(GOOD) do
        local bytes = hello.client({ suites = { suite[2] } })
        refuses(server({}, type), bytes, "handshake_failure")
        refuses(server(WIDEST, type), bytes, "handshake_failure")
      end
    end)
  end

  for _, suite in ipairs(LEGACY) do
    it(suite[1] .. " answers handshake_failure under the default policy", function()
      for type in pairs(GOOD) do
        local bytes = hello.client({ suites = { suite[2] } })
        refuses(server({}, type), bytes, "handshake_failure")
      end
    end)
  end

  it("suites of TLS 1.3 answers handshake_failure in TLS 1.2", function()
    local bytes = hello.client({ suites = { 0x1301, 0x1302, 0x1303 } })
    refuses(server(), bytes, "handshake_failure")
  end)
end)

describe("a server that is offered all of the broken suites", function()
  it("takes the good one among them", function()
    for type, good in pairs(GOOD) do
      local suites = {}
      for _, list in ipairs({ BROKEN, LEGACY }) do
        for _, suite in ipairs(list) do
          suites[#suites + 1] = suite[2]
        end
      end
      suites[#suites + 1] = good
      local answer = accepts(server({}, type), hello.client({ suites = suites }))
      assert.equal(good, answer.suite)
    end
  end)
end)

local OLD <const> = {
  ["SSL 3.0 (POODLE)"] = 0x0300,
  ["TLS 1.0 (BEAST)"] = 0x0301,
  ["TLS 1.1"] = 0x0302,
}

describe("a server that is offered at most", function()
  for name, version in pairs(OLD) do
    it(name .. " answers protocol_version", function()
      local bytes = hello.client({ version = version, suites = { 0xc02b, 0xc009, 0x002f } })
      refuses(server(), bytes, "protocol_version")
      refuses(server(WIDEST), bytes, "protocol_version")
      refuses(server({ max_version = "1.2" }), bytes, "protocol_version")
    end)

    it(name .. " by extension answers protocol_version", function()
      local extensions = { hello.versions(version), hello.GROUPS, hello.SIGNATURES, hello.SHARE }
      refuses(server(), hello.client({ extensions = extensions }), "protocol_version")
    end)

    it(name .. " with TLS_FALLBACK_SCSV answers protocol_version", function()
      local bytes = hello.client({ version = version, suites = { 0xc02b, 0x5600 } })
      refuses(server(), bytes, "protocol_version")
    end)
  end

  it("TLS 1.2 answers protocol_version when it wants 1.3", function()
    refuses(server({ policy = "modern" }), hello.client(), "protocol_version")
  end)

  it("SSL 2.0 takes it for no record", function()
    local conn = server()
    conn:feed("\x80\x2e\1\0\2\0\x15\0\0\0\x10\1\0\x80\2\0\x80" .. ("x"):rep(30))
    local done, err = conn:handshake()
    assert.is_nil(done)
    assert.equal("protocol", err.kind)
  end)
end)

describe("a client that falls back (TLS_FALLBACK_SCSV)", function()
  local fallback = hello.client({ suites = { 0xc02b, 0x5600 } })

  it("to TLS 1.2 is answered inappropriate_fallback by a server of TLS 1.3", function()
    local err = refuses(server(), fallback, "inappropriate_fallback")
    assert.matches("the client came back with a lower TLS version", err.message)
  end)

  it("to TLS 1.2 is served when there is no better version", function()
    assert.equal(0xc02b, accepts(server({ max_version = "1.2" }), fallback).suite)
  end)

  it("says so in vain when it offers TLS 1.3", function()
    local extensions = { hello.versions(0x0304), hello.GROUPS, hello.SIGNATURES, hello.SHARE }
    local bytes = hello.client({ suites = { 0x5600, 0x1301 }, extensions = extensions })
    assert.equal(0x1301, accepts(server(), bytes).suite)
  end)

  it("without saying so finds the server's mark in its random bytes", function()
    -- RFC 8446, 4.1.3.
    assert.equal("DOWNGRD\1", accepts(server(), hello.client()).random:sub(-8))
    local old = accepts(server({ max_version = "1.2" }), hello.client())
    assert.not_equal("DOWNGRD", old.random:sub(-8, -2))
  end)

  it("because somebody changed its hello refuses with illegal_parameter", function()
    local two = pair.new()
    two.client:handshake()
    local bytes = two.client:drain()
    local disguised, count = bytes:gsub("\0%+(\0.\4\3\4)", "\x2a\x2a%1")
    assert.equal(1, count)
    two.server:feed(disguised)
    two.server:handshake()
    local answer = two.server:drain()
    assert.equal("DOWNGRD\1", hello.answer(answer).random:sub(-8))
    refuses(two.client, answer, "illegal_parameter")
  end)
end)

describe("a ClientHello without signature_algorithms", function()
  -- RFC 9155, 2: SHA-1 is no default any more.
  it("is answered handshake_failure where something is to be signed", function()
    local extensions = { hello.GROUPS, hello.POINTS }
    for type, suite in pairs(GOOD) do
      local bytes = hello.client({ suites = { suite, 0x009e }, extensions = extensions })
      refuses(server({}, type), bytes, "handshake_failure")
      refuses(server(WIDEST, type), bytes, "handshake_failure")
    end
  end)

  it("that lists SHA-1 only is answered handshake_failure", function()
    local sha1 = hello.extension(13, "\0\4\2\1\2\3")
    local bytes = hello.client({ extensions = { hello.GROUPS, hello.POINTS, sha1 } })
    refuses(server(), bytes, "handshake_failure")
  end)
end)

describe("compression (CRIME)", function()
  it("is never chosen", function()
    local answer = accepts(server(), hello.client({ compression = { 1, 64, 0 } }))
    assert.equal(0, answer.compression)
  end)

  it("without the null method is refused with illegal_parameter", function()
    refuses(server(), hello.client({ compression = { 1 } }), "illegal_parameter")
  end)

  it("beside TLS 1.3 is refused with illegal_parameter", function()
    local extensions = { hello.versions(0x0304), hello.GROUPS, hello.SIGNATURES, hello.SHARE }
    local given = { compression = { 1, 0 }, suites = { 0x1301 }, extensions = extensions }
    refuses(server(), hello.client(given), "illegal_parameter")
  end)

  it("that a server chooses is refused with illegal_parameter", function()
    refuses(client(), hello.server({ compression = 1 }), "illegal_parameter")
  end)
end)

describe("heartbeat (Heartbleed)", function()
  local HEARTBEAT <const> = hello.extension(15, "\1")

  it("is not answered when it is offered", function()
    for _, version in ipairs({ 0x0303, 0x0304 }) do
      local answer = accepts(
        server(),
        hello.client({
          suites = { 0x1301, 0xc02b },
          extensions = {
            HEARTBEAT,
            hello.versions(version),
            hello.GROUPS,
            hello.SIGNATURES,
            hello.SHARE,
          },
        })
      )
      assert.is_nil(answer.extensions[15])
    end
  end)

  it("as a record ends the handshake, and echoes nothing", function()
    local conn = server()
    accepts(conn, hello.client())
    -- It says that it carries 16 KB, and does not.
    local err, answer = give(conn, hello.record(24, "\1\x40\0"))
    assert.equal("protocol", err.kind)
    assert.equal("unexpected_message", err.alert.name)
    assert.equal(10, answer.alert)
  end)

  it("that a server forces on a client is refused with unsupported_extension", function()
    local bytes = hello.server({ extensions = { HEARTBEAT } })
    refuses(client(), bytes, "unsupported_extension")
  end)
end)

describe("a client", function()
  for _, suite in ipairs(BROKEN) do
    it("refuses a server that chooses " .. suite[1], function()
      refuses(client(), hello.server({ suite = suite[2] }), "illegal_parameter")
      refuses(client(WIDEST), hello.server({ suite = suite[2] }), "illegal_parameter")
    end)
  end

  for name, version in pairs(OLD) do
    it("refuses a server that chooses " .. name, function()
      refuses(client(), hello.server({ version = version }), "protocol_version")
    end)
  end

  it("takes no export key in place of the certificate's (FREAK)", function()
    local two = pair.new({
      client = { policy = "compatible", insecure_static_rsa = true, max_version = "1.2" },
      server = {
        certificate = pki.server("rsa").chain,
        key = pki.server("rsa").key,
        max_version = "1.2",
        cipher_suites = { "AES128-SHA" },
        insecure_static_rsa = true,
      },
    })
    two.client:handshake()
    two:carry()
    two.server:handshake()
    -- ServerHello, Certificate, then a ServerKeyExchange instead of ServerHelloDone.
    local flight = two.server:drain()
    local done = hello.record(22, "\14\0\0\0")
    assert.equal(done, flight:sub(-#done))
    local export = "\12\0\0\6\0\1\3\0\1\3"
    refuses(two.client, flight:sub(1, -#done - 1) .. hello.record(22, export), "unexpected_message")
  end)
end)
