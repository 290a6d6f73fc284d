--- Bytes that came and were not used yet. Keeps what was fed in the pieces it
--- came in, so a body passes through uncopied, and remembers how far it
--- searched for a line end, so a peer that sends byte by byte costs no more
--- than its bytes: the whole is O(n).

local buffer = {}

---@class luatls.http.Buffer
---@field size integer bytes held
---@field ended boolean no more bytes will come
local Buffer = { __name = "luatls.http.buffer" }
Buffer.__index = Buffer

local find, sub, byte = string.find, string.sub, string.byte

local CR <const> = 13

--- An empty one.
---@return luatls.http.Buffer
function buffer.new()
  -- The pieces stand at the integers from `first` to `last`.
  return setmetatable({
    size = 0,
    ended = false,
    first = 1,
    last = 0,
    start = 1, -- place of the first unused byte, in the first piece
    searched = 1, -- index of the first piece not searched yet
  }, Buffer)
end

--- Append bytes.
---@param bytes string
function Buffer:feed(bytes)
  if bytes == "" then return end
  local last = self.last + 1
  self.last, self[last] = last, bytes
  self.size = self.size + #bytes
end

-- Drop all bytes before place `start` of piece `index`.
local function advance(self, index, start)
  if start > #self[index] then
    self[index] = nil
    index, start = index + 1, 1
  end
  if index > self.last then
    index, self.last = 1, 0
  end
  self.first, self.start, self.searched = index, start, index
end

-- All bytes from the first unused one to place `stop` of piece `index`.
local function join(self, index, stop)
  local first = self.first
  if index == first then return sub(self[first], self.start, stop) end
  local parts = { sub(self[first], self.start) }
  for between = first + 1, index - 1 do
    parts[#parts + 1] = self[between]
  end
  parts[#parts + 1] = sub(self[index], 1, stop)
  for used = first, index - 1 do
    self[used] = nil
  end
  return table.concat(parts)
end

local function take_line(self, index, stop, max)
  local line = join(self, index, stop - 1)
  self.size = self.size - #line - 1
  advance(self, index, stop + 1)
  local crlf = byte(line, -1) == CR
  if crlf then line = sub(line, 1, -2) end
  if #line > max then return nil, true end
  return line, crlf
end

--- The next line, without its line end.
---@param max integer bytes that it may have
---@return string? line nil: needs more, or too long
---@return boolean? mark with a line: ended in CR LF; without: too long
function Buffer:line(max)
  for index = self.searched, self.last do
    local from = index == self.first and self.start or 1
    local stop = find(self[index], "\n", from, true)
    if stop then return take_line(self, index, stop, max) end
  end
  self.searched = self.last + 1
  -- One more than `max` may still be the CR of the line end.
  if self.size > max + 1 then return nil, true end
  return nil
end

--- Up to `max` bytes, no more than one piece, so nothing is copied that came
--- whole.
---@param max integer
---@return string? bytes nil: there are none
function Buffer:some(max)
  if self.size == 0 then return nil end
  local first, start = self.first, self.start
  local piece = self[first]
  local size = math.min(max, #piece - start + 1)
  if size < #piece then piece = sub(piece, start, start + size - 1) end
  self.size = self.size - size
  advance(self, first, start + size)
  return piece
end

--- Everything.
---@return string bytes
function Buffer:rest()
  if self.size == 0 then return "" end
  local bytes = join(self, self.last, -1)
  advance(self, self.last, #self[self.last] + 1)
  self.size = 0
  return bytes
end

--- The first unused byte, which stays.
---@return integer? byte nil: there is none
function Buffer:peek()
  if self.size == 0 then return nil end
  return byte(self[self.first], self.start)
end

return buffer
