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
