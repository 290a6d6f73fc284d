--- The environment of this process, some of it changed, as `process.start`
--- wants it.

local uv = require("luv")

local environment = {}

--- "NAME=value" for every variable.
---@param changes table<string, string>
---@return string[]
function environment.with(changes)
  local all, list = uv.os_environ(), {}
  for name, value in pairs(changes) do
    all[name] = value
  end
  for name, value in pairs(all) do
    table.insert(list, name .. "=" .. value)
  end
  return list
end

return environment
