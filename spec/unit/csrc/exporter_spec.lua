-- Secrets for other protocols: RFC 5705, RFC 8446 7.5, RFC 5929, RFC 9266.

local contexts = require("spec.support.contexts")
local core = require("luatls.core")
local pair = require("spec.support.pair")
local pki = require("spec.support.pki")
local resumption = require("spec.support.resumption")

local LABEL <const> = "EXPERIMENTAL spec"

local function connected(version, options)
  options = options or {}
  options.client = { min_version = version, max_version = version }
  local two = pair.new(options)
  assert(two:handshake())
  return two
end

for _, version in ipairs({ "1.2", "1.3" }) do
  describe("secrets of a resumed connection of TLS " .. version, function()
    it("are new, and the same for both sides; the certificate's hash is the old one", function()
      local client, server = contexts.client(version), contexts.server()
      local first = resumption.connect(client, server)
      local options = { session = first.client:session() }
      local two = resumption.connect(client, server, options)
      assert.is_true(resumption.resumed(two))
      local secret = assert(two.client:export(LABEL, 32))
      assert.equal(secret, two.server:export(LABEL, 32))
      assert.not_equal(secret, first.client:export(LABEL, 32))
      for _, type in ipairs({ "tls-exporter", version == "1.2" and "tls-unique" or nil }) do
        local binding = assert(two.client:channel_binding(type))
        assert.equal(binding, two.server:channel_binding(type))
        assert.not_equal(binding, first.client:channel_binding(type))
      end
      local hash = two.client:channel_binding("tls-server-end-point")
      assert.equal(hash, two.server:channel_binding("tls-server-end-point"))
      assert.equal(hash, first.client:channel_binding("tls-server-end-point"))
    end)
  end)

  describe("conn:export in TLS " .. version, function()
    it("gives both sides the same", function()
      local two = connected(version)
      for _, length in ipairs({ 1, 20, 32, 33, 255, 256, 8160 }) do
        local secret = assert(two.client:export(LABEL, length))
        assert.equal(length, #secret)
        assert.equal(secret, two.server:export(LABEL, length))
        assert.equal(secret, two.client:export(LABEL, length))
      end
    end)

    it("gives something else for another label, context or connection", function()
      local two, other = connected(version), connected(version)
      local seen = {}
      local function is_new(secret)
        assert.is_nil(seen[secret])
        seen[secret] = true
      end
      is_new(two.client:export(LABEL, 32))
      is_new(other.client:export(LABEL, 32))
      is_new(two.client:export(LABEL .. "s", 32))
      is_new(two.client:export(("l"):rep(249), 32))
      is_new(two.client:export(LABEL, 32, "a"))
      is_new(two.client:export(LABEL, 32, "b"))
      is_new(two.client:export(LABEL, 32, "a\0"))
      is_new(two.client:export(LABEL, 32, ("c"):rep(65535)))
    end)

    -- RFC 5705, 4 tells them apart; RFC 8446, 7.5 does not.
    it("takes an empty context for none only in TLS 1.3", function()
      local two = connected(version)
      local none, empty = two.client:export(LABEL, 32), two.client:export(LABEL, 32, "")
      assert.equal(version == "1.3", none == empty)
      assert.equal(empty, two.server:export(LABEL, 32, ""))
    end)

    it("goes on after the peer has finished, not after the end", function()
      local two = connected(version)
      local secret = two.client:export(LABEL, 16)
      two.server:shutdown()
      two:carry()
      assert.is_nil((two.client:read()))
      assert.equal(secret, two.client:export(LABEL, 16))
      two.client:close()
      local none, err = two.client:export(LABEL, 16)
      assert.is_nil(none)
      assert.equal("closed", err.kind)
    end)

    it("raises before the handshake is done", function()
      local two = pair.new({ client = { min_version = version, max_version = version } })
      for _ = 1, 3 do
        for _, conn in ipairs({ two.client, two.server }) do
          assert.error_matches(function()
            conn:export(LABEL, 16)
          end, "handshake is not done")
          assert.error_matches(function()
            conn:channel_binding("tls-exporter")
          end, "handshake is not done")
        end
        two.client:handshake()
        two:carry()
      end
    end)
  end)

  describe("conn:channel_binding in TLS " .. version, function()
    it("tls-exporter is the secret that RFC 9266 names", function()
      local two = connected(version)
      local binding = assert(two.client:channel_binding("tls-exporter"))
      assert.equal(32, #binding)
      assert.equal(binding, two.server:channel_binding("tls-exporter"))
      assert.equal(binding, two.client:export("EXPORTER-Channel-Binding", 32, ""))
      assert.not_equal(binding, connected(version).client:channel_binding("tls-exporter"))
    end)

    it("tls-server-end-point is the hash of the server's certificate", function()
      for _, hash in ipairs({ "sha256", "sha384", "sha512" }) do
        local identity = pki.make({
          subject = "CN=localhost",
          names = { "localhost" },
          issuer = pki.root(),
          hash = hash,
        })
        local options = { certificate = identity.chain, key = identity.key }
        local two = connected(version, { server = options })
        local wanted = identity.certificate:fingerprint(hash):gsub("%x%x", function(byte)
          return string.char(tonumber(byte, 16))
        end)
        assert.equal(wanted, two.client:channel_binding("tls-server-end-point"))
        assert.equal(wanted, two.server:channel_binding("tls-server-end-point"))
      end
    end)
  end)
end

describe("the channel binding tls-unique", function()
  it("is the same for both sides, and never twice", function()
    local two = connected("1.2")
    local binding = assert(two.client:channel_binding("tls-unique"))
    assert.equal(12, #binding)
    assert.equal(binding, two.server:channel_binding("tls-unique"))
    assert.not_equal(binding, connected("1.2").client:channel_binding("tls-unique"))
  end)

  it("does not exist in TLS 1.3", function()
    local two = connected("1.3")
    for _, conn in ipairs({ two.client, two.server }) do
      local none, err = conn:channel_binding("tls-unique")
      assert.is_nil(none)
      assert.equal("config", err.kind)
      assert.matches("no tls%-unique in TLS 1%.3", err.message)
    end
  end)
end)

-- RFC 5246, 5: the PRF has SHA-256 where the suite is older than that. mbedTLS
-- takes the MAC's SHA-1.
describe("suites of TLS 1.2 with CBC", function()
  local function with_suite(suite)
    local two = pair.new({
      client = { max_version = "1.2", cipher_suites = { suite } },
      server = { policy = "compatible" },
    })
    assert(two:handshake())
    assert.equal(suite, two.client:info().cipher_suite)
    return two
  end

  it("export nothing where mbedTLS would be wrong", function()
    for _, bits in ipairs({ 128, 256 }) do
      local two = with_suite(("TLS_ECDHE_ECDSA_WITH_AES_%d_CBC_SHA"):format(bits))
      for _, conn in ipairs({ two.client, two.server }) do
        local none, err = conn:export(LABEL, 32)
        assert.is_nil(none)
        assert.equal("config", err.kind)
        assert.matches("mbedTLS computes it wrongly", err.message)
        assert.is_nil((conn:channel_binding("tls-exporter")))
        assert.equal(12, #assert(conn:channel_binding("tls-unique")))
      end
    end
  end)

  it("export where it is right", function()
    for _, rest in ipairs({ "128_CBC_SHA256", "256_CBC_SHA384" }) do
      local two = with_suite("TLS_ECDHE_ECDSA_WITH_AES_" .. rest)
      local secret = assert(two.client:export(LABEL, 32))
      assert.equal(secret, two.server:export(LABEL, 32))
    end
  end)
end)

describe("arguments of conn:export", function()
  local BAD <const> = {
    { "an empty label", { "", 16 }, "1 to 249 bytes" },
    { "a label that does not fit", { ("l"):rep(250), 16 }, "1 to 249 bytes" },
    { "no label", { nil, 16 }, "string expected" },
    { "no length", { LABEL }, "number expected" },
    { "a length of zero", { LABEL, 0 }, "1 to 8160" },
    { "a negative length", { LABEL, -1 }, "1 to 8160" },
    { "too great a length", { LABEL, 8161 }, "1 to 8160" },
    { "half a byte", { LABEL, 1.5 }, "no integer representation" },
    { "a context that does not fit", { LABEL, 16, ("c"):rep(65536) }, "65535" },
    { "a context of another type", { LABEL, 16, {} }, "string expected" },
    { "client finished", { "client finished", 12 }, "TLS uses this label" },
    { "server finished", { "server finished", 12 }, "TLS uses this label" },
    { "master secret", { "master secret", 48 }, "TLS uses this label" },
    { "key expansion", { "key expansion", 104 }, "TLS uses this label" },
    { "extended master secret", { "extended master secret", 48 }, "TLS uses this label" },
  }

  for _, case in ipairs(BAD) do
    local what, arguments, message = table.unpack(case)
    it("raise with " .. what, function()
      for _, version in ipairs({ "1.2", "1.3" }) do
        assert.error_matches(function()
          connected(version).client:export(table.unpack(arguments, 1, 3))
        end, message)
      end
    end)
  end

  it("raise with an unknown channel binding", function()
    assert.error_matches(function()
      connected("1.3").client:channel_binding("tls-exporters")
    end, "invalid option 'tls%-exporters'")
  end)

  it("raise from within a callback", function()
    local two, caught
    two = pair.new({
      client = {
        on_verify = function()
          caught = select(2, pcall(two.client.export, two.client, LABEL, 16))
          return true
        end,
      },
    })
    assert(two:handshake())
    assert.matches("busy", caught)
  end)

  it("give the error that ended a connection", function()
    local two = pair.new({ name = "other.example" })
    local _, err = two:handshake()
    local none, again = two.client:export(LABEL, 16)
    assert.is_nil(none)
    assert.equal(err, again)
    assert.is_true(core.features.exporter)
  end)
end)
