local core = require("luatls.core")
local pki = require("spec.support.pki")
local sockets = require("spec.support.sockets")

-- Two sockets of one TCP connection over loopback, and a connection on each.
local function connected(version)
  local near, far = sockets.pair()
  local identity = pki.server()
  local client = core.context({ role = "client", trust = pki.root().chain, max_version = version })
  local server = core.context({
    role = "server",
    certificate = identity.chain,
    key = identity.key,
  })
  return {
    near = near,
    far = far,
    client = client:connection({ name = "localhost", fd = math.tointeger(near:getfd()) }),
    server = server:connection({ fd = math.tointeger(far:getfd()) }),
  }
end

local function handshake(two)
  local client, server
  repeat
    client, server = two.client:handshake(), two.server:handshake()
    assert(client ~= nil and server ~= nil)
  until client and server
end

local function read(conn)
  local data, why
  repeat
    data, why = conn:read()
  until data ~= false
  return data, why
end

describe("the descriptor transport", function()
  for _, version in ipairs({ "1.2", "1.3" }) do
    it("carries bytes over a socket in TLS " .. version, function()
      local two = connected(version)
      handshake(two)
      assert.equal(5, two.client:write("hello"))
      assert.equal("hello", read(two.server))
      assert.equal(5, two.server:write("world"))
      assert.equal("world", read(two.client))
    end)

    it("waits with a write while the socket is full, and loses nothing " .. version, function()
      local two = connected(version)
      handshake(two)
      local text = core.random(65536):rep(128)
      local written, want = two.client:write(text)
      assert.same({ false, "write" }, { written, want })
      local parts, size = {}, 0
      while size < #text do
        local data = two.server:read()
        if data then
          size = size + #data
          table.insert(parts, data)
        elseif written == false then
          written = two.client:write()
        end
      end
      assert.equal(#text, written)
      assert.is_true(table.concat(parts) == text)
    end)
  end

  it("reads while a write waits, in both directions at once", function()
    local two = connected("1.3")
    handshake(two)
    local text = core.random(65536):rep(128)
    local ends = {}
    for _, name in ipairs({ "client", "server" }) do
      local conn = two[name]
      ends[name] = { conn = conn, written = conn:write(text), parts = {}, size = 0 }
      assert.is_false(ends[name].written)
    end
    repeat
      for _, side in pairs(ends) do
        local data = side.conn:read()
        if data then
          side.size = side.size + #data
          table.insert(side.parts, data)
        end
        if side.written == false then side.written = side.conn:write() end
      end
    until ends.client.size == #text and ends.server.size == #text
    for _, side in pairs(ends) do
      assert.is_true(table.concat(side.parts) == text)
      assert.equal(#text, side.written)
    end
  end)

  it("says goodbye behind what was written before", function()
    local two = connected("1.3")
    handshake(two)
    local text = ("x"):rep(100000)
    assert.equal(#text, two.client:write(text))
    assert.is_true(two.client:shutdown())
    local size, data, err = 0, read(two.server)
    while data do
      size = size + #data
      data, err = read(two.server)
    end
    assert.equal("closed", err.kind)
    assert.equal(#text, size)
  end)

  it("tells a closed socket from a closed connection", function()
    local two = connected("1.3")
    handshake(two)
    -- Tickets that nobody has read would make the system reset the connection.
    assert.same({ false, "read" }, { two.client:read() })
    two.near:close()
    local data, err = read(two.server)
    assert.is_nil(data)
    assert.equal("truncated", err.kind)
  end)

  it("tells that the peer went away while writing", function()
    local two = connected("1.3")
    handshake(two)
    two.far:setoption("linger", { on = true, timeout = 0 })
    two.far:close()
    local _, err = read(two.client)
    assert.equal("io", err.kind)
    assert.equal("cannot receive from the peer: Connection reset by peer", err.message)
  end)

  it("leaves the descriptor to its owner", function()
    local two = connected("1.3")
    handshake(two)
    two.client:close()
    two.client = nil
    collectgarbage()
    assert.equal(5, two.near:send("plain"))
  end)
end)
