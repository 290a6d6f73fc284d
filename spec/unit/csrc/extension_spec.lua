local core = require("luatls.core")
local der = require("spec.support.der")
local good = require("spec.support.extensions").GOOD
local pki = require("spec.support.pki")

local function with(oid, value)
  return pki.make({
    subject = "CN=x",
    extensions = { { oid = oid, value = value } },
  }).certificate
end

local CN <const> = "2.5.4.3"
local directory = der.name({ { CN, der.utf8("a, b") } }, { { "2.5.4.10", der.utf8("O") } })

local EMPTY <const> = {
  dns = {},
  ip = {},
  email = {},
  uri = {},
  directory = {},
  registered_id = {},
  other = {},
  x400 = {},
  edi_party = {},
}

local function names(lists)
  return setmetatable(lists, { __index = EMPTY })
end

local function same_names(expected, found)
  for kind in pairs(EMPTY) do
    assert.same(names(expected)[kind], found[kind], kind)
  end
end

describe("names()", function()
  it("tells names of every kind", function()
    local other = der.wrapped(0, der.oid("1.3.6.1.4.1.311.20.2.3"), der.wrapped(0, der.utf8("me")))
    local cert = with(
      "2.5.29.17",
      der.sequence(
        other,
        der.context(1, "me@example.org"),
        der.context(2, "b.example"),
        der.context(2, "a.example"),
        der.wrapped(3, "x400"),
        der.wrapped(4, directory),
        der.wrapped(5, der.wrapped(1, der.utf8("edi"))),
        der.context(6, "https://example.org/"),
        der.context(7, "\x0a\x00\x00\x01"),
        der.context(7, "\x20\x01\x0d\xb8" .. ("\0"):rep(11) .. "\x01"),
        der.context(8, der.oid_bytes("1.2.3.4"))
      )
    )
    same_names({
      dns = { "b.example", "a.example" },
      ip = { "10.0.0.1", "2001:db8::1" },
      email = { "me@example.org" },
      uri = { "https://example.org/" },
      directory = { "CN=a\\, b, O=O" },
      registered_id = { "1.2.3.4" },
      other = { { oid = "1.3.6.1.4.1.311.20.2.3", value = der.utf8("me") } },
      x400 = { "x400" },
      edi_party = { der.wrapped(1, der.utf8("edi")) },
    }, cert:names())
  end)

  it("is a table of empty lists where there are none", function()
    same_names({}, pki.make({ subject = "CN=x" }).certificate:names())
  end)

  it("tells the issuer's too", function()
    assert.is_nil(pki.root().certificate:issuer_names())
    local cert = with("2.5.29.18", der.sequence(der.context(6, "http://ca.example/")))
    same_names({ uri = { "http://ca.example/" } }, cert:issuer_names())
  end)

  it("holds 64 KB of them, and one of 64 KB", function()
    local list = {}
    for i = 1, 4096 do
      list[i] = der.context(2, ("n%04d.example.org"):format(i))
    end
    local cert = with("2.5.29.17", der.sequence(table.concat(list)))
    assert.equal("n4096.example.org", cert:names().dns[4096])
    local long = ("a"):rep(65536)
    assert.same({ long }, with("2.5.29.17", der.sequence(der.context(2, long))):names().dns)
  end)
end)

-- OID, method, and values that RFC 5280 has no place for.
local bad = {
  { "2.5.29.17", "names", { "", "\x30\x01", der.sequence("x"), der.sequence(der.context(9, "")) } },
  { "2.5.29.17", "names", { der.sequence(der.context(7, "\1\2\3")), der.sequence() .. "\0" } },
  { "2.5.29.17", "names", { der.sequence(der.wrapped(2, "")), der.sequence(der.ia5("x")) } },
  { "2.5.29.17", "names", { der.sequence(der.context(8, "\x2a\x80")) } },
  { "2.5.29.17", "names", { der.sequence(der.wrapped(0, der.oid("1.2.3"))) } },
  { "2.5.29.17", "names", { der.sequence(der.wrapped(4, der.sequence(der.set()))) } },
  { "2.5.29.17", "names", { der.sequence(der.wrapped(4, der.sequence(der.sequence()))) } },
  {
    "2.5.29.15",
    "key_usage",
    { "", "\x03\x00", "\x03\x01\x01", "\x03\x02\x08\x80", "\x04\x01\0" },
  },
  { "2.5.29.37", "extended_key_usage", { "", der.sequence(), der.sequence(der.integer("\1")) } },
  { "2.5.29.37", "extended_key_usage", { der.sequence("\6\0"), der.sequence("\6\2\x80\1") } },
  { "2.5.29.37", "extended_key_usage", { der.sequence(der.element(6, ("\1"):rep(65))) } },
  { "2.5.29.19", "basic_constraints", { "", der.sequence(der.boolean("")), der.sequence("\5\0") } },
  { "2.5.29.19", "basic_constraints", { der.sequence(der.integer("\xff")) } },
  { "2.5.29.19", "basic_constraints", { der.sequence(der.integer(("\1"):rep(9))) } },
  { "2.5.29.14", "subject_key_id", { "", "\4", "\4\2\0", der.octets("a") .. "b" } },
  { "2.5.29.35", "authority_key_id", { "", der.sequence(der.context(3, "")), "\x30\x02\x80\x05" } },
  { "2.5.29.32", "policies", { "", der.sequence(), der.sequence(der.oid("1.2.3")) } },
  { "2.5.29.32", "policies", { der.sequence(der.sequence(der.oid("1.2.3"), der.integer("\1"))) } },
  { "2.5.29.33", "policy_mappings", { der.sequence(der.sequence(der.oid("1.2.3"))) } },
  {
    "2.5.29.36",
    "policy_constraints",
    { "", der.sequence(der.context(0)), der.sequence("\x82\0") },
  },
  { "2.5.29.36", "policy_constraints", { der.sequence(der.context(0, "\x80")) } },
  { "2.5.29.54", "inhibit_any_policy", { "", der.integer("\xff"), der.integer("\1") .. "\0" } },
  { "1.3.6.1.5.5.7.1.1", "authority_info", { "", der.sequence(), der.sequence(der.sequence()) } },
  { "1.3.6.1.5.5.7.1.24", "tls_feature", { "", der.sequence(), der.sequence(der.integer()) } },
  { "1.3.6.1.4.1.11129.2.4.2", "sct_list", { "", "\0\0", der.octets(), der.octets("\0\0") } },
  { "1.3.6.1.4.1.11129.2.4.2", "sct_list", { der.octets("\0\2\0\0"), der.octets("\0\4\0\3ab") } },
  { "1.3.6.1.4.1.11129.2.4.2", "sct_list", { der.octets("\0\3\0\1ab") } },
  { "2.5.29.31", "crl_distribution_points", { "", der.sequence(), der.sequence("x") } },
  { "2.5.29.31", "crl_distribution_points", { der.sequence(der.sequence(der.wrapped(0))) } },
  { "2.5.29.30", "name_constraints", { "", der.sequence(der.wrapped(0)), der.sequence("x") } },
  { "2.5.29.30", "name_constraints", { der.sequence(der.wrapped(0, der.context(2, "x"))) } },
}

local NAMES <const> = {
  names = "subjectAltName",
  key_usage = "keyUsage",
  extended_key_usage = "extKeyUsage",
  basic_constraints = "basicConstraints",
  subject_key_id = "subjectKeyIdentifier",
  authority_key_id = "authorityKeyIdentifier",
  policies = "certificatePolicies",
  policy_mappings = "policyMappings",
  policy_constraints = "policyConstraints",
  inhibit_any_policy = "inhibitAnyPolicy",
  authority_info = "authorityInfoAccess",
  tls_feature = "tlsFeature",
  sct_list = "signedCertificateTimestampList",
  crl_distribution_points = "cRLDistributionPoints",
  name_constraints = "nameConstraints",
}

-- mbedTLS refuses some of them before anybody asks.
local function refuses(oid, method, value)
  local key = pki.root().key
  local extensions = { { oid = oid, value = value } }
  local cert, err = core.certificate.issue({ subject = "CN=x", key = key, extensions = extensions })
  local found = nil
  if cert then
    found, err = cert[method](cert)
    assert.equal(NAMES[method], err and err.field)
  else
    assert.is_string(err.field)
  end
  assert.is_nil(found)
  assert.equal("parse", err.kind)
end

describe("a decoded extension", function()
  for _, case in ipairs(good) do
    local oid, method, value, expected = table.unpack(case)
    it(("%s() tells %d bytes"):format(method, #value), function()
      local cert = with(oid, value)
      local found, err = cert[method](cert)
      assert.is_nil(err)
      assert.same(expected, found)
    end)
  end

  for _, case in ipairs(bad) do
    local oid, method, values = table.unpack(case)
    for _, value in ipairs(values) do
      it(("%s() refuses %q"):format(method, value), function()
        refuses(oid, method, value)
      end)
    end
  end

  it("is refused wherever it is cut off", function()
    for _, case in ipairs(good) do
      local oid, method, value = table.unpack(case)
      for i = 0, #value - 1 do
        refuses(oid, method, value:sub(1, i))
      end
    end
  end)

  it("is refused with bytes behind it", function()
    for _, case in ipairs(good) do
      local oid, method, value = table.unpack(case)
      refuses(oid, method, value .. "\0")
    end
  end)

  it("is nil where it is absent", function()
    local cert = pki.make({ subject = "CN=x", version = 1 }).certificate
    for method in pairs(NAMES) do
      if method ~= "names" then assert.equal(0, select("#", cert[method](cert))) end
    end
  end)
end)

describe("authority_key_id()", function()
  it("tells the issuer's names and serial number", function()
    local name = der.wrapped(1, der.wrapped(4, directory))
    local value = der.sequence(der.context(0, "\1"), name, der.context(2, "\x7f"))
    local found = with("2.5.29.35", value):authority_key_id()
    assert.equal("01", found.key_id)
    assert.equal("7f", found.serial)
    same_names({ directory = { "CN=a\\, b, O=O" } }, found.issuer)
  end)
end)

describe("name_constraints()", function()
  it("tells both sides, addresses with their prefix", function()
    local function tree(name, ...)
      return der.sequence(name, ...)
    end
    local cert = with(
      "2.5.29.30",
      der.sequence(
        der.wrapped(
          0,
          tree(der.context(2, "example.org")),
          tree(der.context(7, "\x0a\0\0\0\xff\0\0\0")),
          tree(der.context(7, "\x0a\0\0\0\xff\0\xff\0")),
          tree(der.context(7, ("\0"):rep(32))),
          tree(der.wrapped(4, directory), der.context(0, "\0"))
        ),
        der.wrapped(
          1,
          tree(der.context(1, ".example.org")),
          tree(der.context(6, ".example.org"), der.context(0, "\0"), der.context(1, "\5"))
        )
      )
    )
    local found = cert:name_constraints()
    same_names({
      dns = { "example.org" },
      ip = { "10.0.0.0/8", "10.0.0.0/255.0.255.0", "::/0" },
      directory = { "CN=a\\, b, O=O" },
    }, found.permitted)
    same_names({ email = { ".example.org" }, uri = { ".example.org" } }, found.excluded)
  end)

  it("leaves out the side that is absent", function()
    local excluded = der.wrapped(1, der.sequence(der.context(2, "example.org")))
    local found = with("2.5.29.30", der.sequence(excluded)):name_constraints()
    assert.is_nil(found.permitted)
    same_names({ dns = { "example.org" } }, found.excluded)
  end)

  it("may be critical", function()
    local value = der.sequence(der.wrapped(0, der.sequence(der.context(2, "example.org"))))
    local extensions = { { oid = "2.5.29.30", critical = true, value = value } }
    local cert = pki.make({ subject = "CN=x", usage = "ca", extensions = extensions }).certificate
    same_names({ dns = { "example.org" } }, cert:name_constraints().permitted)
  end)

  it("refuses an address that is no network", function()
    for _, size in ipairs({ 0, 4, 7, 9, 16, 31, 33 }) do
      local tree = der.sequence(der.context(7, ("\1"):rep(size)))
      refuses("2.5.29.30", "name_constraints", der.sequence(der.wrapped(0, tree)))
    end
  end)
end)

describe("crl_distribution_points()", function()
  it("tells names, relative names, reasons and issuer", function()
    local relative = der.sequence(der.oid(CN), der.utf8("crl1"))
    local found = with(
      "2.5.29.31",
      der.sequence(
        der.sequence(der.wrapped(0, der.wrapped(0, der.context(6, "http://crl.example/")))),
        der.sequence(der.wrapped(0, der.wrapped(1, relative)), der.context(1, "\6\x40")),
        der.sequence(der.wrapped(2, der.wrapped(4, directory)))
      )
    ):crl_distribution_points()
    assert.equal(3, #found)
    same_names({ uri = { "http://crl.example/" } }, found[1].names)
    assert.same({ relative_name = relative, reasons = { "keyCompromise" } }, found[2])
    same_names({ directory = { "CN=a\\, b, O=O" } }, found[3].issuer)
  end)
end)

describe("extensions()", function()
  it("tells all of them as bytes, with their names", function()
    local found = {}
    for _, extension in ipairs(pki.server("rsa").certificate:extensions()) do
      found[extension.name] = extension
    end
    assert.equal("2.5.29.17", found.subjectAltName.oid)
    assert.is_true(found.keyUsage.critical)
    assert.is_false(found.extKeyUsage.critical)
    assert.equal("\x03\x02\x05\xa0", found.keyUsage.value)
  end)
end)
