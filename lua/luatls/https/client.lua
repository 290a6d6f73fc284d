--- The HTTPS client: one request, one response. It connects, verifies, sends
--- and reads, all within one time limit; a status of 400 or more is an answer
--- like any other, and no error.

local blame = require("luatls.blame")
local connect = require("luatls.connect")
local connection = require("luatls.https.connection")
local context = require("luatls.context")
local errors = require("luatls.error")
local io = require("luatls.io")
local options = require("luatls.options")
local request = require("luatls.https.request")
local response = require("luatls.https.response")
local sender = require("luatls.https.sender")
local sessions = require("luatls.https.sessions")

local client = {}

---@class luatls.https.Options: luatls.https.request.Options
---@field timeout? number seconds for everything, the body too; default 60
--- The response comes when its head does; read its body, or close it.
---@field stream? boolean
--- Bytes that `text` and `json` take, default 64 MiB; without `stream` the
--- limit for every body.
---@field max_body? integer
--- Roots instead of the system's. All other options of a context are taken
--- too: `certificate`, `key`, `insecure_skip_verify`, …
---@field trust? luatls.chain_source
---@field context? luatls.context instead of the options that make one
---@field name? string who the server must be, default the URL's host
---@field sni? string sent as server name, default `name`
--- "luv" (default), "luasocket", or an adapter of your own.
---@field io? string|luatls.io.Adapter

---@class luatls.https.FullOptions: luatls.https.Options
---@field method? string default "GET"
---@field url string

local CALL <const> = {
  timeout = "number",
  stream = "boolean",
  max_body = "integer",
  context = "userdata",
  name = "string",
  sni = "string",
  io = "string|table",
}

local KNOWN <const> = options.merge(context.KEYS, request.KEYS, CALL)
local FULL_KNOWN <const> =
  options.merge(KNOWN, { method = "string", url = "string" })

local TIMEOUT <const> = 60
local MAX_BODY <const> = 64 * 1024 * 1024

-- Seconds to look for an answer after the server stopped taking our body: a
-- refusal (413, say) that came before it is worth more than "broken pipe".
local REFUSAL_PATIENCE <const> = 1

local ALPN <const> = { "http/1.1" }

-- The context of requests that say nothing about it; made once.
local default_context

local function choose_context(given)
  local own, has_own = options.pick(given, context.KEYS)
  if given.context then return context.choose("client", given) end
  if not has_own and default_context then return default_context end
  own.role, own.alpn = "client", own.alpn or ALPN
  local made, err = context.new(own)
  if not has_own then default_context = made end
  return made, err
end

---@class luatls.https.Call one request under way
---@field request luatls.https.Request
---@field given luatls.https.Options
---@field server string for `sessions`
---@field adapter luatls.io.Adapter
---@field context luatls.context
---@field timeout number
---@field deadline? number
---@field max_body integer

local function prepare(sent, given)
  local adapter, err = io.adapter(given.io)
  if not adapter then return nil, err end
  local chosen, why = choose_context(given)
  if not chosen then return nil, why end
  local timeout = given.timeout or TIMEOUT
  return {
    request = sent,
    given = given,
    server = sessions.key(sent.url.host, sent.url.port, given),
    adapter = adapter,
    context = chosen,
    timeout = timeout,
    deadline = timeout < math.huge and adapter.now() + timeout or nil,
    max_body = given.max_body or MAX_BODY,
  }
end

local function open(call)
  local given, target = call.given, call.request.url
  local stream, err = connect.connect(target.host, target.port, {
    context = call.context,
    name = given.name,
    sni = given.sni,
    session = sessions.take(call.server),
    timeout = call.timeout,
    io = call.adapter,
  })
  if not stream then return nil, err end
  local limits = not given.stream and { body = call.max_body } or nil
  local side = { role = "client", host = target.host, port = target.port }
  side.timeout = call.timeout
  return connection.new(stream, call.adapter.now, side, limits)
end

------------------------------------------------------------------ receiving --

-- The final response; interim ones say nothing to a program.
local function read_head(conn, deadline)
  repeat
    local event, err = conn:next("head", deadline)
    if not event then return nil, err end
    if event.type == "response" then return event end
  until event.type == "closed"
  return nil, errors.CLOSED
end

-- A failure of sending explains what reading failed with after it.
local function explain(conn, sending, err)
  if sending.err then return sending.err end
  local is_stuck = err.kind == "timeout" and not sending.done
  return is_stuck and conn:timed_out("send") or err
end

local function answer(conn, call, event, sending)
  return response.new({
    event = event,
    request = call.request,
    stream = conn.stream,
    body = {
      max = call.max_body,
      next = function()
        local part, err = conn:next("body", call.deadline)
        if part then return part end
        return nil, explain(conn, sending, err)
      end,
      on_end = function()
        conn:close()
      end,
    },
  })
end

local function head_deadline(call, sending)
  if not sending.err then return call.deadline end
  local patience = call.adapter.now() + REFUSAL_PATIENCE
  return math.min(patience, call.deadline or math.huge)
end

local function exchange(conn, call)
  local sending = sender.start(conn, call.request, call.adapter, call.deadline)
  local event, err = read_head(conn, head_deadline(call, sending))
  if sending.raised then error(sending.raised, 0) end
  if not event then return nil, explain(conn, sending, err) end
  sessions.keep(call.server, conn.stream)
  local answered = answer(conn, call, event, sending)
  if call.given.stream then return answered end
  local loaded, why = answered:load()
  if not loaded then return nil, why end
  return answered
end

-- Closes the connection unless a streamed response has it, also when the
-- program's own body source raises an error.
local function guarded(conn, call)
  local guard <close> = setmetatable({ conn = conn }, {
    __close = function(self)
      if self.conn then self.conn:close() end
    end,
  })
  local answered, err = exchange(conn, call)
  if answered then guard.conn = nil end
  return answered, err
end

local function fetch(method, text, given)
  local sent, err = request.new(method, text, given, 3)
  if not sent then return nil, err end
  local call, why = prepare(sent, given)
  if not call then return nil, why end
  local conn, failure = open(call)
  if not conn then return nil, failure end
  return guarded(conn, call)
end

--- Send a request and receive the response.
---
--- The kinds of errors are "resolve", "connect", "timeout", "verify", "alert",
--- "protocol", "truncated", "too_large", "io", "config" and "parse" (the URL);
--- `phase` tells how far it came: "resolve", "connect", "handshake", "send",
--- "head" or "body".
---@param given luatls.https.FullOptions
---@return luatls.https.Response? response
---@return luatls.Error? err of these kinds
function client.request(given)
  if type(given) ~= "table" then
    blame.raise("request takes one table with url in it; get takes a URL")
  end
  options.check(given, FULL_KNOWN)
  if not given.url then blame.raise("a request needs a url") end
  return fetch(given.method or "GET", given.url, given)
end

---@alias luatls.https.verb
---| fun(url: string, given?: luatls.https.Options):
---|   luatls.https.Response?, luatls.Error?

-- What is natural elsewhere, and means something else here.
local function check_call(method, text, given)
  if type(text) ~= "string" then
    local form = "%s takes a URL and options, not a %s; request takes one table"
    blame.raise(form:format(method:lower(), type(text)))
  elseif type(given) == "string" then
    blame.raise("options must be a table: a body is { body = text }")
  end
end

local function verb(method)
  return function(text, given)
    check_call(method, text, given)
    given = options.check(given, KNOWN)
    return fetch(method, text, given)
  end
end

--- Fetch what a URL stands for. See `request` for the errors.
---@type luatls.https.verb
client.get = verb("GET")

--- As `get`, but only status and header fields are sent back.
---@type luatls.https.verb
client.head = verb("HEAD")

--- Send something to a URL: give `body`, `json` or `form`.
---@type luatls.https.verb
client.post = verb("POST")

--- Make something be what a URL stands for.
---@type luatls.https.verb
client.put = verb("PUT")

--- Change what a URL stands for.
---@type luatls.https.verb
client.patch = verb("PATCH")

--- Remove what a URL stands for.
---@type luatls.https.verb
client.delete = verb("DELETE")

return client
