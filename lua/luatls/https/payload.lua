--- A body to send, in all the forms a program may have it: a string, a
--- function that gives pieces, an open file, or a length and a reader.

local payload = {}

--- `read` gives the next piece; nil ends it; nil and an error give it up.
---@class luatls.https.Payload
---@field length? integer bytes; nil: not known before, sent in chunks
---@field read fun(): string?, any

---@alias luatls.https.body_source
---| string
---| fun(): string?, any
---| file*
---| luatls.https.Payload

-- Bytes read from a file at once: four TLS records.
local PIECE <const> = 64 * 1024

local function of_string(text)
  local left = text ~= "" and text or nil
  return {
    length = #text,
    read = function()
      local piece = left
      left = nil
      return piece
    end,
  }
end

-- A pipe has no length, and seeking in it fails.
local function rest_of(file)
  local at = file:seek("cur")
  local last = at and file:seek("end")
  if not last then return nil end
  file:seek("set", at)
  return last - at
end

local function of_file(file)
  return {
    length = rest_of(file),
    read = function()
      return file:read(PIECE)
    end,
  }
end

local function of_table(source, level)
  local length, read = source.length, source.read
  local is_length = length == nil or math.type(length) == "integer"
  if not is_length or length and length < 0 then
    error("the length of a body is a number of bytes", level)
  elseif type(read) ~= "function" then
    error("a body given as a table has a function read", level)
  end
  return { length = length, read = read }
end

--- Make a payload of what a program gave. Raises for anything else.
---@param source luatls.https.body_source
---@param level? integer whom the error blames, as for `error`, default 2
---@return luatls.https.Payload
function payload.new(source, level)
  level = (level or 2) + 1
  local kind = type(source)
  if kind == "string" then return of_string(source) end
  if kind == "function" then return { read = source } end
  if io.type(source) == "file" then return of_file(source) end
  if kind == "table" then return of_table(source, level) end
  local form = "a body is a string, a function, an open file or a table with "
    .. "length and read, not a %s"
  error(form:format(io.type(source) or kind), level - 1)
end

return payload
