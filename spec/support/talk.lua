--- A program of its own, so that its system calls can be counted: two ends of one
--- TCP connection exchange messages through descriptors.
---   lua5.4 spec/support/talk.lua VERSION SIZE COUNT

local core = require("luatls.core")
local pki = require("spec.support.pki")
local socket = require("socket")

local version, size, count = arg[1], tonumber(arg[2]), tonumber(arg[3])

local listener = assert(socket.bind("127.0.0.1", 0))
local near = assert(socket.tcp())
assert(near:connect(listener:getsockname()))
local far = assert(listener:accept())
for _, tcp in ipairs({ near, far }) do
  tcp:settimeout(0)
  tcp:setoption("tcp-nodelay", true)
end

local identity = pki.server()
local options = { role = "server", certificate = identity.chain, key = identity.key }
local server = assert(core.context(options)):connection({ fd = math.tointeger(far:getfd()) })
local client = assert(core.context({
  role = "client",
  trust = pki.root().chain,
  max_version = version,
})):connection({ name = "localhost", fd = math.tointeger(near:getfd()) })

local shaken
repeat
  local mine, theirs = client:handshake(), server:handshake()
  assert(mine ~= nil and theirs ~= nil)
  shaken = mine and theirs
until shaken

local text = ("x"):rep(size)

local function read(conn)
  local left = size
  while left > 0 do
    local data, why = conn:read(left)
    if data == nil then error(why) end
    left = left - (data and #data or 0)
  end
end

local function send(from, to)
  assert(from:write(text) == size)
  -- Loopback has delivered it when the system says that it can be read.
  assert(#socket.select({ to }, nil, 10) == 1)
end

-- The first messages have small records.
for _ = 1, 2 do
  send(client, far)
  read(server)
  send(server, near)
  read(client)
end

socket.gettime()
io.stderr:write("begin\n")
for _ = 1, count do
  send(client, far)
  read(server)
  send(server, near)
  read(client)
end
io.stderr:write("end\n")
