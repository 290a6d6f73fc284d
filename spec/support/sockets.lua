--- The two ends of a TCP connection over loopback, whose descriptors are a
--- transport's.

local socket = require("socket")

local sockets = {}

--- Two of LuaSocket, that never wait. A connection does not keep its own alive.
---@return userdata near
---@return userdata far
function sockets.pair()
  local listener = assert(socket.bind("127.0.0.1", 0))
  local near = assert(socket.tcp())
  assert(near:connect(listener:getsockname()))
  local far = assert(listener:accept())
  listener:close()
  near:settimeout(0)
  far:settimeout(0)
  return near, far
end

return sockets
