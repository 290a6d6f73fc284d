--- Lines of a message, taken from a buffer and checked: what heads and trailers
--- have in common. It knows no limits but those it is told.

local grammar = require("luatls.http.grammar")
local headers = require("luatls.http.headers")
local problem = require("luatls.http.problem")

local lines = {}

--- Take a line, which must end in CR LF. A bare LF ends lines for some
--- recipients and not for others (RFC 9112, 2.2).
---@param buffer luatls.http.Buffer
---@param max integer bytes
---@param forgiving? boolean a bare LF will do
---@return string? line nil: needs more, or one of the next two
---@return boolean? long the line has more than `max` bytes
---@return luatls.http.Problem? problem
function lines.take(buffer, max, forgiving)
  local line, mark = buffer:line(max)
  if not line then return nil, mark end
  if mark or forgiving then return line end
  return nil, false, problem.remote("a line ends in LF without CR")
end

--- Add the field that a line holds. RFC 9112, 5.2: a server refuses a folded
--- line, a client reads the fold as one space.
---@param into luatls.http.Headers
---@param line string
---@param forgiving? boolean a folded line will do
---@return boolean added
function lines.add_field(into, line, forgiving)
  if forgiving and #into > 0 and line:find("^[ \t]") then
    local text = line:match("^[ \t]+(.*)$")
    if not grammar.is_text(text) then return false end
    headers.extend(into, " " .. text)
    return true
  end
  local name, value = grammar.field(line)
  if not name then return false end
  headers.push(into, name, value)
  return true
end

--- Why `add_field` refused a line.
---@param line string
---@return luatls.http.Problem
function lines.malformed(line)
  if line:find("^[ \t]") then
    return problem.remote("a header field is folded over two lines")
  end
  return problem.remote("a header field is malformed")
end

return lines
