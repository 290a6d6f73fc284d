local core = require("luatls.core")
local pki = require("spec.support.pki")

describe("core.certificate", function()
  local root, leaf = pki.root().certificate, pki.server("rsa").certificate

  it("tells subject and issuer", function()
    assert.equal("CN=localhost", leaf:subject())
    assert.equal("CN=Spec Root", leaf:issuer())
  end)

  it("tells version and serial number", function()
    local old = pki.make({ subject = "CN=x", version = 1, serial = "0102" }).certificate
    assert.equal(1, old:version())
    assert.equal(3, leaf:version())
    assert.equal("0102", old:serial())
  end)

  it("tells names of any length", function()
    local parts = {}
    for i = 1, 60 do
      parts[i] = ("OU=a unit with quite a long name %d"):format(i)
    end
    local subject = table.concat(parts, ",")
    local identity = pki.make({ subject = subject, usage = "ca" })
    assert.equal(60, select(2, identity.certificate:subject():gsub("OU=", "")))
  end)

  it("tells its dates in Unix seconds", function()
    for _, when in ipairs({ 0, 951782400, 1709164800, 2147483648, 4102444799, 253402300799 }) do
      local identity = pki.make({ subject = "CN=x", not_before = 0, not_after = when })
      assert.equal(0, identity.certificate:not_before())
      assert.equal(when, identity.certificate:not_after())
    end
  end)

  it("tells what it may be used for", function()
    assert.is_false(leaf:is_ca())
    assert.is_true(root:is_ca())
    assert.same({ "digitalSignature", "keyEncipherment" }, leaf:key_usage())
    assert.same({ "keyCertSign", "cRLSign" }, root:key_usage())
    assert.same({ "serverAuth" }, leaf:extended_key_usage())
    assert.is_nil(root:extended_key_usage())
  end)

  it("tells the signature's algorithm", function()
    assert.equal("ecdsa-with-SHA256", leaf:signature_algorithm())
    local rsa = pki.make({ subject = "CN=x", type = "rsa", hash = "sha384" })
    assert.equal("sha384WithRSAEncryption", rsa.certificate:signature_algorithm())
  end)

  it("agrees with openssl about its fingerprints", function()
    for _, hash in ipairs({ "sha1", "sha256", "sha384", "sha512" }) do
      local command = "openssl x509 -noout -fingerprint -%s -in %s"
      local pipe <close> = assert(io.popen(command:format(hash, pki.server("rsa"):chain_path())))
      local theirs = pipe:read("l"):match("=(.*)"):gsub(":", ""):lower()
      assert.equal(theirs, leaf:fingerprint(hash))
    end
    assert.equal(leaf:fingerprint("sha256"), leaf:fingerprint())
  end)

  it("gives its public key", function()
    local key = leaf:public_key()
    assert.is_false(key:is_private())
    assert.equal(pki.server("rsa").key:public():pem(), key:pem())
  end)

  it("reads back its PEM and DER", function()
    assert.equal(leaf, core.certificate.parse(leaf:pem()))
    assert.equal(leaf, core.certificate.parse(leaf:der()))
    assert.equal(leaf, core.certificate.load(pki.file(leaf:der())))
    assert.not_equal(leaf, root)
  end)

  it("refuses two certificates where one is expected", function()
    local certificate, err = core.certificate.parse(leaf:pem() .. root:pem())
    assert.is_nil(certificate)
    assert.equal("parse", err.kind)
    assert.equal("there must be exactly one certificate", err.message)
  end)

  it("tells the field that it cannot read", function()
    local der = leaf:der()
    local serial = der:find("\2\16" .. ("."):rep(16), 1)
    local cases = {
      { 1, "certificate" },
      { serial, "serialNumber" },
      { der:find("\x17\x0d", 1, true), "validity" },
      { der:find("\6\3\x55\4\3", 1, true), "name" },
      { der:find("\6\9\x2a\x86\x48\x86\xf7\x0d\1\1\1", 1, true), "subjectPublicKeyInfo" },
      { der:find("\6\3\x55\x1d", 1, true), "extensions" },
    }
    for _, case in ipairs(cases) do
      local at, field = table.unpack(case)
      local text = der:sub(1, at - 1) .. "\x1f" .. der:sub(at + 1)
      local certificate, err = core.certificate.parse(text)
      assert.is_nil(certificate)
      assert.equal("parse", err.kind)
      assert.equal(field, err.field)
    end
  end)

  it("lives on when the chain it came from is gone", function()
    local certificate
    do
      local chain = core.chain.parse(leaf:pem() .. root:pem())
      certificate = chain[2]
    end
    collectgarbage()
    collectgarbage()
    assert.equal("CN=Spec Root", certificate:subject())
  end)

  it("raises when its methods are called on something else", function()
    assert.error_matches(function()
      leaf.subject(pki.server().key)
    end, "luatls.certificate expected")
  end)
end)
