--- Host names against a certificate for a name, a wildcard and two addresses.
--- What fits is decided here a second time, in another way.

local outcome = require("fuzz.support.outcome")
local world = require("fuzz.support.world")

local function fits_dns(name)
  name = name:lower():gsub("(.)%.$", "%1")
  if name == world.HOST then return true end
  if name:find("*", 1, true) then return false end
  return name:find("^[^.]+%.wild%.example$") ~= nil
end

local V4 <const> = "192.0.2.7"

-- Every spelling of 2001:db8::7 has these groups in this order.
local function fits_v6(name)
  local groups = {}
  for group in name:gmatch("[^:]+") do
    local value = tonumber(group, 16)
    if not value or #group > 4 then
      if group ~= "0.0.0.7" then return false end
      value = 7
    end
    if value ~= 0 then groups[#groups + 1] = ("%x"):format(value) end
  end
  return table.concat(groups, ":") == "2001:db8:7"
end

return function(data)
  local options = { trust = world.trust, name = data }
  local chain = world.server_chain
  local known, good, err = pcall(chain.verify, chain, options)
  if not known then
    if not data:find("\0", 1, true) then error(good) end
    return
  end
  outcome.check("verify", good, err)
  local fits = fits_dns(data) or data == V4
  if good and not fits and not fits_v6(data) then
    error(("%q must not fit"):format(data))
  end
  if fits and not good then error(("%q must fit"):format(data)) end
end
