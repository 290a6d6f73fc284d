--- Keys: private and public, PEM and DER, encrypted and not.

local core = require("luatls.core")
local outcome = require("fuzz.support.outcome")

local PASSWORD <const> = "password"

local function check_copy(key, text)
  local copy = assert(core.key.parse(text))
  if copy:bits() ~= key:bits() or copy:type() ~= key:type() then
    error("the copy is another key")
  end
end

return function(data)
  local key = outcome.check("parse", core.key.parse(data, PASSWORD))
  outcome.check("parse", core.key.parse(data))
  if not key then return end
  outcome.string("tostring", tostring(key))
  if key:type() == "ec" then outcome.string("curve", key:curve()) end
  local text = outcome.check("pem", key:pem())
  if text then check_copy(key, text) end
  local public = outcome.check("public", key:public())
  if public and public:is_private() then error("public is private") end
end
