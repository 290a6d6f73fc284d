--- Everything that a certificate can be asked.

local question = {}

local STRINGS <const> = { "subject", "issuer", "serial", "signature_algorithm", "fingerprint" }

-- What may be absent, and may be malformed.
local EXTENSIONS <const> = {
  "issuer_names",
  "key_usage",
  "extended_key_usage",
  "basic_constraints",
  "name_constraints",
  "policies",
  "policy_mappings",
  "policy_constraints",
  "inhibit_any_policy",
  "authority_info",
  "crl_distribution_points",
  "subject_key_id",
  "authority_key_id",
  "sct_list",
  "tls_feature",
}

local function check(what, is_right, value)
  if not is_right then error(("%s() gives %s"):format(what, tostring(value)), 0) end
end

-- A value, or nil and an error that names a field: it is added to the list.
local function ask_fallible(cert, method, refused)
  local value, err = cert[method](cert)
  if value == nil and err ~= nil then
    check(method, err.kind == "parse" and type(err.field) == "string", err)
    refused[#refused + 1] = err.field
  end
  return value, err
end

local function ask_names(cert)
  for _, method in ipairs({ "subject_attributes", "issuer_attributes" }) do
    for _, attribute in ipairs(cert[method](cert)) do
      check(method, utf8.len(attribute.value), attribute.value)
    end
  end
  check("subject", utf8.len(cert:subject()), cert:subject())
  check("tostring", utf8.len(tostring(cert)), tostring(cert))
  check("tostring", not tostring(cert):gsub("\n", ""):find("%c"), tostring(cert))
end

--- Ask everything; raises when an answer has the wrong form.
---@param cert luatls.certificate
---@return string[] refused names of extensions that are malformed
function question.ask(cert)
  local refused = {}
  for _, method in ipairs(STRINGS) do
    check(method, type(cert[method](cert)) == "string", cert[method](cert))
  end
  check("not_after", math.type(cert:not_before() + cert:not_after()) == "integer")
  check("is_ca", type(cert:is_ca()) == "boolean")
  check("version", math.type(cert:version()) == "integer")
  ask_names(cert)
  for _, method in ipairs({ "names", "extensions" }) do
    local value, err = ask_fallible(cert, method, refused)
    check(method, value ~= nil or err ~= nil)
  end
  for _, method in ipairs(EXTENSIONS) do
    ask_fallible(cert, method, refused)
  end
  return refused
end

return question
