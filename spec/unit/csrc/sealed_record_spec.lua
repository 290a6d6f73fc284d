-- Records under the right keys that no honest peer sends after the handshake: of
-- every type, too long, empty where there must be something.

local intruder = require("spec.support.intruder")

local OTHER <const> = { client = "server", server = "client" }
local CHANGE <const> = 20
local MOST <const> = 16384 -- bytes of plaintext (RFC 8446, 5.1)

for _, version in ipairs({ "1.2", "1.3" }) do
  for role, from in pairs(OTHER) do
    describe(("a %s of TLS %s"):format(role, version), function()
      -- This ends a new connection; the peer hears the same alert, and no data
      -- comes any more.
      local function check(what, alert, say)
        local evil = intruder.new(version, from)
        say(evil)
        local data, err = evil.victim:read()
        assert.is_nil(data, what)
        assert.equal("protocol", err.kind, what)
        assert.same({ alert, "sent" }, { err.alert.name, err.alert.direction }, what)
        local heard = evil:hear()
        assert.same(
          { type = intruder.ALERT, bytes = "\2" .. string.char(err.alert.code) },
          heard[1]
        )
        evil:say(intruder.DATA, "more")
        assert.equal(err, select(2, evil.victim:read()))
      end

      it("refuses every type of record that there is not", function()
        for type = 0, 255 do
          if type < CHANGE or type > intruder.DATA then
            check("type " .. type, "unexpected_message", function(evil)
              evil:say(type, "what is this?")
            end)
          end
        end
      end)

      it("refuses a ChangeCipherSpec", function()
        check("it", "unexpected_message", function(evil)
          evil:say(CHANGE, "\1")
        end)
      end)

      it("refuses handshake messages and alerts of no bytes", function()
        -- RFC 8446, 5.1; RFC 5246 names no alert.
        local alert = version == "1.3" and "unexpected_message" or "decode_error"
        for _, type in ipairs({ intruder.HANDSHAKE, intruder.ALERT }) do
          check("type " .. type, alert, function(evil)
            evil:say(type, "")
          end)
        end
      end)

      it("refuses more than a record may hold", function()
        for _, length in ipairs({ MOST + 1, MOST + 100, MOST + 239 }) do
          check("length " .. length, "record_overflow", function(evil)
            evil:say(intruder.DATA, ("x"):rep(length), length)
          end)
        end
      end)

      it("takes as much as a record may hold", function()
        local evil = intruder.new(version, from)
        evil:say(intruder.DATA, ("x"):rep(MOST))
        assert.equal(MOST, #evil.victim:read())
      end)
    end)
  end
end
