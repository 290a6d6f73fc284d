local der = require("spec.support.der")
local pki = require("spec.support.pki")

describe("tostring(certificate)", function()
  it("tells what a person asks first", function()
    local cert = pki.make({
      subject = "CN=Söhne",
      names = { "a.example", "10.0.0.1", "me@example.org" },
      issuer = pki.root(),
      serial = "0102",
      not_before = 951782400,
      not_after = 4102444799,
    }).certificate
    assert.equal(
      ([[
luatls.certificate (CN=Söhne)
  issuer  CN=Spec Root
  valid   2000-02-29 00:00:00 to 2099-12-31 23:59:59 UTC
  names   a.example, 10.0.0.1, me@example.org
  key     EC, secp256r1
  serial  0102
  sha256  %s]]):format(cert:fingerprint()),
      tostring(cert)
    )
  end)

  it("tells the size of an RSA key, and that there are no names", function()
    local text = tostring(pki.make({ subject = "CN=x", type = "rsa" }).certificate)
    assert.matches("\n  key     RSA, 2048 bits\n", text, 1, true)
    assert.matches("\n  names   none\n", text, 1, true)
  end)

  it("cuts a long list of names, and says so", function()
    local names = {}
    for i = 1, 15 do
      names[i] = ("n%d.example"):format(i)
    end
    local text = tostring(pki.make({ subject = "CN=x", names = names }).certificate)
    assert.matches("n11.example, n12.example and 3 more\n", text, 1, true)
  end)

  it("has nothing in it that a terminal would obey", function()
    local value = der.sequence(der.context(2, "\27]0;evil\7\u{9b}"), der.context(6, "\xff\n"))
    local text = tostring(pki.make({
      subject = "CN=x",
      extensions = { { oid = "2.5.29.17", value = value } },
    }).certificate)
    assert.matches("names   \\1B]0;evil\\07\\C2\\9B, ÿ\\0A\n", text, 1, true)
    assert.is_nil(text:gsub("\n", ""):find("%c"))
    assert.is_truthy(utf8.len(text))
  end)
end)
