local core = require("luatls.core")
local pki = require("spec.support.pki")

local encrypted = [[
-----BEGIN RSA PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED
DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF

AAAA
-----END RSA PRIVATE KEY-----
]]

describe("core.key", function()
  it("makes keys on each curve", function()
    for curve, bits in pairs({ secp256r1 = 256, secp384r1 = 384, secp521r1 = 521 }) do
      local key = assert(core.key.generate({ curve = curve }))
      assert.same({ "ec", bits, curve, true }, {
        key:type(),
        key:bits(),
        key:curve(),
        key:is_private(),
      })
    end
  end)

  it("makes RSA keys of 2048 bits", function()
    local key = assert(core.key.generate({ type = "rsa" }))
    assert.same({ "rsa", 2048 }, { key:type(), key:bits() })
    assert.is_nil(key:curve())
    assert.equal("luatls.key (rsa 2048, private)", tostring(key))
  end)

  it("makes a P-256 key without options", function()
    assert.equal("secp256r1", core.key.generate():curve())
  end)

  it("refuses RSA keys that are too short", function()
    assert.error_matches(function()
      core.key.generate({ type = "rsa", bits = 1024 })
    end, "1024 is not between 2048 and 8192")
  end)

  it("reads back what it wrote, private and public", function()
    for _, type in ipairs({ "ec", "rsa" }) do
      local key = core.key.generate({ type = type })
      local again = assert(core.key.parse(key:pem()))
      assert.equal(key:pem(), again:pem())
      local public = assert(core.key.parse(key:public():pem()))
      assert.is_false(public:is_private())
      assert.equal(key:public():pem(), public:pem())
      assert.matches("BEGIN PUBLIC KEY", public:pem())
    end
  end)

  it("reads a file", function()
    local path = pki.server():key_path()
    assert.is_true(core.key.load(path):is_private())
  end)

  it("says which file it could not read, and why", function()
    local key, err = core.key.load("/nonexistent/key.pem")
    assert.is_nil(key)
    assert.equal("io", err.kind)
    assert.equal("cannot read /nonexistent/key.pem: No such file or directory", err.message)
  end)

  it("tells that a password is missing or wrong", function()
    for _, password in ipairs({ "", "wrong" }) do
      local key, err = core.key.parse(encrypted, password ~= "" and password or nil)
      assert.is_nil(key)
      assert.equal("parse", err.kind)
    end
    local _, err = core.key.parse(encrypted)
    assert.equal("password", err.reason)
  end)

  it("refuses what is no key", function()
    local pem = pki.server().key:pem()
    local cases = {
      "",
      "\0",
      "nonsense",
      "-----BEGIN EC PRIVATE KEY-----",
      "-----BEGIN EC PRIVATE KEY-----\n-----END EC PRIVATE KEY-----\n",
      pem:sub(1, #pem // 2),
      (pem:gsub("[A-Z][a-z]", "!!", 3)),
      pki.server().certificate:pem(),
      ("\x30\x82\xff\xff"):rep(100),
    }
    for _, text in ipairs(cases) do
      local key, err = core.key.parse(text)
      assert.is_nil(key)
      assert.equal("parse", err.kind)
    end
  end)

  it("survives every truncation of a DER key", function()
    local der = core.key.generate():csr({ subject = "CN=x" }):der()
    for i = 0, #der do
      local key, err = core.key.parse(der:sub(1, i))
      assert.is_nil(key)
      assert.equal("parse", err.kind)
    end
  end)
end)
