--- One certificate, and everything that it can be asked.

local core = require("luatls.core")
local outcome = require("fuzz.support.outcome")
local question = require("spec.support.question")

local function check_names(cert)
  for _, list in pairs(cert:names() or {}) do
    for _, name in ipairs(list) do
      if type(name) ~= "table" then outcome.string("name", name) end
    end
  end
end

local function check_extensions(cert)
  for _, extension in ipairs(cert:extensions() or {}) do
    outcome.string("oid", extension.oid)
    outcome.string("value", extension.value)
  end
  for _, usage in ipairs(cert:extended_key_usage() or {}) do
    outcome.string("extended key usage", usage)
  end
end

return function(data)
  local cert = outcome.check("parse", core.certificate.parse(data))
  if not cert then return end
  question.ask(cert)
  check_names(cert)
  check_extensions(cert)
  for _, hash in ipairs({ "sha1", "sha384", "sha512" }) do
    outcome.string(hash, cert:fingerprint(hash))
  end
  local key = outcome.check("public_key", cert:public_key())
  if key and key:is_private() then error("a certificate with a private key") end
  if core.certificate.parse(cert:pem()) ~= cert then error("PEM differs") end
  if core.certificate.parse(cert:der()) ~= cert then error("DER differs") end
end
