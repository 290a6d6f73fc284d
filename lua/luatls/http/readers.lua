--- What turns the bytes of a body into events. Each reader has `read(buffer)`,
--- which returns an event, or nil (needs more), or nil and a problem; and
--- `finish()`, which says what the end of the connection means here. Data
--- passes through in the pieces it came in.

local framing = require("luatls.http.framing")
local grammar = require("luatls.http.grammar")
local headers = require("luatls.http.headers")
local lines = require("luatls.http.lines")
local problem = require("luatls.http.problem")

local readers = {}

local CR <const> = 13

local function body_too_large(limits)
  local message = "the body is larger than %d bytes"
  return problem.too_large(message:format(limits.body), 413)
end

local Length = {}
Length.__index = Length

function Length:read(buffer)
  if self.left == 0 then return { type = "end", trailers = headers.new() } end
  local data = buffer:some(self.left)
  if not data then return nil end
  self.left = self.left - #data
  return { type = "data", data = data }
end

function Length:finish()
  local message = "connection ended %d bytes before the end of the body"
  return nil, problem.truncated(message:format(self.left))
end

local Close = {}
Close.__index = Close

function Close:read(buffer)
  local data = buffer:some(math.maxinteger)
  if not data then return nil end
  self.left = self.left - #data
  if self.left < 0 then return nil, body_too_large(self.limits) end
  return { type = "data", data = data }
end

function Close:finish() -- luacheck: ignore 212
  return { type = "end", trailers = headers.new() }
end

---@class luatls.http.ChunkedReader
---@field step "size"|"data"|"gap"|"trailers" what comes next
---@field left integer bytes of this chunk that are to come
---@field total integer bytes that the body may still have
---@field extras integer bytes that extensions and trailers may still have
local Chunked = {}
Chunked.__index = Chunked

-- Digits of a size and its line end: room beside the extension.
local SIZE_ROOM <const> = 16

-- RFC 9110, 6.5.1: fields that decide framing, routing or who is asking must
-- not arrive when that was decided long ago.
local NO_TRAILERS <const> = [[
  transfer-encoding content-length host authorization trailer connection te
  content-encoding content-type content-range
]]

local function extras_too_large(self)
  local message = "chunk extensions and trailers are larger than %d bytes"
  return problem.too_large(message:format(self.limits.extras), 431)
end

local steps = {}

function steps.size(self, buffer)
  local max = SIZE_ROOM + math.max(0, self.extras)
  local line, long, why = lines.take(buffer, max)
  if not line then return false, long and extras_too_large(self) or why end
  local size, extension = grammar.chunk_line(line, self.role == "client")
  if not size then return false, problem.remote("chunk size is malformed") end
  self.extras = self.extras - extension
  if self.extras < 0 then return false, extras_too_large(self) end
  self.left, self.total = size, self.total - size
  if self.total < 0 then return false, body_too_large(self.limits) end
  self.step = size == 0 and "trailers" or "data"
  return true
end

function steps.data(self, buffer)
  local data = buffer:some(self.left)
  if not data then return false end
  self.left = self.left - #data
  if self.left == 0 then self.step = "gap" end
  return { type = "data", data = data }
end

-- RFC 9112, 7.1: the line end after the data belongs to the chunk. Two bytes
-- that are something else mean that sizes and data disagree.
function steps.gap(self, buffer)
  local first = buffer:peek()
  if not first then return false end
  local line, long, why = nil, true, nil
  if first == CR then
    line, long, why = lines.take(buffer, 0)
  end
  if not line then
    local message = "chunk data is longer than its size"
    return false, long and problem.remote(message) or why
  end
  self.step = "size"
  return true
end

local function check_trailers(trailers)
  for name in NO_TRAILERS:gmatch("%S+") do
    if trailers:has(name) then
      return problem.remote("trailer has a field " .. name)
    end
  end
end

function steps.trailers(self, buffer)
  local line, long, why = lines.take(buffer, math.max(0, self.extras - 2))
  if not line then return false, long and extras_too_large(self) or why end
  if line == "" then
    why = check_trailers(self.trailers)
    if why then return false, why end
    return { type = "end", trailers = self.trailers }
  end
  self.extras, self.lines = self.extras - #line - 2, self.lines + 1
  if self.lines > self.limits.fields then
    return false, extras_too_large(self)
  end
  if lines.add_field(self.trailers, line) then return true end
  return false, lines.malformed(line)
end

---@param buffer luatls.http.Buffer
---@return table? event "data" or "end"
---@return luatls.http.Problem? problem
function Chunked:read(buffer)
  while true do
    -- An event; true: go on; false: needs more, or a problem.
    local result, why = steps[self.step](self, buffer)
    if not result then return nil, why end
    if result ~= true then return result end
  end
end

---@return nil
---@return luatls.http.Problem problem kind "truncated"
function Chunked:finish() -- luacheck: ignore 212
  local message = "connection ended inside a chunked body"
  return nil, problem.truncated(message)
end

--- A reader for one body of the other side.
---@param role luatls.http.side of the reader
---@param limits luatls.http.Limits
---@param kind luatls.http.framing
---@param size? integer of "length"
---@return table? reader nil: the body is larger than `limits.body`
---@return luatls.http.Problem? problem kind "too_large"
function readers.body(role, limits, kind, size)
  if kind == "length" then
    if size > limits.body then return nil, body_too_large(limits) end
    return setmetatable({ left = size }, Length)
  end
  if kind == "close" then
    return setmetatable({ limits = limits, left = limits.body }, Close)
  end
  local self = { role = role, limits = limits, step = "size", left = 0 }
  self.total, self.extras, self.lines = limits.body, limits.extras, 0
  self.trailers = headers.new()
  return setmetatable(self, Chunked)
end

--- Frame a message that came: which reader reads its body.
---@param event table "request" or "response"
---@param method? string of the request that a response answers
---@return luatls.http.framing? kind
---@return integer? size of "length"
---@return luatls.http.Problem? problem
function readers.frame(event, method)
  local kind, size, status
  if event.type == "request" then
    kind, size, status =
      framing.of_request(event.method, event.version, event.headers)
  else
    kind, size, status =
      framing.of_response(event.status, method, event.version, event.headers)
  end
  if kind then return kind, size end
  return nil, nil, problem.remote(size, status)
end

return readers
