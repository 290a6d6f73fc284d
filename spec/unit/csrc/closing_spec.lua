-- The ends of a connection: close_notify each way, close at any moment, and bytes
-- that just stop.

local contexts = require("spec.support.contexts")
local core = require("luatls.core")
local pair = require("spec.support.pair")
local pki = require("spec.support.pki")

local HIGH_WATER <const> = 256 * 1024

local function connected(version, options)
  options = options or {}
  options.client = options.client or {}
  options.client.min_version, options.client.max_version = version, version
  local two = pair.new(options)
  assert(two:handshake())
  -- The tickets of TLS 1.3 are read.
  assert.same({ false, "read" }, { two.client:read() })
  assert.same({ false, "read" }, { two.server:read() })
  return two
end

local function fails(kind, result, err)
  assert.is_nil(result)
  assert.equal(kind, err.kind)
  return err
end

-- All that comes until "not yet" or the end, and which.
local function read_all(two, conn)
  local parts = {}
  while true do
    two:carry()
    local data, why = conn:read()
    if not data then return table.concat(parts), why end
    parts[#parts + 1] = data
  end
end

-- Fill what goes out of a connection, so that not one more record does.
local function fill(conn)
  local text = ("x"):rep(2 * HIGH_WATER)
  assert.same({ false, "write" }, { conn:write(text) })
  return text
end

local function sides(two)
  return { { two.client, two.server }, { two.server, two.client } }
end

for _, version in ipairs({ "1.2", "1.3" }) do
  describe("shutdown in TLS " .. version, function()
    it("ends one way; the other goes on for as long as it likes", function()
      for i = 1, 2 do
        local two = connected(version)
        local near, far = table.unpack(sides(two)[i])
        near:write("last words")
        assert.is_true(near:shutdown())
        for _ = 1, 3 do
          far:write("more")
          assert.equal("more", (read_all(two, near)))
        end
        local data, err = read_all(two, far)
        assert.equal("last words", data)
        assert.equal("closed", err.kind)
        assert.is_true(far:shutdown())
        two:carry()
        fails("closed", near:read())
        fails("closed", near:write("x"))
      end
    end)

    it("works both ways at the same time", function()
      local two = connected(version)
      assert.is_true(two.client:shutdown())
      assert.is_true(two.server:shutdown())
      two:carry()
      fails("closed", two.client:read())
      fails("closed", two.server:read())
    end)

    it("sends one alert however often it is called", function()
      local two = connected(version)
      two.client:shutdown()
      local alert = two.client:drain()
      assert.is_true(#alert > 0)
      for _ = 1, 3 do
        assert.is_true(two.client:shutdown())
        assert.equal("", two.client:drain())
      end
    end)

    it("waits for room, and sends what a write has left before the alert", function()
      for i = 1, 2 do
        local two = connected(version)
        local near, far = table.unpack(sides(two)[i])
        local text = fill(near)
        assert.same({ false, "write" }, { near:shutdown() })
        assert.same({ false, "write" }, { near:shutdown() })
        local parts, data, err = {}
        repeat
          far:feed(near:drain(16384))
          assert.is_not_nil(near:shutdown())
          data, err = far:read()
          parts[#parts + 1] = data or ""
        until data == nil
        assert.equal("closed", err.kind)
        assert.is_true(table.concat(parts) == text)
      end
    end)

    it("needs to be called again when only the alert found no room", function()
      local two = connected(version)
      local piece, sent = ("x"):rep(1024), 0
      -- Whole records until there is no room for another.
      while two.client:write(piece) do
        sent = sent + 1
      end
      local text = two.client:drain(1)
      assert.same({ false, "write" }, { two.client:shutdown() })
      text = text .. two.client:drain()
      assert.is_true(two.client:shutdown())
      assert.is_true(two.client:shutdown())
      text = text .. two.client:drain()
      local taken = two.server:feed(text)
      local got, data, err = 0
      repeat
        data, err = two.server:read()
        got = got + #(data or "")
        taken = taken + two.server:feed(text, taken + 1)
      until not data
      assert.equal("closed", err.kind)
      assert.equal((sent + 1) * #piece, got)
    end)

    it("is not followed by anything: what comes after it is not read", function()
      local two = connected(version)
      two.client:shutdown()
      two:carry()
      two.server:feed("\x17\x03\x03\x40\x00 not a record")
      two.server:feed_end()
      for _ = 1, 2 do
        fails("closed", two.server:read())
      end
      assert.equal(4, two.server:write("good"))
    end)
  end)

  describe("bytes that stop, in TLS " .. version .. ",", function()
    it("are 'truncated' unless they stop behind the alert", function()
      local two = connected(version)
      two.client:write("some data")
      local record = two.client:drain()
      two.client:shutdown()
      local alert = two.client:drain()
      local server = two.server
      -- One connection: what comes in pieces is the same as what comes whole.
      server:feed(record)
      assert.equal("some data", server:read())
      for i = 1, #alert do
        assert.same({ false, "read" }, { server:read() })
        server:feed(alert:sub(i, i))
      end
      server:feed_end()
      fails("closed", server:read())
    end)

    for _, where in ipairs({ "header", "record", "alert" }) do
      it("are 'truncated' in the middle of a " .. where, function()
        local two = connected(version)
        if where == "alert" then
          two.server:shutdown()
        else
          two.server:write("some data")
        end
        local bytes = two.server:drain()
        two.client:feed(bytes:sub(1, where == "header" and 3 or #bytes - 1))
        assert.same({ false, "read" }, { two.client:read() })
        two.client:feed_end()
        local err = fails("truncated", two.client:read())
        assert.equal("read", err.phase)
        assert.equal(err, select(2, two.client:write("x")))
        assert.equal(err, select(2, two.client:shutdown()))
        assert.equal("", two.client:drain())
      end)
    end
  end)

  describe("close in TLS " .. version, function()
    local function is_over(conn)
      for _, method in ipairs({ "read", "write", "handshake", "shutdown", "step" }) do
        fails("closed", conn[method](conn, method == "write" and "x" or nil))
      end
      assert.equal("", conn:drain())
      assert.equal(3, conn:feed("any"))
      conn:feed_end()
      assert.is_nil(conn:session())
      assert.is_nil(conn:peer_chain())
      assert.equal("table", type(conn:info()))
      conn:close()
    end

    it("is possible after every byte of the handshake and of data", function()
      local role = { "client", "server" }
      for i = 1, 2 do
        local at_least = 0
        while true do
          local two = pair.new({ client = { max_version = version }, at_once = 512 })
          local conn, bytes = two[role[i]], 0
          local done, mine, theirs
          repeat
            mine, theirs = two.client:handshake(), two.server:handshake()
            done = mine and theirs
            bytes = bytes + two:carry()
          until bytes >= at_least or done
          conn:close()
          is_over(conn)
          if done then break end
          at_least = bytes + 1
        end
      end
    end)

    it("is possible in the middle of a record", function()
      local two = connected(version)
      two.client:write(("x"):rep(5000))
      local bytes = two.client:drain()
      for _, part in ipairs({ 1, 5, 6, 2000, #bytes - 1 }) do
        local other = connected(version)
        other.client:write(("x"):rep(5000))
        other.server:feed(other.client:drain(part))
        assert.is_truthy(other.server:read() ~= nil)
        other.server:close()
        is_over(other.server)
      end
    end)

    it("is possible in the middle of a write; the peer sees a cut", function()
      local two = connected(version)
      fill(two.client)
      local bytes = two.client:drain()
      two.client:close()
      is_over(two.client)
      local server, taken = two.server, 0
      repeat
        taken = taken + server:feed(bytes, taken + 1)
      until not server:read()
      server:feed_end()
      fails("truncated", server:read())
    end)

    it("says nothing to the peer by itself", function()
      local two = connected(version)
      two.client:close()
      assert.equal(0, two:carry())
      assert.same({ false, "read" }, { two.server:read() })
    end)

    it("is possible in keylog, whatever called it", function()
      local client
      local lines = 0
      local context = contexts.client(version, {
        keylog = function()
          lines = lines + 1
          client:close()
        end,
      })
      for _, method in ipairs({ "handshake", "read", "step", "write" }) do
        client = context:connection({ name = "localhost" })
        local two = pair.join(client, contexts.server():connection())
        if method == "write" then client:write("x") end
        for _ = 1, 20 do
          if client:state() ~= "closed" then client[method](client) end
          two.server:handshake()
          two:carry()
        end
        is_over(client)
      end
      assert.equal(4, lines)
    end)

    it("is refused in on_verify, which is inside the engine", function()
      local two, message
      two = pair.new({
        client = {
          max_version = version,
          on_verify = function()
            message = select(2, pcall(two.client.close, two.client))
            return true
          end,
        },
      })
      assert(two:handshake())
      assert.matches("connection is busy", message)
    end)
  end)
end

describe("shutdown", function()
  it("says nothing before the handshake is done", function()
    local two = pair.new()
    assert.is_true(two.client:shutdown())
    assert.equal("", two.client:drain())
    fails("closed", two.client:write("x"))
  end)

  it("finishes a write that waits for the handshake", function()
    local two = pair.new()
    assert.same({ false, "read" }, { two.client:write("hello") })
    local done
    repeat
      done = two.client:shutdown()
      two.server:handshake()
      two:carry()
    until done
    local data, err = read_all(two, two.server)
    assert.equal("hello", data)
    assert.equal("closed", err.kind)
  end)
end)

describe("close", function()
  it("is possible while a function that has yielded is asked", function()
    local identity = pki.server()
    local answered
    local context = assert(core.context({
      role = "server",
      certificate = identity.chain,
      key = identity.key,
      on_client_hello = function()
        coroutine.yield()
        answered = true
      end,
    }))
    local two =
      pair.join(contexts.client("1.3"):connection({ name = "localhost" }), context:connection())
    two.client:handshake()
    two:carry()
    assert.same({ false, "callback" }, { two.server:handshake() })
    local asking = coroutine.create(two.server.callback)
    assert.is_true(coroutine.resume(asking, two.server))
    assert.error_matches(function()
      two.server:read()
    end, "connection is busy")
    two.server:close()
    assert.is_true(coroutine.resume(asking))
    assert.is_true(answered)
    fails("closed", two.server:handshake())
  end)

  it("is possible in the function itself", function()
    local identity = pki.server()
    local server
    local context = assert(core.context({
      role = "server",
      certificate = identity.chain,
      key = identity.key,
      on_client_hello = function()
        server:close()
      end,
    }))
    server = context:connection()
    local two = pair.join(contexts.client("1.3"):connection({ name = "localhost" }), server)
    two.client:handshake()
    two:carry()
    assert.same({ false, "callback" }, { server:handshake() })
    server:callback()
    fails("closed", server:handshake())
  end)
end)
