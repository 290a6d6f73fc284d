--- LuaSocket's reading habits over any source of bytes: a line, exactly so
--- many bytes, all. Reads in linear time, whatever the sizes are.

local errors = require("luatls.error")

local reader = {}

---@alias luatls.fill fun(deadline?: number): string?, luatls.Error?

---@class luatls.Reader
---@field fill luatls.fill
---@field chunk string bytes that were filled but not read
---@field at integer index of the first of them
local Reader = {}
Reader.__index = Reader

--- A reader that gets its bytes from `fill`.
---@param fill luatls.fill some bytes, at least one
---@return luatls.Reader
function reader.new(fill)
  return setmetatable({ fill = fill, chunk = "", at = 1 }, Reader)
end

-- The bytes from `at` to `last`, which are then read.
local function take(self, last)
  local chunk, at = self.chunk, self.at
  if last < #chunk then
    self.at = last + 1
    return chunk:sub(at, last)
  end
  self.chunk, self.at = "", 1
  return at == 1 and chunk or chunk:sub(at)
end

-- Have bytes in the chunk, at least one.
local function refill(self, deadline)
  if self.at <= #self.chunk then return true end
  local chunk, err = self.fill(deadline)
  if not chunk then return nil, err end
  self.chunk, self.at = chunk, 1
  return true
end

-- LuaSocket: all CR are ignored, not only the one before the LF.
local function join_line(parts)
  return (table.concat(parts):gsub("\r", ""))
end

local function read_line(self, parts, deadline)
  while true do
    local ok, err = refill(self, deadline)
    if not ok then return nil, err, join_line(parts) end
    local newline = self.chunk:find("\n", self.at, true)
    parts[#parts + 1] = take(self, newline or #self.chunk)
    if newline then
      parts[#parts] = parts[#parts]:sub(1, -2)
      return join_line(parts)
    end
  end
end

local function read_exactly(self, parts, count, deadline)
  local missing = count - #parts[1]
  while missing > 0 do
    local ok, err = refill(self, deadline)
    if not ok then return nil, err, table.concat(parts) end
    local part = take(self, self.at + missing - 1)
    parts[#parts + 1] = part
    missing = missing - #part
  end
  return table.concat(parts)
end

-- LuaSocket: the end of the stream is what is waited for here, and a failure
-- only when there was nothing before it.
local function read_all(self, parts, deadline)
  while true do
    local ok, err = refill(self, deadline)
    if not ok then
      local all = table.concat(parts)
      local is_end = err.kind == "closed" and err ~= errors.CLOSED
      if is_end and all ~= "" then return all end
      return nil, err, all
    end
    parts[#parts + 1] = take(self, #self.chunk)
  end
end

--- Read a line ("l"), all up to the end ("a"), or exactly so many bytes.
---@param what? string|integer "l" (default), "*l", "a", "*a", or a count
---@param prefix? string put before the result; a count includes it
---@param deadline? number
---@return string? data a line comes without its end, and without any CR
---@return luatls.Error? err
---@return string? partial what was read before the failure, prefix included
function Reader:read(what, prefix, deadline)
  local parts = { prefix or "" }
  if what == nil or what == "l" or what == "*l" then
    return read_line(self, parts, deadline)
  elseif what == "a" or what == "*a" then
    return read_all(self, parts, deadline)
  end
  local count = math.tointeger(what)
  if not count or count < 0 then
    error('what to read must be "l", "a" or a count of bytes', 3)
  end
  return read_exactly(self, parts, count, deadline)
end

--- Some bytes, as soon as there are any.
---@param max? integer default: all there are
---@param deadline? number
---@return string? data 1 to `max` bytes
---@return luatls.Error? err
function Reader:read_some(max, deadline)
  local ok, err = refill(self, deadline)
  if not ok then return nil, err end
  return take(self, max and self.at + max - 1 or #self.chunk)
end

--- How many bytes are filled but not read.
---@return integer
function Reader:pending()
  return #self.chunk - self.at + 1
end

return reader
