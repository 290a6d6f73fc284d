--- Header fields: names in any case, order kept, several values for one name.
--- A field that could break out of its line is never accepted, and never
--- repaired: what was meant is not known here.
--
-- An object holds one array of triples: name as given, value, name in lower
-- case. The array hides behind a key that is no string, because all strings
-- are names of fields: `headers["content-type"]`.

local grammar = require("luatls.http.grammar")

local headers = {}

local Headers = { __name = "luatls.http.headers" }

local LIST <const> = {}

--- `#headers` counts the fields, `pairs(headers)` gives them in order, and
--- `tostring(headers)` writes them down.
---@class luatls.http.Headers
---@field [string] string? value by name, in any case; nil removes
local methods = {}

-- Lower case of the usual spellings, so most names need no gsub.
local COMMON <const> = {}
local COMMON_NAMES <const> = [[
  accept accept-encoding accept-language accept-ranges age allow authorization
  cache-control connection content-disposition content-encoding content-length
  content-range content-type cookie date expect expires host if-match
  if-modified-since if-none-match if-range keep-alive last-modified link
  location origin pragma range referer server set-cookie
  strict-transport-security trailer transfer-encoding upgrade
  upgrade-insecure-requests user-agent vary via
]]
for name in COMMON_NAMES:gmatch("%S+") do
  local usual = name:gsub("%f[a-z][a-z]", string.upper)
  COMMON[name], COMMON[usual] = name, name
end

local function lower(name)
  return COMMON[name] or grammar.lower(name)
end

--- May a field have this name and value? (RFC 9110, 5.1 and 5.5)
---@param name any
---@param value any
---@return boolean sound
---@return string? message why not
function headers.check(name, value)
  if not grammar.is_token(name) then
    return false, ("%q is no name for a header field"):format(tostring(name))
  end
  if type(value) == "number" then value = tostring(value) end
  if grammar.is_text(value) then return true end
  if type(value) ~= "string" then
    return false, ("header field %s has no text as value"):format(name)
  end
  return false, ("value of header field %s has control characters"):format(name)
end

-- Appends a field that is known to be sound.
local function push(self, name, value)
  local list = self[LIST]
  local size = #list
  list[size + 1], list[size + 2], list[size + 3] = name, value, lower(name)
end

local function checked(name, value, level)
  local sound, message = headers.check(name, value)
  if not sound then error(message, level + 1) end
  return tostring(value)
end

-- Index of the value of the first field called `key` (lower case).
local function index_of(list, key)
  for index = 3, #list, 3 do
    if list[index] == key then return index - 1 end
  end
end

-- Removes the fields called `key` that stand at index `from` or later.
local function remove(list, key, from)
  local kept, size = from - 1, #list
  for index = from, size, 3 do
    if list[index + 2] ~= key then
      table.move(list, index, index + 2, kept + 1)
      kept = kept + 3
    end
  end
  for index = size, kept + 1, -1 do
    list[index] = nil
  end
end

local function set(self, name, value)
  local list, key = self[LIST], lower(name)
  local first = index_of(list, key)
  if not first then return push(self, name, value) end
  list[first] = value
  remove(list, key, first + 2)
end

--- The value of a field. Several fields of one name are joined by ", "
--- (RFC 9110, 5.3), except Set-Cookie, of which the first is given.
---@param name string in any case
---@return string? value nil: no such field
function methods:get(name)
  local list, key = self[LIST], lower(name)
  local first = index_of(list, key)
  if not first then return nil end
  local value = list[first]
  if key == "set-cookie" then return value end
  for index = first + 4, #list, 3 do
    if list[index] == key then value = value .. ", " .. list[index - 1] end
  end
  return value
end

--- All values of one name, in order.
---@param name string in any case
---@return string[]
function methods:all(name)
  local list, key, values = self[LIST], lower(name), {}
  for index = 3, #list, 3 do
    if list[index] == key then values[#values + 1] = list[index - 1] end
  end
  return values
end

local function step(list, index)
  index = index + 1
  local name = list[index * 3 - 2]
  if name then return index, name, list[index * 3 - 1] end
end

--- All fields in order: `for index, name, value in headers:each() do`. Names
--- are as they were sent.
---@return fun(list: string[], index: integer): integer?, string, string
---@return string[]
---@return integer
function methods:each()
  return step, self[LIST], 0
end

--- Append a field, keeping others of the same name. Raises when the field
--- could not be sent as it is: use `headers.check` for text from elsewhere.
---@param name string
---@param value string|number
function methods:add(name, value)
  push(self, name, checked(name, value, 2))
end

--- Set a field, replacing all of that name; the place of the first is kept.
--- Raises as `add` does.
---@param name string
---@param value string|number
function methods:set(name, value)
  set(self, name, checked(name, value, 2))
end

--- Remove all fields of one name.
---@param name string in any case
function methods:remove(name)
  remove(self[LIST], lower(name), 1)
end

--- Is there a field of this name?
---@param name string in any case
---@return boolean
function methods:has(name)
  return index_of(self[LIST], lower(name)) ~= nil
end

--- Do the fields of this name, read as comma-separated lists, hold `token`?
---@param name string in any case
---@param token string in any case
---@return boolean
function methods:lists(name, token)
  local list, key = self[LIST], lower(name)
  token = grammar.lower(token)
  for index = 3, #list, 3 do
    local found = list[index] == key
      and grammar.list_has(list[index - 1], token)
    if found then return true end
  end
  return false
end

local function wrap(list)
  return setmetatable({ [LIST] = list }, Headers)
end

--- An independent copy.
---@return luatls.http.Headers
function methods:copy()
  return wrap({ table.unpack(self[LIST]) })
end

function Headers:__index(name)
  if type(name) ~= "string" then return nil end
  return methods[name] or methods.get(self, name)
end

function Headers:__newindex(name, value)
  if value == nil then return methods.remove(self, name) end
  set(self, name, checked(name, value, 2))
end

--- How many fields.
function Headers:__len()
  return #self[LIST] // 3
end

--- `for name, value in pairs(headers) do`: all fields in order.
function Headers:__pairs()
  local list, index = self[LIST], 0
  return function()
    local name, value
    index, name, value = step(list, index)
    return name, value
  end
end

--- The fields as they stand in a message, each line with its end.
function Headers:__tostring()
  local lines = {}
  for index, name, value in step, self[LIST], 0 do
    lines[index] = name .. ": " .. value .. "\r\n"
  end
  return table.concat(lines)
end

--- Append a field that the caller has checked. For readers.
---@param self luatls.http.Headers
---@param name string
---@param value string
function headers.push(self, name, value)
  push(self, name, value)
end

--- Append to the value of the last field. For readers that unfold lines.
---@param self luatls.http.Headers
---@param text string
function headers.extend(self, text)
  local list = self[LIST]
  list[#list - 1] = list[#list - 1] .. text
end

local function add_all(self, name, values)
  if type(values) ~= "table" then values = { values } end
  for _, value in ipairs(values) do
    local sound, message = headers.check(name, value)
    if not sound then return nil, message end
    push(self, name, tostring(value))
  end
  return true
end

-- Names of a plain table in an order that does not change between runs.
local function sorted_names(fields)
  local names = {}
  for name in pairs(fields) do
    names[#names + 1] = tostring(name)
  end
  table.sort(names)
  return names
end

--- Fields from a table, checked: `{ ["content-type"] = "text/plain",
--- ["set-cookie"] = { "a=1", "b=2" } }`, or a list of pairs where order
--- matters: `{ { "Host", "a" }, { "Accept", "*/*" } }`.
---@param fields? table|luatls.http.Headers an object is copied
---@return luatls.http.Headers? headers nil: a field is not sound
---@return string? message why not
function headers.from(fields)
  if getmetatable(fields) == Headers then return methods.copy(fields) end
  local self = wrap({})
  for _, pair in ipairs(fields or {}) do
    if type(pair) ~= "table" then
      return nil, "header fields are given as a list, but not of pairs"
    end
    local done, message = add_all(self, pair[1], pair[2])
    if not done then return nil, message end
  end
  if fields and #fields > 0 then return self end
  for _, name in ipairs(sorted_names(fields or {})) do
    local done, message = add_all(self, name, fields[name])
    if not done then return nil, message end
  end
  return self
end

--- As `headers.from`, for a program's own table: raises when a field is not
--- sound.
---@param fields? table
---@return luatls.http.Headers
function headers.new(fields)
  local self, message = headers.from(fields)
  if not self then error(message, 2) end
  return self
end

return headers
