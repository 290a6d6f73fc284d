--- Sends a request: in the background where there are tasks, so that a server
--- that answers while it still reads (or refuses, and reads no more) does not
--- block a client that still writes.

local errors = require("luatls.error")
local url = require("luatls.http.url")

local sender = {}

--- The sending of one request.
---@class luatls.https.Sending
---@field done? boolean all of it was sent, or it failed
---@field err? luatls.Error why it failed
---@field raised? any what the program's body source raised

-- Bodies up to this many bytes are sent at once: the system takes so much
-- whether the server reads or not.
local SMALL <const> = 64 * 1024

local function head_of(request)
  local fields = request.headers:copy()
  fields:set("Connection", "close")
  return {
    type = "request",
    method = request.method,
    target = url.target(request.url),
    headers = fields,
  }
end

local function unreadable(reason)
  if errors.is_error(reason) then return reason end
  local message = "the request body could not be read: " .. tostring(reason)
  return errors.new("io", message, { phase = "send" })
end

-- The head goes out together with the first piece of the body.
local function send(conn, request, deadline)
  local events = { head_of(request) }
  local read = request.payload and request.payload.read
  while read do
    local piece, reason = read()
    if reason then return nil, unreadable(reason) end
    if not piece then break end
    events[#events + 1] = { type = "data", data = piece }
    local sent, err = conn:send("send", deadline, table.unpack(events))
    if not sent then return nil, err end
    events = {}
  end
  events[#events + 1] = { type = "end" }
  return conn:send("send", deadline, table.unpack(events))
end

-- Did the server stop listening? Then it may have said why.
local function is_refusal(err)
  return err.kind == "io" and err.symbol ~= nil or err.kind == "closed"
end

local function run(self, conn, request, deadline)
  local ok, sent, err = pcall(send, conn, request, deadline)
  self.done = true
  if not ok then
    self.raised, self.err = sent, unreadable(sent)
  elseif not sent then
    self.err = err
  end
  -- Who reads must not wait for the answer to half a request.
  if not ok or not sent and not is_refusal(err) then conn:close() end
end

local function is_small(payload)
  return not payload or payload.length and payload.length <= SMALL
end

--- Send a request, or begin to.
---@param conn luatls.https.Connection closed when sending fails on this side
---@param request luatls.https.Request
---@param adapter luatls.io.Adapter
---@param deadline? number
---@return luatls.https.Sending
function sender.start(conn, request, adapter, deadline)
  local self = {}
  if adapter.spawn and not is_small(request.payload) then
    adapter.spawn(run, self, conn, request, deadline)
  else
    run(self, conn, request, deadline)
  end
  return self
end

return sender
