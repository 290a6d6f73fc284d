--- What a client asked for, as a handler sees it. The body is read when the
--- handler asks for it; a client that waits for "100 Continue" gets it then.

local body = require("luatls.https.body")
local url = require("luatls.http.url")
local words = require("luatls.io.words")

local request = {}

---@class luatls.https.server.Request
---@field method string as sent: methods are case-sensitive
---@field target string as sent
---@field path string of the target, still percent-encoded
---@field query table<string, string> the first value of each name, decoded
---@field query_list { [1]: string, [2]: string }[] every name and value
---@field headers luatls.http.Headers names in any case
---@field version "1.0"|"1.1"
---@field peer string address and port: "127.0.0.1:40312"
---@field tls luatls.info what both sides agreed on
--- It may be a replay (RFC 8470): it came as early data, with a safe method.
---@field early_data boolean
---@field private incoming luatls.https.Body
---@field private stream luatls.Stream
local Request = { __name = "luatls.https.server.request" }
Request.__index = Request

-- The path and query of a target in any form (RFC 9112, 3.2).
local function split(target)
  local rest = target:match("^%a+://[^/?]*(.*)$") or target
  local path, query = rest:match("^([^?]*)%??(.*)$")
  return path == "" and "/" or path, query
end

---@class luatls.https.server.request.Options
---@field event luatls.http.RequestEvent
---@field stream luatls.Stream
---@field max_body integer
---@field next fun(): luatls.http.Event?, luatls.Error? of the body

--- A request whose head has come.
---@param given luatls.https.server.request.Options
---@return luatls.https.server.Request
function request.new(given)
  local event, stream = given.event, given.stream
  local path, query = split(event.target)
  local fields, list = url.decode_query(query)
  local info = stream:info()
  return setmetatable({
    method = event.method,
    target = event.target,
    path = path,
    query = fields,
    query_list = list,
    headers = event.headers,
    version = event.version,
    peer = words.endpoint(stream.host or "?", stream.port or 0),
    tls = info,
    early_data = info ~= nil and not info.handshake_done,
    stream = stream,
    incoming = body.new({
      is_request = true,
      max = given.max_body,
      next = given.next,
      on_end = function() end,
    }),
  }, Request)
end

--- The whole body as a string. `req:body()` is the same.
---@param max? integer bytes, default the server's `max_body`
---@return string? text "" when there is none
---@return luatls.Error? err kind "too_large", "truncated", "timeout",
--- "protocol", "io", "alert"; `status` is what the client should get
function Request:text(max)
  return self.incoming:text(max)
end

Request.body = Request.text

--- The whole body, read as JSON by cjson or dkjson.
---@param max? integer bytes, default the server's `max_body`
---@return any value
---@return luatls.Error? err kind "decode"; "config": neither is installed; and
--- as for `text`
function Request:json(max)
  return self.incoming:json(max)
end

--- Read some bytes of the body, as soon as there are any.
---@param max? integer bytes, default: as many as came together
---@return string? data nil alone: the body is complete
---@return luatls.Error? err as for `text`, but never "too_large"
function Request:read(max)
  return self.incoming:read(max)
end

--- For a loop over the pieces of the body; a failure is raised.
---@return fun(): string?
function Request:iter()
  return self.incoming:iter()
end

--- The certificates of a client that was asked for them (`client_auth`).
---@return luatls.chain?
function Request:peer_chain()
  return self.stream:peer_chain()
end

function Request:__tostring()
  return ("%s %s"):format(self.method, self.target)
end

return request
