local errors = require("luatls.error")
local luasocket = require("luatls.io.luasocket")
local socket = require("socket")

local function soon()
  return luasocket.now() + 5
end

local function socket_pair()
  local server = assert(luasocket.listen("127.0.0.1", 0, 8))
  local _, port = server:sockname()
  local client = assert(luasocket.connect("127.0.0.1", port, soon()))
  local peer = assert(server:accept(soon()))
  server:close()
  return client, peer
end

describe("a socket of LuaSocket", function()
  it("shows its descriptor, and waits for it", function()
    local client, peer = socket_pair()
    assert.equal("integer", math.type(client.fd))
    assert.is_true(client:wait("write", soon()))
    assert.equal(errors.TIMEOUT, (select(2, client:wait("read", luasocket.now()))))
    peer.tcp:send("x")
    assert.is_true(client:wait("read", soon()))
    client:close()
    assert.equal(errors.CLOSED, (select(2, client:wait("read", soon()))))
    peer:close()
  end)

  it("knows both ends", function()
    local client, peer = socket_pair()
    assert.same({ client:sockname() }, { peer:peername() })
    assert.same({ client:peername() }, { peer:sockname() })
    client:close()
    peer:close()
  end)

  it("still delivers what was sent last when it is closed", function()
    local client, peer = socket_pair()
    peer.tcp:send(("y"):rep(100000))
    client.tcp:send("last words")
    client:close()
    peer.tcp:settimeout(5)
    assert.equal("last words", (peer.tcp:receive("*a")))
    peer:close()
  end)

  it("is refused with a hint when select() cannot take its descriptor", function()
    local kept, server = {}, assert(luasocket.listen("127.0.0.1", 0, 2000))
    local _, port = server:sockname()
    local client, err
    repeat
      client, err = luasocket.connect("127.0.0.1", port, soon())
      table.insert(kept, client)
      if client then table.insert(kept, (server:accept(soon()))) end
    until not client or #kept > 1200
    for _, one in ipairs(kept) do
      one:abandon()
    end
    server:close()
    assert.is_nil(client)
    assert.equal("io", err.kind)
    if err.hint then assert.matches("luv", err.hint) end
  end)
end)

describe("connecting by LuaSocket", function()
  it("fails with 'connect' when nobody listens", function()
    local server = assert(luasocket.listen("127.0.0.1", 0, 1))
    local _, port = server:sockname()
    server:close()
    local client, err = luasocket.connect("127.0.0.1", port, soon())
    assert.is_nil(client)
    assert.equal("connect", err.kind)
    local message = "cannot connect to 127.0.0.1:%d: connection refused"
    assert.equal(message:format(port), err.message)
  end)

  it("fails with 'resolve' when the name is not known", function()
    local client, err = luasocket.connect("no-such-host.invalid", 443, soon())
    assert.is_nil(client)
    assert.equal("resolve", err.kind)
    assert.equal(443, err.port)
  end)
end)

describe("listening by LuaSocket", function()
  it("fails in words when the port is taken", function()
    local server = assert(luasocket.listen("127.0.0.1", 0, 1))
    local _, port = server:sockname()
    local second, err = luasocket.listen("127.0.0.1", port, 1)
    server:close()
    assert.is_nil(second)
    assert.equal("io", err.kind)
    assert.matches("cannot listen on 127.0.0.1:" .. port, err.message, 1, true)
  end)

  it("fails with 'timeout' when nobody comes, and 'closed' afterwards", function()
    local server = assert(luasocket.listen("127.0.0.1", 0, 1))
    assert.equal(errors.TIMEOUT, (select(2, server:accept(luasocket.now()))))
    server:close()
    assert.equal(errors.CLOSED, (select(2, server:accept())))
  end)
end)

describe("taking over a LuaSocket object", function()
  it("knows its own kind", function()
    assert.is_true(luasocket.handles(socket.tcp()))
    for _, other in ipairs({ 1, "tcp{client}: 0x1", {}, io.stdout, socket.udp() }) do
      assert.is_false(luasocket.handles(other))
    end
  end)

  it("raises when the object is not connected", function()
    assert.has_error(function()
      luasocket.adopt(socket.tcp())
    end)
  end)

  it("refuses plaintext that came ahead of the handshake", function()
    local client, peer = socket_pair()
    peer.tcp:send("220 ready\r\ninjected")
    client.tcp:settimeout(5)
    assert.equal("220 ready", (client.tcp:receive("*l")))
    client.tcp:settimeout(0)
    local adopted, err = luasocket.adopt(client.tcp)
    assert.is_nil(adopted)
    assert.equal("protocol", err.kind)
    client:close()
    peer:close()
  end)
end)
