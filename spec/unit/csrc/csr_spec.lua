local core = require("luatls.core")
local pki = require("spec.support.pki")

local function openssl_verifies(csr)
  local command = "openssl req -verify -noout -in %s 2>&1"
  local pipe <close> = assert(io.popen(command:format(pki.file(csr:pem()))))
  return pipe:read("a"):find("verify OK", 1, true) ~= nil
end

describe("a signing request", function()
  for _, type in ipairs({ "ec", "rsa" }) do
    it("of an " .. type .. " key is one that openssl verifies", function()
      local key = core.key.generate({ type = type })
      local csr = assert(key:csr({ subject = "CN=a.example,O=A", names = { "a.example", "::1" } }))
      assert.is_true(openssl_verifies(csr))
      assert.equal("CN=a.example, O=A", csr:subject())
      assert.same({ "a.example" }, csr:names().dns)
      assert.same({ "::1" }, csr:names().ip)
      assert.equal(key:public():pem(), csr:public_key():pem())
    end)
  end

  it("is read from PEM, DER and files", function()
    local csr = pki.server().key:csr({ subject = "CN=x" })
    assert.equal(csr:der(), core.csr.parse(csr:pem()):der())
    assert.equal(csr:pem(), core.csr.parse(csr:der()):pem())
    assert.equal(csr:pem(), core.csr.load(pki.file(csr:pem())):pem())
    assert.equal("luatls.csr (CN=x)", tostring(csr))
  end)

  it("needs a private key, a subject, and names that are strings", function()
    local key = pki.server().key
    assert.error_matches(function()
      key:csr({})
    end, 'bad option "subject"')
    assert.error_matches(function()
      key:csr({ subject = "CN=x", names = {} })
    end, "at least one name")
    assert.error_matches(function()
      key:csr({ subject = "CN=x", names = { 1 } })
    end, "strings expected")
    assert.error_matches(function()
      key:public():csr({ subject = "CN=x" })
    end, "private key expected")
  end)

  it("refuses a subject that is none", function()
    local csr, err = pki.server().key:csr({ subject = "=" })
    assert.is_nil(csr)
    assert.equal("config", err.kind)
  end)

  it("shows how a subject is written", function()
    for _, subject in ipairs({ "localhost", "XYZ=localhost" }) do
      local key = core.key.generate()
      local _, err = key:csr({ subject = subject })
      assert.matches('"CN=localhost, O=Example"', err.hint, 1, true)
      _, err = core.certificate.issue({ subject = subject, key = key })
      assert.matches('"CN=localhost, O=Example"', err.hint, 1, true)
    end
  end)

  it("tells what it is given instead of a request", function()
    local pem = pki.server().certificate:pem()
    for text, sentence in pairs({ [pem] = "it is a certificate", [""] = "it is empty" }) do
      local _, err = core.csr.parse(text)
      assert.equal("cannot read a signing request: " .. sentence, err.message)
    end
  end)

  it("refuses every truncation", function()
    local der = pki.server().key:csr({ subject = "CN=x", names = { "x" } }):der()
    for i = 0, #der - 1 do
      local csr, err = core.csr.parse(der:sub(1, i))
      assert.is_nil(csr)
      assert.equal("parse", err.kind)
    end
  end)
end)
