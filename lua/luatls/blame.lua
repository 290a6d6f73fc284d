--- Whom a call that makes no sense is told of: the program that made it, and
--- not the file of this library that noticed.

local blame = {}

-- The folder of this library; nil where its files have no names.
local HOME <const> = debug.getinfo(1, "S").source:match("^(@.*[/\\])[^/\\]*$")

local function is_ours(info)
  return info.what == "C" or HOME and info.source:sub(1, #HOME) == HOME
end

--- Raise `message` in the name of the nearest function of the program.
---@param message any
function blame.raise(message)
  local level = 2
  local info = debug.getinfo(level, "S")
  while info and is_ours(info) do
    level = level + 1
    info = debug.getinfo(level, "S")
  end
  error(message, info and level or 0)
end

-- Without a name, arguments are counted from the object on.
local function name_method(message, method)
  return (
    message:gsub("^bad argument #(%d+) to '%?'", function(position)
      return ("bad argument #%d to '%s'"):format(position - 1, method)
    end)
  )
end

local function pass(method, done, ...)
  if done then return ... end
  local message = ...
  if type(message) == "string" then message = name_method(message, method) end
  blame.raise(message)
end

--- Call a function or method of the engine: what it raises is of its caller's
--- making. It must not yield.
---@param method string the name, for messages
---@param call function
---@param ... any
---@return any ... what it returns
function blame.call(method, call, ...)
  return pass(method, pcall(call, ...))
end

return blame
