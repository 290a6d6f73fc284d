--- URLs (RFC 3986): parse, resolve, build, and percent-encoding. A URL that
--- came out of `parse` can be put in a request as it is: control characters
--- were refused, and what else may not stand in a message was encoded.

local grammar = require("luatls.http.grammar")
local problem = require("luatls.http.problem")

local url = {}

---@class luatls.http.Url
---@field scheme? string lower case; nil: a relative reference
---@field userinfo? string as written, still encoded
---@field host? string lower case, IPv6 without brackets
---@field port? integer as written, or the scheme's own
---@field path string encoded; "/" when an http URL has none
---@field query? string encoded, without "?"
---@field fragment? string encoded, without "#"
local Url = { __name = "luatls.http.url" }
Url.__index = Url

local PORTS <const> = { http = 80, https = 443 }

local UNRESERVED <const> = "[^A-Za-z0-9._~-]"
local USERINFO <const> = "^[A-Za-z0-9._~!$&'()*+,;=:%%-]*$"
-- Not in a URL at all (RFC 3986, 2), but harmless once encoded.
local UNSAFE <const> = '[ "<>\\^`{|}\128-\255]'

local function hex(char)
  return ("%%%02X"):format(char:byte())
end

--- Percent-encode all but the unreserved characters (RFC 3986, 2.3).
---@param text string|number
---@return string
function url.encode(text)
  return (tostring(text):gsub(UNRESERVED, hex))
end

--- Undo percent-encoding; "%" without two digits after it stays.
---@param text string
---@return string
function url.decode(text)
  return (
    text:gsub("%%(%x%x)", function(digits)
      return string.char(tonumber(digits, 16))
    end)
  )
end

-- Encodes what may not stand in a URL, and "%" that encodes nothing.
local function tidy(text)
  if not text or not text:find(UNSAFE) and not text:find("%", 1, true) then
    return text
  end
  text = text:gsub("%%(%x?%x?)", function(digits)
    return (#digits == 2 and "%" or "%25") .. digits
  end)
  return (text:gsub(UNSAFE, hex))
end

-- RFC 3986, appendix B.
local function split(text)
  local rest, fragment = text:match("^([^#]*)#(.*)$")
  rest = rest or text
  local before, query = rest:match("^([^?]*)%?(.*)$")
  before = before or rest
  local scheme, after = before:match("^([A-Za-z][A-Za-z0-9+.-]*):(.*)$")
  before = after or before
  local authority, path = before:match("^//([^/]*)(.*)$")
  return {
    scheme = scheme and grammar.lower(scheme),
    authority = authority,
    path = tidy(path or before),
    query = tidy(query),
    fragment = tidy(fragment),
  }
end

-- Replaces `authority` by its parts; false when it is malformed.
local function open_authority(parts)
  local authority = parts.authority
  parts.authority = nil
  if not authority then return true end
  local userinfo, rest = authority:match("^(.*)@(.*)$")
  if userinfo and not userinfo:find(USERINFO) then return false end
  parts.userinfo = userinfo
  parts.host, parts.port = grammar.authority(rest or authority)
  parts.port = parts.port or PORTS[parts.scheme]
  return parts.host ~= nil
end

local function parse_reference(text)
  if type(text) ~= "string" then return nil, problem.parse("a URL is text") end
  if text:find("[\0-\31\127]") then
    return nil, problem.parse("URL has control characters in it")
  end
  if text:find("^ ") or text:find(" $") then
    return nil, problem.parse("URL has spaces around it")
  end
  local parts = split(text)
  if not open_authority(parts) then
    return nil, problem.parse("URL names no valid host: " .. text)
  end
  return setmetatable(parts, Url)
end

-- What every absolute URL is; http ones have a host and a path.
local function complete(parts, text)
  if not parts.scheme then
    return nil, problem.parse("URL has no scheme (https://…): " .. text)
  end
  if PORTS[parts.scheme] and not parts.host then
    return nil, problem.parse("URL names no host: " .. text)
  end
  if parts.host and parts.path == "" then parts.path = "/" end
  return parts
end

--- Take an absolute URL apart. Spaces, quotes, bytes beyond ASCII and stray
--- "%" in path, query and fragment are percent-encoded.
---@param text string
---@return luatls.http.Url? parts nil: malformed
---@return luatls.http.Problem? problem kind "parse"
function url.parse(text)
  local parts, why = parse_reference(text)
  if not parts then return nil, why end
  return complete(parts, text)
end

-- RFC 3986, 5.2.4, over whole segments.
local function remove_dot_segments(path)
  local kept, last = {}, nil
  for segment in (path .. "/"):gmatch("([^/]*)/") do
    last = segment
    if segment == ".." then
      if #kept > 1 then kept[#kept] = nil end
    elseif segment ~= "." then
      kept[#kept + 1] = segment
    end
  end
  if last == "." or last == ".." then kept[#kept + 1] = "" end
  return table.concat(kept, "/")
end

-- RFC 3986, 5.2.3.
local function merge(base, path)
  if base.host and base.path == "" then return "/" .. path end
  return (base.path:match("^.*/") or "") .. path
end

local function inherit(parts, base, names)
  for _, name in ipairs(names) do
    parts[name] = base[name]
  end
end

local AUTHORITY <const> = { "scheme", "userinfo", "host", "port" }

-- RFC 3986, 5.2.2.
local function transform(parts, base)
  if parts.scheme then return end
  if parts.host then
    parts.scheme = base.scheme
    parts.port = parts.port or PORTS[base.scheme]
    return
  end
  inherit(parts, base, AUTHORITY)
  if parts.path == "" then
    parts.path, parts.query = base.path, parts.query or base.query
  elseif parts.path:sub(1, 1) ~= "/" then
    parts.path = merge(base, parts.path)
  end
end

--- The URL that `reference` means where `base` is the current one
--- (RFC 3986, 5.2): what a Location field points to.
---@param base luatls.http.Url|string an absolute URL
---@param reference string absolute or relative
---@return luatls.http.Url? parts
---@return luatls.http.Problem? problem kind "parse"
function url.resolve(base, reference)
  local why
  if type(base) == "string" then
    base, why = url.parse(base)
    if not base then return nil, why end
  end
  local parts
  parts, why = parse_reference(reference)
  if not parts then return nil, why end
  transform(parts, base)
  if parts.host then parts.path = remove_dot_segments(parts.path) end
  return complete(parts, reference)
end

--- `host[:port]` for a Host field or a CONNECT target (RFC 9110, 7.2).
---@param parts luatls.http.Url
---@param with_port? boolean write the scheme's own port too
---@return string
function url.authority(parts, with_port)
  local host = parts.host
  if host:find(":", 1, true) then host = "[" .. host .. "]" end
  local port = parts.port
  if not port or port == PORTS[parts.scheme] and not with_port then
    return host
  end
  return host .. ":" .. port
end

--- Path and query: the target of a request in origin form (RFC 9112, 3.2.1).
---@param parts luatls.http.Url
---@return string
function url.target(parts)
  return parts.path .. (parts.query and "?" .. parts.query or "")
end

--- The parts as text; `tostring(parts)` does the same.
---@param parts luatls.http.Url
---@return string
function url.build(parts)
  local text = { parts.scheme and parts.scheme .. ":" or "" }
  if parts.host then
    local userinfo = parts.userinfo and parts.userinfo .. "@" or ""
    text[2] = "//" .. userinfo .. url.authority(parts)
  end
  text[#text + 1] = url.target(parts)
  text[#text + 1] = parts.fragment and "#" .. parts.fragment
  return table.concat(text)
end

Url.__tostring = url.build

local function add_pairs(into, name, values)
  if type(values) ~= "table" then values = { values } end
  for _, value in ipairs(values) do
    into[#into + 1] = url.encode(name) .. "=" .. url.encode(tostring(value))
  end
end

--- A query from a table: `{ page = 2, tag = { "a", "b" } }`, names sorted, or
--- a list of pairs where order matters: `{ { "b", 1 }, { "a", 2 } }`.
---@param fields table
---@return string query without "?"
function url.encode_query(fields)
  local into, names = {}, {}
  for _, pair in ipairs(fields) do
    add_pairs(into, pair[1], pair[2])
  end
  for name in pairs(fields) do
    if type(name) == "string" then names[#names + 1] = name end
  end
  table.sort(names)
  for _, name in ipairs(names) do
    add_pairs(into, name, fields[name])
  end
  return table.concat(into, "&")
end

--- The fields of a query, in order; "+" is a space, as forms write it.
---@param query? string without "?"
---@return table<string, string> fields the first value of each name
---@return { [1]: string, [2]: string }[] list every name and value
function url.decode_query(query)
  local fields, list = {}, {}
  for pair in (query or ""):gmatch("[^&]+") do
    local name, value = pair:match("^([^=]*)=?(.*)$")
    name = url.decode((name:gsub("+", " ")))
    value = url.decode((value:gsub("+", " ")))
    list[#list + 1] = { name, value }
    if fields[name] == nil then fields[name] = value end
  end
  return fields, list
end

return url
