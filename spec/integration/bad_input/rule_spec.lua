-- What RFC 8446 demands of whoever receives a message of TLS 1.3, clause by clause: a
-- middleman breaks the rule, and the alert is the one that the clause names.

local breach = require("spec.support.breach")
local middleman = require("spec.support.middleman")

local at, inside, with, without = breach.at, breach.inside, breach.with, breach.without

local FULL <const>, RESUMED <const> = "a full handshake", "resumed"
local MUTUAL <const>, RETRY <const> = "with a client certificate", "with a HelloRetryRequest"

-- What states rules for a message, each a spec.
local function of(kind, from, name, which)
  local state = breach.rules(kind, "1.3", from, name, which)
  return function(...)
    it(state(...))
  end
end

-- A point of x25519 that makes every secret zero; any other 31 bytes.
local NO_POINT <const>, SHORT <const> = ("\0"):rep(32), ("\9"):rep(31)

local UNKNOWN <const> = 0x1234
local ALPN <const>, KEYS <const>, COOKIE <const> = 16, 41, 44
local GROUPS <const>, SIGNATURES <const> = 10, 13
local VERSIONS <const>, MODES <const>, SHARE <const> = 43, 45, 51

describe("a ServerHello: RFC 8446", function()
  local rule = of(FULL, "server", "server_hello")
  local SUITE <const>, COMPRESSION <const> = 72, 74
  rule("4.1.3", "an older version", at(5, "\3\2"), "protocol_version")
  rule("4.1.3", "a suite that was not offered", at(SUITE, "\x13\1"), "illegal_parameter")
  rule("4.1.3", "compression", at(COMPRESSION, "\1"), "illegal_parameter")
  rule("4.1.3", "another session id", inside("session_id", ("x"):rep(32)), "illegal_parameter")
  rule("4.4.3", "other random bytes", at(7, ("r"):rep(32)), "decrypt_error")
  rule("4.2.1", "a version not offered", inside("supported_versions", "\3\5"), "illegal_parameter")
  rule("4.2.8", "a group not offered", inside("key_share", "\0\30\0\1x"), "illegal_parameter")
  rule("6", "a share of no point", inside("key_exchange", NO_POINT), "illegal_parameter")
  rule("6", "a share too short", inside("key_exchange", SHORT), "illegal_parameter")
  rule("4.2", "an unknown extension", with(UNKNOWN, ""), "unsupported_extension")
  rule("4.2", "an extension of others", with(ALPN, "\0\3\2h2"), "illegal_parameter")
  rule("4.2", "a key that was not offered", with(KEYS, "\0\0"), "unsupported_extension")
  rule("4.2", "a cookie, which is for a retry", with(COOKIE, "\0\1x"), "illegal_parameter")
  rule("4.1.3", "no share, and no key", without(SHARE), "illegal_parameter handshake_failure")

  rule = of(RESUMED, "server", "server_hello")
  local name = "a key of a number that was not offered"
  rule("4.2.11", name, inside("pre_shared_key", "\0\1"), "illegal_parameter")
end)

describe("a HelloRetryRequest: RFC 8446", function()
  local rule = of(RETRY, "server", "hello_retry_request")
  rule("4.1.4", "nothing to change", without(SHARE), "illegal_parameter")
  rule("4.2.8", "a group not offered", inside("key_share", "\0\30"), "illegal_parameter")
  rule("4.2.8", "a group whose share was there", inside("key_share", "\0\29"), "illegal_parameter")
  rule("4.2", "an unknown extension", with(UNKNOWN, ""), "unsupported_extension")
  rule("4.2.2", "an empty cookie", with(COOKIE, "\0\0"), "decode_error")

  it("4.2.2: its cookie comes back in the second ClientHello", function()
    local stage = middleman.stage("1.3", {
      client = { groups = { "x25519", "secp256r1" } },
      server = { groups = { "secp256r1" } },
    })
    local hellos = {}
    local play = stage:play(function(message)
      if message.name == "client_hello" then table.insert(hellos, message.bytes) end
      if message.name ~= "hello_retry_request" then return nil end
      return { with(COOKIE, "\0\5crumb")(message, "1.3") }
    end)
    assert.equal(2, #hellos)
    assert.is_nil(hellos[1]:find("crumb", 1, true))
    assert.is_truthy(hellos[2]:find("\0\44\0\7\0\5crumb", 1, true))
    -- The server has not asked for it.
    assert.is_false(play.good)
  end)
end)

describe("a ClientHello: RFC 8446", function()
  local rule = of(FULL, "client", "client_hello")
  local METHODS <const> = "compression_methods"
  rule("4.1.2", "compression beside none", inside(METHODS, "\1\0"), "illegal_parameter")
  rule("4.2.1", "no version in common", inside("versions", "\3\2\3\1"), "protocol_version")
  rule("6", "a share of no point", inside("key_exchange", NO_POINT), "illegal_parameter")
  rule("6", "a share too short", inside("key_exchange", SHORT), "illegal_parameter")
  rule("6", "a share of 200 bytes", inside("key_exchange", ("x"):rep(200)), "illegal_parameter")
  rule("9.2", "no groups", without(GROUPS), "missing_extension")
  rule("9.2", "no shares", without(SHARE), "missing_extension")
  rule("9.2", "no signature algorithms", without(SIGNATURES), "missing_extension")

  rule = of(RESUMED, "client", "client_hello")
  rule("4.2.11", "something behind the keys", with(UNKNOWN, ""), "illegal_parameter")
  rule("4.2.9", "keys without modes", without(MODES), "illegal_parameter")
  rule("4.2.11.2", "a wrong binder", inside("binder", ("b"):rep(32)), "decrypt_error")
  rule("4.2.11.2", "another hello than its binder's", at(7, ("r"):rep(32)), "decrypt_error")

  rule = of(RETRY, "client", "client_hello", 2)
  -- 4.1.2: the server may call it a change that is not allowed, or nothing in common.
  local either = "illegal_parameter handshake_failure"
  rule("4.1.2", "not the share that was asked for", inside("client_shares", ""), either)
  rule("4.1.2", "another version than before", without(VERSIONS), "illegal_parameter")
end)

describe("what is encrypted: RFC 8446", function()
  local rule = of(FULL, "server", "encrypted_extensions")
  rule("4.2", "an unknown extension", with(UNKNOWN, ""), "unsupported_extension")
  rule("4.2", "an extension of others", with(SHARE, "\0\29"), "illegal_parameter")
  rule("6", "a protocol not offered", inside("protocol_name", "h3"), "illegal_parameter")
  rule("6", "two protocols", inside("protocol_name_list", "\2h2\2h2"), "decode_error")

  rule = of(MUTUAL, "server", "certificate_request")
  rule("4.3.2", "a context", inside("certificate_request_context", "x"), "illegal_parameter")
  -- 4.3.2 names no alert, 9.2 one for hellos.
  local either = "missing_extension decode_error"
  rule("4.3.2", "no signature algorithms", without(SIGNATURES), either)

  rule = of(FULL, "server", "certificate")
  local unasked = "\0\5\0\4\1\0\0\0"
  rule("4.4.2.4", "a server without one", inside("certificate_list", ""), "decode_error")
  rule("4.2", "a status nobody asked for", inside("extensions", unasked), "unsupported_extension")
  rule("4.2", "an unknown extension", with(UNKNOWN, ""), "unsupported_extension")

  rule = of(MUTUAL, "client", "certificate")
  rule("6.2", "a client without one", inside("certificate_list", ""), "certificate_required")

  for _, case in ipairs({ { FULL, "server" }, { MUTUAL, "client" } }) do
    local kind, from = table.unpack(case)
    rule = of(kind, from, "certificate_verify")
    local wrong = from .. "'s wrong signature"
    rule("4.4.3", "a " .. wrong, inside("signature", ("x"):rep(70)), "decrypt_error")
    rule("4.4.3", "an algorithm not offered", at(5, "\2\1"), "illegal_parameter")
    -- It was offered, and the key cannot have made it.
    rule("4.4.3", "an algorithm of other keys", at(5, "\8\4"), "decrypt_error")

    rule = of(FULL, from, "finished")
    rule("4.4.4", "a wrong Finished of the " .. from, at(5, ("x"):rep(32)), "decrypt_error")
  end

  rule = of(FULL, "server", "new_session_ticket")
  rule("4.6.1", "a ticket for more than a week", at(5, "\0\9\x3a\x81"), "illegal_parameter")
end)
