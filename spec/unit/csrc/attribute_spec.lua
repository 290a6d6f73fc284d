local core = require("luatls.core")
local der = require("spec.support.der")
local pki = require("spec.support.pki")

local CN <const>, O <const>, DC <const> = "2.5.4.3", "2.5.4.10", "0.9.2342.19200300.100.1.25"

local plain = pki.make({ subject = "CN=x", issuer = pki.root() }).certificate:der()

-- The certificate of another subject. Its signature is wrong; nobody asks.
local function of(subject)
  local body = plain:match("^\x30\x82..(\x30\x82.*)$")
  local size = string.unpack(">I2", body, 3)
  local tail = body:sub(4 + size + 1)
  local fields = body:sub(5, 4 + size)
  local old = der.name({ { CN, der.utf8("x") } })
  local at = assert(fields:find(old, 1, true))
  fields = fields:sub(1, at - 1) .. subject .. fields:sub(at + #old)
  return core.certificate.parse(der.sequence(der.sequence(fields), tail))
end

local function string_of(tag, text)
  return der.name({ { CN, der.element(tag, text) } })
end

local UTF8 <const>, PRINTABLE <const>, T61 <const>, IA5 <const> = 0x0c, 0x13, 0x14, 0x16
local UNIVERSAL <const>, BMP <const> = 0x1c, 0x1e

-- Tag, bytes, value, text.
local strings = {
  { PRINTABLE, "plain", "plain", "CN=plain" },
  { UTF8, "Söhne", "Söhne", "CN=Söhne" },
  { IA5, "a@b", "a@b", "CN=a@b" },
  { T61, "S\xf6hne", "Söhne", "CN=Söhne" },
  { UTF8, "S\xf6hne", "Söhne", "CN=Söhne" },
  { UTF8, "\xc0\x80", "À\u{80}", "CN=À\\C2\\80" },
  { UTF8, "\xed\xa0\x80", "í\u{a0}\u{80}", "CN=í\u{a0}\\C2\\80" },
  { BMP, "\0S\0\xf6\x20\xac", "Sö€", "CN=Sö€" },
  { BMP, "\xd8\x00", "\u{fffd}", "CN=\u{fffd}" },
  { BMP, "odd", "#1e036f6464", "CN=#1e036f6464" },
  { UNIVERSAL, "\0\1\xf6\x00", "😀", "CN=😀" },
  { UNIVERSAL, "\xff\xff\xff\xff", "\u{fffd}", "CN=\u{fffd}" },
  { UTF8, 'a,b+c"d<e>f;g\\h=i', 'a,b+c"d<e>f;g\\h=i', 'CN=a\\,b\\+c\\"d\\<e\\>f\\;g\\\\h=i' },
  { UTF8, " a b ", " a b ", "CN=\\ a b\\ " },
  { UTF8, "#a#", "#a#", "CN=\\#a#" },
  { UTF8, "a\0b", "a\0b", "CN=a\\00b" },
  { UTF8, "\27[31mred\127", "\27[31mred\127", "CN=\\1B[31mred\\7F" },
  { UTF8, "\u{9b}31m", "\u{9b}31m", "CN=\\C2\\9B31m" },
  { UTF8, "", "", "CN=" },
}

describe("a distinguished name", function()
  for _, case in ipairs(strings) do
    local tag, bytes, value, text = table.unpack(case)
    it(("is told in UTF-8: %q of tag %d"):format(bytes, tag), function()
      local cert = assert(of(string_of(tag, bytes)))
      assert.equal(text, cert:subject())
      assert.equal(value, cert:subject_attributes()[1].value)
    end)
  end

  it("keeps the order, and what is in one relative name", function()
    local cert = assert(
      of(
        der.name(
          { { DC, der.ia5("org") } },
          { { DC, der.ia5("example") } },
          { { CN, der.utf8("a") }, { O, der.printable("b") } }
        )
      )
    )
    assert.equal("DC=org, DC=example, CN=a + O=b", cert:subject())
    assert.same({
      { type = "DC", oid = DC, value = "org", rdn = 1 },
      { type = "DC", oid = DC, value = "example", rdn = 2 },
      { type = "CN", oid = CN, value = "a", rdn = 3 },
      { type = "O", oid = O, value = "b", rdn = 3 },
    }, cert:subject_attributes())
  end)

  it("tells types without a name in dots, and their values in hex", function()
    local cert = assert(of(der.name({ { "1.2.3.4", der.utf8("ab") } })))
    assert.equal("1.2.3.4=#0c026162", cert:subject())
    assert.same(
      { { type = "1.2.3.4", oid = "1.2.3.4", value = "ab", rdn = 1 } },
      cert:subject_attributes()
    )
  end)

  it("may be empty", function()
    local cert = assert(of(der.sequence()))
    assert.equal("", cert:subject())
    assert.same({}, cert:subject_attributes())
    assert.equal("CN=Spec Root", cert:issuer())
    assert.equal("Spec Root", cert:issuer_attributes()[1].value)
  end)

  it("may have 64 KB", function()
    local long = ("ö"):rep(32768)
    local cert = assert(of(string_of(UTF8, long)))
    assert.equal("CN=" .. long, cert:subject())
    local many = {}
    for i = 1, 4000 do
      many[i] = { { CN, der.utf8(("%08d"):format(i)) } }
    end
    cert = assert(of(der.name(table.unpack(many))))
    assert.equal("00004000", cert:subject_attributes()[4000].value)
  end)

  local bad = {
    ["no sequence"] = "\x31\x00",
    ["a relative name that is no set"] = der.sequence(der.sequence()),
    ["an empty relative name"] = der.sequence(der.set()),
    ["an attribute without value"] = der.sequence(der.set(der.sequence(der.oid(CN)))),
    ["a length beyond the end"] = "\x30\x05\x31\x04",
    ["a length of 2^32"] = "\x30\x84\xff\xff\xff\xff",
  }

  for what, name in pairs(bad) do
    it("is refused with " .. what, function()
      local cert, err = of(name)
      assert.is_nil(cert)
      assert.equal("parse", err.kind)
      assert.is_string(err.field)
    end)
  end
end)
