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

  local function extensions_of(options)
    options.subject = options.subject or "CN=x"
    local by_oid, oids = {}, {}
    for _, extension in ipairs(pki.make(options).certificate:extensions()) do
      by_oid[extension.oid] = extension
      oids[#oids + 1] = extension.oid
    end
    return by_oid, oids
  end

  it("adds the extensions that are given, as they are", function()
    local found = extensions_of({
      extensions = {
        { oid = "1.2.3.4", value = "any bytes" },
        { oid = "2.5.29.36", value = "\x30\x03\x80\x01\x00" },
      },
    })
    assert.same({ oid = "1.2.3.4", critical = false, value = "any bytes" }, found["1.2.3.4"])
    assert.equal("\x30\x03\x80\x01\x00", found["2.5.29.36"].value)
    assert.is_table(found["2.5.29.15"])
  end)

  it("lets a given extension replace its own, or leave it out", function()
    local found, oids = extensions_of({
      extensions = {
        { oid = "2.5.29.15", critical = false, value = "\x03\x02\x07\x80" },
        { oid = "2.5.29.35", value = false },
        { oid = "2.5.29.14", value = false },
      },
    })
    assert.equal("\x03\x02\x07\x80", found["2.5.29.15"].value)
    assert.is_false(found["2.5.29.15"].critical)
    assert.same({ "2.5.29.19", "2.5.29.37", "2.5.29.15" }, oids)
  end)

  it("carries extensions of any size", function()
    local value = ("v"):rep(300000)
    local found = extensions_of({ extensions = { { oid = "1.2.3", value = value } } })
    assert.equal(value, found["1.2.3"].value)
  end)

  it("makes version 1 without extensions, which openssl reads", function()
    local old = pki.make({ subject = "CN=x", version = 1 })
    assert.same({}, old.certificate:extensions())
    local pipe <close> = assert(io.popen("openssl x509 -noout -text -in " .. old:chain_path()))
    assert.matches("Version: 1", pipe:read("a"))
  end)

  it("makes an empty subject, and its names critical then", function()
    local options = { subject = "", names = { "a.example" }, issuer = root, days = 5 }
    local nameless = pki.make(options)
    assert.equal("", nameless.certificate:subject())
    assert.is_true(extensions_of(options)["2.5.29.17"].critical)
    assert.matches(": OK", openssl_verify(root_file, "sslserver", nameless:chain_path()))
  end)

  it("takes serial numbers of up to 32 bytes, as short as DER wants them", function()
    local long = ("7f"):rep(32)
    local cases = { [long] = long, ["000012"] = "12", ["80"] = "0080", ["00"] = "00" }
    for given, told in pairs(cases) do
      assert.equal(told, pki.make({ subject = "CN=x", serial = given }).certificate:serial())
    end
  end)

  it("keeps the order of names, given or requested", function()
    local names = { "c.example", "a.example", "b.example" }
    local given = pki.make({ subject = "CN=x", names = names }).certificate
    assert.same(names, given:names().dns)
    local csr = core.key.generate():csr({ subject = "CN=x", names = names })
    local asked = core.certificate.issue({
      csr = csr,
      issuer = root.certificate,
      issuer_key = root.key,
    })
    assert.same(names, asked:names().dns)
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
    { { key = key, subject = "CN=x", serial = "" }, "1 to 32 bytes" },
    { { key = key, subject = "CN=x", serial = "0" }, "1 to 32 bytes" },
    { { key = key, subject = "CN=x", serial = ("0"):rep(66) }, "1 to 32 bytes" },
    { { key = key, subject = "CN=x", serial = "zz" }, "hex expected" },
    { { key = key, subject = "CN=x", name = "x" }, 'nearest: "names"' },
    { { key = key, subject = "CN=x", version = 2 }, "1 or 3" },
    { { key = key, subject = "CN=x", version = 0 }, 'bad option "version"' },
    { { key = key, subject = "CN=x", extensions = "x" }, "array expected" },
    { { key = key, subject = "CN=x", extensions = { "x" } }, "tables expected" },
    { { key = key, subject = "CN=x", extensions = { { value = "x" } } }, "dotted numbers" },
    {
      { key = key, subject = "CN=x", extensions = { { oid = "x", value = "" } } },
      "dotted numbers",
    },
    { { key = key, subject = "CN=x", extensions = { { oid = "1.2.3" } } }, "DER or false" },
    {
      { key = key, subject = "CN=x", extensions = { { oid = "1.2", value = true } } },
      "DER or false",
    },
    {
      { key = key, subject = "CN=x", extensions = { { oid = "1.2", critica = true } } },
      'nearest: "critical"',
    },
  }

  for _, case in ipairs(cases) do
    it("raises for a mistake: " .. case[2], function()
      assert.error_matches(function()
        core.certificate.issue(case[1])
      end, case[2])
    end)
  end
end)
