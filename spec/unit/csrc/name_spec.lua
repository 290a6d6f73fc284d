local core = require("luatls.core")
local pki = require("spec.support.pki")

local now = os.time()

-- The verdict on the name alone: a certificate for `names`, asked for `name`.
local function matches(names, name)
  local root = pki.root()
  local identity = pki.make({ subject = "CN=common.example", names = names, issuer = root })
  local chain = core.chain.parse(identity.certificate:pem())
  local ok, err = chain:verify({ trust = root.certificate, name = name, time = now })
  if ok then return true end
  assert.equal(1, #err.problems, tostring(err))
  assert.equal("name", err.problems[1].code)
  return false
end

-- RFC 9525, 6.3 and RFC 6125, 6.4.
local cases = {
  { "www.example.org", "www.example.org", true },
  { "www.example.org", "WWW.Example.ORG", true },
  { "WWW.EXAMPLE.ORG", "www.example.org", true },
  { "www.example.org", "www.example.org.", true },
  { "www.example.org", "example.org", false },
  { "example.org", "www.example.org", false },
  { "www.example.org", "www.example.org.evil", false },
  { "www.example.org", "xwww.example.org", false },
  { "*.example.org", "www.example.org", true },
  { "*.example.org", "WWW.example.org", true },
  { "*.example.org", "a.b.example.org", false },
  { "*.example.org", "example.org", false },
  { "*.example.org", ".example.org", false },
  { "*.org", "example.org", false },
  { "*", "example", false },
  { "*", "example.org", false },
  { "w*.example.org", "www.example.org", false },
  { "*w.example.org", "www.example.org", false },
  { "www.*.org", "www.example.org", false },
  { "*.*.org", "www.example.org", false },
  { "127.0.0.1", "127.0.0.1", true },
  { "127.0.0.1", "127.0.0.2", false },
  { "127.0.0.1", "127.0.0.1.example.org", false },
  { "::1", "::1", true },
  { "::1", "0:0:0:0:0:0:0:1", true },
  { "2001:db8::1", "2001:DB8:0:0::1", true },
  { "2001:db8::1", "2001:db8::2", false },
  { "::ffff:127.0.0.1", "127.0.0.1", false },
  { "*.0.0.1", "127.0.0.1", false },
  { "user@example.org", "example.org", false },
  { "https://example.org", "example.org", false },
}

describe("the name check", function()
  for _, case in ipairs(cases) do
    local pattern, name, expected = table.unpack(case)
    local verb = expected and "accepts " or "refuses "
    it(verb .. name .. " for a certificate for " .. pattern, function()
      assert.equal(expected, matches({ pattern }, name))
    end)
  end

  it("looks at every alternative name", function()
    assert.is_true(matches({ "a.example", "b.example", "10.0.0.1" }, "10.0.0.1"))
    assert.is_true(matches({ "10.0.0.1", "a.example", "b.example" }, "b.example"))
  end)

  it("never falls back to the common name", function()
    assert.is_false(matches({ "other.example" }, "common.example"))
    local root = pki.root()
    local bare = pki.make({ subject = "CN=common.example", issuer = root })
    local chain = core.chain.parse(bare.certificate:pem())
    local _, err = chain:verify({ trust = root.certificate, name = "common.example" })
    assert.matches("no subject alternative name", err.message)
  end)
end)

describe("names of a certificate", function()
  it("are told by type, as people write them", function()
    local identity = pki.make({
      subject = "CN=x",
      names = {
        "www.example.org",
        "192.0.2.1",
        "2001:db8:0:0:1:0:0:1",
        "::",
        "1:2:3:4:5:6:7:8",
        "user@example.org",
        "https://example.org/",
      },
      issuer = pki.root(),
    })
    local names = identity.certificate:names()
    assert.same({ "www.example.org" }, names.dns)
    assert.same({ "192.0.2.1", "2001:db8::1:0:0:1", "::", "1:2:3:4:5:6:7:8" }, names.ip)
    assert.same({ "user@example.org" }, names.email)
    assert.same({ "https://example.org/" }, names.uri)
  end)

  it("may be hundreds, and have empty lists where there are none", function()
    local names = {}
    for i = 1, 500 do
      names[i] = ("host%d.example"):format(i)
    end
    local identity = pki.make({ subject = "CN=x", names = names, issuer = pki.root() })
    local read = identity.certificate:names()
    assert.equal(500, #read.dns)
    assert.same({}, read.ip)
  end)
end)
