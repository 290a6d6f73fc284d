--- Option tables: what is known, of which type, and the word that was probably
--- meant. A misspelt option that passed in silence could be a security setting.

local blame = require("luatls.blame")
local foreign = require("luatls.foreign")

local options = {}

local MAX_LISTED <const> = 16 -- names that a message lists

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
---@return integer? far letters that differ
function options.nearest(word, known)
  local best, least
  for key in pairs(known) do
    local far = distance(word, key)
    -- Equally near: the first of the alphabet, so that messages do not vary.
    if not least or far < least or far == least and key < best then
      best, least = key, far
    end
  end
  return best, least
end

local function list(known)
  local names = {}
  for key in pairs(known) do
    names[#names + 1] = key
  end
  table.sort(names)
  return names
end

-- What could be meant instead of `word`: what others call so, a name that looks
-- like it, or all where they are few. One that is far away would only mislead.
local function advice(word, known)
  local other = foreign.advice(word, known)
  if other then return (" (%s)"):format(other) end
  local nearest, far = options.nearest(word, known)
  if nearest and 2 * far <= #word + 1 then
    return (' (nearest: "%s")'):format(nearest)
  end
  local names = list(known)
  if #names == 0 or #names > MAX_LISTED then return "" end
  return (" (known: %s)"):format(table.concat(names, ", "))
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
---@return table given an empty one for nil
function options.check(given, known)
  if given == nil then return {} end
  if type(given) ~= "table" then
    blame.raise("options must be a table, not a " .. type(given))
  end
  for key, value in pairs(given) do
    local types = known[key]
    if not types then
      local word = tostring(key)
      local text = 'unknown option "%s"%s'
      blame.raise(text:format(word, advice(word, known)))
    elseif not is_one_of(value, types) then
      local text = 'bad option "%s" (%s expected, got %s)'
      local got = type(value) == "number" and value or type(value)
      blame.raise(text:format(key, types:gsub("|", " or "), got))
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
