-- Records that nobody should send, after the handshake; and peers that are slow,
-- or read nothing. Each ends the connection with an alert or waits; none costs
-- more memory than docs/closing.md says.

local core = require("luatls.core")
local pair = require("spec.support.pair")

local RECORD <const> = 16384 + 256 + 5 -- bytes, all in all (RFC 8446, 5.2)
local HIGH_WATER <const> = 256 * 1024

local function context(role, version, psk)
  return assert(core.context({
    role = role,
    min_version = version,
    max_version = version,
    psk = psk,
    policy = "compatible",
    insecure_static_psk = true,
  }))
end

-- Handshakes without public keys: there are thousands.
local contexts = {}
for _, version in ipairs({ "1.2", "1.3" }) do
  local key = core.random(32)
  contexts[version] = {
    client = context("client", version, { identity = "me", key = key }),
    server = context("server", version, { me = key }),
  }
end

local function connected(version)
  local mine = contexts[version]
  local two = pair.join(mine.client:connection({ name = "me" }), mine.server:connection())
  assert(two:handshake())
  assert.same({ false, "read" }, { two.client:read() })
  assert.same({ false, "read" }, { two.server:read() })
  return two
end

local function record(type, version, length, body)
  return (">BI2I2"):pack(type, version, length) .. (body or ("r"):rep(length))
end

-- These bytes end a new connection on this side, and the peer hears the alert.
local function check(version, side, alert, bytes)
  local two = connected(version)
  local conn, peer = two[side], two[side == "client" and "server" or "client"]
  conn:feed(bytes)
  local data, err = conn:read()
  assert.is_nil(data)
  assert.equal("protocol", err.kind)
  assert.equal(err, select(2, conn:read()))
  assert.equal(err, select(2, conn:write("x")))
  two:carry()
  local _, heard = peer:read()
  assert.equal(alert, heard.alert.name)
end

for _, version in ipairs({ "1.2", "1.3" }) do
  for _, side in ipairs({ "client", "server" }) do
    describe(("a %s of TLS %s"):format(side, version), function()
      it("refuses plaintext records of every type", function()
        for type = 0, 255 do
          -- In TLS 1.3 all look like data (RFC 8446, 5.2).
          local is_known = type == 23 or version == "1.2" and type >= 20 and type < 23
          local alert = is_known and "bad_record_mac" or "unexpected_message"
          check(version, side, alert, record(type, 0x0303, 40))
        end
      end)

      it("takes no record of a version for the peer's", function()
        local newest = version == "1.2" and 0x0303 or 0x0304
        local function refuse(number)
          local alert = number > newest and "decode_error" or "bad_record_mac"
          check(version, side, alert, record(23, number, 40))
        end
        for _, number in ipairs({ 0, 2, 0x0200, 0x0300, 0x0301, 0x0302, 0x0304, 0x03ff }) do
          refuse(number)
        end
        for high = 0, 255, 15 do
          refuse(high << 8 | 3)
        end
      end)

      it("refuses records of no bytes, and of too few", function()
        check(version, side, "decode_error", record(23, 0x0303, 0))
        for length = 1, 30 do
          check(version, side, "bad_record_mac", record(23, 0x0303, length))
        end
      end)

      it("refuses what is longer than a record before it has come", function()
        -- RFC 5246, 6.2.3 and RFC 8446, 5.2.
        local longest = 16384 + (version == "1.2" and 2048 or 256)
        for _, length in ipairs({ longest + 1, longest + 2, 40000, 65535 }) do
          check(version, side, "record_overflow", record(23, 0x0303, length, ""))
        end
      end)

      it("reads long records, and finds that they are not the peer's", function()
        for _, length in ipairs({ 16383, 16384, 16384 + 255, 16384 + 256 }) do
          check(version, side, "bad_record_mac", record(23, 0x0303, length))
        end
      end)
    end)
  end

  describe("a slow peer, in TLS " .. version .. ",", function()
    it("that sends byte by byte is waited for", function()
      local two = connected(version)
      two.client:write("slowly")
      local bytes = two.client:drain()
      for i = 1, #bytes do
        assert.same({ false, "read" }, { two.server:read() })
        two.server:feed(bytes:sub(i, i))
      end
      assert.equal("slowly", two.server:read())
    end)

    it("that reads nothing lets so much gather and no more", function()
      local two = connected(version)
      assert.same({ false, "write" }, { two.client:write(("x"):rep(4 * HIGH_WATER)) })
      for _ = 1, 100 do
        assert.same({ false, "write" }, { two.client:write() })
      end
      assert.is_true(#two.client:drain() <= HIGH_WATER + RECORD)
    end)

    it("that reads a few bytes at a time gets everything in the end", function()
      local two = connected(version)
      local text = ("y"):rep(HIGH_WATER + 1000)
      local done, got = two.client:write(text), {}
      repeat
        local bytes = two.client:drain(7)
        two.server:feed(bytes)
        done = done or two.client:write()
        got[#got + 1] = two.server:read() or nil
      until bytes == ""
      assert.equal(#text, done)
      assert.is_true(table.concat(got) == text)
    end)
  end)
end
