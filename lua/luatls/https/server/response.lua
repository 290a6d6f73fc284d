--- What a handler answers: streamed with `write`, or as a whole, made of what
--- the handler returned. One of both, and exactly once.

local date = require("luatls.https.server.date")
local framing = require("luatls.http.framing")
local headers = require("luatls.http.headers")
local json = require("luatls.https.json")
local options = require("luatls.options")
local payload = require("luatls.https.payload")

local response = {}

---@class luatls.https.server.Response
---@field status? integer default 200; set it before the first `write`
---@field headers luatls.http.Headers to be sent
---@field is_started? boolean the head has gone
---@field sent integer bytes of the body
---@field private conn luatls.https.Connection
---@field private method string of the request
---@field private idle number seconds that the client may take nothing
local Response = { __name = "luatls.https.server.response" }
Response.__index = Response

--- A response that nothing is known of.
---@param conn luatls.https.Connection
---@param method string of the request
---@param idle number seconds that the client may take nothing
---@return luatls.https.server.Response
function response.new(conn, method, idle)
  return setmetatable({
    headers = headers.new(),
    sent = 0,
    conn = conn,
    method = method,
    idle = idle,
  }, Response)
end

--- A handler's answer as a table.
---@class luatls.https.Answer
---@field status? integer default 200
---@field headers? table<string, string|string[]>|luatls.http.Headers
---@field body? luatls.https.body_source
---@field json? any instead of a body, sent as application/json

local ANSWER <const> = {
  status = "integer",
  headers = "table",
  body = "any",
  json = "any",
}

local TEXT <const> = "text/plain; charset=utf-8"

local function default_header(self, name, value)
  if value and not self.headers:has(name) then self.headers:add(name, value) end
end

local function head(self)
  default_header(self, "Date", date.now())
  self.headers:set("Connection", "close")
  return {
    type = "response",
    status = self.status or 200,
    headers = self.headers,
  }
end

local function is_bodiless(self)
  return framing.is_bodiless(self.status or 200, self.method)
end

-- Send the next piece of the body, or the last; the head goes with the first.
local function send(self, data, is_last)
  local events = {}
  if not self.is_started then events[1] = head(self) end
  if data and data ~= "" and not is_bodiless(self) then
    events[#events + 1] = { type = "data", data = data }
    self.sent = self.sent + #data
  end
  if is_last then events[#events + 1] = { type = "end" } end
  local deadline = self.conn.now() + self.idle
  local done, err = self.conn:send("send", deadline, table.unpack(events))
  -- A head that may not be sent can still be replaced by another.
  if done or err.kind ~= "config" then self.is_started = true end
  return done, err
end

--- Send a piece of the body, and the head before the first. Waits until the
--- client has taken what came before, so memory stays flat.
---@param ... string|number
---@return true? done
---@return luatls.Error? err kind "timeout", "io", "alert", "closed"; "config":
--- status or fields cannot be sent
function Response:write(...)
  return send(self, table.concat({ ... }))
end

local function read_piece(source)
  local piece, reason = source.read()
  if reason then error(reason, 0) end
  return piece
end

-- One piece is looked ahead, so that short answers are one record.
local function send_payload(self, source)
  if is_bodiless(self) then return send(self, nil, true) end
  local piece = read_piece(source)
  while piece do
    local following = read_piece(source)
    if not following then break end
    local done, err = send(self, piece)
    if not done then return nil, err end
    piece = following
  end
  return send(self, piece, true)
end

local function merge_headers(self, fields)
  local own, message = headers.from(fields)
  if not own then error(message, 0) end
  for name in pairs(own) do
    self.headers:remove(name)
  end
  for _, name, value in own:each() do
    self.headers:add(name, value)
  end
end

-- Body and content type of an answer.
local function content_of(answer)
  if answer.json == nil then
    local is_text = type(answer.body) == "string" and answer.body ~= ""
    return answer.body or "", is_text and TEXT or nil
  end
  local text, err = json.encode(answer.json)
  if not text then error(err, 0) end
  return text, "application/json"
end

local function take_answer(self, answer)
  local known = options.check(answer, ANSWER)
  if known.json ~= nil and known.body ~= nil then
    error("an answer has either json or body", 0)
  end
  self.status = known.status or self.status
  if known.headers then merge_headers(self, known.headers) end
  local content, content_type = content_of(known)
  default_header(self, "Content-Type", content_type)
  return payload.new(content)
end

-- RFC 9110, 8.6: not with 204; a HEAD's is that of the GET.
local function set_length(self, source)
  if source.length and self.status ~= 304 then
    self.headers:set("Content-Length", source.length)
  end
end

local NOTHING <const> = "the handler returned no response and wrote none"

--- Complete the response with what the handler returned. Raises what the
--- handler is to blame for.
---@param answer string|luatls.https.Answer|nil
---@return true? done
---@return luatls.Error? err as for `write`
function Response:finish(answer)
  if answer == nil then
    local is_touched = self.is_started or self.status or #self.headers > 0
    if not is_touched then error(NOTHING, 0) end
    return send(self, nil, true)
  elseif self.is_started then
    error("the handler returned a response after it wrote one", 0)
  elseif type(answer) == "string" then
    answer = { body = answer }
  elseif type(answer) ~= "table" then
    error("a response is a string or a table, not a " .. type(answer), 0)
  end
  local source = take_answer(self, answer)
  set_length(self, source)
  return send_payload(self, source)
end

--- Answer with a status and a sentence instead of what was prepared.
---@param status integer
---@param sentence string
---@return true? done
---@return luatls.Error? err as for `write`
function Response:refuse(status, sentence)
  self.headers, self.status = headers.new(), status
  return self:finish(sentence .. "\n")
end

return response
