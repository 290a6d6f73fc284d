local core = require("luatls.core")
local pair = require("spec.support.pair")
local pki = require("spec.support.pki")

local root = pki.root()

local function chain_of(identity)
  return core.chain.parse(identity.chain:pem())
end

-- flaw, code, sentence of the error
local flaws = {
  { "expired", "expired", "certificate expired on %d%d%d%d%-%d%d%-%d%d" },
  { "early", "not_yet_valid", "certificate is not valid before %d%d%d%d%-%d%d%-%d%d" },
  { "self_signed", "self_signed", "certificate is self%-signed and not trusted" },
  { "unknown_ca", "untrusted", "an authority that is not trusted %(CN=Unknown Root%)" },
  { "wrong_name", "name", "certificate is for other%.example" },
}

local function check(err, code, sentence, who)
  assert.equal("verify", err.kind)
  assert.matches("^cannot verify " .. who .. ": .*" .. sentence, err.message)
  assert.equal(code, err.problems[1].code)
  assert.equal(0, err.problems[1].depth)
  assert.matches("^CN=", err.problems[1].subject)
  assert.is_string(err.hint)
end

describe("a client", function()
  for _, version in ipairs({ "1.2", "1.3" }) do
    for _, flaw in ipairs(flaws) do
      local name, code, sentence = table.unpack(flaw)
      it(("refuses in TLS %s: %s"):format(version, name), function()
        local identity = pki.flawed(name)
        local two = pair.new({
          client = { max_version = version },
          server = { certificate = identity.chain, key = identity.key },
        })
        local done, err = two:handshake()
        assert.is_false(done)
        check(err, code, sentence, "localhost")
        assert.equal("localhost", err.host)
        assert.equal("handshake", err.phase)
        assert.equal(err, select(2, two.client:handshake()))
        assert.is_false(two.client:info().verified)
      end)

      it(("accepts it with insecure_skip_verify in TLS %s: %s"):format(version, name), function()
        local identity = pki.flawed(name)
        local two = pair.new({
          client = { max_version = version, insecure_skip_verify = true },
          server = { certificate = identity.chain, key = identity.key },
        })
        assert.is_true(two:handshake())
        assert.is_false(two.client:info().verified)
      end)
    end

    it("checks an address against addresses in TLS " .. version, function()
      local two = pair.new({ client = { max_version = version }, name = "127.0.0.1" })
      assert.is_true(two:handshake())
      two = pair.new({ client = { max_version = version }, name = "127.0.0.2" })
      local _, err = two:handshake()
      check(err, "name", "certificate is for localhost, 127.0.0.1, ::1", "127.0.0.2")
    end)

    it("tells the server why, in TLS " .. version, function()
      local identity = pki.flawed("unknown_ca")
      local two = pair.new({
        client = { max_version = version },
        server = { certificate = identity.chain, key = identity.key },
      })
      local _, err = two:handshake()
      assert.same({ code = 48, name = "unknown_ca", direction = "sent" }, err.alert)
    end)
  end

  it("verifies the name of option name, not the one of option sni", function()
    local two = pair.new({ name = "localhost", sni = "other.example" })
    assert.is_true(two:handshake())
    two = pair.new({ name = "other.example", sni = "localhost" })
    local _, err = two:handshake()
    assert.equal("name", err.problems[1].code)
  end)

  it("skips only the name with insecure_skip_name", function()
    local function with(flaw)
      local identity = pki.flawed(flaw)
      return pair
        .new({
          client = { insecure_skip_name = true },
          server = { certificate = identity.chain, key = identity.key },
        })
        :handshake()
    end
    assert.is_true(with("wrong_name"))
    assert.is_false(with("expired"))
  end)
end)

describe("a server", function()
  for _, version in ipairs({ "1.2", "1.3" }) do
    local function meet(mode, identity)
      local client = { max_version = version }
      if identity then
        client.certificate, client.key = identity.chain, identity.key
      end
      return pair.new({ client = client, server = { client_auth = mode, trust = root.chain } })
    end

    it("verifies a client's certificate in TLS " .. version, function()
      for _, mode in ipairs({ "optional", "required" }) do
        local two = meet(mode, pki.client())
        assert.is_true(two:handshake())
        assert.is_true(two.server:info().verified)
      end
    end)

    it("lets a client without one in, when it is optional, in TLS " .. version, function()
      local two = meet("optional")
      assert.is_true(two:handshake())
      assert.is_false(two.server:info().verified)
    end)

    it("refuses a client without one, when it is required, in TLS " .. version, function()
      local _, _, err = meet("required"):handshake()
      assert.equal("verify", err.kind)
      assert.matches("the client sent no certificate", err.message)
    end)

    it("refuses a bad one even when it is optional, in TLS " .. version, function()
      local stranger = pki.make({
        subject = "CN=Nobody",
        usage = "client",
        issuer = pki.stranger(),
      })
      for _, mode in ipairs({ "optional", "required" }) do
        local _, _, err = meet(mode, stranger):handshake()
        check(err, "untrusted", "an authority that is not trusted", "the client")
      end
    end)

    it("refuses a certificate that is for servers, in TLS " .. version, function()
      local _, _, err = meet("required", pki.server()):handshake()
      assert.equal("extended_key_usage", err.problems[1].code)
    end)
  end
end)

describe("chain:verify", function()
  it("accepts a good chain, for its names and at its time", function()
    local chain = chain_of(pki.server())
    assert.is_true(chain:verify({ trust = root.certificate, name = "localhost" }))
    assert.is_true(chain:verify({ trust = root.certificate }))
    assert.is_true(chain:verify({ trust = root.certificate, time = os.time() }))
  end)

  it("refuses each flaw", function()
    for _, flaw in ipairs(flaws) do
      local chain = chain_of(pki.flawed(flaw[1]))
      local ok, err = chain:verify({ trust = root.certificate, name = "localhost" })
      assert.is_nil(ok)
      check(err, flaw[2], flaw[3], "localhost")
    end
  end)

  it("judges at the time it is given", function()
    local chain = chain_of(pki.server())
    local leaf = chain[1]
    for time, code in pairs({
      [leaf:not_before() - 1] = "not_yet_valid",
      [leaf:not_after() + 1] = "expired",
    }) do
      local _, err = chain:verify({ trust = root.certificate, time = time })
      assert.equal(code, err.problems[1].code)
    end
    local expired = chain_of(pki.flawed("expired"))
    assert.is_true(expired:verify({
      trust = root.certificate,
      time = expired[1]:not_after(),
    }) or select(2, expired:verify({ trust = root.certificate })).kind == "verify")
  end)

  it("tells all problems at once, the leaf's first", function()
    local chain = chain_of(pki.flawed("expired"))
    local _, err = chain:verify({ trust = pki.stranger().certificate, name = "x.example" })
    local codes = {}
    for _, problem in ipairs(err.problems) do
      codes[problem.code] = problem.depth
    end
    assert.same({ expired = 0, name = 0, untrusted = 0 }, codes)
  end)

  it("checks the usage", function()
    local chain = chain_of(pki.client())
    assert.is_true(chain:verify({ trust = root.certificate, usage = "client" }))
    local _, err = chain:verify({ trust = root.certificate })
    assert.equal("extended_key_usage", err.problems[1].code)
  end)

  it("finds its way over an intermediate authority", function()
    local middle = pki.make({ subject = "CN=Middle", usage = "ca", issuer = root })
    local leaf = pki.make({ subject = "CN=x", names = { "x.example" }, issuer = middle })
    assert.equal(2, #leaf.chain)
    assert.is_true(leaf.chain:verify({ trust = root.certificate, name = "x.example" }))
    local alone = core.chain.parse(leaf.certificate:pem())
    local _, err = alone:verify({ trust = root.certificate, name = "x.example" })
    assert.matches("CN=Middle", err.message)
  end)

  it("needs something to trust", function()
    local chain = chain_of(pki.server())
    assert.error_matches(function()
      chain:verify({})
    end, 'bad option "trust"')
    local _, err = chain:verify({ trust = "/no/ca.pem" })
    assert.equal("io", err.kind)
  end)
end)
