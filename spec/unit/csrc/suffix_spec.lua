-- Wildcards and the public suffix list, by the verdicts of "strict".

local core = require("luatls.core")
local pair = require("spec.support.pair")
local pki = require("spec.support.pki")
local tls = require("luatls")

local LIST <const> = [[
// a comment: co.nz
com
uk
co.uk
*.ck
!www.ck
github.io  // trailing words
]]

local function codes(name, options)
  local identity = pki.make({ subject = "", names = { name }, issuer = pki.root() })
  options.trust, options.profile = pki.root().chain, "strict"
  local ok, err = (options.verify or identity.chain.verify)(identity.chain, options)
  local found = {}
  for _, problem in ipairs(ok and {} or err.problems) do
    found[problem.code] = true
  end
  return found
end

local CASES <const> = {
  -- name, broad with the list, broad without one
  { "*.com", true, true },
  { "*.COM", true, true },
  { "*.example.com", false, false },
  { "*.co.uk", true, false },
  { "*.Co.Uk", true, false },
  { "*.example.co.uk", false, false },
  { "*.co.nz", false, false },
  { "*.unknown", true, true },
  { "*.foo.ck", true, false },
  { "*.www.ck", false, false },
  { "*.a.foo.ck", false, false },
  { "*.github.io", true, false },
  { "*.xco.uk", false, false },
  { "www.co.uk", false, false },
}

describe("a wildcard under a public suffix", function()
  for _, case in ipairs(CASES) do
    local name, with, without = table.unpack(case)
    it(("is told of %s: %s with a list, %s without"):format(name, with, without), function()
      assert.equal(with, codes(name, { public_suffixes = LIST }).wildcard or false)
      assert.equal(without, codes(name, {}).wildcard or false)
    end)
  end

  it("is told by the system's list when no other is given", function()
    local function verify(chain, options)
      options.verify = nil
      return tls.verify(chain, options)
    end
    assert.is_true(codes("*.co.uk", { verify = verify }).wildcard)
    assert.is_nil(codes("*.co.uk", { verify = verify, public_suffixes = "com\n" }).wildcard)
    assert.is_nil(codes("*.example.co.uk", { verify = verify }).wildcard)
  end)

  it("is refused in handshakes of the profile strict", function()
    local shown = pki.make({ subject = "", names = { "*.co.uk" }, issuer = pki.root() })
    local joined = pair.new({
      name = "bank.co.uk",
      client = { profile = "strict", public_suffixes = LIST },
      server = { certificate = shown.chain, key = shown.key },
    })
    local _, err = joined:handshake()
    assert.equal("wildcard", err.problems[1].code)
    assert.equal("bad_certificate", err.alert.name)
  end)

  it("needs a list that is text", function()
    assert.has_error(function()
      core.context({ role = "client", public_suffixes = 5 })
    end)
  end)
end)
