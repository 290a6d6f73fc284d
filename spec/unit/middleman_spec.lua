-- The middleman of the specs, and what he opens records with.

local chacha = require("spec.support.chacha")
local grammar = require("spec.support.grammar")
local middleman = require("spec.support.middleman")
local scenes = require("spec.support.scenes")
local sha256 = require("spec.support.sha256")

local function hex(bytes)
  return (bytes:gsub(".", function(char)
    return ("%02x"):format(char:byte())
  end))
end

local function bytes(first, last)
  local list = {}
  for byte = first, last do
    list[#list + 1] = string.char(byte)
  end
  return table.concat(list)
end

describe("SHA-256", function()
  it("is that of FIPS 180", function()
    local hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert.equal(hash, hex(sha256.hash("abc")))
    hash = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    assert.equal(hash, hex(sha256.hash(("a"):rep(1000000))))
  end)

  it("makes the HMAC of RFC 4231", function()
    local code = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert.equal(code, hex(sha256.hmac("Jefe", "what do ya want for nothing?")))
  end)
end)

describe("ChaCha20-Poly1305", function()
  local key, nonce = bytes(0x80, 0x9f), "\7\0\0\0" .. bytes(0x40, 0x47)
  local extra = bytes(0x50, 0x53) .. bytes(0xc0, 0xc7)
  local text = "Ladies and Gentlemen of the class of '99: If I could offer you only one tip "
    .. "for the future, sunscreen would be it."

  it("is that of RFC 8439, 2.8.2", function()
    local sealed = chacha.seal(key, nonce, extra, text)
    assert.equal("d31a8d34648e60db7b86afbc53ef7ec2", hex(sealed:sub(1, 16)))
    assert.equal("1ae10b594f09e26a7e902ecbd0600691", hex(sealed:sub(-16)))
    assert.equal(text, chacha.open(key, nonce, extra, sealed))
  end)

  it("opens nothing that was changed", function()
    local sealed = chacha.seal(key, nonce, extra, text)
    for i = 1, #sealed, 7 do
      local byte = string.char(sealed:byte(i) ~ 1)
      assert.is_nil(
        chacha.open(key, nonce, extra, sealed:sub(1, i - 1) .. byte .. sealed:sub(i + 1))
      )
    end
    assert.is_nil(chacha.open(key, nonce, extra .. "x", sealed))
    assert.is_nil(chacha.open(key, nonce, extra, sealed:sub(1, -2)))
  end)
end)

describe("a middleman", function()
  it("hears every message of every handshake, and passes it on", function()
    for _, scene in ipairs(scenes.all()) do
      scene:ready()
      local names = {}
      for i, message in ipairs(scene:messages("all of them")) do
        names[i] = message.from .. " " .. message.name
      end
      assert.equal("client client_hello", names[1])
      assert.matches(" finished", table.concat(names, ","))
    end
  end)

  it("knows where the lengths of all messages are", function()
    for _, scene in ipairs(scenes.all()) do
      for _, message in ipairs(scene:messages()) do
        if message.type == 22 then
          local lengths = grammar.lengths(scene.version, message.name, message.bytes)
          assert.equal(#message.bytes, lengths[1].to)
        end
      end
    end
  end)

  it("seals again what he has opened, so that nobody notices", function()
    for _, version in ipairs({ "1.2", "1.3" }) do
      local play = middleman.stage(version):play(function(message)
        return { message.bytes }
      end)
      assert.is_true(play.good)
    end
  end)
end)
