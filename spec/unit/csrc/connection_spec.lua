local core = require("luatls.core")
local contexts = require("spec.support.contexts")
local pair = require("spec.support.pair")
local pki = require("spec.support.pki")

-- A pair whose handshake is done, of one version.
local function connected(version, options)
  options = options or {}
  options.client = options.client or {}
  options.client.min_version, options.client.max_version = version, version
  local two = pair.new(options)
  assert(two:handshake())
  return two
end

-- Read everything that has been written towards `to`.
local function read_all(two, to)
  local parts = {}
  repeat
    local moved = two:carry()
    local data = to:read()
    while data do
      table.insert(parts, data)
      data = to:read()
    end
  until moved == 0
  return table.concat(parts)
end

for _, version in ipairs({ "1.2", "1.3" }) do
  describe("a TLS " .. version .. " connection", function()
    it("agrees on the version and carries bytes both ways", function()
      local two = connected(version)
      assert.equal("TLS " .. version, two.client:info().version)
      assert.equal(5, two.client:write("hello"))
      assert.equal("hello", read_all(two, two.server))
      assert.equal(7, two.server:write("good", "bye"))
      assert.equal("goodbye", read_all(two, two.client))
    end)

    it("works byte by byte", function()
      local two = connected(version, { at_once = 1 })
      two.client:write("hello")
      assert.equal("hello", read_all(two, two.server))
    end)

    it("carries every byte of what is larger than its buffers", function()
      local two = connected(version, { at_once = 100000 })
      local text = core.random(65536):rep(32)
      local got, written, want = {}, two.client:write(text)
      repeat
        table.insert(got, read_all(two, two.server))
        if written == false then
          assert.equal("write", want)
          written, want = two.client:write()
        end
      until written
      table.insert(got, read_all(two, two.server))
      assert.equal(#text, written)
      assert.is_true(text == table.concat(got))
    end)

    it("begins with small records, and goes on with whole ones", function()
      local two = connected(version)
      two.client:write(("x"):rep(50000))
      local records, at, sizes = two.client:drain(), 1, {}
      while at < #records do
        local body = (">s2"):unpack(records, at + 3)
        at = at + 5 + #body
        table.insert(sizes, #body)
      end
      assert.equal(13, #sizes)
      for i = 1, 10 do
        assert.is_true(sizes[i] < 1400)
      end
      assert.is_true(sizes[11] > 16000)
    end)

    it("goes on after it has waited without buffers, any number of times", function()
      local two = connected(version)
      for i = 1, 100 do
        assert.same({ false, "read" }, { two.server:read() })
        two.client:write("message " .. i)
        two:carry()
        assert.equal("message " .. i, two.server:read())
        two.server:write("answer " .. i)
        assert.equal("answer " .. i, read_all(two, two.client))
      end
    end)

    it("reads on while a write waits, also when a ticket comes", function()
      local two = pair.new({ client = { max_version = version } })
      repeat
        local done = two.client:handshake()
        two.server:feed(two.client:drain())
        two.server:handshake()
        if not done then two.client:feed(two.server:drain()) end
      until done
      -- The tickets of TLS 1.3 are on their way.
      assert.is_true(two.server:handshake())
      assert.same({ false, "write" }, { two.client:write(("x"):rep(1000000)) })
      assert.equal(5, two.server:write("hello"))
      two.client:feed(two.server:drain())
      assert.equal("hello", two.client:read())
    end)

    it("gives at most as many bytes as asked for, and keeps the rest", function()
      local two = connected(version)
      two.client:write("hello")
      two:carry()
      assert.equal("he", two.server:read(2))
      assert.equal(3, two.server:pending())
      assert.equal("l", two.server:read(1))
      assert.equal("lo", two.server:read())
      assert.same({ false, "read" }, { two.server:read() })
    end)

    it("writes nothing, and strings of no length", function()
      local two = connected(version)
      assert.equal(0, two.client:write(""))
      assert.equal(1, two.client:write("", "x", ""))
      assert.equal("x", read_all(two, two.server))
    end)

    it("ends with close_notify, each way by itself", function()
      local two = connected(version)
      assert.is_true(two.client:shutdown())
      assert.is_true(two.client:shutdown())
      two:carry()
      for _ = 1, 2 do
        local data, err = two.server:read()
        assert.is_nil(data)
        assert.equal("closed", err.kind)
      end
      local sent, err = two.client:write("x")
      assert.is_nil(sent)
      assert.equal("closed", err.kind)
      two.server:write("last words")
      assert.equal("last words", read_all(two, two.client))
    end)

    it("tells an end without close_notify from one with it", function()
      local two = connected(version)
      two.client:write("half")
      two:carry()
      two.server:feed_end()
      assert.equal("half", two.server:read())
      local data, err = two.server:read()
      assert.is_nil(data)
      assert.equal("truncated", err.kind)
      assert.equal(err, select(2, two.server:read()))
      assert.equal(err, select(2, two.server:write("x")))
    end)

    it("is over when it is closed", function()
      local two = connected(version)
      two.client:close()
      two.client:close()
      for _, method in ipairs({ "read", "write", "handshake", "shutdown", "step" }) do
        local result, err = two.client[method](two.client, method == "write" and "x" or nil)
        assert.is_nil(result)
        assert.equal("closed", err.kind)
      end
      assert.equal("closed", two.client:state())
      assert.equal("", two.client:drain())
      assert.is_nil(two.client:peer_chain())
      assert.equal(0, two.client:pending())
      assert.equal("luatls.connection (client, closed)", tostring(two.client))
    end)

    it("can be walked through, state by state", function()
      local two = pair.new({ client = { max_version = version } })
      local states, done = {}, false
      local client, server = two.client, two.server
      while not done do
        table.insert(states, client:state())
        done = client:step()
        server:handshake()
        two:carry()
      end
      assert.equal("start", states[1])
      assert.equal("connected", client:state())
      local seen = table.concat(states, " ")
      for _, state in ipairs({ "client_hello", "server_hello", "client_finished" }) do
        assert.matches(state, seen, 1, true)
      end
    end)

    it("gives the peer's chain", function()
      local two = connected(version, {
        server = { client_auth = "required", trust = pki.root().chain },
        client = { certificate = pki.client().chain, key = pki.client().key },
      })
      assert.equal(pki.server().certificate, two.client:peer_chain()[1])
      assert.equal(pki.client().certificate, two.server:peer_chain()[1])
      assert.is_nil(connected(version).server:peer_chain())
    end)

    it("agrees on a protocol, or on none", function()
      local two = connected(version, {
        client = { alpn = { "h2", "http/1.1" } },
        server = { alpn = { "http/1.1" } },
      })
      assert.equal("http/1.1", two.client:info().alpn)
      assert.equal("http/1.1", two.server:info().alpn)
      assert.is_nil(connected(version, { client = { alpn = { "h2" } } }).client:info().alpn)
    end)
  end)
end

describe("a connection", function()
  it("takes only so many bytes unread", function()
    local server = pair.new().server
    local taken = server:feed(("x"):rep(1 << 20))
    assert.equal(256 * 1024, taken)
    assert.equal(0, server:feed("y"))
    assert.equal(0, server:feed(("x"):rep(1 << 20), taken + 1))
  end)

  it("raises for indexes outside of the bytes", function()
    local server = pair.new().server
    assert.equal(0, server:feed("abc", 4))
    for _, first in ipairs({ 0, -1, 5, math.maxinteger, math.mininteger }) do
      assert.error_matches(function()
        server:feed("abc", first)
      end, "out of range")
    end
  end)

  it("gives out as many bytes as asked for", function()
    local client = pair.new().client
    client:handshake()
    local first = client:drain(1)
    assert.equal("\x16", first)
    assert.is_true(#client:drain() > 100)
    assert.equal("", client:drain())
    assert.error_matches(function()
      client:drain(0)
    end, "at least 1")
  end)

  it("raises when a write is not finished before the next", function()
    local two = connected("1.3")
    assert.same({ false, "write" }, { two.client:write(("x"):rep(1 << 20)) })
    assert.error_matches(function()
      two.client:write("more")
    end, "the last write is not done")
  end)

  it("raises for an empty name", function()
    for _, key in ipairs({ "name", "sni" }) do
      local options = { name = "localhost", [key] = "" }
      assert.error_matches(function()
        contexts.client("1.3"):connection(options)
      end, ('bad option "%s" %%(it is empty%%)'):format(key))
    end
  end)

  it("raises for what is not a string", function()
    local two = connected("1.3")
    for _, value in ipairs({ {}, true, print }) do
      assert.has_error(function()
        two.client:write("x", value)
      end)
    end
    assert.has_error(function()
      two.client:write()
    end)
    assert.error_matches(function()
      two.client:read(0)
    end, "at least 1")
    two.client:write("fine")
    assert.equal("fine", read_all(two, two.server))
  end)

  it("raises when its methods are called on anything else", function()
    local two = connected("1.3")
    local method = two.client
    for _, value in ipairs({ two.client:peer_chain(), pki.server(), io.stdout, {}, "", 1 }) do
      for _, name in ipairs({ "read", "write", "info", "close" }) do
        assert.error_matches(function()
          method[name](value, "x")
        end, "luatls.connection expected, got ")
      end
    end
  end)

  it("does the handshake by reading and writing, too", function()
    local two = pair.new()
    assert.same({ false, "read" }, { two.client:write("x") })
    local got
    for _ = 1, 10 do
      two:carry()
      got = got or two.server:read() or nil
      if two.client:state() ~= "connected" then two.client:write() end
    end
    assert.equal("x", got)
  end)

  it("closes at the end of its scope", function()
    local two = connected("1.3")
    do
      local conn <close> = two.client
      assert.equal("connected", conn:state())
    end
    assert.equal("closed", two.client:state())
  end)
end)
