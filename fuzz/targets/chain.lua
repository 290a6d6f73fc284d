--- Several certificates, and the verdict on them.

local core = require("luatls.core")
local outcome = require("fuzz.support.outcome")
local world = require("fuzz.support.world")

local function check_problems(err)
  for _, problem in ipairs(err.problems) do
    for _, field in ipairs({ "code", "subject", "text" }) do
      outcome.string(field, problem[field])
    end
  end
end

local function verify(chain, options)
  local good, err = outcome.check("verify", chain:verify(options))
  if not good then check_problems(err) end
  return good
end

return function(data)
  local chain = outcome.check("parse", core.chain.parse(data))
  if not chain then return end
  if #core.chain.parse(chain:pem()) ~= #chain then error("PEM differs") end
  for _, cert in ipairs(chain) do
    outcome.string("subject", cert:subject())
  end
  local good = verify(chain, { trust = world.trust, name = world.HOST })
  if good and not chain[1]:extended_key_usage() then
    error("verified a leaf that the root never signed")
  end
  verify(chain, { trust = chain, usage = "client" })
  verify(chain, { trust = chain, name = "192.0.2.7", time = 1 })
end
