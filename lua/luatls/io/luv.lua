--- The default adapter: libuv, by luv.
--
-- In a task (a coroutine that `spawn` started) a call that has to wait yields,
-- and other tasks run meanwhile. In a plain script it turns the loop itself
-- until it is done. Inside a callback of the loop that is no task it raises.

local dial = require("luatls.io.luv.dial")
local handle = require("luatls.io.luv.handle")
local server = require("luatls.io.luv.server")
local socket = require("luatls.io.luv.socket")
local task = require("luatls.io.luv.task")
local uv = require("luv")

---@class luatls.io.luv: luatls.io.Adapter
local luv = {
  name = "luv",
  now = task.now,
  sleep = task.sleep,
  spawn = task.spawn,
  run = task.run,
  wait = task.wait,
  ring = task.ring,
  close = handle.close,
  connect = dial.connect,
  listen = server.listen,
}

--- Is it a TCP handle of luv?
---@param object any
---@return boolean
function luv.handles(object)
  if type(object) ~= "userdata" then return false end
  local meta = debug.getmetatable(object)
  return type(meta) == "table" and meta.__name == "uv_tcp"
end

--- Take over a connected TCP handle.
---@param tcp userdata uv_tcp_t
---@return luatls.luv.Socket
function luv.adopt(tcp)
  if not tcp:fileno() then error("the socket is not connected", 3) end
  -- It may be read by its former owner, whose callback must not get our bytes.
  uv.read_stop(tcp)
  return socket.new(tcp)
end

return luv
