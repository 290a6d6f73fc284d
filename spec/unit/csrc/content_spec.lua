local core = require("luatls.core")
local pki = require("spec.support.pki")

-- SEQUENCE { INTEGER 3, ... }, as PFX begins (RFC 7292, 4).
local PKCS12 <const> = "\x30\x06\x02\x01\x03\x30\x01\x00"

local key, certificate = pki.server().key:pem(), pki.server().certificate:pem()

local function labelled(label)
  return ("-----BEGIN %s-----\nAAAA\n-----END %s-----\n"):format(label, label)
end

-- Texts that are neither, and what is said of them.
local NEITHER <const> = {
  [""] = "it is empty",
  ["no PEM"] = "it is neither PEM nor DER",
  [PKCS12] = "it is PKCS #12",
  [labelled("CERTIFICATE REQUEST")] = "it is a signing request",
  [labelled("NEW CERTIFICATE REQUEST")] = "it is a signing request",
  [labelled("X509 CRL")] = "it is a revocation list",
  [labelled("PKCS7")] = "it is PKCS #7",
  [labelled("OPENSSH PRIVATE KEY")] = "it is a key in the form of OpenSSH",
  [labelled("TRUSTED CERTIFICATE")] = "it is OpenSSL's own form of trust",
}

describe("bytes that hold something else", function()
  local function check(read, text, sentence)
    local none, err = read(text)
    assert.is_nil(none)
    assert.equal("parse", err.kind)
    assert.matches(sentence, err.message, 1, true)
  end

  it("are called by their name where a certificate is wanted", function()
    for _, read in ipairs({ core.chain.parse, core.certificate.parse }) do
      for text, sentence in pairs(NEITHER) do
        check(read, text, sentence)
      end
      check(read, key, "it is a private key")
      check(read, pki.server().key:public():pem(), "it is a public key")
    end
  end)

  it("are called by their name where a key is wanted", function()
    for text, sentence in pairs(NEITHER) do
      check(core.key.parse, text, sentence)
    end
    check(core.key.parse, certificate, "it is a certificate")
  end)

  it("are not blamed where what is wanted is broken", function()
    local broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" .. key
    check(core.chain.parse, broken, "certificate 1 of the chain")
    local _, err = core.key.parse(labelled("PRIVATE KEY") .. certificate)
    assert.not_matches("it is a certificate", err.message, 1, true)
  end)
end)

describe("an error about a file", function()
  local server = pki.server()

  local function check(options, option, ...)
    options.role = options.role or "server"
    local none, err = core.context(options)
    assert.is_nil(none)
    assert.equal(option, err.option)
    for _, part in ipairs({ "option " .. option .. ": ", ... }) do
      assert.matches(part, err.message, 1, true)
    end
    return err
  end

  it("tells the option and the path", function()
    check({ role = "client", trust = "/no/ca.pem" }, "trust", "cannot read /no/ca.pem")
    check({ certificate = server:key_path() }, "certificate", server:key_path(), "a private key")
    local swapped = { certificate = server.chain, key = server:chain_path() }
    check(swapped, "key", server:chain_path(), "it is a certificate")
    check({ role = "client", trust = pki.folder() }, "trust", pki.folder() .. ": Is a directory")
  end)

  it("says who knows ~", function()
    local err = check({ role = "client", trust = "~/ca.pem" }, "trust", "cannot read ~/ca.pem")
    assert.matches("only a shell knows ~", err.hint)
  end)

  it("says of an encrypted key what is missing", function()
    local path = pki.file("")
    local command = "openssl rsa -aes128 -passout pass:sesame -in %s -out %s 2>/dev/null"
    assert(os.execute(command:format(pki.server("rsa"):key_path(), path)))
    local options = { certificate = pki.server("rsa").chain, key = path }
    assert.matches("password", check(options, "key", path, "it is encrypted").hint)
    options.password = "open"
    assert.is_nil(check(options, "key", path, "the password is wrong").hint)
  end)
end)
