-- ClientHellos that nobody should send, and those that everybody may: of 64 KB,
-- without extensions, with one twice, with bytes behind the end, and with a value of
-- RFC 8701 in every place that has one.

local contexts = require("spec.support.contexts")
local grammar = require("spec.support.grammar")
local hellos = require("spec.support.client_hello")
local middleman = require("spec.support.middleman")
local pki = require("spec.support.pki")
local scenes = require("spec.support.scenes")

local OLD <const>, NEW <const> = 0x0303, 0x0304

local function server(options)
  return contexts.server(options):connection()
end

-- Give an engine bytes; what it fails with, and what it says.
local function give(conn, bytes)
  local first = 1
  local done, why = conn:handshake()
  while first <= #bytes and done ~= nil do
    first = first + conn:feed(bytes:sub(first, first + 9999))
    done, why = conn:handshake()
  end
  return done == nil and why or nil, conn:drain(), first - 1
end

-- It is refused with an alert that the client can read: in plaintext.
local function refuses(conn, bytes, alert)
  local err, said, taken = give(conn, bytes)
  assert.is_table(err)
  assert.equal("protocol", err.kind)
  assert.equal(alert, err.alert and err.alert.name, err.message)
  assert.equal(err.alert.code, hellos.answer(said).alert)
  assert.equal("client_hello", err.step)
  return err, taken
end

local function accepts(conn, bytes)
  local err, said = give(conn, bytes)
  assert.is_nil(err and err.message)
  return hellos.answer(said)
end

local function numbers(size, list)
  local parts = {}
  for i, number in ipairs(list) do
    parts[i] = string.pack(">I2", number)
  end
  return string.pack(">s" .. size, table.concat(parts))
end

-- What a client of either version needs, by type.
local function extensions_of(version)
  local list = { [10] = hellos.GROUPS, [13] = hellos.SIGNATURES }
  if version == OLD then
    list[11] = hellos.POINTS
  else
    list[43], list[51] = hellos.versions(NEW), hellos.SHARE
  end
  return list
end

local function hello_of(version, extensions, suites)
  local list = {}
  for _, bytes in pairs(extensions) do
    list[#list + 1] = bytes
  end
  suites = suites or { version == OLD and 0xc02b or 0x1301 }
  return hellos.client({ suites = suites, extensions = list })
end

-- Handshake bytes of a ClientHello record, as many records as they need.
local function in_records(message)
  local parts = {}
  for at = 1, #message, 16384 do
    parts[#parts + 1] = hellos.record(22, message:sub(at, at + 16383), 0x0301)
  end
  return table.concat(parts)
end

local function message_of(record)
  return record:sub(6)
end

-- With another body, and its length.
local function with_body(message, body)
  return message:sub(1, 1) .. (">I3"):pack(#body) .. body
end

for _, version in ipairs({ OLD, NEW }) do
  local name = version == OLD and "TLS 1.2" or "TLS 1.3"

  describe("a ClientHello of " .. name, function()
    it("is taken as it should be", function()
      local answer = accepts(server(), hello_of(version, extensions_of(version)))
      assert.equal(version == OLD and 0xc02b or 0x1301, answer.suite)
    end)

    it("of 64 KB is refused with decode_error before it has all come", function()
      local extensions = extensions_of(version)
      extensions[21] = hellos.extension(21, ("\0"):rep(65000))
      local record = hello_of(version, { hellos.GROUPS })
      local message = message_of(record)
      local body = message:sub(5, -3 - #hellos.GROUPS) -- up to the extensions' length
      local block = ""
      for _, bytes in pairs(extensions) do
        block = block .. bytes
      end
      message = with_body(message, body .. string.pack(">s2", block))
      assert.is_true(#message > 65000)
      local err, taken = refuses(server(), in_records(message), "decode_error")
      assert.matches("too long", err.message)
      assert.is_true(taken <= 20000)
    end)

    it("of 16 KB is taken", function()
      local extensions = extensions_of(version)
      extensions[21] = hellos.extension(21, ("\0"):rep(16384 - 200))
      accepts(server(), in_records(message_of(hello_of(version, extensions))))
    end)

    it("with any extension twice is refused with illegal_parameter", function()
      local extra = {
        [0] = hellos.extension(0, "\0\12\0\0\9localhost"),
        [16] = hellos.extension(16, "\0\3\2h2"),
        [23] = hellos.extension(23, ""),
        [45] = hellos.extension(45, "\1\1"),
        [21] = hellos.extension(21, "\0"),
        [0x4469] = hellos.extension(0x4469, ""),
        [0xff01] = hellos.extension(0xff01, "\0"),
      }
      for type, bytes in pairs(extensions_of(version)) do
        extra[type] = bytes
      end
      for type, bytes in pairs(extra) do
        local extensions = extensions_of(version)
        extensions[type], extensions["again"] = bytes, bytes
        refuses(server(), hello_of(version, extensions), "illegal_parameter")
      end
    end)

    it("with bytes behind its extensions is refused with decode_error", function()
      local message = message_of(hello_of(version, extensions_of(version)))
      for _, more in ipairs({ "\0", ("x"):rep(5), ("\0"):rep(300) }) do
        local longer = with_body(message, message:sub(5) .. more)
        refuses(server(), in_records(longer), "decode_error")
      end
    end)
  end)
end

describe("a ClientHello without extensions", function()
  local SUITES <const> = { 0x009c, 0xc02b }
  local STATIC <const> = { policy = "compatible", insecure_static_rsa = true }

  local function of_rsa(options)
    local complete = { certificate = pki.server("rsa").chain, key = pki.server("rsa").key }
    for name, value in pairs(options) do
      complete[name] = value
    end
    return contexts.server(complete):connection()
  end

  it("is a hello of TLS 1.2: what needs no signature is served", function()
    for _, extensions in ipairs({ false, {} }) do
      local bytes = hellos.client({ suites = SUITES, extensions = extensions })
      for _, max_version in ipairs({ "1.2", "1.3" }) do
        STATIC.max_version = max_version
        assert.equal(0x009c, accepts(of_rsa(STATIC), bytes).suite)
      end
    end
  end)

  it("is refused with handshake_failure where there is something to sign", function()
    -- RFC 9155, 2: SHA-1, the default of old, is none any more.
    for _, extensions in ipairs({ false, {} }) do
      local bytes = hellos.client({ suites = SUITES, extensions = extensions })
      refuses(of_rsa({}), bytes, "handshake_failure")
      refuses(server(), bytes, "handshake_failure")
    end
  end)

  it("is refused with protocol_version where there is only TLS 1.3", function()
    local bytes = hellos.client({ suites = SUITES, extensions = false })
    refuses(server({ policy = "modern" }), bytes, "protocol_version")
  end)
end)

-- RFC 8701, 2: 0x0a0a, 0x1a1a …; of one byte, for PSK modes, 0x0b, 0x2a, …
local GREASE <const>, BYTES <const> = {}, {}
for i = 0, 15 do
  GREASE[i + 1] = 0x0a0a + i * 0x1010
  if i < 8 then BYTES[i + 1] = 0x0b + i * 0x1f end
end

local function with(...)
  local list = table.move(GREASE, 1, #GREASE, 1, {})
  return table.move({ ... }, 1, select("#", ...), #list + 1, list)
end

describe("a ClientHello with GREASE in every place (RFC 8701, 3.1)", function()
  local function greased(version)
    local shares, names = {}, {}
    for i, value in ipairs(GREASE) do
      shares[i] = string.pack(">I2s2", value, "\0")
      names[i] = string.pack(">s1", string.pack(">I2", value))
    end
    shares[#shares + 1] = string.pack(">I2s2", 29, "\9" .. ("\0"):rep(31))
    names[#names + 1] = "\2h2"
    local modes = string.char(table.unpack(BYTES)) .. "\1"
    local extensions = {
      hellos.extension(10, numbers(2, with(29, 23))),
      hellos.extension(11, "\1\0"),
      hellos.extension(13, numbers(2, with(0x0403, 0x0804))),
      hellos.extension(16, string.pack(">s2", table.concat(names))),
      hellos.extension(43, numbers(1, with(version))),
      hellos.extension(45, string.pack(">s1", modes)),
      hellos.extension(51, string.pack(">s2", table.concat(shares))),
    }
    for i, value in ipairs(GREASE) do
      extensions[#extensions + 1] = hellos.extension(value, ("\0"):rep(i - 1))
    end
    local suites = with(0x1301, 0xc02b)
    return hellos.client({ suites = suites, extensions = extensions })
  end

  it("is served in both versions", function()
    assert.equal(0x1301, accepts(server({ alpn = { "h2" } }), greased(NEW)).suite)
    assert.equal(0xc02b, accepts(server({ alpn = { "h2" } }), greased(OLD)).suite)
  end)
end)

describe("GREASE of a server (RFC 8701, 4.1)", function()
  -- A middleman adds it. A NewSessionTicket is in no transcript; behind a
  -- CertificateRequest the client goes on, and notices only by what it heard.
  local function with_more(version, message, name, more)
    return grammar.change(version, message, name, function(content)
      return content .. more
    end)
  end

  it("is ignored in tickets", function()
    local play = middleman.stage("1.3"):play(function(message)
      if message.name ~= "new_session_ticket" then return nil end
      return { with_more("1.3", message, "extensions", "\x2a\x2a\0\1x") }
    end)
    assert.is_true(play.good)
    assert.is_truthy(play.client.conn:session())
  end)

  it("is ignored in requests for certificates", function()
    local places = { ["1.2"] = { "supported_signature_algorithms", "certificate_types" } }
    places["1.3"] = { "supported_signature_algorithms", "extensions" }
    local more = { supported_signature_algorithms = "\x3a\x3a", certificate_types = "\x0b" }
    more.extensions = "\x4a\x4a\0\1x"
    local function check(scene, message)
      for _, name in ipairs(places[scene.version]) do
        local play = scene:play(message, function(_, same)
          return { with_more(scene.version, same, name, more[name]) }
        end)
        scenes.refused(play, "decrypt_error", name)
      end
    end
    for _, scene in ipairs(scenes.all()) do
      for _, message in ipairs(scene:messages()) do
        if message.name == "certificate_request" then check(scene, message) end
      end
    end
  end)
end)
