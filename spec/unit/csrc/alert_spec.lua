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
