local core = require("luatls.core")
local pki = require("spec.support.pki")
local trust = require("luatls.trust")

local function environment_with(path)
  return function(name)
    return name == "SSL_CERT_FILE" and path or nil
  end
end

local NOTHING_SET <const> = environment_with(nil)

describe("tls.verify", function()
  it("raises for what is no chain", function()
    for _, wrong in ipairs({ "fullchain.pem", {}, 5 }) do
      local ok, message = pcall(trust.verify, wrong, { name = "localhost" })
      assert.is_false(ok)
      assert.matches("^%S*trust_spec.lua:%d+: verify needs a chain", message)
    end
  end)
end)

describe("trust.find", function()
  it("takes the first bundle that is there", function()
    local first, second = pki.file("a"), pki.file("b")
    assert.equal(first, trust.find(NOTHING_SET, { "/nowhere/a.pem", first, second }))
  end)

  it("knows the bundle of this machine", function()
    assert.is_string(trust.find(NOTHING_SET))
  end)

  it("lets SSL_CERT_FILE win, even when there is no such file", function()
    local found = trust.find(environment_with("/nowhere/roots.pem"), { pki.file("a") })
    assert.equal("/nowhere/roots.pem", found)
  end)

  it("takes an empty SSL_CERT_FILE for none", function()
    local bundle = pki.file("a")
    assert.equal(bundle, trust.find(environment_with(""), { bundle }))
  end)

  it("fails with a hint when there is no bundle", function()
    local path, err = trust.find(NOTHING_SET, { "/nowhere/a.pem" })
    assert.is_nil(path)
    assert.equal("config", err.kind)
    assert.matches("SSL_CERT_FILE", err.hint)
  end)
end)

describe("trust.system", function()
  it("reads the roots once", function()
    local roots = assert(trust.system())
    assert.is_true(#roots > 0)
    assert.equal(roots, trust.system())
  end)
end)

describe("trust.verify", function()
  it("verifies against the given roots", function()
    local chain = pki.server().chain
    local given = { trust = pki.root().chain, name = "localhost" }
    assert.is_true(assert(trust.verify(chain, given)))
  end)

  it("verifies against the system's roots when none are given", function()
    local ok, err = trust.verify(pki.server().chain, { name = "localhost" })
    assert.is_nil(ok)
    assert.equal("verify", err.kind)
  end)

  it("verifies a root of the system against the system", function()
    local root = assert(trust.system())[1]
    local chain = assert(core.chain.parse(root:pem()))
    -- A root is no server: usage and dates may be refused, its issuer is not.
    local _, err = trust.verify(chain)
    for _, problem in ipairs(err and err.problems or {}) do
      assert.not_equal("untrusted", problem.code)
    end
  end)

  it("leaves the caller's options as they are", function()
    local given = { name = "localhost" }
    trust.verify(pki.server().chain, given)
    assert.same({ name = "localhost" }, given)
  end)
end)
