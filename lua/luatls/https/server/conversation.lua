--- One client's connection: read a request, let the handler answer it, send
--- the answer. Whatever the client or the handler does wrong ends here, in an
--- answer with the right status; nothing of it reaches the loop.

local connection = require("luatls.https.connection")
local errors = require("luatls.error")
local request = require("luatls.https.server.request")
local response = require("luatls.https.server.response")
local words = require("luatls.io.words")

local conversation = {}

--- What all conversations of a server share.
---@class luatls.https.server.Settings
---@field now fun(): number
---@field handler luatls.https.handler
---@field head_timeout number seconds for a whole request head
---@field body_timeout number seconds in which some of a body must move
---@field max_body integer
---@field report fun(err: luatls.Error, req?: luatls.https.server.Request)
---@field log? fun(entry: luatls.https.LogEntry)

---@alias luatls.https.handler
---| fun(req: luatls.https.server.Request, res: luatls.https.server.Response):
---|   string|luatls.https.Answer|nil

--- What `log` is told of each request that was answered.
---@class luatls.https.LogEntry
---@field peer string "127.0.0.1:40312"
---@field method string
---@field target string
---@field status integer
---@field bytes integer of the body that was sent
---@field seconds number from the request's head to the response's end
---@field user_agent? string

local function sentence_of(err)
  return (tostring(err.message):gsub("%c", " "))
end

-- A request that was not understood is answered all the same, where anything
-- came at all: a client that connects and goes away is no failure.
local function refuse(settings, conn, err)
  if not err.status or not conn.heard then return end
  settings.report(err)
  local res = response.new(conn, "", settings.body_timeout)
  res:refuse(err.status, sentence_of(err))
end

-- The body's events; a client that waits to be asked for them is asked.
local function body_reader(settings, conn)
  return function()
    local deadline = settings.now() + settings.body_timeout
    if conn.machine:expects_continue() then
      local go_on = { type = "informational", status = 100 }
      local sent, err = conn:send("send", deadline, go_on)
      if not sent then return nil, err end
    end
    return conn:next("body", deadline)
  end
end

-- What a handler raised. Errors of reading the request name the status that
-- its sender should get; all others are the handler's own fault.
local function explain(raised)
  if errors.is_error(raised) then return raised end
  local message = "the handler raised an error: " .. tostring(raised)
  return errors.new("internal", message)
end

local function traced(raised)
  if errors.is_error(raised) then return raised end
  return debug.traceback(tostring(raised), 2)
end

local function fail(settings, req, res, raised)
  local err = explain(raised)
  settings.report(err, req)
  -- After the head nothing can be taken back: the end is left out, so that
  -- the client sees that the response is not complete.
  if res.is_started then return end
  if err.status then
    res:refuse(err.status, sentence_of(err))
  else
    res:refuse(500, "internal server error")
  end
end

local function record(settings, req, res, started)
  if not settings.log then return end
  settings.log({
    peer = req.peer,
    method = req.method,
    target = req.target,
    status = res.status or 200,
    bytes = res.sent,
    seconds = settings.now() - started,
    user_agent = req.headers["user-agent"],
  })
end

local function respond(settings, req, res)
  local done, err = res:finish(settings.handler(req, res))
  -- That the client has gone is its own affair; what cannot be sent is not.
  if not done and err.kind == "config" then error(err, 0) end
end

-- Methods that change nothing (RFC 9110, 9.2.1), be they called twice.
local SAFE <const> = { GET = true, HEAD = true, OPTIONS = true, TRACE = true }

-- RFC 8470, 3: what came as early data may be a replay. What must not happen
-- twice waits until the handshake is complete, which only the client can do.
local function is_settled(settings, conn, event)
  if SAFE[event.method] then return true end
  return conn:confirm("head", settings.now() + settings.head_timeout)
end

local function serve_request(settings, conn, event)
  local started = settings.now()
  local req = request.new({
    event = event,
    stream = conn.stream,
    max_body = settings.max_body,
    next = body_reader(settings, conn),
  })
  local res = response.new(conn, event.method, settings.body_timeout)
  if event.method == "CONNECT" then
    res:refuse(501, "this server is no proxy")
  else
    local ok, raised = xpcall(respond, traced, settings, req, res)
    if not ok then fail(settings, req, res, raised) end
  end
  record(settings, req, res, started)
end

--- Serve a client whose handshake is complete, or so far that its early data
--- can be read; returns when all is said.
---@param settings luatls.https.server.Settings
---@param stream luatls.Stream closed at the end
function conversation.run(settings, stream)
  local peer = words.endpoint(stream.host or "?", stream.port or 0)
  local side = { role = "server", host = peer, awaits_early = stream:info() }
  local conn <close> = connection.new(stream, settings.now, side)
  local deadline = settings.now() + settings.head_timeout
  local event, err = conn:next("head", deadline)
  if not event then
    refuse(settings, conn, err)
  elseif event.type == "request" and is_settled(settings, conn, event) then
    serve_request(settings, conn, event)
    -- Closed before that, an answer to early data would look cut off.
    conn:confirm("send", settings.now() + settings.body_timeout)
  end
end

return conversation
