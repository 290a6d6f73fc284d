--- An HTTP/1.1 conversation without a connection: bytes in, events out; events
--- in, bytes out (RFC 9112). It touches no socket, file or clock; who has
--- those feeds it what came and sends what it gives.
--
-- A server, its waiting left out:
--
--     local m = machine.new({ role = "server" })
--     m:feed(bytes)
--     local event, problem = m:next_event()      -- "request", "data"…, "end"
--     out(m:send({ type = "response", status = 200, headers = { … } }))
--     out(m:send({ type = "data", data = "hello" }))
--     out(m:send({ type = "end" }))
--     if m:keep_alive() then m:start_next_cycle() end

local buffer = require("luatls.http.buffer")
local cycle = require("luatls.http.cycle")
local framing = require("luatls.http.framing")
local headers = require("luatls.http.headers")
local heads = require("luatls.http.heads")
local limits = require("luatls.http.limits")
local problem = require("luatls.http.problem")
local readers = require("luatls.http.readers")
local writers = require("luatls.http.writers")

local machine = {}

--- What one side says to the other. Received ones are the reader's to keep.
---@class luatls.http.Event
---@field type "request"|"informational"|"response"|"data"|"end"|"closed"

---@class luatls.http.RequestEvent: luatls.http.Event
---@field type "request"
---@field method string as sent: methods are case-sensitive
---@field target string "/path?query", "http://host/path", "host:port" or "*"
---@field headers luatls.http.Headers|table to send, a plain table will do
---@field version? "1.0"|"1.1" received; what is sent is always 1.1

---@class luatls.http.ResponseEvent: luatls.http.Event
---@field type "response"|"informational" the latter: 1xx
---@field status integer
---@field headers? luatls.http.Headers|table
---@field reason? string default: the registered phrase
---@field version? "1.0"|"1.1" received

---@class luatls.http.DataEvent: luatls.http.Event
---@field type "data"
---@field data string a piece of the body, as it came: pieces mean nothing

---@class luatls.http.EndEvent: luatls.http.Event
---@field type "end" the message is complete
---@field trailers? luatls.http.Headers|table never nil when received

---@class luatls.http.ClosedEvent: luatls.http.Event
---@field type "closed" this side sends no other message

---@class luatls.http.machine
---@field role luatls.http.side as given
local Machine = { __name = "luatls.http.machine" }
Machine.__index = Machine

local PEER <const> = { client = "server", server = "client" }

---@class luatls.http.machine.Options
---@field role luatls.http.side which side of the conversation this is
---@field limits? luatls.http.Limits defaults depend on the role

--- A new conversation. Raises for options that it does not know.
---@param options luatls.http.machine.Options
---@return luatls.http.machine
function machine.new(options)
  local known = { role = true, limits = true }
  for name in pairs(options) do
    if not known[name] then
      local near = limits.nearest(name, known)
      error(("unknown option %q; did you mean %q?"):format(name, near), 2)
    end
  end
  local role = options.role
  if not PEER[role] then error('role is not "client" or "server"', 2) end
  return setmetatable({
    role = role,
    peer = PEER[role],
    limits = limits.new(role, options.limits),
    buffer = buffer.new(),
    cycle = cycle.new(),
    reader = nil, -- what reads the peer's message now
    writer = nil, -- what writes the own body now
    failure = nil, -- the problem that ended the reading
  }, Machine)
end

------------------------------------------------------------------- reading --

--- Bytes from the peer. They are kept until `next_event` wants them: ask
--- `buffered()` before feeding on while a response is being made.
---@param bytes string "" does nothing
function Machine:feed(bytes)
  if self.buffer.ended then error("bytes after the end of the stream", 2) end
  self.buffer:feed(bytes)
end

--- The peer's end of stream was reached.
function Machine:feed_end()
  self.buffer.ended = true
end

--- Bytes that were fed and not used yet.
---@return integer
function Machine:buffered()
  return self.buffer.size
end

local receive = {}

function receive.request(self, event)
  local fields, version = event.headers, event.version
  -- Known from here on, so that a refusal is answered in the right form.
  self.cycle.method, self.cycle.version = event.method, version
  local kind, size, why = readers.frame(event)
  if not kind then return why end
  local has_body = kind ~= "length" or size > 0
  why = self.cycle:note_expectation(version, fields, has_body)
  if why then return why end
  self.reader, why = readers.body(self.role, self.limits, kind, size)
  if not self.reader then return why end
  self.cycle:note_request(event.method, version, fields)
end

function receive.informational(self, event)
  self.reader = nil
  if event.status == 101 and not self.cycle:is_switch(101) then
    return problem.remote("the server switches protocols without being asked")
  end
  if self.cycle.interim == self.limits.interim then
    local message = "more than %d interim responses"
    return problem.remote(message:format(self.limits.interim))
  end
  self.cycle:note_interim(event.status)
end

function receive.response(self, event)
  local kind, size, why = readers.frame(event, self.cycle.method)
  if not kind then return why end
  self.reader, why = readers.body(self.role, self.limits, kind, size)
  if not self.reader then return why end
  local status, version = event.status, event.version
  local switched =
    self.cycle:note_response(status, version, event.headers, kind)
  if switched then self.reader = nil end
end

function receive.data(self)
  if self.role == "server" then self.cycle.awaits_continue = false end
end

receive["end"] = function(self)
  self.reader = nil
  receive.data(self)
  self.cycle.states:apply(self.peer, "end")
end

local function fail(self, why)
  self.failure = why
  self.cycle.states:fail(self.peer)
  return nil, why
end

-- Which states of the peer have a reader, and where a stream may end.
local READS <const> = { idle = true, send_response = true, send_body = true }
local MAY_END <const> = { idle = true, done = true, must_close = true }

local CLOSED <const> = { type = "closed" }

local function closed(self)
  if self.cycle.states[self.peer] ~= "closed" then
    self.cycle.states:apply(self.peer, "closed")
  end
  return CLOSED
end

-- Bytes where none are due: only a server that answers without having been
-- asked sends them, and the next request would get that answer.
local function unasked(self)
  if self.buffer.size == 0 then return nil end
  return fail(self, problem.remote("the server spoke without being asked"))
end

local function read(self)
  self.reader = self.reader or heads.new(self.role, self.limits)
  local event, why = self.reader:read(self.buffer)
  if not event and not why and self.buffer.ended then
    event, why = self.reader:finish()
  end
  if not why and event and receive[event.type] then
    why = receive[event.type](self, event)
  end
  if why then return fail(self, why) end
  return event
end

--- The next thing that the peer said.
---
--- nil alone: feed more bytes, or, when `is_paused()`, finish this cycle. After
--- a problem every call returns the same one; a server may then still send a
--- response with `problem.status`.
---@return luatls.http.Event? event
---@return luatls.http.Problem? problem "protocol", "too_large", "truncated"
function Machine:next_event()
  if self.failure then return nil, self.failure end
  local peer, bytes = self.cycle.states[self.peer], self.buffer
  if peer == "closed" then return CLOSED end
  -- RFC 9112, 9.6: what follows the last request is not looked at.
  if peer == "must_close" then bytes:rest() end
  local at_end = bytes.ended and bytes.size == 0
  local inside = self.reader and self.reader.event
  if at_end and MAY_END[peer] and not inside then return closed(self) end
  if not READS[peer] then return nil end
  if peer == "idle" and self.role == "client" then return unasked(self) end
  return read(self)
end

------------------------------------------------------------------- sending --

local send = {}

function send.request(self, event)
  local bytes, why, fields = writers.request(event)
  if not bytes then return nil, why end
  local kind, size = framing.of_request(event.method, "1.1", fields)
  if not kind then return nil, problem.own(size) end
  self.writer = writers.body(kind, size)
  self.cycle.awaits_continue = fields:lists("expect", "100-continue")
  self.cycle:note_request(event.method, "1.1", fields)
  return bytes
end

function send.informational(self, event)
  if event.status == 101 and not self.cycle:is_switch(101) then
    return nil, problem.own("the request asks for no other protocol")
  end
  local bytes, why = writers.informational(event)
  if bytes then self.cycle:note_interim(event.status) end
  return bytes, why
end

function send.response(self, event)
  local current = self.cycle
  local peer = { method = current.method, version = current.version }
  -- A body that the client holds back may come all the same: nobody can tell
  -- where the next request starts (RFC 9110, 10.1.1).
  peer.keep_alive = current.states.keep_alive and not current.awaits_continue
  local bytes, why, fields, kind, size = writers.response(event, peer)
  if not bytes then return nil, why end
  local switched = current:note_response(event.status, "1.1", fields, kind)
  self.writer = not switched and writers.body(kind, size) or nil
  return bytes
end

function send.data(self, event)
  if type(event.data) ~= "string" then
    return nil, problem.own("data is not a string")
  end
  if self.role == "client" then self.cycle.awaits_continue = false end
  return self.writer:data(event.data)
end

send["end"] = function(self, event)
  local trailers, message = headers.from(event.trailers)
  if not trailers then return nil, problem.own(message) end
  local bytes, why = self.writer:finish(trailers)
  if not bytes then return nil, why end
  self.writer = nil
  self.cycle.states:apply(self.role, "end")
  return bytes
end

function send.closed(self)
  self.cycle.states:apply(self.role, "closed")
  return ""
end

local function not_now(self, event)
  local message = "%s cannot send %q in state %s"
  local state = self.cycle.states[self.role]
  return problem.own(message:format(self.role, event.type, state))
end

--- Say something to the peer.
---
--- A response gets the fields that frame its body where it has none: chunked,
--- or, for a client of HTTP/1.0, all until the connection closes. An event
--- that was refused changed nothing: another may be sent instead.
---@param event luatls.http.Event
---@return string? bytes for the peer, "" when there is nothing to send
---@return luatls.http.Problem? problem kind "protocol", side "local"
function Machine:send(event)
  local sender = send[event.type]
  if not sender then
    error(("unknown event %q"):format(tostring(event.type)), 2)
  end
  if not self.cycle.states:allows(self.role, event.type) then
    return nil, not_now(self, event)
  end
  return sender(self, event)
end

-------------------------------------------------------------------- cycles --

--- Where this side stands.
---@return luatls.http.state
function Machine:state()
  return self.cycle.states[self.role]
end

--- Where the other side stands.
---@return luatls.http.state
function Machine:peer_state()
  return self.cycle.states[self.peer]
end

--- Can no event come before this cycle is finished, whatever is fed? So it is
--- after a whole request while it is being answered, and after a switch.
---@return boolean
function Machine:is_paused()
  local peer = self.cycle.states[self.peer]
  return peer == "done" or peer == "might_switch" or peer == "switched"
end

--- Does a client hold its body back until it hears "100 Continue"?
---@return boolean
function Machine:expects_continue()
  return self.cycle.awaits_continue
end

--- Are both messages complete, and may the connection carry others?
---@return boolean
function Machine:keep_alive()
  if self.failure or not self.cycle.states:is_reusable() then return false end
  -- A client that has bytes left over was told more than it asked for.
  if self.role == "server" then return true end
  return self.buffer.size == 0 and not self.buffer.ended
end

--- Begin the next request and response on the same connection. Pipelined
--- bytes stay: call `next_event` before feeding more.
---@return boolean? started
---@return luatls.http.Problem? problem side "local": `keep_alive()` is false
function Machine:start_next_cycle()
  if not self:keep_alive() then
    return nil, problem.own("the connection cannot be used again")
  end
  self.cycle, self.reader, self.writer = cycle.new(), nil, nil
  return true
end

--- After a switch (state "switched" or "might_switch"): take the bytes that
--- belong to the other protocol.
---@return string bytes
function Machine:trailing()
  return self.buffer:rest()
end

return machine
