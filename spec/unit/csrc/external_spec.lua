local core = require("luatls.core")
local pki = require("spec.support.pki")

local function external(public)
  return core.key.external({ public = public, sign = print })
end

describe("core.key.external", function()
  it("takes the public half from a certificate, a chain, a key, PEM and a file", function()
    local server = pki.server("rsa")
    local sources = {
      server.certificate,
      server.chain,
      server.key,
      server.key:public(),
      server.certificate:pem(),
      server.key:public():pem(),
      server:chain_path(),
      server:key_path(),
    }
    for _, source in ipairs(sources) do
      local key = assert(external(source))
      assert.equal(server.key:public():pem(), key:pem())
    end
  end)

  it("makes a key that is neither private nor only public", function()
    local key = assert(external(pki.server().certificate))
    assert.is_true(key:is_external())
    assert.is_false(key:is_private())
    assert.is_false(pki.server().key:is_external())
    assert.same({ "ec", 256, "secp256r1" }, { key:type(), key:bits(), key:curve() })
    assert.equal("luatls.key (ec 256, external)", tostring(key))
  end)

  it("gives its public half as a key without the function", function()
    assert.is_false(external(pki.server().certificate):public():is_external())
  end)

  local mistakes = {
    { { public = pki.server().key }, 'bad option "sign" %(function expected%)' },
    { { public = pki.server().key, sign = "print" }, 'bad option "sign"' },
    { { sign = print }, 'bad option "public" %(certificate or key expected%)' },
    { { public = 5, sign = print }, 'bad option "public"' },
    { { public = {}, sign = print }, 'bad option "public"' },
    { { private = pki.server().key, sign = print }, 'unknown option "private"' },
    { nil, "table expected" },
  }
  for _, mistake in ipairs(mistakes) do
    it("raises for a mistake: " .. mistake[2], function()
      assert.error_matches(function()
        core.key.external(mistake[1])
      end, mistake[2])
    end)
  end

  it("tells what it cannot read", function()
    local key, err = external("/nowhere/key.pem")
    assert.is_nil(key)
    assert.same({ "io", "public" }, { err.kind, err.option })
    key, err = external("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")
    assert.is_nil(key)
    assert.equal("parse", err.kind)
  end)

  it("does not sign requests and certificates", function()
    local key = external(pki.root().certificate)
    assert.error_matches(function()
      key:csr({ subject = "CN=a" })
    end, "private key expected")
    assert.error_matches(function()
      core.certificate.issue({
        subject = "CN=a",
        key = pki.server().key,
        issuer = pki.root().certificate,
        issuer_key = key,
      })
    end, "private key expected")
  end)
end)
