--- How much of a peer's message is kept before it is refused. Every buffer in
--- this folder is bounded by one of these.

local limits = {}

--- Bytes, but for `fields` and `interim`. The defaults of a server and of a
--- client, where they differ:
---@class luatls.http.Limits
---@field head? integer start line and fields; 32768, 65536
---@field line? integer one line of the head; 8192, 65536
---@field fields? integer field lines in a head; 100, 200
---@field extras? integer chunk extensions and trailers of a message; 16384
---@field interim? integer 1xx responses before the final one; 8
---@field body? integer one body without its chunk sizes; math.maxinteger

-- node has 16 KB heads, Apache 8 KB lines and 100 fields, hyper 100 fields and
-- 16 KB for extensions and trailers.
local DEFAULTS <const> = {
  server = {
    head = 32768,
    line = 8192,
    fields = 100,
    extras = 16384,
    interim = 8,
    body = math.maxinteger,
  },
  client = {
    head = 65536,
    line = 65536,
    fields = 200,
    extras = 16384,
    interim = 8,
    body = math.maxinteger,
  },
}

-- Letters that two words share, over those they have: 0 to 1.
local function likeness(left, right)
  local shared = 0
  for letter in left:gmatch(".") do
    if right:find(letter, 1, true) then shared = shared + 1 end
  end
  return shared / math.max(#left, #right)
end

--- The word of `known` most like `word`: what was meant by a misspelt option.
---@param word any
---@param known table<string, any>
---@return string
function limits.nearest(word, known)
  local best, best_likeness = "", -1
  for name in pairs(known) do
    local score = likeness(tostring(word), name)
    if score > best_likeness or score == best_likeness and name < best then
      best, best_likeness = name, score
    end
  end
  return best
end

local function check(name, value, known)
  if not known[name] then
    local near = limits.nearest(name, known)
    error(("unknown limit %q; did you mean %q?"):format(name, near), 4)
  end
  if math.type(value) ~= "integer" or value < 0 then
    error(("limit %q is not a number of bytes or lines"):format(name), 4)
  end
end

--- The limits of a role, some of them replaced. Raises for an unknown name.
---@param role "client"|"server"
---@param given? luatls.http.Limits
---@return luatls.http.Limits
function limits.new(role, given)
  local known, self = DEFAULTS[role], {}
  for name, value in pairs(known) do
    self[name] = value
  end
  for name, value in pairs(given or {}) do
    check(name, value, known)
    self[name] = value
  end
  return self
end

return limits
