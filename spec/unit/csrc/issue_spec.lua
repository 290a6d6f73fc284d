local core = require("luatls.core")
local pki = require("spec.support.pki")

local function openssl_verify(trust, purpose, path)
  local command = "openssl verify -x509_strict -purpose %s -CAfile %s %s 2>&1"
  local pipe <close> = assert(io.popen(command:format(purpose, trust, path)))
  return pipe:read("a")
end

describe("core.certificate.issue", function()
  local root = pki.root()
  local root_file = pki.file(root.certificate:pem())

  for _, type in ipairs({ "ec", "rsa" }) do
    it("makes certificates that openssl accepts for their purpose: " .. type, function()
      local server, client = pki.server(type), pki.client(type)
      assert.matches(": OK", openssl_verify(root_file, "sslserver", server:chain_path()))
      assert.matches(": OK", openssl_verify(root_file, "sslclient", client:chain_path()))
      assert.matches("unsuitable", openssl_verify(root_file, "sslclient", server:chain_path()))
    end)
  end

  it("signs what a request asks for", function()
    local key = core.key.generate()
    local csr = key:csr({ subject = "CN=a.example,O=A", names = { "a.example", "10.0.0.1" } })
    local certificate = assert(core.certificate.issue({
      csr = csr,
      issuer = root.certificate,
      issuer_key = root.key,
      days = 1,
    }))
    assert.equal("CN=a.example, O=A", certificate:subject())
    assert.equal("CN=Spec Root", certificate:issuer())
    assert.same({ "a.example" }, certificate:names().dns)
    assert.same({ "10.0.0.1" }, certificate:names().ip)
    assert.equal(key:public():pem(), certificate:public_key():pem())
    local path = pki.file(certificate:pem())
    assert.matches(": OK", openssl_verify(root_file, "sslserver", path))
  end)

  it("lets an authority replace subject and names of a request", function()
    local csr = core.key.generate():csr({ subject = "CN=bank.example", names = { "bank.example" } })
    local certificate = core.certificate.issue({
      csr = csr,
      subject = "CN=guest",
      names = { "guest.example" },
      issuer = root.certificate,
      issuer_key = root.key,
    })
    assert.equal("CN=guest", certificate:subject())
    assert.same({ "guest.example" }, certificate:names().dns)
  end)

  it("refuses a request whose signature is not its own key's", function()
    local der = core.key.generate():csr({ subject = "CN=honest" }):der():gsub("honest", "forged")
    local certificate, err = core.certificate.issue({
      csr = assert(core.csr.parse(der)),
      issuer = root.certificate,
      issuer_key = root.key,
    })
    assert.is_nil(certificate)
    assert.equal("config", err.kind)
    assert.equal("the request is not signed by its own key", err.message)
  end)

  it("refuses a key that is not the issuer's", function()
    local _, err = core.certificate.issue({
      subject = "CN=x",
      key = core.key.generate(),
      issuer = root.certificate,
      issuer_key = core.key.generate(),
    })
    assert.equal("issuer_key is not the key of issuer", err.message)
  end)

  it("copies the issuer's name to the byte", function()
    local odd = pki.make({ subject = "C=DE,CN=Ö & Söhne,DC=a,DC=b", usage = "ca" })
    local leaf = pki.make({ subject = "CN=x", names = { "x.example" }, issuer = odd })
    local trust = pki.file(odd.certificate:pem())
    assert.matches(": OK", openssl_verify(trust, "sslserver", leaf:chain_path()))
  end)

  it("takes serial, hash, dates and path length", function()
    local certificate = pki.make({
      subject = "CN=x",
      usage = "ca",
      serial = "00ff",
      hash = "sha512",
      path_length = 0,
      not_before = 1000000000,
      not_after = 2000000000,
    }).certificate
    assert.matches("^0*ff$", certificate:serial())
    assert.equal("ecdsa-with-SHA512", certificate:signature_algorithm())
    assert.equal(2000000000, certificate:not_after())
  end)

  it("gives every certificate a serial number of its own", function()
    local a = pki.make({ subject = "CN=x" }).certificate
    local b = pki.make({ subject = "CN=x" }).certificate
    assert.not_equal(a:serial(), b:serial())
    assert.equal(32, #a:serial())
  end)

  local key = core.key.generate()
  local cases = {
    { {}, 'bad option "key"' },
    { { key = key }, 'bad option "subject"' },
    { { key = "x", subject = "CN=x" }, "luatls.key expected" },
    { { csr = key, subject = "CN=x" }, "luatls.csr expected" },
    { { key = key, subject = "CN=x", issuer = key }, "luatls.certificate expected" },
    { { key = key:public(), subject = "CN=x" }, "private key expected" },
    { { key = key, subject = "CN=x", usage = "web" }, "server, client or ca" },
    { { key = key, subject = "CN=x", usage = { "server", 1 } }, "server, client or ca" },
    { { key = key, subject = "CN=x", days = 0 }, "out of range" },
    { { key = key, subject = "CN=x", days = 0 / 0 }, "out of range" },
    { { key = key, subject = "CN=x", days = "1" }, "number expected" },
    { { key = key, subject = "CN=x", not_after = 1 }, "before not_before" },
    { { key = key, subject = "CN=x", not_before = 1 << 60, not_after = 1 << 61 }, "1970 to 9999" },
    { { key = key, subject = "CN=x", serial = "" }, "1 to 20 bytes" },
    { { key = key, subject = "CN=x", serial = "0" }, "1 to 20 bytes" },
    { { key = key, subject = "CN=x", serial = ("0"):rep(42) }, "1 to 20 bytes" },
    { { key = key, subject = "CN=x", serial = "zz" }, "hex expected" },
    { { key = key, subject = "CN=x", name = "x" }, 'nearest: "names"' },
  }

  for _, case in ipairs(cases) do
    it("raises for a mistake: " .. case[2], function()
      assert.error_matches(function()
        core.certificate.issue(case[1])
      end, case[2])
    end)
  end
end)
