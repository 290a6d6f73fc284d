local pki = require("spec.support.pki")
local tls = require("luatls")

describe("a server that is given trust", function()
  local function context(options)
    local identity = pki.server()
    options.role, options.certificate, options.key = "server", identity.chain, identity.key
    options.trust = pki.root().chain
    return tls.context(options)
  end

  it("must say whether it asks its clients", function()
    local none, err = context({})
    assert.is_nil(none)
    assert.same({ "config", "trust" }, { err.kind, err.option })
    assert.matches("clients are not asked", err.message)
    assert.matches('client_auth = "required"', err.hint)
  end)

  for _, mode in ipairs({ "none", "optional", "required" }) do
    it("may say " .. mode, function()
      assert(context({ client_auth = mode }))
    end)
  end

  it("may leave it to its hosts, of which some do not ask", function()
    local identity = pki.server()
    local own = { certificate = identity.chain, key = identity.key }
    local asking = { certificate = identity.chain, key = identity.key, client_auth = "required" }
    assert(context({ hosts = { ["a.example"] = own, ["b.example"] = asking } }))
  end)
end)

describe("an error about a host", function()
  it("tells which host", function()
    local own = { certificate = "/no/b.pem", key = "/no/b.key" }
    for _, make in ipairs({ tls.context, tls.watch }) do
      local none, err = make({ role = "server", hosts = { ["b.example"] = own } })
      assert.is_nil(none)
      assert.equal("b.example", err.host)
      assert.matches("^host b.example: option %w+: cannot read /no/b", err.message)
    end
  end)
end)

describe("options that are none", function()
  for name, make in pairs({ context = tls.context, watch = tls.watch }) do
    it("raise in tls." .. name, function()
      for _, wrong in ipairs({ "server", 5, false }) do
        local ok, message = pcall(make, wrong or nil)
        assert.is_false(ok)
        assert.matches("^%S*context_spec.lua:%d+: %l", message)
      end
    end)
  end
end)
