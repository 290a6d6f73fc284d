-- What RFC 5246, and those that came after it, demand of whoever receives a message
-- of TLS 1.2: a middleman breaks the rule, and the alert is right.

local breach = require("spec.support.breach")
local middleman = require("spec.support.middleman")
local pki = require("spec.support.pki")
local scenes = require("spec.support.scenes")

local at, inside, with = breach.at, breach.inside, breach.with

local FULL <const>, MUTUAL <const> = "a full handshake", "with a client certificate"

-- What states rules for a message, each a spec.
local function of(kind, from, name)
  local state = breach.rules(kind, "1.2", from, name)
  return function(...)
    it(state(...))
  end
end

local UNKNOWN <const> = 0x1234

describe("a message of TLS 1.2: RFC", function()
  local rule = of(FULL, "server", "server_hello")
  local SUITE <const>, COMPRESSION <const> = 40, 42 -- it has no session id
  rule("5246, 7.4.1.3", "an older version", at(5, "\3\2"), "protocol_version")
  rule("5246, 7.4.1.3", "a version that does not exist", at(5, "\7\7"), "protocol_version")
  rule("5246, 7.4.1.3", "a suite not offered", at(SUITE, "\xc0\x2b"), "illegal_parameter")
  rule("5246, 7.4.1.3", "compression", at(COMPRESSION, "\1"), "illegal_parameter")
  rule("5246, 7.4.3", "other random bytes", at(7, ("r"):rep(32)), "decrypt_error")
  rule("5246, 7.4.1.4", "an unknown extension", with(UNKNOWN, ""), "unsupported_extension")
  local renegotiated = inside("renegotiated_connection", "x")
  rule("5746, 3.4", "something to renegotiate", renegotiated, "handshake_failure")
  -- RFC 7301 names no alert for it; mbedTLS takes this one in TLS 1.2.
  rule("7301, 3.2", "a protocol not offered", inside("protocol_name", "h3"), "handshake_failure")

  rule = of(FULL, "server", "server_key_exchange")
  rule("8422, 5.4", "a curve not offered", at(6, "\0\22"), "illegal_parameter")
  rule("5246, 7.4.3", "a wrong signature", inside("signature", ("x"):rep(70)), "decrypt_error")

  rule = of(FULL, "server", "certificate")
  rule("5246, 7.4.2", "a server without one", inside("certificate_list", ""), "decode_error")

  rule = of(MUTUAL, "client", "certificate")
  rule("5246, 7.4.6", "a client without one", inside("certificate_list", ""), "handshake_failure")

  rule = of(FULL, "client", "client_key_exchange")
  rule("5246, 7.2.2", "a share of no point", inside("public", ("\0"):rep(32)), "decode_error")
  rule("5246, 7.2.2", "a share too short", inside("public", ("\9"):rep(31)), "decode_error")

  rule = of(MUTUAL, "client", "certificate_verify")
  rule("5246, 7.4.8", "a wrong signature", inside("signature", ("x"):rep(70)), "decrypt_error")
  rule("5246, 7.4.8", "SHA-1, which nobody allowed", at(5, "\2\3"), "illegal_parameter")

  for _, from in ipairs({ "client", "server" }) do
    rule = of(FULL, from, "finished")
    rule("5246, 7.4.9", "a wrong Finished of the " .. from, at(5, ("x"):rep(12)), "decrypt_error")
  end
end)

-- RFC 5246, 7.4.7.1: whether the padding of the pre-master secret was right must not
-- be told; the handshake goes on with random bytes, until Finished (Bleichenbacher).
describe("the RSA key exchange", function()
  local function play(change)
    local stage = middleman.stage("1.2", {
      is_opaque = true,
      client = { cipher_suites = { "AES128-GCM-SHA256" }, insecure_static_rsa = true },
      server = {
        cipher_suites = { "AES128-GCM-SHA256" },
        insecure_static_rsa = true,
        certificate = pki.server("rsa").chain,
        key = pki.server("rsa").key,
        max_version = "1.2",
      },
    })
    return stage:play(function(message)
      if message.name == "client_key_exchange" then return { change(message.bytes) } end
    end)
  end

  it("does not tell what is wrong with the secret", function()
    local told = {}
    for i = 7, 262, 51 do
      local outcome = play(function(bytes)
        return bytes:sub(1, i - 1) .. string.char(bytes:byte(i) ~ 1) .. bytes:sub(i + 1)
      end)
      scenes.refused(outcome, "bad_record_mac", "byte " .. i)
      told[outcome.server.err.message] = true
    end
    assert.is_truthy(next(told))
    assert.is_nil(next(told, (next(told))))
  end)

  it("does not tell that its length is wrong", function()
    local outcome = play(function(bytes)
      return bytes:sub(1, 1) .. (">I3I2"):pack(#bytes - 5, #bytes - 7) .. bytes:sub(7, -2)
    end)
    scenes.refused(outcome, "bad_record_mac", "length")
  end)
end)
