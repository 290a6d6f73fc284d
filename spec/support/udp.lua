--- One connection over UDP on loopback, blocking: for specs with other programs
--- as peers.

local socket = require("socket")

local udp = {}

---@class spec.Udp
---@field conn? luatls.connection of a server once somebody has sent something
---@field port integer its own
local Udp = {}
Udp.__index = Udp

-- Seconds that the peer may be silent before the spec fails.
local PATIENCE <const> = 30

local function open()
  local handle = assert(socket.udp())
  assert(handle:setsockname("127.0.0.1", 0))
  local _, port = handle:getsockname()
  return setmetatable({ handle = handle, port = math.tointeger(tonumber(port)) }, Udp)
end

--- A client's side.
---@param context luatls.context
---@param port integer of its server
---@param session? luatls.session
---@return spec.Udp
function udp.client(context, port, session)
  local self = open()
  self.address = { "127.0.0.1", port }
  self.conn = context:connection({ name = "localhost", session = session })
  return self
end

--- A server's, for the one client that comes.
---@param context luatls.context
---@return spec.Udp
function udp.server(context)
  local self = open()
  self.context = context
  return self
end

local function flush(self)
  local datagram = self.conn:drain()
  while datagram ~= "" do
    self.handle:sendto(datagram, table.unpack(self.address))
    datagram = self.conn:drain()
  end
end

local function receive(self)
  local seconds = self.conn and self.conn:deadline()
  self.handle:settimeout(seconds or PATIENCE)
  local datagram, host, port = self.handle:receivefrom()
  if not datagram then
    -- A program that does not listen yet lets the system answer in its place.
    if seconds then return end
    error("the peer says nothing: " .. host, 0)
  end
  if not self.conn then
    self.address = { host, port }
    self.conn = self.context:connection({ peer = host .. ":" .. port })
  end
  self.conn:feed(datagram)
end

--- Call a method of the connection until it is done.
---@param method string
---@param ... any
---@return any ... its results
function Udp:await(method, ...)
  if not self.conn then receive(self) end
  local done, why = self.conn[method](self.conn, ...)
  while done == false do
    flush(self)
    receive(self)
    done, why = self.conn[method](self.conn)
  end
  flush(self)
  return done, why
end

--- End it.
function Udp:close()
  if self.conn then self.conn:close() end
  self.handle:close()
end

return udp
