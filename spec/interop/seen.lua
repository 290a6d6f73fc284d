--- What a peer saw of a connection, as far as it tells: it must agree with us.

local assert = require("luassert")

local seen = {}

--- Of what a peer always tells, when it cannot be found: it agrees with nothing.
seen.UNREADABLE = "unreadable"

---@class spec.interop.Seen
---@field version? "1.2"|"1.3"
---@field resumed? boolean
---@field alpn? string|false false: none
---@field peer? string|false common name of our certificate; false: none

local VALUES <const> = { ["true"] = true, ["false"] = false, ["none"] = false }

--- Read "version=1.3 resumed=true alpn=none peer=localhost"; a field that is
--- missing was not told.
---@param text string
---@return spec.interop.Seen
function seen.parse(text)
  local result = {}
  for name, value in text:gmatch("(%w+)=(%S+)") do
    if VALUES[value] == nil then
      result[name] = value
    else
      result[name] = VALUES[value]
    end
  end
  return result
end

--- Compare what the peer saw with what it should have seen.
---@param expected spec.interop.Seen
---@param actual spec.interop.Seen
function seen.check(expected, actual)
  assert.is_not_nil(next(actual), "the peer told nothing")
  for name, value in pairs(actual) do
    assert.equal(expected[name], value, "what the peer saw of " .. name)
  end
end

return seen
