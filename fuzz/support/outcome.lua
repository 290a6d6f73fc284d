--- What may come out of a function of the engine, whatever went in: a value;
--- false and a want; nil and an error object. Anything else is a finding.

local outcome = {}

local kinds = {
  alert = true,
  closed = true,
  config = true,
  internal = true,
  memory = true,
  parse = true,
  protocol = true,
  truncated = true,
  verify = true,
}

local WANTS <const> = { read = true, write = true }

local function check_error(err, what)
  if type(err) ~= "table" or not kinds[err.kind] then
    error(("%s fails with %s"):format(what, tostring(err)))
  end
  if type(err.message) ~= "string" or err.message == "" then
    error(what .. " fails without a message")
  end
  if not tostring(err):find(err.message, 1, true) then
    error(what .. " fails with another text than its message")
  end
end

--- Another kind of error that this target may see.
---@param kind luatls.ErrorKind
function outcome.allow(kind)
  kinds[kind] = true
end

--- Pass the results of a call on, if they are an outcome.
---@param what string for the report
---@param value any
---@param why? any
function outcome.check(what, value, why)
  if value == nil then
    check_error(why, what)
  elseif value == false and not WANTS[why] then
    error(("%s wants %s"):format(what, tostring(why)))
  end
  return value, why
end

--- A call that cannot fail for valid objects.
function outcome.string(what, value)
  if type(value) ~= "string" then
    error(("%s is %s"):format(what, tostring(value)))
  end
  return value
end

return outcome
