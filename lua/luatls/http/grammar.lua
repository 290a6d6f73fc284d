--- The grammar of RFC 9110 and RFC 9112, as predicates and splitters of single
--- lines. Never lenient: what one recipient forgives, the next reads
--- differently, and that difference is request smuggling.
--
-- Sets are spelled out because %a, %c and string.lower follow the locale of
-- the program, and HTTP does not.

local grammar = {}

local find, match = string.find, string.match

local TOKEN <const> = "^[A-Za-z0-9!#$%%&'*+.^_`|~-]+$"
local FIELD <const> = "^([A-Za-z0-9!#$%%&'*+.^_`|~-]+):[ \t]*()"
local CONTROL <const> = "[\0-\8\10-\31\127]" -- all but HTAB
local REQUEST_LINE <const> = "^([^ ]+) ([^ ]+) ([^ ]+)$"
local STATUS_LINE <const> = "^HTTP/(%d)%.(%d) ([1-9]%d%d)( ?)(.*)$"
local CHUNK_LINE <const> = "^([0-9A-Fa-f]+)(.*)$"

-- 15 hexadecimal digits are 60 bits: no integer wraps around.
local MAX_CHUNK_DIGITS <const> = 15
-- 15 decimal digits stay below 2^53: exact wherever numbers are doubles.
local MAX_LENGTH_DIGITS <const> = 15

local LOWER <const> = {}
for byte = 65, 90 do
  LOWER[string.char(byte)] = string.char(byte + 32)
end

--- Lower case of the ASCII letters only, whatever the locale.
---@param text string
---@return string
function grammar.lower(text)
  return (text:gsub("[A-Z]", LOWER))
end

--- `token` of RFC 9110, 5.6.2: methods, field names.
---@param text any
---@return boolean
function grammar.is_token(text)
  return type(text) == "string" and find(text, TOKEN) ~= nil
end

--- Text without control characters except HTAB: what a field value or a reason
--- phrase may be (RFC 9110, 5.5). CR, LF and NUL are how values are injected.
---@param text any
---@return boolean
function grammar.is_text(text)
  return type(text) == "string" and not find(text, CONTROL)
end

--- Split a field line. No white space stands before the colon
--- (RFC 9112, 5.1: a proxy that strips it disagrees with one that does not).
---@param line string without its line end
---@return string? name nil: not a field line
---@return string value without white space around it
function grammar.field(line)
  local name, start = match(line, FIELD)
  if not name or find(line, CONTROL, start) then return nil, "" end
  -- Greedy and anchored: linear for any run of spaces inside the value.
  return name, match(line, "^.*[^ \t]", start) or ""
end

--- Split a request line (RFC 9112, 3): exactly one space between its parts.
---@param line string
---@return string? method nil: not a request line
---@return string target
---@return string version a digit, a dot, a digit
function grammar.request_line(line)
  local method, target, protocol = match(line, REQUEST_LINE)
  local version = protocol and match(protocol, "^HTTP/(%d%.%d)$")
  if not version or not grammar.is_token(method) then return nil, "", "" end
  return method, target, version
end

--- Split a status line (RFC 9112, 4). The space before an empty reason phrase
--- is missing in the wild, so it may be.
---@param line string
---@return string? version nil: not a status line
---@return integer status
---@return string reason
function grammar.status_line(line)
  local major, minor, status, space, reason = match(line, STATUS_LINE)
  local sound = major and (space ~= "" or reason == "")
  if not sound or find(reason, CONTROL) then return nil, 0, "" end
  return major .. "." .. minor, tonumber(status), reason
end

--- Split the line before a chunk (RFC 9112, 7.1).
---@param line string
---@param padded boolean spaces may follow the size, as some servers send
---@return integer? size nil: not a chunk line
---@return integer extension bytes of the chunk extension
function grammar.chunk_line(line, padded)
  local digits, rest = match(line, CHUNK_LINE)
  if not digits or #digits > MAX_CHUNK_DIGITS then return nil, 0 end
  local known = rest == ""
    or find(rest, "^;") and not find(rest, CONTROL)
    or padded and find(rest, "^[ \t]+$")
  if not known then return nil, 0 end
  return tonumber(digits, 16), #rest
end

--- A Content-Length value (RFC 9110, 8.6): digits, and nothing else.
---@param text string
---@return integer? size
function grammar.length(text)
  if #text > MAX_LENGTH_DIGITS or not find(text, "^[0-9]+$") then return nil end
  return tonumber(text)
end

--- Does a comma-separated list (RFC 9110, 5.6.1) hold `token`, in any case?
---@param list string
---@param token string lower case
---@return boolean
function grammar.list_has(list, token)
  for element in list:gmatch("[^, \t]+") do
    if grammar.lower(element) == token then return true end
  end
  return false
end

local function is_ipv4(text)
  local a, b, c, d = match(text, "^(%d+)%.(%d+)%.(%d+)%.(%d+)$")
  if not a then return false end
  for _, octet in ipairs({ a, b, c, d }) do
    if #octet > 3 or tonumber(octet) > 255 then return false end
  end
  return true
end

-- How many groups of an IPv6 address `text` has; nil when one is malformed.
local function count_groups(text)
  if text == "" then return 0 end
  local count = 0
  for group in (text .. ":"):gmatch("([^:]*):") do
    if not find(group, "^%x%x?%x?%x?$") then return nil end
    count = count + 1
  end
  return count
end

--- An IPv6 address (RFC 4291, 2.2), without brackets or zone.
---@param text string
---@return boolean
function grammar.is_ipv6(text)
  local front, tail = match(text, "^(.*:)([%d.]+%.[%d.]+)$")
  if tail and not is_ipv4(tail) then return false end
  if tail then text = front .. "0:0" end
  local left, right = match(text, "^(.-)::(.*)$")
  if not left then return count_groups(text) == 8 end
  local before, after = count_groups(left), count_groups(right)
  return before ~= nil and after ~= nil and before + after < 8
end

local function parse_port(text)
  if text == "" then return true, nil end
  local port = find(text, "^[0-9]+$") and #text <= 5 and tonumber(text)
  if not port or port < 1 or port > 65535 then return false end
  return true, port
end

--- Split `host [":" port]` (RFC 3986, 3.2.2), as in URLs and Host fields.
--- Percent-encoded hosts and IPv6 zones are refused: no two parsers agree.
---@param text string
---@return string? host lower case, IPv6 without brackets; nil: malformed
---@return integer? port nil: none given
function grammar.authority(text)
  local host, rest = match(text, "^%[([%x:.]+)%](.*)$")
  if host then
    if not grammar.is_ipv6(host) then return nil end
  else
    host, rest = match(text, "^([A-Za-z0-9._-]+)(.*)$")
  end
  if not host or #host > 255 then return nil end
  if rest ~= "" and not find(rest, "^:") then return nil end
  local sound, port = parse_port(rest:sub(2))
  if not sound then return nil end
  return grammar.lower(host), port
end

return grammar
