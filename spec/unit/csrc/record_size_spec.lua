-- Records no larger than a peer asks for, in both versions and directions
-- (RFC 8449), and as large as they may be when nobody asks for less.

local contexts = require("spec.support.contexts")
local core = require("luatls.core")
local hellos = require("spec.support.hellos")
local intruder = require("spec.support.intruder")
local pair = require("spec.support.pair")
local pki = require("spec.support.pki")
local records = require("spec.support.records")

local DATA <const> = 23 -- ContentType
local WHOLE <const> = 16384 -- bytes of data
local WARMED_UP <const> = ("x"):rep(50000) -- first records are small
-- Bytes that AES-128-GCM adds: in TLS 1.2 a nonce and a tag, in 1.3 the type and a tag.
local ADDED <const> = { ["1.2"] = 8 + 16, ["1.3"] = 1 + 16 }
local OTHER <const> = { client = "server", server = "client" }

local function joined(version, options)
  for _, side in ipairs({ "client", "server" }) do
    options[side] = options[side] or {}
    options[side].min_version, options[side].max_version = version, version
    options[side].cipher_suites = {
      version == "1.3" and "TLS_AES_128_GCM_SHA256" or "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    }
  end
  return pair.new(options)
end

local function bodies(bytes)
  local sizes = {}
  for _, record in ipairs((records.split(bytes))) do
    sizes[#sizes + 1] = #record.body
  end
  return sizes
end

local function largest(bytes)
  return math.max(table.unpack(bodies(bytes)))
end

-- What one side sends in a write, behind so many bytes.
local function sent(two, side, size)
  two[side]:write(WARMED_UP)
  two:carry()
  assert(two[OTHER[side]]:read(1 << 20))
  two[side]:write(("y"):rep(size))
  return two[side]:drain()
end

local function read_all(conn)
  local parts = {}
  repeat
    local data = conn:read(1 << 20)
    parts[#parts + 1] = data or nil
  until not data
  return table.concat(parts)
end

for _, version in ipairs({ "1.2", "1.3" }) do
  describe("records of TLS " .. version, function()
    it("are whole when nobody asks for less", function()
      local two = joined(version, {})
      assert(two:handshake())
      assert.same({ WHOLE + ADDED[version] }, bodies(sent(two, "client", WHOLE)))
      local limit = version == "1.3" and WHOLE + 1 or WHOLE
      assert.equal(limit, two.server:info().peer_record_size_limit)
    end)

    it("carry no padding", function()
      local two = joined(version, {})
      assert(two:handshake())
      assert.same({ 100 + ADDED[version] }, bodies(sent(two, "server", 100)))
    end)

    for _, side in ipairs({ "client", "server" }) do
      it("are as small as the " .. side .. " asks, which gets all of them", function()
        for _, limit in ipairs({ 64, 65, 512, 16384 }) do
          local two = joined(version, { [side] = { record_size_limit = limit } })
          assert(two:handshake())
          local peer = two[OTHER[side]]
          assert.equal(limit, peer:info().peer_record_size_limit)
          peer:write(WARMED_UP)
          local bytes = peer:drain()
          local overhead = version == "1.3" and ADDED[version] - 1 or ADDED[version]
          assert.is_true(largest(bytes) <= limit + overhead, tostring(largest(bytes)))
          two[side]:feed(bytes)
          assert.equal(WARMED_UP, read_all(two[side]))
        end
      end)

      it("are taken up to the limit of the " .. side .. ", and refused beyond it", function()
        local evil = intruder.new(version, OTHER[side], { record_size_limit = 1000 })
        local most = version == "1.3" and 999 or 1000
        evil:say(DATA, ("r"):rep(most))
        assert.equal(most, #evil.victim:read())
        evil:say(DATA, ("r"):rep(most + 1))
        local data, err = evil.victim:read()
        assert.is_nil(data)
        assert.same({ "record_overflow", "sent" }, { err.alert.name, err.alert.direction })
      end)
    end

    it("may be any size at the other end of a limit", function()
      local two = joined(version, { client = { record_size_limit = 64 } })
      assert(two:handshake())
      assert.same({ WHOLE + ADDED[version] }, bodies(sent(two, "client", WHOLE)))
    end)
  end)
end

describe("a handshake of TLS 1.3 with a small limit", function()
  it("comes in small records too, with certificates of both sides", function()
    local two = pair.new({
      client = {
        record_size_limit = 64,
        certificate = pki.client().chain,
        key = pki.client().key,
      },
      server = {
        record_size_limit = 65,
        client_auth = "required",
        trust = pki.root().chain,
      },
    })
    two.client:handshake()
    two.server:feed(two.client:drain())
    two.server:handshake()
    local flight = two.server:drain()
    for i, record in ipairs((records.split(flight))) do
      -- ServerHello is not protected: the limit is not for it.
      assert.is_true(i == 1 or #record.body <= 64 + 16)
    end
    two.client:feed(flight)
    two.client:handshake()
    local answer = two.client:drain()
    assert.is_true(largest(answer) <= 65 + 16)
    two.server:feed(answer)
    assert(two:handshake())
    assert.truthy(two.server:peer_chain())
  end)

  it("goes on byte by byte", function()
    local two = pair.new({ client = { record_size_limit = 64 }, at_once = 1 })
    assert(two:handshake())
  end)
end)

describe("the limit of a session", function()
  it("does not outlive its connection", function()
    local server = contexts.server()
    local function meet(limit, session)
      local client = contexts.client("1.3", { record_size_limit = limit })
      local conn = client:connection({ name = "localhost", session = session })
      local two = pair.join(conn, server:connection())
      assert(two:handshake())
      two.server:write("x")
      two:carry()
      assert(conn:read() == "x")
      return two
    end
    local first = meet(100)
    local second = meet(nil, first.client:session())
    assert.equal(WHOLE + 1, second.server:info().peer_record_size_limit)
  end)
end)

-- The alert that a server answers to a hello with this extension.
local function answer(bytes, versions)
  local server = pair.new({}).server
  local extensions = {
    { hellos.extension.groups({ 0x0017 }) },
    { hellos.extension.signature_algorithms({ 0x0403 }) },
    { hellos.extension.raw(28, bytes) },
  }
  if versions then
    table.insert(extensions, { hellos.extension.supported_versions(versions) })
    table.insert(extensions, { hellos.extension.key_share() })
  end
  local suites = { versions and 0x1301 or 0xc02b }
  server:feed(
    ("\22\3\1" .. (">s2"):pack(hellos.make({ suites = suites, extensions = extensions })))
  )
  local _, err = server:handshake()
  return type(err) == "table" and err.alert.name or err
end

describe("record_size_limit in a ClientHello", function()
  for name, versions in pairs({ ["1.2"] = false, ["1.3"] = { 0x0304 } }) do
    it("has two bytes, and is no less than 64, in TLS " .. name, function()
      assert.equal("decode_error", answer("", versions))
      assert.equal("decode_error", answer("\64", versions))
      assert.equal("decode_error", answer("\0\64\0", versions))
      assert.equal("illegal_parameter", answer("\0\0", versions))
      assert.equal("illegal_parameter", answer("\0\63", versions))
    end)
  end
end)

describe("option record_size_limit", function()
  it("takes what RFC 8449 allows, and is not for datagrams", function()
    for _, limit in ipairs({ 63, 16386, -1, 0.5, "64" }) do
      assert.has_error(function()
        core.context({ role = "client", trust = pki.root().chain, record_size_limit = limit })
      end)
    end
    assert.has_error(function()
      core.context({
        role = "client",
        trust = pki.root().chain,
        transport = "datagram",
        record_size_limit = 512,
      })
    end, 'bad option "record_size_limit" (it is not for datagrams: see option mtu)')
  end)
end)
