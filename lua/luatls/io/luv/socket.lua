--- A TCP socket of libuv that waits: bytes in, bytes out, both bounded.
--
-- Reading goes on in the background up to a limit, so that what the peer sends
-- is noticed at once and still a fast peer cannot fill the memory. It never
-- uses uv_poll, whose handles are noisy when a connection is reset.

local errors = require("luatls.error")
local handle = require("luatls.io.luv.handle")
local sigpipe = require("luatls.io.luv.sigpipe")
local task = require("luatls.io.luv.task")
local uv = require("luv")
local words = require("luatls.io.words")

local socket = {}

-- Bytes received but not asked for, above which the peer has to wait.
local MAX_INBOX <const> = 256 * 1024
-- Bytes that the system took at once, after which others get their turn.
local MAX_BURST <const> = 256 * 1024
-- Seconds that a closed socket goes on reading (and forgetting), so that
-- unread bytes do not turn the close into a reset, which would destroy what
-- we sent last (RFC 9112, 9.6 describes the same for HTTP).
local LINGER <const> = 1

---@class luatls.luv.Socket: luatls.io.Socket
---@field tcp userdata uv_tcp_t
---@field inbox string[] chunks, oldest first
---@field inbox_size integer
---@field is_reading boolean
---@field ended boolean the peer sends no more
---@field read_failure? luatls.Error
---@field write_failure? luatls.Error
---@field writing integer write requests that are not complete
---@field burst integer
---@field readers luatls.luv.Bell
---@field writers luatls.luv.Bell
---@field timer? userdata ends the lingering
---@field is_closed? boolean
local Socket = {}
Socket.__index = Socket

local function failure(name, phase)
  local details = { phase = phase, symbol = name:match("^E[%u%d_]+") }
  return errors.new("io", words.reason(name), details)
end

local function destroy(self)
  if self.timer then handle.close(self.timer) end
  handle.close(self.tcp)
end

local function pause_reading(self)
  self.is_reading = false
  uv.read_stop(self.tcp)
end

local function on_read(self, name, bytes)
  if self.is_closed then
    if not bytes then destroy(self) end
    return
  end
  if name then
    self.read_failure = failure(name, "read")
  elseif not bytes then
    self.ended = true
  else
    self.inbox[#self.inbox + 1] = bytes
    self.inbox_size = self.inbox_size + #bytes
  end
  if not bytes or self.inbox_size >= MAX_INBOX then pause_reading(self) end
  task.ring(self.readers)
end

local function resume_reading(self)
  self.is_reading = true
  local ok, text = uv.read_start(self.tcp, function(name, bytes)
    on_read(self, name, bytes)
  end)
  if not ok then self.read_failure = failure(text, "read") end
end

local function take_inbox(self)
  local bytes = #self.inbox == 1 and self.inbox[1] or table.concat(self.inbox)
  self.inbox, self.inbox_size = {}, 0
  return bytes
end

--- Some bytes from the peer, at least one.
---@param deadline? number
---@return string? bytes
---@return luatls.Error? err `errors.END`; kind "timeout", "io", "closed"
function Socket:receive(deadline)
  while #self.inbox == 0 do
    if self.is_closed then return nil, errors.CLOSED end
    if self.read_failure then return nil, self.read_failure end
    if self.ended then return nil, errors.END end
    if not self.is_reading then resume_reading(self) end
    local rung = task.wait(self.readers, deadline)
    if not rung and #self.inbox == 0 then return nil, errors.TIMEOUT end
  end
  return take_inbox(self)
end

local function on_written(self, name)
  self.writing = self.writing - 1
  if name and not self.write_failure then
    self.write_failure = failure(name, "write")
  end
  if self.writing == 0 or name then task.ring(self.writers) end
end

-- The part that the system does not take at once waits in libuv's queue.
local function queue(self, bytes)
  self.writing = self.writing + 1
  local request, text = uv.write(self.tcp, bytes, function(name)
    on_written(self, name)
  end)
  if not request then on_written(self, text) end
end

--- Hand bytes to the system; never waits.
---@param bytes string
---@return true? ok
---@return luatls.Error? err
function Socket:send(bytes)
  if self.is_closed then return nil, errors.CLOSED end
  if self.write_failure then return nil, self.write_failure end
  local taken = 0
  if self.writing == 0 then
    local count, text, name = uv.try_write(self.tcp, bytes)
    if count then
      taken = count
    elseif name ~= "EAGAIN" then
      self.write_failure = failure(text, "write")
      return nil, self.write_failure
    end
  end
  self.burst = self.burst + taken
  if taken < #bytes then queue(self, bytes:sub(taken + 1)) end
  return true
end

--- Wait until the system has taken all that was sent.
---@param deadline? number
---@return true? ok
---@return luatls.Error? err kind "timeout", "io", "closed"
function Socket:settle(deadline)
  if self.burst > MAX_BURST then
    self.burst = 0
    task.rest()
  end
  while self.writing > 0 and not self.write_failure do
    if self.is_closed then return nil, errors.CLOSED end
    self.burst = 0
    local rung = task.wait(self.writers, deadline)
    if not rung and self.writing > 0 then return nil, errors.TIMEOUT end
  end
  if self.write_failure then return nil, self.write_failure end
  return true
end

function Socket.rest()
  task.rest()
end

-- Read until the peer has closed too, but not for long.
local function linger(self)
  self.timer = uv.new_timer()
  self.timer:start(LINGER * 1000, 0, function()
    destroy(self)
  end)
  uv.shutdown(self.tcp, function(name)
    if name or self.ended then destroy(self) end
  end)
  if not self.is_reading and not self.ended then resume_reading(self) end
  if self.read_failure then destroy(self) end
end

--- Close; what was sent still goes out, in the background.
function Socket:close()
  if self.is_closed then return end
  self.is_closed = true
  self.inbox, self.inbox_size = {}, 0
  local is_over = self.ended and self.writing == 0
  if is_over or self.read_failure or self.write_failure then
    destroy(self)
  else
    linger(self)
    -- The script may end now: take what lies unread in the system.
    if task.is_outside() then uv.run("nowait") end
  end
  task.ring(self.readers)
  task.ring(self.writers)
end

--- Close without a word, as soon as anybody waits for anything again.
function Socket:abandon()
  if self.is_closed then return end
  self.is_closed = true
  handle.abandon(self.tcp)
end

local function endpoint(info)
  if info then return info.ip, info.port end
end

function Socket:peername()
  return endpoint(uv.tcp_getpeername(self.tcp))
end

function Socket:sockname()
  return endpoint(uv.tcp_getsockname(self.tcp))
end

--- Take over a connected TCP handle.
---@param tcp userdata uv_tcp_t
---@return luatls.luv.Socket
function socket.new(tcp)
  sigpipe.ignore()
  -- Records are whole messages: to wait for more to send would only delay them.
  uv.tcp_nodelay(tcp, true)
  local self = {
    tcp = tcp,
    inbox = {},
    inbox_size = 0,
    is_reading = false,
    ended = false,
    writing = 0,
    burst = 0,
    readers = {},
    writers = {},
  }
  return setmetatable(self, Socket)
end

return socket
