--- What turns events into bytes: the heads, with the fields that framing needs,
--- and one writer for each framing, which holds the program to what it said.

local framing = require("luatls.http.framing")
local grammar = require("luatls.http.grammar")
local headers = require("luatls.http.headers")
local problem = require("luatls.http.problem")
local status = require("luatls.http.status")
local target = require("luatls.http.target")

local writers = {}

---------------------------------------------------------------------- body --

-- Each has `data(text)` and `finish(trailers)`: bytes, or nil and a problem.

local Length = {}
Length.__index = Length

function Length:data(text)
  if #text <= self.left then
    self.left = self.left - #text
    return text
  end
  local message = "body is %d bytes longer than its head says"
  return nil, problem.own(message:format(#text - self.left))
end

function Length:finish(trailers)
  if self.left > 0 then
    local message = "body is %d bytes shorter than its head says"
    return nil, problem.own(message:format(self.left))
  end
  if #trailers == 0 then return "" end
  return nil, problem.own("only chunked bodies have trailers")
end

local Chunked = {}
Chunked.__index = Chunked

function Chunked:data(text) -- luacheck: ignore 212
  -- An empty chunk would end the body (RFC 9112, 7.1).
  if text == "" then return "" end
  return ("%X\r\n"):format(#text) .. text .. "\r\n"
end

function Chunked:finish(trailers) -- luacheck: ignore 212
  return "0\r\n" .. tostring(trailers) .. "\r\n"
end

local Close = {}
Close.__index = Close

function Close:data(text) -- luacheck: ignore 212
  return text
end

function Close:finish(trailers) -- luacheck: ignore 212
  if #trailers == 0 then return "" end
  return nil, problem.own("only chunked bodies have trailers")
end

--- A writer for one body.
---@param kind luatls.http.framing
---@param size? integer of "length"
---@return table writer
function writers.body(kind, size)
  if kind == "length" then return setmetatable({ left = size }, Length) end
  return setmetatable({}, kind == "chunked" and Chunked or Close)
end

--------------------------------------------------------------------- heads --

local function checked_headers(fields)
  local own, message = headers.from(fields)
  if own then return own end
  return nil, problem.own(message)
end

--- The bytes of a request head. Its fields go out as they are: they must name
--- the host, and frame the body when there is one.
---@param event luatls.http.RequestEvent
---@return string? bytes
---@return luatls.http.Problem? problem side "local"
---@return luatls.http.Headers? sent
function writers.request(event)
  local fields, why = checked_headers(event.headers)
  if not fields then return nil, why end
  local method, text = event.method, event.target
  if not grammar.is_token(method) then
    return nil, problem.own("request method is malformed")
  end
  if type(text) ~= "string" then
    return nil, problem.own("request has no target")
  end
  local sound, message = target.check(method, text, "1.1", fields)
  if not sound then return nil, problem.own(message) end
  local start = method .. " " .. text .. " HTTP/1.1\r\n"
  return start .. tostring(fields) .. "\r\n", nil, fields
end

-- Makes the fields say how the body ends. A program that gave a length is
-- held to it; all others get the framing that the peer understands.
local function frame_response(code, fields, peer)
  local tunnel = peer.method == "CONNECT" and code < 300
  if code == 204 or tunnel then
    -- RFC 9110, 8.6 and RFC 9112, 6.1: neither field may stand here.
    fields:remove("content-length")
    fields:remove("transfer-encoding")
  elseif not framing.is_bodiless(code, peer.method) then
    if peer.version == "1.0" then fields:remove("transfer-encoding") end
    local framed = fields:has("content-length")
      or fields:has("transfer-encoding")
      or peer.version == "1.0"
    if not framed then fields:add("Transfer-Encoding", "chunked") end
  end
  local kind, size = framing.of_response(code, peer.method, "1.1", fields)
  if kind then return kind, size end
  return nil, nil, problem.own(size)
end

---@class luatls.http.Peer
---@field method? string of the request; nil: it was not understood
---@field version? "1.0"|"1.1" of the request
---@field keep_alive boolean as far as is known before this response

local function set_connection(fields, kind, peer)
  local closes = kind == "close" or not peer.keep_alive
  if closes and not fields:lists("connection", "close") then
    fields:set("Connection", "close")
  end
end

local function status_line(event)
  local reason = event.reason or status[event.status] or ""
  if not grammar.is_text(reason) then return nil end
  return ("HTTP/1.1 %d %s\r\n"):format(event.status, reason)
end

local function is_code(code, low, high)
  return math.type(code) == "integer" and code >= low and code <= high
end

--- The bytes of a final response head, its body framed and, where the
--- connection ends after it, `Connection: close` said.
---@param event luatls.http.ResponseEvent
---@param peer luatls.http.Peer
---@return string? bytes
---@return luatls.http.Problem? problem side "local"
---@return luatls.http.Headers? sent
---@return luatls.http.framing? kind
---@return integer? size of "length"
function writers.response(event, peer)
  local fields, why = checked_headers(event.headers)
  if not fields then return nil, why end
  if not is_code(event.status, 200, 999) then
    return nil, problem.own("response status is not 200 to 999")
  end
  local start = status_line(event)
  if not start then return nil, problem.own("reason phrase is malformed") end
  local kind, size
  kind, size, why = frame_response(event.status, fields, peer)
  if not kind then return nil, why end
  set_connection(fields, kind, peer)
  return start .. tostring(fields) .. "\r\n", nil, fields, kind, size
end

--- The bytes of an interim response: 100 to 199, no body.
---@param event luatls.http.ResponseEvent
---@return string? bytes
---@return luatls.http.Problem? problem side "local"
function writers.informational(event)
  local fields, why = checked_headers(event.headers)
  if not fields then return nil, why end
  if not is_code(event.status, 100, 199) then
    return nil, problem.own("interim status is not 100 to 199")
  end
  local start = status_line(event)
  if not start then return nil, problem.own("reason phrase is malformed") end
  fields:remove("content-length")
  fields:remove("transfer-encoding")
  return start .. tostring(fields) .. "\r\n"
end

return writers
