--- A listening TCP socket of libuv that waits for connections.

local dial = require("luatls.io.luv.dial")
local errors = require("luatls.error")
local handle = require("luatls.io.luv.handle")
local socket = require("luatls.io.luv.socket")
local task = require("luatls.io.luv.task")
local uv = require("luv")
local words = require("luatls.io.words")

local server = {}

---@class luatls.luv.Server: luatls.io.Server
---@field tcp userdata
---@field bell luatls.luv.Bell
---@field is_ready? boolean a connection waits to be accepted
---@field failure? luatls.Error of the last attempt of the system
---@field is_closed? boolean
local Server = {}
Server.__index = Server

local HINTS <const> = {
  EACCES = "ports below 1024 need privileges: take another",
  EADDRINUSE = "another program has the port: stop it, or take port 0",
}

local function failure(host, port, text)
  local symbol = text:match("^E[%u%d_]+")
  local message = ("cannot listen on %s: %s"):format(
    words.endpoint(host, port),
    words.reason(text)
  )
  return errors.new("io", message, {
    host = host,
    port = port,
    phase = "listen",
    symbol = symbol,
    hint = HINTS[symbol],
  })
end

local function on_connection(self, name)
  if name then
    local message = "cannot accept a connection: " .. words.reason(name)
    self.failure = errors.new("io", message, { symbol = name })
  else
    self.is_ready = true
  end
  task.ring(self.bell)
end

-- libuv holds one connection back, and listens again when it was taken: who
-- does not call `accept` leaves the others in the system's own queue.
local function take(self)
  self.is_ready = false
  local tcp = uv.new_tcp()
  local ok, text = uv.accept(self.tcp, tcp)
  if ok then return socket.new(tcp) end
  handle.close(tcp)
  local message = "cannot accept a connection: " .. words.reason(text)
  return nil, errors.new("io", message)
end

--- The next connection.
---@param deadline? number
---@return luatls.luv.Socket? socket
---@return luatls.Error? err kind "timeout", "io", "closed"
function Server:accept(deadline)
  while not self.is_ready do
    if self.is_closed then return nil, errors.CLOSED end
    local err = self.failure
    if err then
      self.failure = nil
      return nil, err
    end
    local rung = task.wait(self.bell, deadline)
    if not rung and not self.is_ready then return nil, errors.TIMEOUT end
  end
  if self.is_closed then return nil, errors.CLOSED end
  return take(self)
end

function Server:sockname()
  local info = uv.tcp_getsockname(self.tcp)
  if info then return info.ip, info.port end
end

function Server:close()
  if self.is_closed then return end
  self.is_closed = true
  handle.close(self.tcp)
  task.ring(self.bell)
end

--- Listen on an address of this machine.
---@param host string name or IP address; "*" means all
---@param port integer 0: the system chooses
---@param backlog integer connections that the system may hold
---@return luatls.luv.Server? server
---@return luatls.Error? err kind "io", "resolve"
function server.listen(host, port, backlog)
  local addresses, err = dial.resolve(host == "*" and "0.0.0.0" or host)
  if not addresses then return nil, err end
  local tcp = uv.new_tcp()
  local self = setmetatable({ tcp = tcp, bell = {} }, Server)
  local ok, text = uv.tcp_bind(tcp, addresses[1], port)
  if ok then
    ok, text = uv.listen(tcp, backlog, function(name)
      on_connection(self, name)
    end)
  end
  if ok then return self end
  handle.close(tcp)
  return nil, failure(host, port, text)
end

return server
