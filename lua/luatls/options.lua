--- Option tables: what is known, of which type, and the word that was probably
--- meant. A misspelt option that passed in silence could be a security setting.

local options = {}

-- Levenshtein distance, by rows.
local function distance(left, right)
  local row = {}
  for j = 0, #right do
    row[j] = j
  end
  for i = 1, #left do
    local diagonal = row[0]
    row[0] = i
    for j = 1, #right do
      local same = left:byte(i) == right:byte(j)
      local replaced = diagonal + (same and 0 or 1)
      diagonal = row[j]
      row[j] = math.min(replaced, row[j] + 1, row[j - 1] + 1)
    end
  end
  return row[#right]
end

--- The key of `known` that looks most like `word`.
---@param word string
---@param known table<string, any>
---@return string? nearest nil when `known` is empty
function options.nearest(word, known)
  local best, least
  for key in pairs(known) do
    local far = distance(word, key)
    -- Equally near: the first of the alphabet, so that messages do not vary.
    if not least or far < least or far == least and key < best then
      best, least = key, far
    end
  end
  return best
end

local function is_one_of(value, types)
  local kind = math.type(value) or type(value)
  for name in types:gmatch("[^|]+") do
    if name == "any" or name == kind or name == type(value) then return true end
  end
  return false
end

--- Raise unless every key of `given` is known and its value has a known type.
---@param given? table
---@param known table<string, string> types by key: "string|table", "any"
---@param level? integer whom the error blames, as for `error`, default 2
---@return table given an empty one for nil
function options.check(given, known, level)
  level = (level or 2) + 1
  if given == nil then return {} end
  if type(given) ~= "table" then
    error("options must be a table, not a " .. type(given), level)
  end
  for key, value in pairs(given) do
    local types = known[key]
    if not types then
      local nearest = options.nearest(tostring(key), known)
      local text = 'unknown option "%s" (nearest: "%s")'
      error(text:format(tostring(key), nearest), level)
    elseif not is_one_of(value, types) then
      local text = 'bad option "%s" (%s expected, got %s)'
      local got = type(value) == "number" and value or type(value)
      error(text:format(key, types:gsub("|", " or "), got), level)
    end
  end
  return given
end

--- Divide option tables' knowledge: one table that knows what all of them know.
---@param ... table<string, string>
---@return table<string, string>
function options.merge(...)
  local all = {}
  for _, known in ipairs({ ... }) do
    for key, types in pairs(known) do
      all[key] = types
    end
  end
  return all
end

--- Those entries of `given` that `known` knows.
---@param given table
---@param known table<string, string>
---@return table part a new table
---@return boolean any whether there was one
function options.pick(given, known)
  local part = {}
  for key, value in pairs(given) do
    if known[key] then part[key] = value end
  end
  return part, next(part) ~= nil
end

return options
