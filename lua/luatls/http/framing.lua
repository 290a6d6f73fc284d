--- How long the body of a message is: RFC 9112, 6.3, without its forgiving
--- parts. Both sides of a conversation use it, for what comes and what goes.

local grammar = require("luatls.http.grammar")

local framing = {}

--- "length": so many bytes, 0 where there is no body; "chunked"; "close": all
--- until the connection ends.
---@alias luatls.http.framing "length"|"chunked"|"close"

-- RFC 9112, 6.1: codings that we do not know are answered by 501; a list that
-- is none, or does not end in chunked, has no length at all: 400.
local function refuse_coding(value)
  for element in (value .. ","):gmatch("([^,]*),") do
    local coding = grammar.lower(element:match("^[ \t]*(.-)[ \t]*$"))
    if not grammar.is_token(coding) then
      return nil, "Transfer-Encoding is malformed", 400
    end
    if coding ~= "chunked" and coding ~= "identity" then
      return nil, "transfer coding is not chunked, but " .. coding, 501
    end
  end
  return nil, "Transfer-Encoding is not exactly chunked", 400
end

local function check_coding(codings, lengths, version)
  if #codings > 1 then
    return nil, "message has more than one Transfer-Encoding field", 400
  end
  if grammar.lower(codings[1]) ~= "chunked" then
    return refuse_coding(codings[1])
  end
  -- RFC 9112, 6.3, 3: "ought to be handled as an error".
  if #lengths > 0 then
    return nil, "message has both Transfer-Encoding and Content-Length", 400
  end
  -- RFC 9112, 6.1: framing is faulty, HTTP/1.0 knows no transfer codings.
  if version == "1.0" then
    return nil, "HTTP/1.0 message has a Transfer-Encoding", 400
  end
  return "chunked"
end

local function check_length(lengths)
  if #lengths > 1 then
    return nil, "message has more than one Content-Length field", 400
  end
  local size = grammar.length(lengths[1])
  if size then return "length", size end
  return nil, "Content-Length is not a number", 400
end

-- What the fields say: nothing at all when neither is there.
local function declared(version, headers)
  local codings = headers:all("transfer-encoding")
  local lengths = headers:all("content-length")
  if #codings > 0 then return check_coding(codings, lengths, version) end
  if #lengths > 0 then return check_length(lengths) end
  return "absent"
end

--- The framing of a request body.
---@param method string
---@param version "1.0"|"1.1"
---@param headers luatls.http.Headers
---@return luatls.http.framing? kind nil: it has none that is sound
---@return integer|string? size of "length"; or why it is not sound
---@return integer? status 400 or 501
function framing.of_request(method, version, headers)
  local kind, size, status = declared(version, headers)
  if not kind then return nil, size, status end
  -- RFC 9112, 6.3, 7.
  if kind == "absent" then return "length", 0 end
  -- RFC 9110, 9.3.6: bytes after this head belong to the tunnel.
  if method == "CONNECT" and size ~= 0 then
    return nil, "CONNECT request has a body", 400
  end
  return kind, size
end

--- Has a response no body, whatever its fields say? (RFC 9112, 6.3, 1 and 2)
---@param status integer
---@param method? string of the request; nil: there was none
---@return boolean
function framing.is_bodiless(status, method)
  return method == "HEAD"
    or status < 200
    or status == 204
    or status == 304
    or method == "CONNECT" and status < 300
end

--- The framing of a response body.
---@param status integer
---@param method? string of the request; nil: there was none
---@param version "1.0"|"1.1"
---@param headers luatls.http.Headers
---@return luatls.http.framing? kind nil: it has none that is sound
---@return integer|string? size of "length"; or why it is not sound
---@return integer? code 400 or 501
function framing.of_response(status, method, version, headers)
  if framing.is_bodiless(status, method) then return "length", 0 end
  local kind, size, code = declared(version, headers)
  if kind == "absent" then return "close" end
  return kind, size, code
end

return framing
