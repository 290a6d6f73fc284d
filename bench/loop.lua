--- A contender whose connections do nothing: what it takes is the benchmark's
--- own loop in Lua, which is an application's and no part of a binding.

local luatls = require("bench.luatls")

---@type bench.Contender
local loop = { send = luatls.send, receive = luatls.receive }

-- `conn:write(data)` is a number, and `conn:read(size)` what is kept under it.
local function connection()
  local conn = { write = rawlen, read = rawget }
  for _, size in ipairs({ 100, 1024 }) do
    conn[size] = ("x"):rep(size)
  end
  return conn
end

function loop.context()
  return {}
end

function loop.open()
  return { conn = connection() }
end

function loop.handshake()
  return true
end

return loop
