local core = require("luatls.core")
local pki = require("spec.support.pki")

local JUNK <const> = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"

local function pem(identity)
  return identity.certificate:pem()
end

describe("a shared chain", function()
  it("has the certificates of its file", function()
    local path = pki.file(pem(pki.root()) .. pem(pki.stranger()))
    local roots = assert(core.chain.share(path))
    assert.equal(2, #roots)
    assert.is_true(roots[1] == pki.root().certificate)
    assert.is_true(pki.server().chain:verify({ trust = roots, name = "localhost" }))
  end)

  it("is the same for who asks again", function()
    local path = pki.file(pem(pki.root()))
    local both = { core.chain.share(path), core.chain.share(path) }
    assert.equal(both[1]:pem(), both[2]:pem())
    table.remove(both, 1)
    collectgarbage()
    assert.equal(1, #both[1])
  end)

  it("is read again when the file has changed", function()
    local path = pki.file(pem(pki.root()))
    local before = core.chain.share(path)
    local file <close> = assert(io.open(path, "ab"))
    file:write(pem(pki.stranger()))
    file:flush()
    local after = core.chain.share(path)
    assert.equal(1, #before)
    assert.equal(2, #after)
  end)

  it("leaves out what cannot be read", function()
    local roots = assert(core.chain.share(pki.file(JUNK .. pem(pki.root()) .. JUNK)))
    assert.equal(1, #roots)
  end)

  it("is not there when nothing can be read", function()
    for _, text in ipairs({ "", "no PEM", JUNK }) do
      local roots, err = core.chain.share(pki.file(text))
      assert.is_nil(roots)
      assert.equal("parse", err.kind)
    end
    local _, err = core.chain.share("/nonexistent/roots.pem")
    assert.equal("io", err.kind)
  end)

  it("outlives the object that reads it", function()
    local path = pki.file(pem(pki.root()))
    local certificate = core.chain.share(path)[1]
    collectgarbage()
    collectgarbage()
    assert.equal(pem(pki.root()), certificate:pem())
  end)
end)
