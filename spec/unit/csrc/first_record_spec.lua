-- What is no record of a handshake, where one has to begin: each type, version and
-- length, to both roles. In plaintext; see record_spec for what comes later.

local contexts = require("spec.support.contexts")

local HANDSHAKE <const>, ALERT <const>, CHANGE <const> = 22, 21, 20
local MOST <const> = 16384 -- bytes in plaintext (RFC 8446, 5.1)

local client = { ["1.2"] = contexts.client("1.2"), ["1.3"] = contexts.client("1.3") }
local server = contexts.server()

-- A connection that waits for the first bytes of its peer.
local waiting = {
  ["a client of TLS 1.2"] = function()
    local conn = client["1.2"]:connection({ name = "localhost" })
    assert.is_false(conn:handshake())
    conn:drain()
    return conn
  end,
  ["a client of TLS 1.3"] = function()
    local conn = client["1.3"]:connection({ name = "localhost" })
    assert.is_false(conn:handshake())
    conn:drain()
    return conn
  end,
  ["a server"] = function()
    return server:connection()
  end,
}

local function record(type, version, length, body)
  return (">BI2I2"):pack(type, version, length) .. (body or ("r"):rep(length))
end

for name, make in pairs(waiting) do
  -- These bytes end it, with one of these alerts. Who does not begin with a TLS
  -- record is not told anything: "none".
  local function check(bytes, what, ...)
    local conn = make()
    conn:feed(bytes)
    local done, err = conn:handshake()
    assert.is_nil(done, what)
    assert.equal("protocol", err.kind, what)
    assert.equal(err, select(2, conn:read()))
    assert.equal(err, select(2, conn:write("x")))
    local said, allowed = err.alert and err.alert.name or "none", {}
    for _, alert in ipairs({ ... }) do
      allowed[alert] = true
    end
    assert.is_true(allowed[said], what .. ": " .. said)
    local out = conn:drain()
    assert.equal(said == "none" and 0 or 7, #out, what)
    if out ~= "" then assert.equal(ALERT, out:byte()) end
  end

  describe(name .. " that waits for the first record", function()
    it("refuses every type but a handshake's", function()
      for type = 0, 255 do
        if type ~= HANDSHAKE and type ~= ALERT and type ~= CHANGE then
          check(record(type, 0x0303, 40), "type " .. type, "unexpected_message", "none")
        end
      end
    end)

    it("refuses every version but 3.x", function()
      for high = 0, 255 do
        if high ~= 3 then
          local bytes = record(HANDSHAKE, high << 8 | 3, 40)
          check(bytes, "version " .. high, "protocol_version", "decode_error", "none")
        end
      end
    end)

    it("refuses records of no bytes, and of too many before they have come", function()
      check(record(HANDSHAKE, 0x0303, 0), "empty", "none")
      for _, length in ipairs({ MOST + 1, MOST + 257, 40000, 65535 }) do
        check(record(HANDSHAKE, 0x0303, length, ""), "length " .. length, "record_overflow")
      end
    end)
  end)
end
