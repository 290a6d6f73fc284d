--- Pairs of TCP sockets that are connected over loopback: non-blocking, without
--- Nagle's delay.

local socket = require("socket")

local sockets = {}

local listener = assert(socket.bind("127.0.0.1", 0))
local host, port = listener:getsockname()

-- Closing resets: ten thousands of ports in TIME_WAIT would use them all up.
local function prepare(tcp)
  assert(tcp:setoption("tcp-nodelay", true))
  assert(tcp:setoption("linger", { on = true, timeout = 0 }))
  tcp:settimeout(0)
  return tcp
end

---@return userdata client
---@return userdata server
function sockets.pair()
  local client = assert(socket.connect(host, port))
  local server = assert(listener:accept())
  return prepare(client), prepare(server)
end

return sockets
