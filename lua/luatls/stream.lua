--- A connection in direct style: read, write, close. It waits where it must,
--- with LuaSocket's reading habits and with deadlines. What encrypts (or, for
--- plain connections, does not) is the channel below it.

local blame = require("luatls.blame")
local errors = require("luatls.error")
local reader = require("luatls.reader")

local stream = {}

---@class luatls.Stream
---@field private channel luatls.Channel|luatls.PlainChannel
---@field private reader luatls.Reader
---@field private now fun(): number
---@field private timeout? number
---@field host? string who was connected to
---@field port? integer
local Stream = { __name = "luatls.stream" }
Stream.__index = Stream

-- What one TLS record can hold (RFC 8446, 5.1).
local MAX_RECORD <const> = 16384

-- Bytes handed to the engine at once. More would only lie encrypted in memory
-- while the peer takes the first of them.
local SLICE <const> = 128 * 1024

--- Make a stream of a channel whose handshake is complete.
---@param channel luatls.Channel|luatls.PlainChannel
---@param now fun(): number the clock of the channel's deadlines
---@param options { timeout?: number, host?: string, port?: integer }
---@return luatls.Stream
function stream.new(channel, now, options)
  local self = {
    channel = channel,
    now = now,
    timeout = options.timeout,
    host = options.host,
    port = options.port,
  }
  self.reader = reader.new(function(deadline)
    return channel:read(MAX_RECORD, deadline)
  end)
  return setmetatable(self, Stream)
end

--- A timeout becomes a deadline once per call, however often the call waits.
---@param now fun(): number
---@param timeout? number
---@return number? deadline
local function deadline_of(now, timeout)
  if timeout and timeout < math.huge then return now() + timeout end
end

-- Two coroutines that read (or write) at once would get each other's bytes.
-- Whose call ended by a raised error is not inside any more.
local function enter(self, door)
  local me, other = coroutine.running(), self[door]
  if other and other ~= me and coroutine.status(other) ~= "dead" then
    error("another coroutine is " .. door .. " this stream", 3)
  end
  self[door] = me
end

local function check_size(max)
  if max == nil or math.type(max) == "integer" and max >= 1 then return end
  error("the size must be a whole number, at least 1", 3)
end

--- Read a line, all up to the end, or exactly so many bytes, as LuaSocket does.
---
--- "l" (default): up to LF, which is not returned, nor is any CR. "a": up to
--- the end of the stream. A number: so many bytes. "*l" and "*a" work too.
--- The end is kind "closed" when the peer said so, "truncated" when its bytes
--- just ended: somebody may have cut them off. Other kinds are "timeout",
--- "alert", "protocol" and "io".
---@param what? string|integer
---@param prefix? string put before the result; a count includes it
---@return string? data
---@return luatls.Error? err of these kinds
---@return string? partial what was read before the failure, prefix included
function Stream:read(what, prefix)
  if self.is_closed then return nil, errors.CLOSED, prefix or "" end
  enter(self, "reading")
  local deadline = deadline_of(self.now, self.timeout)
  local data, err, partial = self.reader:read(what, prefix, deadline)
  self.reading = nil
  return data, err, partial
end

--- Read some bytes, as soon as there are any.
---@param max? integer default: as many as come together, at most 16384
---@return string? data 1 to `max` bytes
---@return luatls.Error? err kinds as for `read`
function Stream:read_some(max)
  check_size(max)
  if self.is_closed then return nil, errors.CLOSED end
  enter(self, "reading")
  local deadline = deadline_of(self.now, self.timeout)
  local data, err = self.reader:read_some(max, deadline)
  self.reading = nil
  return data, err
end

--- Early data (RFC 8446, 2.3), on servers that take some: it comes before all
--- other data, and anybody who saw it may have sent it again. It can be
--- answered at once, before the handshake is complete. `read` and `read_some`
--- raise until this has returned "".
---@param max? integer default: as many as come together, at most 16384
---@return string? data "": there is none, or no more
---@return luatls.Error? err kinds as for `read`
function Stream:read_early(max)
  if not self.channel.is_server then error("read_early is for servers", 2) end
  check_size(max)
  if self.is_closed then return nil, errors.CLOSED end
  enter(self, "reading")
  local deadline = deadline_of(self.now, self.timeout)
  local data, err = self.channel:read_early(max or MAX_RECORD, deadline)
  self.reading = nil
  return data, err
end

--- Wait until the handshake is complete: early data that came before is then
--- known to be the client's own, and no replay.
---@return true? done
---@return luatls.Error? err kinds as for `read`
function Stream:confirm()
  if self.is_closed then return nil, errors.CLOSED end
  if not self.channel.is_early then return true end
  enter(self, "reading")
  local deadline = deadline_of(self.now, self.timeout)
  local done, err = self.channel:handshake(deadline)
  self.reading = nil
  return done, err
end

-- Many small strings become one record.
local function join(first, ...)
  local count = select("#", ...)
  if count == 0 and type(first) == "string" then return first end
  local parts = { first, ... }
  for i = 1, count + 1 do
    local kind = type(parts[i])
    if kind ~= "string" and kind ~= "number" then
      error(("only strings can be written, not %s"):format(kind), 3)
    end
  end
  return table.concat(parts)
end

local function write_slices(self, data, deadline)
  local channel, sent = self.channel, 0
  while sent < #data do
    local slice = data
    if #data > SLICE then slice = data:sub(sent + 1, sent + SLICE) end
    local ok, err, is_taken = channel:write(deadline, slice)
    if not ok then return nil, err, is_taken and sent + #slice or sent end
    sent = sent + #slice
  end
  return sent
end

--- Write strings (or numbers), all of them. After a failure `taken` tells how
--- many bytes the stream has taken: these must not be written again.
---@param ... string|number
---@return integer? bytes all that were given
---@return luatls.Error? err kind "closed", "timeout", "alert", "io"
---@return integer? taken
function Stream:write(...)
  local data = join(...)
  if self.is_closed then return nil, errors.CLOSED, 0 end
  enter(self, "writing")
  local deadline = deadline_of(self.now, self.timeout)
  local sent, err, taken = write_slices(self, data, deadline)
  self.writing = nil
  return sent, err, taken
end

--- Say that nothing more will be written (close_notify); reading goes on.
---@return true? done
---@return luatls.Error? err kind "closed", "timeout", "alert", "io"
function Stream:shutdown()
  if self.is_closed then return nil, errors.CLOSED end
  enter(self, "writing")
  local deadline = deadline_of(self.now, self.timeout)
  local done, err = self.channel:shutdown(deadline)
  self.writing = nil
  return done, err
end

local function renew(self, name, ...)
  if self.is_closed then return nil, errors.CLOSED end
  if not self.channel.conn then
    return nil, errors.new("config", "a plain connection has no keys")
  end
  enter(self, "writing")
  local done, err =
    self.channel:renew(deadline_of(self.now, self.timeout), name, ...)
  self.writing = nil
  return done, err
end

--- Renew the keys that this side sends with (RFC 8446, 4.6.3), which it also
--- does by itself in good time: see option `key_update_after`. Kind "config":
--- TLS 1.2 cannot.
---@param request_peer? boolean have the peer renew its keys too
---@return true? done
---@return luatls.Error? err kind "config", "closed", "timeout", "alert", "io"
function Stream:update_keys(request_peer)
  if request_peer ~= nil and type(request_peer) ~= "boolean" then
    error("whether the peer is asked must be true or false", 2)
  end
  return renew(self, "update_keys", request_peer)
end

--- Have another handshake (TLS 1.2, option `renegotiation`): a server asks its
--- client for one, which begins when it is read from; a client is done when
--- the handshake is. What the server sends before must be read meanwhile.
---@return true? done
---@return luatls.Error? err kind "config", "closed", "timeout", "alert", "io"
function Stream:renegotiate()
  return renew(self, "renegotiate")
end

--- End the connection. Sends close_notify if that is possible at once, and
--- never waits; who waits in a read or write gets kind "closed".
---@return true
function Stream:close()
  if not self.is_closed then
    self.is_closed = true
    self.channel:close()
  end
  return true
end

Stream.__close = Stream.close

-- A finalizer frees and wipes; the peer sees an end without close_notify.
function Stream:__gc()
  if not self.is_closed then
    self.is_closed = true
    self.channel:abandon()
  end
end

--- How long each of the following calls may take as a whole.
---@param seconds? number none: for ever
function Stream:settimeout(seconds)
  -- Nor NaN. For LuaSocket less than 0 is for ever; here it would be at once.
  local is_number = type(seconds) == "number" and seconds >= 0
  if seconds ~= nil and not is_number then
    error("the timeout must be a number of seconds, or nil for ever", 2)
  end
  self.timeout = seconds
end

--- What was agreed on.
---@return luatls.info? info nil for a plain connection
function Stream:info()
  local conn = self.channel.conn
  if not conn then return nil end
  local info = conn:info()
  info.handshake_seconds = self.channel.handshake_seconds
  return info
end

--- The certificates that the peer sent; nil when it sent none.
---@return luatls.chain?
function Stream:peer_chain()
  local conn = self.channel.conn
  return conn and conn:peer_chain()
end

local function secret_of(self, method, ...)
  local conn = self.channel.conn
  if conn then return blame.call(method, conn[method], conn, ...) end
  return nil, errors.new("config", "a plain connection has no secrets")
end

--- A secret for another protocol, as `conn:export` (RFC 5705; RFC 8446, 7.5).
---@param label string
---@param length integer bytes
---@param context? string
---@return string? secret
---@return luatls.Error? err kind "config", "closed"
function Stream:export(label, length, context)
  return secret_of(self, "export", label, length, context)
end

--- What names this connection to a protocol above, as `conn:channel_binding`.
---@param type "tls-exporter"|"tls-server-end-point"|"tls-unique"
---@return string? binding
---@return luatls.Error? err kind "config", "closed"
function Stream:channel_binding(type)
  return secret_of(self, "channel_binding", type)
end

--- What a client may resume later, by the option `session` of `tls.connect`.
--- In TLS 1.3 the server sends it some time after the handshake: it is there
--- once something was read.
---@return luatls.session?
function Stream:session()
  local conn = self.channel.conn
  return conn and conn:session()
end

--- Bytes that can be read without waiting.
---@return integer
function Stream:pending()
  local conn = self.channel.conn
  return self.reader:pending() + (conn and conn:pending() or 0)
end

--- The peer's address and port; nil when the connection is gone.
---@return string? address
---@return integer? port
function Stream:peername()
  if not self.is_closed then return self.channel.socket:peername() end
end

--- This side's address and port; nil when the connection is gone.
---@return string? address
---@return integer? port
function Stream:sockname()
  if not self.is_closed then return self.channel.socket:sockname() end
end

function Stream:__tostring()
  local info = self:info()
  return ("luatls.stream (%s, %s, %s)"):format(
    self.host or "peer",
    info and info.version or (info and "no version" or "plain"),
    self.is_closed and "closed" or "open"
  )
end

return stream
