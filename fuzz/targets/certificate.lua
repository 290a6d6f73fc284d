--- One certificate, and everything that it can be asked.

local core = require("luatls.core")
local outcome = require("fuzz.support.outcome")

local TEXTS <const> = { "subject", "issuer", "serial", "signature_algorithm" }

local function ask(cert)
  for _, name in ipairs(TEXTS) do
    outcome.string(name, cert[name](cert))
  end
  for _, hash in ipairs({ "sha1", "sha256", "sha384", "sha512" }) do
    outcome.string(hash, cert:fingerprint(hash))
  end
  if math.type(cert:not_before() + cert:not_after()) ~= "integer" then
    error("no time")
  end
  local names = cert:names()
  for _, list in ipairs({ "dns", "ip", "email", "uri" }) do
    for _, name in ipairs(names[list]) do
      outcome.string(list, name)
    end
  end
  cert:is_ca()
end

local function ask_extensions(cert)
  for _, usage in ipairs(cert:key_usage() or {}) do
    outcome.string("key usage", usage)
  end
  for _, usage in ipairs(cert:extended_key_usage() or {}) do
    outcome.string("extended key usage", usage)
  end
  for _, extension in ipairs(cert:extensions()) do
    outcome.string("oid", extension.oid)
    outcome.string("value", extension.value)
  end
end

return function(data)
  local cert = outcome.check("parse", core.certificate.parse(data))
  if not cert then return end
  ask(cert)
  ask_extensions(cert)
  outcome.string("tostring", tostring(cert))
  local key = outcome.check("public_key", cert:public_key())
  if key and key:is_private() then error("a certificate with a private key") end
  if core.certificate.parse(cert:pem()) ~= cert then error("PEM differs") end
  if core.certificate.parse(cert:der()) ~= cert then error("DER differs") end
end
