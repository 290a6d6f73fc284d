--- Extensions of certificates, as bytes and as what they are decoded to.

local der = require("spec.support.der")

local extensions = {}

local directory = der.name({ { "2.5.4.3", der.utf8("a, b") } }, { { "2.5.4.10", der.utf8("O") } })

--- OID, method, value, what it is decoded to.
extensions.GOOD = {
  { "2.5.29.15", "key_usage", "\x03\x02\x05\xa0", { "digitalSignature", "keyEncipherment" } },
  { "2.5.29.15", "key_usage", "\x03\x03\x07\x00\x80", { "decipherOnly" } },
  {
    "2.5.29.15",
    "key_usage",
    "\x03\x03\x00\xff\xff",
    {
      "digitalSignature",
      "nonRepudiation",
      "keyEncipherment",
      "dataEncipherment",
      "keyAgreement",
      "keyCertSign",
      "cRLSign",
      "encipherOnly",
      "decipherOnly",
    },
  },
  {
    "2.5.29.37",
    "extended_key_usage",
    der.sequence(der.oid("1.3.6.1.5.5.7.3.1"), der.oid("2.5.29.37.0"), der.oid("1.2.3")),
    { "serverAuth", "anyExtendedKeyUsage", "1.2.3" },
  },
  {
    "2.5.29.37",
    "extended_key_usage",
    -- 2.25 and a UUID of 2^127: more than any machine word.
    der.sequence("\x06\x14\x69\x82" .. ("\x80"):rep(17) .. "\x00"),
    { "2.25.170141183460469231731687303715884105728" },
  },
  { "2.5.29.19", "basic_constraints", der.sequence(), { is_ca = false } },
  { "2.5.29.19", "basic_constraints", der.sequence(der.boolean("\xff")), { is_ca = true } },
  {
    "2.5.29.19",
    "basic_constraints",
    der.sequence(der.boolean("\xff"), der.integer("\x05")),
    { is_ca = true, path_length = 5 },
  },
  { "2.5.29.14", "subject_key_id", der.octets("\x01\xab"), "01ab" },
  {
    "2.5.29.35",
    "authority_key_id",
    der.sequence(der.context(0, "\x01\xab")),
    { key_id = "01ab" },
  },
  {
    "2.5.29.32",
    "policies",
    der.sequence(
      der.sequence(
        der.oid("2.5.29.32.0"),
        der.sequence(
          der.sequence(der.oid("1.3.6.1.5.5.7.2.1"), der.ia5("http://cps.example/")),
          der.sequence(der.oid("1.3.6.1.5.5.7.2.2"), der.sequence(der.utf8("read me"))),
          der.sequence(der.oid("1.3.6.1.5.5.7.2.2"), der.sequence()),
          der.sequence(der.oid("1.2.3"), der.integer("\1"))
        )
      ),
      der.sequence(der.oid("1.2.3"))
    ),
    {
      {
        oid = "2.5.29.32.0",
        name = "anyPolicy",
        cps = { "http://cps.example/" },
        notices = { "read me" },
      },
      { oid = "1.2.3", cps = {}, notices = {} },
    },
  },
  {
    "2.5.29.33",
    "policy_mappings",
    der.sequence(der.sequence(der.oid("1.2.3"), der.oid("1.2.4"))),
    { { issuer = "1.2.3", subject = "1.2.4" } },
  },
  {
    "2.5.29.36",
    "policy_constraints",
    der.sequence(der.context(0, "\0"), der.context(1, "\x03")),
    { require_explicit_policy = 0, inhibit_policy_mapping = 3 },
  },
  { "2.5.29.54", "inhibit_any_policy", der.integer("\x02"), 2 },
  {
    "1.3.6.1.5.5.7.1.1",
    "authority_info",
    der.sequence(
      der.sequence(der.oid("1.3.6.1.5.5.7.48.1"), der.context(6, "http://ocsp.example/")),
      der.sequence(der.oid("1.3.6.1.5.5.7.48.2"), der.context(6, "http://ca.example/ca.der")),
      der.sequence(der.oid("1.3.6.1.5.5.7.48.2"), der.wrapped(4, directory)),
      der.sequence(der.oid("1.2.3"), der.context(6, "http://other.example/"))
    ),
    { ocsp = { "http://ocsp.example/" }, ca_issuers = { "http://ca.example/ca.der" } },
  },
  { "1.3.6.1.5.5.7.1.24", "tls_feature", der.sequence(der.integer("\5")), { "status_request" } },
  {
    "1.3.6.1.5.5.7.1.24",
    "tls_feature",
    der.sequence(der.integer("\x11"), der.integer("\x0d")),
    { "status_request_v2", "13" },
  },
  {
    "1.3.6.1.4.1.11129.2.4.2",
    "sct_list",
    der.octets("\0\7\0\2ab\0\1c"),
    { "ab", "c" },
  },
}

local function tree(...)
  return der.sequence(...)
end

-- Names of every kind.
local names = der.sequence(
  der.wrapped(0, der.oid("1.3.6.1.4.1.311.20.2.3"), der.wrapped(0, der.utf8("me"))),
  der.context(1, "me@example.org"),
  der.context(2, "a.example"),
  der.wrapped(3, der.sequence()),
  der.wrapped(4, directory),
  der.wrapped(5, der.wrapped(1, der.utf8("edi"))),
  der.context(6, "https://example.org/"),
  der.context(7, "\x0a\x00\x00\x01"),
  der.context(7, "\x20\x01\x0d\xb8" .. ("\0"):rep(11) .. "\x01"),
  der.context(8, der.oid_bytes("1.2.3.4"))
)

local constraints = der.sequence(
  der.wrapped(
    0,
    tree(der.context(2, "example.org")),
    tree(der.context(7, "\x0a\0\0\0\xff\0\0\0")),
    tree(der.wrapped(4, directory), der.context(0, "\0"))
  ),
  der.wrapped(1, tree(der.context(1, ".example.org")), tree(der.context(6, ".example.org")))
)

local points = der.sequence(
  der.sequence(der.wrapped(0, der.wrapped(0, der.context(6, "http://crl.example/")))),
  der.sequence(
    der.wrapped(0, der.wrapped(1, der.sequence(der.oid("2.5.4.3"), der.utf8("c")))),
    der.context(1, "\6\x40"),
    der.wrapped(2, der.wrapped(4, directory))
  )
)

--- One of every extension, for `certificate.issue`.
---@return luatls.certificate.NewExtension[]
function extensions.all()
  local by_oid = { ["2.5.29.17"] = names, ["2.5.29.18"] = names }
  by_oid["2.5.29.30"], by_oid["2.5.29.31"] = constraints, points
  for _, case in ipairs(extensions.GOOD) do
    by_oid[case[1]] = case[3]
  end
  local list = {}
  for oid, value in pairs(by_oid) do
    list[#list + 1] = { oid = oid, value = value, critical = oid == "2.5.29.30" }
  end
  table.sort(list, function(a, b)
    return a.oid < b.oid
  end)
  return list
end

return extensions
