--- An adapter for LuaSocket: calls block, and waiting is select()'s, so it
--- cannot take descriptors from 1024 on. The engine reads and writes the
--- descriptor itself; nothing goes through LuaSocket's own buffer.

local blame = require("luatls.blame")
local errors = require("luatls.error")
local loopback = require("luatls.io.loopback")
local socket = require("socket")
local words = require("luatls.io.words")

---@class luatls.io.luasocket: luatls.io.Adapter
local luasocket = { name = "luasocket" }

-- What select()'s sets can hold (FD_SETSIZE).
local MAX_DESCRIPTOR <const> = 1023

-- A close reads, and forgets, what lies unread, so that the system does not
-- make a reset of it; but no more than this often.
local MAX_FLUSHES <const> = 16

---@class luatls.luasocket.Socket: luatls.io.Socket
---@field tcp any LuaSocket's object
---@field set any[] for select()
---@field fd integer
local Socket = {}
Socket.__index = Socket

--- Seconds. LuaSocket has no other clock than the wall's: a clock that is set
--- while a call waits makes that call's timeout shorter or longer.
---@return number
function luasocket.now()
  return socket.gettime()
end

--- Wait for `seconds`.
---@param seconds number
function luasocket.sleep(seconds)
  socket.sleep(seconds)
end

local function left_until(deadline)
  return deadline and math.max(0, deadline - socket.gettime())
end

--- Wait until the descriptor can be read or written.
---@param want "read"|"write"
---@param deadline? number
---@return true? ok
---@return luatls.Error? err kind "timeout", "closed"
function Socket:wait(want, deadline)
  if self.is_closed then return nil, errors.CLOSED end
  local left, is_read = left_until(deadline), want == "read"
  local readers, writers = is_read and self.set, not is_read and self.set
  local _, _, text = socket.select(readers or nil, writers or nil, left)
  if text == "timeout" then return nil, errors.TIMEOUT end
  return true
end

function Socket.rest() end

function Socket:abandon()
  self.is_closed = true
  self.tcp:close()
end

function Socket:close()
  if self.is_closed then return end
  self.is_closed = true
  self.tcp:shutdown("send")
  for _ = 1, MAX_FLUSHES do
    local _, text, bytes = self.tcp:receive(8192)
    if text == "timeout" and bytes == "" or text == "closed" then break end
  end
  self.tcp:close()
end

function Socket:peername()
  local address, port = self.tcp:getpeername()
  return address, math.tointeger(tonumber(port))
end

function Socket:sockname()
  local address, port = self.tcp:getsockname()
  return address, math.tointeger(tonumber(port))
end

local function new_socket(tcp)
  local fd = math.tointeger(tcp:getfd())
  if fd > MAX_DESCRIPTOR then
    tcp:close()
    local form = "descriptor %d is too high for select(), which takes %d"
    local hint = 'use io = "luv" for so many connections'
    local message = form:format(fd, MAX_DESCRIPTOR)
    return nil, errors.new("io", message, { hint = hint })
  end
  tcp:settimeout(0)
  -- Records are whole messages: to wait for more to send would only delay them.
  tcp:setoption("tcp-nodelay", true)
  return setmetatable({ tcp = tcp, set = { tcp }, fd = fd }, Socket)
end

local function resolve(host)
  local own = loopback.addresses(host)
  if own then return own end
  local list, text = socket.dns.getaddrinfo(host)
  if list and #list > 0 then return list end
  local form = "cannot find the host %s: %s"
  local message = form:format(host, text or "the name has no address")
  local details = { host = host, phase = "resolve" }
  return nil, errors.new("resolve", message, details)
end

local function new_tcp(family)
  if family == "inet6" then return socket.tcp6() end
  return socket.tcp4()
end

-- Each address gets an equal share of the time that is left.
local function attempt(address, port, left, remaining)
  local tcp, text = new_tcp(address.family)
  if not tcp then return nil, text end
  tcp:settimeout(left and left / remaining)
  local ok, reason = tcp:connect(address.addr, port)
  if ok then return tcp end
  tcp:close()
  return nil, reason
end

local function fail_connect(host, port, reasons)
  local endpoint = words.endpoint(host, port)
  local details =
    { host = host, port = port, phase = "connect", retryable = true }
  for _, reason in ipairs(reasons) do
    if reason ~= "timeout" then
      local form = "cannot connect to %s: %s"
      local message = form:format(endpoint, reason:lower())
      return nil, errors.new("connect", message, details)
    end
  end
  local message = "timed out connecting to " .. endpoint
  return nil, errors.new("timeout", message, details)
end

--- Connect to a host by the first of its addresses that takes it. The name is
--- looked up by the system's resolver, which no deadline can stop.
---@param host string name or IP address
---@param port integer
---@param deadline? number
---@return luatls.luasocket.Socket? socket
---@return luatls.Error? err kind "resolve", "connect", "timeout", "io"
function luasocket.connect(host, port, deadline)
  local addresses, err = resolve(host)
  if not addresses then return nil, errors.annotate(err, { port = port }) end
  local reasons = {}
  for i, address in ipairs(addresses) do
    local left = left_until(deadline)
    local tcp, reason = attempt(address, port, left, #addresses - i + 1)
    if tcp then return new_socket(tcp) end
    table.insert(reasons, reason)
  end
  return fail_connect(host, port, reasons)
end

---@class luatls.luasocket.Server: luatls.io.Server
---@field tcp any
local Server = {}
Server.__index = Server

--- The next connection.
---@param deadline? number
---@return luatls.luasocket.Socket? socket
---@return luatls.Error? err kind "timeout", "io", "closed"
function Server:accept(deadline)
  if self.is_closed then return nil, errors.CLOSED end
  self.tcp:settimeout(left_until(deadline))
  local tcp, text = self.tcp:accept()
  if tcp then return new_socket(tcp) end
  if text == "timeout" then return nil, errors.TIMEOUT end
  return nil, errors.new("io", "cannot accept a connection: " .. text)
end

function Server:sockname()
  local address, port = self.tcp:getsockname()
  return address, math.tointeger(tonumber(port))
end

function Server:close()
  self.is_closed = true
  self.tcp:close()
end

--- Listen on an address of this machine.
---@param host string name or IP address; "*" means all
---@param port integer 0: the system chooses
---@param backlog integer connections that the system may hold
---@return luatls.luasocket.Server? server
---@return luatls.Error? err kind "io", "resolve"
function luasocket.listen(host, port, backlog)
  local addresses, err = resolve(host == "*" and "0.0.0.0" or host)
  if not addresses then return nil, err end
  local tcp = new_tcp(addresses[1].family)
  tcp:setoption("reuseaddr", true)
  local ok, text = tcp:bind(addresses[1].addr, port)
  if ok then
    ok, text = tcp:listen(backlog)
  end
  if ok then return setmetatable({ tcp = tcp }, Server) end
  tcp:close()
  local form = "cannot listen on %s: %s"
  local message = form:format(words.endpoint(host, port), text:lower())
  local details = { host = host, port = port, phase = "listen" }
  return nil, errors.new("io", message, details)
end

local function class_of(object)
  return type(object) == "userdata" and tostring(object):match("^(tcp{%a+}): ")
end

--- Is it a TCP object of LuaSocket?
---@param object any
---@return boolean
function luasocket.handles(object)
  return not not class_of(object)
end

--- Take over a connected TCP object.
---@param tcp any
---@return luatls.luasocket.Socket? socket
---@return luatls.Error? err kind "protocol": plaintext is in its buffer
function luasocket.adopt(tcp)
  if class_of(tcp) ~= "tcp{client}" then
    blame.raise("the socket is not connected")
  end
  -- Bytes behind the STARTTLS answer that were not encrypted, and that would
  -- be taken for encrypted ones: command injection (CVE-2011-0411).
  if tcp:dirty() then
    local message = "the peer sent unencrypted bytes ahead of the handshake"
    return nil, errors.new("protocol", message)
  end
  return new_socket(tcp)
end

return luasocket
