-- Which alert a bad certificate causes (RFC 8446, 6.2), whoever shows it, and
-- that both sides can read it.

local core = require("luatls.core")
local pair = require("spec.support.pair")
local pki = require("spec.support.pki")

local DAY <const> = 86400

-- What is wrong with the certificate -> the problem's code and the alert.
local FLAWS <const> = {
  {
    "that is expired",
    { not_before = os.time() - 3 * DAY, not_after = os.time() - DAY },
    "expired",
    "certificate_expired",
  },
  {
    "that is not valid yet",
    { not_before = os.time() + DAY, not_after = os.time() + 3 * DAY },
    "not_yet_valid",
    "certificate_expired",
  },
  { "of an unknown authority", { issuer = pki.stranger() }, "untrusted", "unknown_ca" },
  { "for another use", { usage = "ca" }, "basic_constraints", "bad_certificate", unserved = true },
  {
    "for another purpose",
    { extensions = { { oid = "2.5.29.37", value = "0\10\6\8\43\6\1\5\5\7\3\3" } } },
    "extended_key_usage",
    "unsupported_certificate",
    unserved = true,
  },
  {
    "whose key may not sign",
    { extensions = { { oid = "2.5.29.15", critical = true, value = "\3\2\4\16" } } },
    "key_usage",
    "unsupported_certificate",
    unserved = true,
  },
  {
    "with an unknown critical extension",
    { extensions = { { oid = "1.3.6.1.4.1.32473.9", critical = true, value = "\5\0" } } },
    "unknown_critical",
    "bad_certificate",
  },
}

local function identity(flaw, usage)
  local options = {
    subject = "CN=localhost",
    names = { "localhost" },
    usage = usage,
    issuer = pki.root(),
    key = assert(core.key.generate()),
  }
  for key, value in pairs(flaw) do
    options[key] = value
  end
  return pki.make(options)
end

-- Do a handshake that `judge` ends; the other side is told why.
local function check(version, options, judge, flaw)
  local _, _, code, alert = table.unpack(flaw)
  options.client.min_version, options.client.max_version = version, version
  local joined = pair.new(options)
  local _, client, server = joined:handshake()
  local refuser = judge == "client" and client or server
  assert.equal("verify", refuser.kind)
  assert.equal(code, refuser.problems[1].code, refuser.message)
  assert.equal(code, refuser.path[1].problems[1].code)
  assert.equal(alert, refuser.alert.name)
  assert.equal("sent", refuser.alert.direction)
  -- In TLS 1.3 a client has finished before the server looks at it.
  local told = judge == "client" and server or client or select(2, joined.client:read())
  assert.equal("alert", told.kind, told.message)
  assert.equal(alert, told.alert.name)
  assert.equal("received", told.alert.direction)
end

for _, version in ipairs({ "1.2", "1.3" }) do
  for _, flaw in ipairs(FLAWS) do
    local form = "TLS %s: a %s's certificate %s is answered with %s"

    -- Our servers do not show certificates that are not for servers.
    if not flaw.unserved then
      it(form:format(version, "server", flaw[1], flaw[4]), function()
        local shown = identity(flaw[2], "server")
        local server = { certificate = shown.chain, key = shown.key }
        check(version, { client = {}, server = server }, "client", flaw)
      end)
    end

    it(form:format(version, "client", flaw[1], flaw[4]), function()
      local shown = identity(flaw[2], "client")
      local client = { certificate = shown.chain, key = shown.key }
      local server = { client_auth = "required", trust = pki.root().chain }
      check(version, { client = client, server = server }, "server", flaw)
    end)
  end

  it(
    ("TLS %s: a server for another name is answered with bad_certificate"):format(version),
    function()
      local flaw = { "", { names = { "other.example" } }, "name", "bad_certificate" }
      local shown = identity(flaw[2], "server")
      local server = { certificate = shown.chain, key = shown.key }
      check(version, { client = {}, server = server }, "client", flaw)
    end
  )

  it(("TLS %s: what on_verify refuses is answered with access_denied"):format(version), function()
    local client = {
      min_version = version,
      max_version = version,
      on_verify = function()
        return nil, "not today"
      end,
    }
    local joined = pair.new({ client = client })
    local _, err, told = joined:handshake()
    assert.equal("refused", err.problems[1].code)
    assert.equal("access_denied", err.alert.name)
    assert.equal("access_denied", told.alert.name)
  end)
end

-- Where mbedTLS ends a connection without a word.
describe("an alert for a message that cannot be", function()
  -- A server whose client has sent half a handshake, and now this.
  local function broken_by(bytes)
    local two = pair.new({ client = { max_version = "1.2" } })
    two.client:handshake()
    two:carry()
    two.server:handshake()
    two.server:drain()
    two.server:feed(bytes)
    local _, err = two.server:handshake()
    return two.server, err
  end

  it("is sent", function()
    -- Finished in the place of ClientKeyExchange.
    local server, err = broken_by("\22\3\3\0\4\20\0\0\0")
    assert.equal("protocol", err.kind)
    assert.same({ code = 10, name = "unexpected_message", direction = "sent" }, err.alert)
    assert.equal("\21\3\3\0\2\2\10", server:drain())
  end)

  it("is sent once", function()
    local server, err = broken_by("\22\3\3\0\4\20\0\0\0")
    server:drain()
    local _, again = server:handshake()
    assert.equal(err, again)
    assert.equal("", server:drain())
  end)

  it("is not sent to who has gone", function()
    local server = broken_by("")
    server:feed_end()
    local _, err = server:handshake()
    assert.equal("truncated", err.kind)
    assert.is_nil(err.alert)
    assert.equal("", server:drain())
  end)

  it("is told also when the peer has said all it had to say", function()
    local two = pair.new({ client = { max_version = "1.2" } })
    two.server:feed("\22\3\1\0\4\20\0\0\0")
    two.server:feed_end()
    local _, err = two.server:handshake()
    assert.equal("protocol", err.kind)
    assert.equal("unexpected_message", err.alert.name)
  end)

  it("is not sent to who may not speak TLS", function()
    local server = pair.new().server
    server:feed("GET / HTTP/1.1\r\n\r\n")
    local _, err = server:handshake()
    assert.equal("protocol", err.kind)
    assert.is_nil(err.alert)
    assert.equal("", server:drain())
  end)

  for _, version in ipairs({ "1.2", "1.3" }) do
    it("is not sent behind close_notify in TLS " .. version, function()
      local two = pair.new({ client = { max_version = version } })
      assert(two:handshake())
      assert.is_true(two.client:shutdown())
      assert.is_not.equal("", two.client:drain())
      two.client:feed("\22\3\3\0\4\1\0\0\0")
      local _, err = two.client:read()
      assert.equal("protocol", err.kind)
    end)
  end
end)
