local errors = require("luatls.error")
local luv = require("luatls.io.luv")
local process = require("spec.support.process")
local uv = require("luv")

-- Run `fn` inside a callback of the loop, and return what pcall says.
local function in_callback(fn)
  local results
  local timer = uv.new_timer()
  timer:start(0, 0, function()
    luv.close(timer)
    results = table.pack(pcall(fn))
  end)
  while not results do
    uv.run("once")
  end
  return table.unpack(results, 1, results.n)
end

describe("a task", function()
  it("runs at once until it first waits", function()
    local steps = {}
    luv.spawn(function()
      table.insert(steps, "before")
      luv.sleep(0.001)
      table.insert(steps, "after")
    end)
    table.insert(steps, "spawned")
    luv.sleep(0.02)
    assert.same({ "before", "spawned", "after" }, steps)
  end)

  it("lets others run while it waits", function()
    local order = {}
    luv.run(function()
      luv.spawn(function()
        luv.sleep(0.02)
        table.insert(order, "slow")
      end)
      luv.spawn(function()
        luv.sleep(0.001)
        table.insert(order, "fast")
      end)
      luv.sleep(0.05)
    end)
    assert.same({ "fast", "slow" }, order)
  end)

  it("gives back what it returned, or raises what it raised", function()
    assert.same(
      { 1, nil, 3 },
      { luv.run(function(...)
        luv.sleep(0)
        return ...
      end, 1, nil, 3) }
    )
    local ok, message = pcall(luv.run, function()
      luv.sleep(0)
      error("it broke")
    end)
    assert.is_false(ok)
    assert.matches("it broke", message)
  end)
end)

describe("a wait", function()
  it("ends when its bell rings", function()
    local bell, rung = {}, nil
    luv.spawn(function()
      rung = luv.wait(bell, luv.now() + 5)
    end)
    assert.is_nil(rung)
    luv.ring(bell)
    assert.is_true(rung)
    assert.same({}, bell)
  end)

  it("ends when its deadline has passed", function()
    local bell, before = {}, luv.now()
    assert.is_false(luv.wait(bell, before + 0.02))
    assert.is_true(luv.now() - before >= 0.018)
    assert.same({}, bell)
  end)

  it("wakes all who wait at one bell", function()
    local bell, count = {}, 0
    for _ = 1, 10 do
      luv.spawn(function()
        luv.wait(bell)
        count = count + 1
      end)
    end
    luv.ring(bell)
    assert.equal(10, count)
  end)

  it("turns the loop itself in a coroutine that is no task", function()
    local co = coroutine.wrap(function()
      luv.sleep(0.001)
      return "done"
    end)
    assert.equal("done", co())
  end)

  it("raises inside a callback of the loop, and does not hang", function()
    local ok, message = in_callback(function()
      luv.sleep(0.001)
    end)
    assert.is_false(ok)
    assert.matches("inside a callback of the loop", message, 1, true)
  end)

  it("raises when nothing is left that could end it", function()
    -- In a process of its own, whose loop has nothing of other specs.
    local program = 'print(pcall(require("luatls.io.luv").wait, {}))'
    local _, text = process.start("lua5.4", { "-e", program }):wait()
    assert.matches("nothing is left in the loop", text, 1, true)
  end)
end)

-- A connected pair of adapter sockets.
local function socket_pair()
  local server = assert(luv.listen("127.0.0.1", 0, 8))
  local _, port = server:sockname()
  local client = assert(luv.connect("127.0.0.1", port, luv.now() + 5))
  local peer = assert(server:accept(luv.now() + 5))
  server:close()
  return client, peer
end

local function soon()
  return luv.now() + 5
end

describe("a socket", function()
  it("carries bytes both ways, and the end", function()
    local client, peer = socket_pair()
    assert(client:send("hello"))
    assert(client:settle(soon()))
    assert.equal("hello", peer:receive(soon()))
    peer:send("bye")
    peer:close()
    assert.equal("bye", client:receive(soon()))
    local bytes, err = client:receive(soon())
    assert.is_nil(bytes)
    assert.equal(errors.END, err)
    client:close()
  end)

  it("stops reading when nobody takes the bytes", function()
    local client, peer = socket_pair()
    client:send(("x"):rep(32 * 1024 * 1024))
    local ok, err = client:settle(luv.now() + 0.2)
    assert.is_nil(ok)
    assert.equal(errors.TIMEOUT, err)
    assert.is_true(peer.inbox_size < 1024 * 1024)
    local total = 0
    while total < 32 * 1024 * 1024 do
      total = total + #assert(peer:receive(soon()))
    end
    assert.is_true(client:settle(soon()))
    client:close()
    peer:close()
  end)

  it("fails with 'timeout' when nothing comes", function()
    local client, peer = socket_pair()
    local bytes, err = client:receive(luv.now() + 0.01)
    assert.is_nil(bytes)
    assert.equal(errors.TIMEOUT, err)
    client:close()
    peer:close()
  end)

  it("wakes who waits when it is closed", function()
    local client, peer = socket_pair()
    local reason
    luv.spawn(function()
      reason = select(2, client:receive())
    end)
    client:close()
    assert.equal(errors.CLOSED, reason)
    assert.equal(errors.CLOSED, (select(2, client:receive())))
    assert.equal(errors.CLOSED, (select(2, client:send("x"))))
    peer:close()
  end)

  it("fails with 'io' when the peer resets the connection", function()
    local client, peer = socket_pair()
    uv.tcp_close_reset(peer.tcp)
    local bytes, err = client:receive(soon())
    assert.is_nil(bytes)
    assert.equal("io", err.kind)
    assert.equal("ECONNRESET", err.symbol)
    assert.equal("connection reset by peer", err.message)
    client:close()
  end)

  it("fails to write to a peer that has gone, and survives it", function()
    local client, peer = socket_pair()
    uv.tcp_close_reset(peer.tcp)
    client:receive(soon())
    local ok, err = client:send("x")
    if ok then
      ok, err = client:settle(soon())
    end
    assert.is_nil(ok)
    assert.equal("io", err.kind)
    client:close()
  end)

  it("still delivers what was sent last when it is closed", function()
    local client, peer = socket_pair()
    -- Unread bytes would make a reset of a plain close.
    peer:send(("y"):rep(100000))
    client:send("last words")
    client:close()
    assert.equal("last words", peer:receive(soon()))
    assert.equal(errors.END, (select(2, peer:receive(soon()))))
    peer:close()
  end)

  it("can be abandoned, and then once more by its owner's finalizer", function()
    local is_finalized = false
    local function lose()
      local owner = table.pack(socket_pair())
      owner[1]:abandon()
      assert.equal(errors.END, (select(2, owner[2]:receive(soon()))))
      owner[2]:close()
      setmetatable(owner, {
        __gc = function()
          owner[1]:abandon()
          owner[2]:abandon()
          is_finalized = true
        end,
      })
    end
    lose()
    collectgarbage()
    collectgarbage()
    assert.is_true(is_finalized)
    luv.sleep(0.01)
  end)
end)

describe("connecting", function()
  it("fails with 'connect' when nobody listens", function()
    local server = assert(luv.listen("127.0.0.1", 0, 1))
    local _, port = server:sockname()
    server:close()
    luv.sleep(0)
    local socket, err = luv.connect("127.0.0.1", port, soon())
    assert.is_nil(socket)
    assert.equal("connect", err.kind)
    local message = "cannot connect to 127.0.0.1:%d: connection refused"
    assert.equal(message:format(port), err.message)
    assert.equal("connect", err.phase)
    assert.equal(port, err.port)
  end)

  it("fails with 'resolve' when the name is not known", function()
    local socket, err = luv.connect("no-such-host.invalid", 443, luv.now() + 20)
    assert.is_nil(socket)
    assert.equal("resolve", err.kind)
    assert.equal("resolve", err.phase)
    assert.equal("no-such-host.invalid", err.host)
    assert.equal(443, err.port)
  end)

  it("fails with 'timeout' at the deadline", function()
    local before = luv.now()
    -- RFC 5737: no host has such an address. Some networks refuse at once.
    local socket, err = luv.connect("192.0.2.1", 443, before + 0.1)
    assert.is_nil(socket)
    assert.is_true(err.kind == "timeout" or err.kind == "connect", err.message)
    assert.is_true(luv.now() - before < 5)
  end)

  it("fails in words for IPv6 too", function()
    local socket, err = luv.connect("::1", 1, soon())
    assert.is_nil(socket)
    assert.equal("connect", err.kind)
    assert.matches("cannot connect to [::1]:1: ", err.message, 1, true)
  end)
end)

describe("listening", function()
  it("fails with a hint when the port is taken", function()
    local server = assert(luv.listen("127.0.0.1", 0, 1))
    local _, port = server:sockname()
    local second, err = luv.listen("127.0.0.1", port, 1)
    server:close()
    assert.is_nil(second)
    assert.equal("io", err.kind)
    assert.equal("EADDRINUSE", err.symbol)
    assert.equal("listen", err.phase)
    assert.is_string(err.hint)
  end)

  it("fails for an address that is not ours", function()
    local server, err = luv.listen("192.0.2.1", 0, 1)
    assert.is_nil(server)
    assert.equal("io", err.kind)
    assert.matches("192.0.2.1:0", err.message, 1, true)
  end)

  it("wakes who waits in accept when it is closed", function()
    local server, reason = assert(luv.listen("127.0.0.1", 0, 1)), nil
    luv.spawn(function()
      reason = select(2, server:accept())
    end)
    server:close()
    assert.equal(errors.CLOSED, reason)
    assert.equal(errors.CLOSED, (select(2, server:accept())))
  end)

  it("fails with 'timeout' when nobody comes", function()
    local server = assert(luv.listen("127.0.0.1", 0, 1))
    assert.equal(errors.TIMEOUT, (select(2, server:accept(luv.now() + 0.01))))
    server:close()
  end)
end)

describe("a script that ends at once", function()
  -- luv 1.44 would crash on handles that are closing when the state ends.
  local scripts = {
    ["after closing a connection"] = "client:close() peer:close() server:close()",
    ["with a connection open"] = "",
    ["with a connection that was forgotten"] = "client = nil collectgarbage()",
    ["by an error"] = "client:close() error('as planned')",
    ["while a task waits"] = "luv.spawn(client.receive, client) peer:close()",
    ["while bytes are on their way"] = "client:send(('x'):rep(9e6)) client:close()",
  }

  local frame = [[
    luv = require("luatls.io.luv")
    server = luv.listen("127.0.0.1", 0, 1)
    client = luv.connect("127.0.0.1", (select(2, server:sockname())))
    peer = server:accept()
    io.stdout:setvbuf("no")
    io.write("so far so good")
  ]]

  for name, script in pairs(scripts) do
    it(name .. " ends cleanly", function()
      local file = os.tmpname()
      local out <close> = assert(io.open(file, "w"))
      out:write(frame, script)
      out:close()
      local command = "LUA_PATH='%s' LUA_CPATH='%s' lua5.4 %s 2>&1; echo \" $?\""
      local pipe = assert(io.popen(command:format(package.path, package.cpath, file)))
      local text = pipe:read("a")
      pipe:close()
      os.remove(file)
      local code = name == "by an error" and 1 or 0
      assert.matches("^so far so good.* " .. code .. "\n$", text)
    end)
  end
end)
