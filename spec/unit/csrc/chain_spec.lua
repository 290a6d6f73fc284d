local core = require("luatls.core")
local pki = require("spec.support.pki")

describe("core.chain", function()
  local root, leaf = pki.root().certificate, pki.server().certificate
  local chain = core.chain.parse(leaf:pem() .. root:pem())

  it("is a list of certificates", function()
    assert.equal(2, #chain)
    assert.equal(leaf, chain[1])
    assert.equal(root, chain[2])
    assert.is_nil(chain[0])
    assert.is_nil(chain[3])
    assert.is_nil(chain[math.mininteger])
    assert.is_nil(chain.nonsense)
    assert.is_nil(chain[1.5])
    assert.equal("luatls.chain (2 certificates)", tostring(chain))
  end)

  it("can be walked with ipairs", function()
    local subjects = {}
    for i, certificate in ipairs(chain) do
      subjects[i] = certificate:subject()
    end
    assert.same({ "CN=localhost", "CN=Spec Root" }, subjects)
  end)

  it("cannot be changed", function()
    assert.has_error(function()
      chain[1] = root
    end)
  end)

  it("reads back its PEM, and text around it", function()
    local again = core.chain.parse("a comment\n" .. chain:pem() .. "the end\n")
    assert.equal(chain:pem(), again:pem())
  end)

  it("reads one DER certificate, and files", function()
    assert.equal(leaf, core.chain.parse(leaf:der())[1])
    assert.equal(2, #core.chain.load(pki.file(chain:pem())))
  end)

  it("refuses text without a certificate, or with a broken one", function()
    local broken = leaf:pem():gsub("\n....", "\nAAAA", 3)
    for _, text in ipairs({ "", "nothing", "-----BEGIN CERTIFICATE-----", broken .. root:pem() }) do
      local none, err = core.chain.parse(text)
      assert.is_nil(none)
      assert.equal("parse", err.kind)
    end
  end)

  it("tells which file is missing", function()
    local _, err = core.chain.load("no/such.pem")
    assert.same({ "io", "no/such.pem" }, { err.kind, err.path })
  end)

  it("does not overlook what stands behind a certificate", function()
    for _, text in ipairs({ leaf:der() .. "\0", leaf:der() .. root:der() }) do
      local _, err = core.chain.parse(text)
      assert.equal("parse", err.kind)
      assert.equal("certificate", err.field)
      _, err = core.certificate.parse(text)
      assert.equal("parse", err.kind)
    end
  end)

  -- Made by OpenSSL: this build of mbedTLS knows nothing of such keys.
  for name, key in pairs({
    Ed25519 = "-newkey ed25519",
    Brainpool = "-newkey ec -pkeyopt ec_paramgen_curve:brainpoolP256r1",
  }) do
    it("says which keys it can read, given one of " .. name, function()
      local path = pki.file("")
      local form = "openssl req -x509 -nodes -subj /CN=odd %s -keyout %s.key -out %s 2>/dev/null"
      assert(os.execute(form:format(key, path, path)))
      local file <close> = assert(io.open(path))
      local _, err = core.chain.parse(root:pem() .. file:read("a"))
      assert.equal("parse", err.kind)
      assert.matches("cannot read certificate 2 of the chain", err.message, 1, true)
      assert.matches(name .. ".* not supported", err.hint)
      assert.is_truthy(err.field == "signature" or err.field == "subjectPublicKeyInfo")
    end)
  end
end)
