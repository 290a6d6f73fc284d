local loopback = require("luatls.io.loopback")
local luasocket = require("luatls.io.luasocket")
local luv = require("luatls.io.luv")
local socket = require("socket")
local uv = require("luv")

describe("names that mean this machine", function()
  local both = {
    { family = "inet", addr = "127.0.0.1" },
    { family = "inet6", addr = "::1" },
  }

  for _, name in ipairs({
    "localhost",
    "LocalHost",
    "localhost.",
    "app.localhost",
    "a.b.LOCALHOST.",
  }) do
    it("have the loopback addresses: " .. name, function()
      assert.same(both, loopback.addresses(name))
    end)
  end

  for _, name in ipairs({
    "",
    ".",
    ".localhost",
    "localhost..",
    "mylocalhost",
    "localhost.example",
    "localhost.localdomain",
    "localhosts",
    "localhost\0.localhost.example",
    "127.0.0.1",
    "::1",
  }) do
    it("do not include " .. ("%q"):format(name), function()
      assert.is_nil(loopback.addresses(name))
    end)
  end
end)

local function soon()
  return luv.now() + 5
end

-- A blocking accept sees the connection that the system has made already.
local function talk(adapter, deadline, host)
  local server = assert(adapter.listen(host, 0, 8))
  local address, port = server:sockname()
  assert.equal("127.0.0.1", address)
  local client = assert(adapter.connect(host, port, deadline()))
  local peer = assert(server:accept(deadline()))
  assert.equal("127.0.0.1", (client:peername()))
  client:close()
  peer:close()
  server:close()
end

describe("localhost", function()
  local lookups = { { uv, "getaddrinfo" }, { socket.dns, "getaddrinfo" } }
  local kept = {}

  before_each(function()
    for i, lookup in ipairs(lookups) do
      kept[i] = lookup[1][lookup[2]]
      lookup[1][lookup[2]] = function()
        error("a resolver was asked")
      end
    end
  end)

  after_each(function()
    for i, lookup in ipairs(lookups) do
      lookup[1][lookup[2]] = kept[i]
    end
  end)

  for _, host in ipairs({ "localhost", "app.localhost", "LOCALHOST." }) do
    it("is connected to and listened on without a resolver: " .. host, function()
      talk(luv, soon, host)
      talk(luasocket, function()
        return luasocket.now() + 5
      end, host)
    end)
  end

  it("is the only kind of name that is not looked up", function()
    for _, adapter in ipairs({ luv, luasocket }) do
      assert.has_error(function()
        adapter.connect("localhost.example", 1, adapter.now() + 5)
      end)
    end
  end)
end)

describe("an address", function()
  local lookup = uv.getaddrinfo

  after_each(function()
    uv.getaddrinfo = lookup
  end)

  it("does not wait for a thread that looks names up", function()
    uv.getaddrinfo = function(host, service, hints, callback)
      assert(not callback, "a thread was asked")
      return lookup(host, service, hints)
    end
    talk(luv, soon, "127.0.0.1")
    local _, err = luv.connect("::1", 1, soon())
    assert.equal("connect", err.kind)
  end)
end)

describe("connecting to localhost", function()
  local connect = uv.tcp_connect

  after_each(function()
    uv.tcp_connect = connect
  end)

  local function without(family, name)
    uv.tcp_connect = function(tcp, address, ...)
      if address:find(family, 1, true) then return nil, name .. ": no such thing" end
      return connect(tcp, address, ...)
    end
  end

  local function refused()
    local server = assert(luv.listen("127.0.0.1", 0, 1))
    local _, port = server:sockname()
    server:close()
    luv.sleep(0)
    local client, err = luv.connect("localhost", port, soon())
    assert.is_nil(client)
    return err.message:match(": (.*)$")
  end

  it("takes ::1 when nobody listens on 127.0.0.1", function()
    local server, asked = assert(luv.listen("127.0.0.1", 0, 1)), {}
    -- Not every machine that runs specs has IPv6.
    uv.tcp_connect = function(tcp, address, ...)
      table.insert(asked, address)
      if address ~= "::1" then return nil, "ECONNREFUSED: connection refused" end
      return connect(tcp, "127.0.0.1", ...)
    end
    local client = assert(luv.connect("localhost", select(2, server:sockname()), soon()))
    assert.same({ "127.0.0.1", "::1" }, asked)
    client:close()
    server:close()
  end)

  for _, name in ipairs({ "EADDRNOTAVAIL", "EAFNOSUPPORT", "ENETUNREACH" }) do
    it("tells why IPv4 failed, and not that there is no IPv6: " .. name, function()
      without(":", name)
      assert.equal("connection refused", refused())
    end)
  end

  it("tells that there is no such address when that is all there is to say", function()
    without("", "EADDRNOTAVAIL")
    assert.equal("the address is not one of this machine", refused())
  end)
end)
