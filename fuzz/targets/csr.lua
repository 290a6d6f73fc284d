--- Signing requests, and what an authority makes of them.

local core = require("luatls.core")
local outcome = require("fuzz.support.outcome")
local world = require("fuzz.support.world")

-- A certificate has the names that were asked for, in the same order.
local function check_names(csr, cert)
  for type, list in pairs(csr:names()) do
    local other = cert:names()[type]
    if table.concat(list, "\n") ~= table.concat(other, "\n") then
      error("other names of type " .. type)
    end
  end
end

return function(data)
  local csr = outcome.check("parse", core.csr.parse(data))
  if not csr then return end
  outcome.string("subject", csr:subject())
  outcome.string("tostring", tostring(csr))
  outcome.check("public_key", csr:public_key())
  if core.csr.parse(csr:pem()):der() ~= csr:der() then error("PEM differs") end
  local cert = outcome.check(
    "issue",
    core.certificate.issue({
      csr = csr,
      issuer = world.root,
      issuer_key = world.root_key,
    })
  )
  if cert then check_names(csr, cert) end
end
