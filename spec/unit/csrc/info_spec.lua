local pair = require("spec.support.pair")
local pki = require("spec.support.pki")

local function connected(options)
  local two = pair.new(options)
  assert(two:handshake())
  return two
end

describe("conn:info", function()
  it("tells what was agreed on in TLS 1.3", function()
    local two = connected()
    local client, server = two.client:info(), two.server:info()
    assert.equal("client", client.role)
    assert.equal("server", server.role)
    for _, info in ipairs({ client, server }) do
      assert.equal("TLS 1.3", info.version)
      assert.equal("TLS_AES_128_GCM_SHA256", info.cipher_suite)
      assert.equal("x25519", info.group)
      assert.equal("localhost", info.server_name)
      assert.is_true(info.handshake_done)
    end
  end)

  it("tells what was agreed on in TLS 1.2, for both kinds of key", function()
    for type, name in pairs({ ec = "ECDSA", rsa = "RSA" }) do
      local identity = pki.server(type)
      local two = connected({
        client = { max_version = "1.2" },
        server = { certificate = identity.chain, key = identity.key },
      })
      local suite = "TLS_ECDHE_" .. name .. "_WITH_AES_128_GCM_SHA256"
      assert.equal(suite, two.client:info().cipher_suite)
      assert.equal(suite, two.server:info().cipher_suite)
      assert.equal("x25519", two.client:info().group)
      assert.equal("x25519", two.server:info().group)
    end
  end)

  it("has the group however the bytes arrive", function()
    for _, version in ipairs({ "1.2", "1.3" }) do
      for at_once = 1, 9 do
        local two = connected({ at_once = at_once, client = { max_version = version } })
        assert.equal("x25519", two.client:info().group)
      end
    end
  end)

  it("says who was verified", function()
    local two = connected()
    assert.is_true(two.client:info().verified)
    assert.equal("localhost", two.client:info().name)
    assert.is_false(two.server:info().verified)
    assert.is_nil(two.client:info().insecure)
  end)

  it("shows every insecure option that is in force", function()
    local two = connected({ client = { insecure_skip_name = true }, name = "other.example" })
    assert.same({ "insecure_skip_name" }, two.client:info().insecure)
    assert.is_false(two.client:info().verified)
    two = connected({ client = { insecure_common_name = true } })
    assert.same({ "insecure_common_name" }, two.client:info().insecure)
    assert.is_true(two.client:info().verified)
  end)

  it("counts the bytes on the wire", function()
    local two = connected()
    two.client:read() -- the server's tickets
    local before = two.client:info()
    assert.equal(before.bytes_out, two.server:info().bytes_in)
    assert.equal(before.bytes_in, two.server:info().bytes_out)
    two.client:write(("x"):rep(100))
    -- RFC 8446, 5.2: a header of 5 bytes, a type, 16 bytes of tag, and padding.
    local record = two.client:info().bytes_out - before.bytes_out
    assert.is_true(record >= 122 and record < 150)
  end)

  it("says little before the handshake and after the end", function()
    local two = pair.new()
    assert.is_false(two.client:info().handshake_done)
    assert.is_nil(two.client:info().version)
    two = connected()
    two.client:close()
    assert.is_false(two.client:info().handshake_done)
    assert.equal("client", two.client:info().role)
  end)
end)

-- Options of both sides, the server's certificate, and what they amount to.
local PARTS <const> = {
  {
    { max_version = "1.2" },
    "ec",
    {
      key_exchange = "ECDHE",
      authentication = "ECDSA",
      encryption = "AES_128_GCM",
      hash = "SHA256",
      group = "x25519",
      signature_algorithm = "ecdsa_secp256r1_sha256",
      forward_secrecy = true,
    },
  },
  {
    {
      max_version = "1.2",
      cipher_suites = { "ECDHE-RSA-AES256-SHA384" },
      groups = { "P-384" },
      signature_algorithms = { "RSA+SHA512" },
    },
    "rsa",
    {
      key_exchange = "ECDHE",
      authentication = "RSA",
      encryption = "AES_256_CBC",
      hash = "SHA384",
      group = "secp384r1",
      signature_algorithm = "rsa_pkcs1_sha512",
      forward_secrecy = true,
    },
  },
  {
    {
      max_version = "1.2",
      cipher_suites = { "ECDHE-ECDSA-AES256-CCM8" },
      groups = { "P-521", "P-256" },
    },
    "ec",
    {
      key_exchange = "ECDHE",
      authentication = "ECDSA",
      encryption = "AES_256_CCM_8",
      hash = "SHA256",
      group = "secp521r1",
      signature_algorithm = "ecdsa_secp256r1_sha256",
      forward_secrecy = true,
    },
  },
  {
    { max_version = "1.2", cipher_suites = { "DHE-RSA-CHACHA20-POLY1305" } },
    "rsa",
    {
      key_exchange = "DHE",
      authentication = "RSA",
      encryption = "CHACHA20_POLY1305",
      hash = "SHA256",
      signature_algorithm = "rsa_pkcs1_sha256",
      forward_secrecy = true,
    },
  },
  {
    { max_version = "1.2", cipher_suites = { "AES128-SHA" }, insecure_static_rsa = true },
    "rsa",
    {
      key_exchange = "RSA",
      authentication = "RSA",
      encryption = "AES_128_CBC",
      hash = "SHA",
      forward_secrecy = false,
    },
  },
  {
    { min_version = "1.3" },
    "ec",
    {
      key_exchange = "ECDHE",
      authentication = "ECDSA",
      encryption = "AES_128_GCM",
      hash = "SHA256",
      group = "x25519",
      signature_algorithm = "ecdsa_secp256r1_sha256",
      forward_secrecy = true,
    },
  },
  {
    {
      min_version = "1.3",
      cipher_suites = { "TLS_AES_256_GCM_SHA384" },
      groups = { "ffdhe2048" },
      signature_algorithms = { "PSS+SHA384" },
    },
    "rsa",
    {
      key_exchange = "DHE",
      authentication = "RSA",
      encryption = "AES_256_GCM",
      hash = "SHA384",
      group = "ffdhe2048",
      signature_algorithm = "rsa_pss_rsae_sha384",
      forward_secrecy = true,
    },
  },
}

describe("conn:info", function()
  local function with(options, type)
    local identity = pki.server(type)
    local server = { certificate = identity.chain, key = identity.key }
    for name, value in pairs(options) do
      server[name] = value
    end
    return connected({ client = options, server = server })
  end

  local FIELDS <const> = {
    "key_exchange",
    "authentication",
    "encryption",
    "hash",
    "group",
    "signature_algorithm",
    "forward_secrecy",
  }

  for number, case in ipairs(PARTS) do
    it(("tells who signed how, and the parts of the suite: case %d"):format(number), function()
      local two = with(case[1], case[2])
      for _, conn in ipairs({ two.client, two.server }) do
        local info, told = conn:info(), {}
        for _, field in ipairs(FIELDS) do
          told[field] = info[field]
        end
        assert.same(case[3], told)
      end
    end)
  end

  it("tells the server's signature where the client signs too", function()
    local shown = pki.client("rsa")
    local server = { client_auth = "required", trust = pki.root().chain }
    local client = { certificate = shown.chain, key = shown.key }
    for _, version in ipairs({ "1.2", "1.3" }) do
      client.min_version, client.max_version = version, version
      local two = connected({ client = client, server = server })
      assert.equal("ecdsa_secp256r1_sha256", two.client:info().signature_algorithm)
      assert.equal("ecdsa_secp256r1_sha256", two.server:info().signature_algorithm)
    end
  end)

  it("tells of the signature and the group however the bytes arrive", function()
    for at_once = 1, 9 do
      local two = connected({ at_once = at_once, client = { max_version = "1.2" } })
      assert.equal("ecdsa_secp256r1_sha256", two.client:info().signature_algorithm)
      assert.equal("x25519", two.server:info().group)
    end
  end)

  it("counts the round trips of the handshake", function()
    local one = { groups = { "x25519" } }
    for _, case in ipairs({
      { { max_version = "1.2" }, {}, 2, 1 },
      { {}, {}, 1, 1 },
      -- HelloRetryRequest: the client's key is for a group that the server has not.
      { { groups = { "P-256", "x25519" } }, one, 2, 2 },
    }) do
      local two = connected({ client = case[1], server = case[2] })
      assert.equal(case[3], two.client:info().round_trips)
      assert.equal(case[4], two.server:info().round_trips)
      two.client:write("x")
      two:carry()
      assert.equal("x", two.server:read())
      two.server:write("y")
      two:carry()
      assert.equal("y", two.client:read())
      assert.equal(case[3], two.client:info().round_trips)
    end
  end)

  it("counts the round trips when reading does the handshake", function()
    local two = pair.new({ client = { max_version = "1.2" } })
    local got
    repeat
      local data = two.client:read()
      got = data or got
      if two.server:handshake() and not got then two.server:write("hello") end
    until two:carry() == 0 and got
    assert.equal("hello", got:sub(1, 5))
    assert.equal(2, two.client:info().round_trips)
  end)

  it("counts the records on the wire", function()
    local two = connected({ at_once = 7 })
    assert.equal(two.client:info().records_out, two.server:info().records_in)
    two.client:write(("x"):rep(14000)) -- the first ones are small
    local before = two.client:info()
    for _ = 1, 3 do
      two.client:write(("x"):rep(16000))
    end
    assert.equal(3, two.client:info().records_out - before.records_out)
    two.client:write("x")
    assert.equal(4, two.client:info().records_out - before.records_out)
    repeat
      two.server:read()
    until two:carry() == 0
    assert.equal(two.client:info().records_out, two.server:info().records_in)
  end)
end)
