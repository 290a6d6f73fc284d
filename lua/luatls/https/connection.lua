--- A stream that speaks HTTP/1.1: the machine knows the rules, the stream
--- carries the bytes, and this file passes them from one to the other. Client
--- and server use the same one, each in its role.

local errors = require("luatls.error")
local failure = require("luatls.https.failure")
local machine = require("luatls.http.machine")

local connection = {}

---@class luatls.https.Connection
---@field stream luatls.Stream
---@field machine luatls.http.machine
---@field now fun(): number the clock of the deadlines
---@field heard boolean the peer has said something, be it half a word
---@field private awaits_early boolean early data may come
---@field private side luatls.https.Side
---@field private cut? luatls.Error the bytes ended without a close_notify
local Connection = { __name = "luatls.https.connection" }
Connection.__index = Connection

--- Speak HTTP on a stream whose handshake is complete.
---@param stream luatls.Stream taken over: closed with the connection
---@param now fun(): number
---@param side luatls.https.Side
---@param limits? luatls.http.Limits
---@return luatls.https.Connection
function connection.new(stream, now, side, limits)
  return setmetatable({
    stream = stream,
    machine = machine.new({ role = side.role, limits = limits }),
    now = now,
    side = side,
    heard = false,
    awaits_early = side.awaits_early or false,
  }, Connection)
end

-- The stream counts from now on for every call; a deadline stands still.
local function set_deadline(self, deadline)
  local left = deadline and math.max(0, deadline - self.now())
  self.stream:settimeout(left)
end

--- Say one or more things to the peer, in as few records as possible.
---@param phase luatls.https.phase for messages
---@param deadline? number
---@param ... luatls.http.Event
---@return true? done
---@return luatls.Error? err kind "config": not allowed by HTTP; "timeout",
--- "io", "alert", "closed"
function Connection:send(phase, deadline, ...)
  local parts = {}
  for index, event in ipairs({ ... }) do
    local bytes, problem = self.machine:send(event)
    if not bytes then
      return nil, failure.of_problem(problem, self.side, phase)
    end
    parts[index] = bytes
  end
  local bytes = table.concat(parts)
  if bytes == "" then return true end
  set_deadline(self, deadline)
  local sent, err = self.stream:write(bytes)
  if sent then return true end
  return nil, failure.of_stream(err, self.side, phase)
end

-- Early data comes before all other.
local function receive(self)
  if self.awaits_early then
    local bytes, err = self.stream:read_early()
    if bytes ~= "" then return bytes, err end
    self.awaits_early = false
  end
  return self.stream:read_some()
end

-- Get more bytes, or the end, into the machine.
local function feed(self, deadline)
  set_deadline(self, deadline)
  local bytes, err = receive(self)
  if bytes then
    self.machine:feed(bytes)
    self.heard = true
    return true
  end
  if err.kind == "truncated" then
    self.cut = err
  elseif err.kind ~= "closed" or err == errors.CLOSED then
    return nil, err
  end
  self.machine:feed_end()
  return true
end

--- The next thing that the peer said.
---
--- Where only the end of the connection ends a body, it must be announced by
--- a close_notify (RFC 8446, 6.1): else somebody may have cut it off.
---@param phase luatls.https.phase for messages
---@param deadline? number
---@return luatls.http.Event? event
---@return luatls.Error? err kind "truncated", "protocol", "too_large",
--- "timeout", "io", "alert", "closed" (on this side)
function Connection:next(phase, deadline)
  while true do
    local event, problem = self.machine:next_event()
    if problem then
      return nil, failure.of_problem(problem, self.side, phase)
    elseif event and event.type == "end" and self.cut then
      return nil, failure.of_stream(self.cut, self.side, phase)
    elseif event then
      return event
    end
    local fed, err = feed(self, deadline)
    if not fed then return nil, failure.of_stream(err, self.side, phase) end
  end
end

--- Wait until the client has completed its handshake (RFC 8470, 3).
---@param phase luatls.https.phase for messages
---@param deadline? number
---@return true? done
---@return luatls.Error? err kinds as for `next`
function Connection:confirm(phase, deadline)
  set_deadline(self, deadline)
  local done, err = self.stream:confirm()
  if done then return true end
  return nil, failure.of_stream(err, self.side, phase)
end

--- The error for a time limit that has passed.
---@param phase luatls.https.phase what was being done
---@return luatls.Error err kind "timeout"
function Connection:timed_out(phase)
  return failure.of_stream(errors.TIMEOUT, self.side, phase)
end

--- End it.
function Connection:close()
  self.stream:close()
end

Connection.__close = Connection.close

return connection
