--- What a server answered: status, header fields, and a body that is read from
--- the connection or was loaded already.

local body = require("luatls.https.body")

local response = {}

---@class luatls.https.Response
---@field status integer
---@field reason string as the server put it, often empty
---@field ok boolean status 200 to 299
---@field headers luatls.http.Headers names in any case
---@field url string that was fetched, without user and password
---@field history luatls.https.Response[] those that led here, oldest first
---@field tls luatls.info what both sides agreed on
---@field peer_chain? luatls.chain the server's certificates
---@field private body luatls.https.Body
local Response = { __name = "luatls.https.response" }
Response.__index = Response

---@class luatls.https.response.Options
---@field event luatls.http.ResponseEvent
---@field request luatls.https.Request
---@field stream luatls.Stream
---@field body luatls.https.body.Options

--- A response whose head has come.
---@param given luatls.https.response.Options
---@return luatls.https.Response
function response.new(given)
  local event = given.event
  return setmetatable({
    status = event.status,
    reason = event.reason,
    ok = event.status >= 200 and event.status < 300,
    headers = event.headers,
    url = tostring(given.request.url),
    history = {},
    tls = given.stream:info(),
    peer_chain = given.stream:peer_chain(),
    body = body.new(given.body),
  }, Response)
end

--- Receive the body now; nothing can fail afterwards.
---@return true? done
---@return luatls.Error? err kind "too_large", "truncated", "timeout",
--- "protocol", "io", "alert"
function Response:load()
  return self.body:load()
end

--- The body as a string, as it came: no character set is converted.
---@param max? integer bytes, default the request's `max_body`
---@return string? text "" when there is none
---@return luatls.Error? err as for `load`; only with `stream = true`
function Response:text(max)
  return self.body:text(max)
end

--- The body read as JSON, by cjson or dkjson.
---@param max? integer bytes, default the request's `max_body`
---@return any value
---@return luatls.Error? err kind "decode"; "config": neither is installed; and
--- as for `text`
function Response:json(max)
  return self.body:json(max)
end

--- Read some bytes of the body, as soon as there are any.
---@param max? integer bytes, default: as many as came together
---@return string? data nil alone: the body is complete
---@return luatls.Error? err as for `text`, but never "too_large"
function Response:read(max)
  return self.body:read(max)
end

--- For a loop over the pieces of the body: `for piece in r:iter() do`. A
--- failure is raised, as the error object that `read` would return.
---@return fun(): string?
function Response:iter()
  return self.body:iter()
end

--- Give the connection up, when not all of a streamed body is wanted.
function Response:close()
  self.body:close()
end

Response.__close = Response.close

function Response:__tostring()
  return ("luatls.https.response (%d, %s)"):format(self.status, self.url)
end

return response
