--- What is returned when HTTP goes wrong: plain tables, because nothing in this
--- folder knows of error objects. The https layer turns them into those.

local problem = {}

--- One failure. `side` tells whose fault it is, so a server knows when to
--- answer with `status` and when to look at its own code.
---@class luatls.http.Problem
---@field kind "protocol"|"too_large"|"truncated"|"parse"
---@field message string a sentence, lower case
---@field side "remote"|"local" who broke the rules
---@field status? integer of the answer: 400, 413, 414, 417, 431, 501, 505

local function new(kind, side, message, status)
  return { kind = kind, message = message, side = side, status = status }
end

--- The peer broke a rule.
---@param message string
---@param status? integer default 400
---@return luatls.http.Problem
function problem.remote(message, status)
  return new("protocol", "remote", message, status or 400)
end

--- The peer sent more than a limit allows.
---@param message string
---@param status integer 413, 414 or 431
---@return luatls.http.Problem
function problem.too_large(message, status)
  return new("too_large", "remote", message, status)
end

--- The connection ended in the middle of a message.
---@param message string
---@return luatls.http.Problem
function problem.truncated(message)
  return new("truncated", "remote", message, 400)
end

--- The program asked for something that HTTP does not allow.
---@param message string
---@return luatls.http.Problem
function problem.own(message)
  return new("protocol", "local", message)
end

--- A text given by the program, a URL for example, is not well formed.
---@param message string
---@return luatls.http.Problem
function problem.parse(message)
  return new("parse", "local", message)
end

return problem
