--- Which target a request may have, and which Host (RFC 9112, 3.2). Two
--- recipients that disagree on either disagree on whose request it is.

local grammar = require("luatls.http.grammar")

local target = {}

-- Not in a target: the rest of the printable characters is seen in the wild.
local FORBIDDEN <const> = "[^!-~]"
local FORBIDDEN_SIGNS <const> = '[#"<>]'

-- The authority of an absolute-form target; false when it is none. Userinfo
-- is no part of http URLs (RFC 9110, 4.2.4), so it makes the host malformed.
local function absolute_authority(text)
  local scheme, rest = text:match("^([A-Za-z]+)://([^/?]*)")
  scheme = scheme and grammar.lower(scheme)
  if scheme ~= "http" and scheme ~= "https" then return false end
  return grammar.authority(rest) ~= nil and rest
end

local function check_connect(text)
  local host, port = grammar.authority(text)
  return host ~= nil and port ~= nil
end

-- The form of a target: "origin", "absolute", "authority", "asterisk"; nil
-- when it has none of them. With "absolute" comes the authority.
local function form(method, text)
  if text:find(FORBIDDEN) or text:find(FORBIDDEN_SIGNS) then return nil end
  if method == "CONNECT" then
    return check_connect(text) and "authority" or nil, text
  end
  if text:find("^/") then return "origin" end
  if text == "*" then return method == "OPTIONS" and "asterisk" or nil end
  local authority = absolute_authority(text)
  return authority and "absolute" or nil, authority
end

local function same_authority(left, right)
  local left_host, left_port = grammar.authority(left)
  local right_host, right_port = grammar.authority(right)
  return left_host == right_host and left_port == right_port
end

-- RFC 9112, 3.2: no Host, two of them or a malformed one is answered by 400.
local function check_host(hosts, version)
  if #hosts > 1 then return nil, "request has more than one Host field" end
  if #hosts == 0 then
    if version == "1.0" then return true end
    return nil, "request has no Host field"
  end
  if grammar.authority(hosts[1]) then return true end
  return nil, "request has a malformed Host field"
end

--- Check target and Host of a request head.
---@param method string
---@param text string the target
---@param version "1.0"|"1.1"
---@param headers luatls.http.Headers
---@return boolean? sound
---@return string? message why not
function target.check(method, text, version, headers)
  local found, authority = form(method, text)
  if not found then return nil, "request has a malformed target" end
  local hosts = headers:all("host")
  local sound, message = check_host(hosts, version)
  if not sound then return nil, message end
  -- RFC 9112, 3.2.2 lets the target win; a sender that follows 3.2 sends
  -- both alike, so a difference is an attempt at something.
  local differs = found == "absolute"
    and hosts[1]
    and not same_authority(authority, hosts[1])
  if differs then
    return nil, "request names another host in its target than in Host"
  end
  return true
end

return target
