-- Policies, and OpenSSL at the other end: what is agreed on, and what is refused
-- with which alert.

local peer = require("spec.support.peer")
local pki = require("spec.support.pki")
local process = require("spec.support.process")
local tls = require("luatls")

local MODERN <const>, DEFAULT <const>, COMPATIBLE <const> = 1, 2, 3
local STATIC <const> = 4 -- "compatible" with the RSA key exchange

local POLICIES <const> = {
  { policy = "modern" },
  { policy = "default" },
  { policy = "compatible" },
  { policy = "compatible", insecure_static_rsa = true },
}

-- What OpenSSL offers (its name), IANA's name, the certificate, and the first
-- of the policies that has it.
local CASES <const> = {
  { "TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256", "ec", MODERN },
  { "TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384", "rsa", MODERN },
  { "TLS_CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256", "ec", MODERN },
  {
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "ec",
    DEFAULT,
  },
  { "ECDHE-RSA-CHACHA20-POLY1305", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "rsa", DEFAULT },
  { "ECDHE-ECDSA-AES128-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", "ec", COMPATIBLE },
  { "ECDHE-RSA-AES256-SHA", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "rsa", COMPATIBLE },
  { "DHE-RSA-AES128-GCM-SHA256", "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", "rsa", COMPATIBLE },
  { "DHE-RSA-AES256-SHA256", "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256", "rsa", COMPATIBLE },
  { "AES128-GCM-SHA256", "TLS_RSA_WITH_AES_128_GCM_SHA256", "rsa", STATIC },
  { "AES256-SHA", "TLS_RSA_WITH_AES_256_CBC_SHA", "rsa", STATIC },
}

local function arguments(name)
  if name:find("^TLS_") then return { "-tls1_3", "-ciphersuites", name } end
  return { "-tls1_2", "-cipher", name .. ":@SECLEVEL=0" }
end

local function with(options, more)
  local all = {}
  for _, source in ipairs({ options, more }) do
    for name, value in pairs(source) do
      all[name] = value
    end
  end
  return all
end

local function listen(type, options)
  local identity = pki.server(type)
  return assert(tls.listen(
    "127.0.0.1",
    0,
    with(options or {}, {
      certificate = identity.chain,
      key = identity.key,
    })
  ))
end

local function title(what, case, policy)
  local options = POLICIES[policy]
  local static = options.insecure_static_rsa and " and static RSA" or ""
  return ("%s with %s, policy %s%s"):format(what, case[1], options.policy, static)
end

describe("a server that openssl asks", function()
  after_each(process.stop_all)

  local function ask(port, args)
    return peer.openssl_client(port, { trust = pki.root(), args = args })
  end

  local function refuses(listener, args, reason)
    local code, text = ask(listener:port(), args):wait()
    assert.not_equal(0, code)
    assert.matches("alert " .. reason, text, 1, true)
  end

  for _, case in ipairs(CASES) do
    local name, suite, type, first = table.unpack(case)
    for policy, options in ipairs(POLICIES) do
      if policy >= first then
        it(title("agrees", case, policy), function()
          local listener <close> = listen(type, options)
          local client = ask(listener:port(), arguments(name))
          local stream <close> = assert(listener:accept(20))
          assert.equal(suite, stream:info().cipher_suite)
          client:write("a line\n")
          assert.equal("a line", stream:read("l"))
        end)
      else
        it(title("refuses", case, policy), function()
          local listener <close> = listen(type, options)
          local is_old = policy == MODERN
          refuses(listener, arguments(name), is_old and "protocol version" or "handshake failure")
        end)
      end
    end
  end

  it("for TLS 1.1 answers protocol_version, under any policy", function()
    for _, options in ipairs(POLICIES) do
      local listener <close> = listen("rsa", options)
      refuses(listener, { "-tls1_1", "-cipher", "ALL:@SECLEVEL=0" }, "protocol version")
    end
  end)

  it("for TLS 1.2 as a fallback answers inappropriate_fallback", function()
    local listener <close> = listen("ec")
    refuses(listener, { "-tls1_2", "-fallback_scsv" }, "inappropriate fallback")
  end)

  it("tells how long the handshake took", function()
    local listener <close> = listen("ec")
    ask(listener:port(), {})
    local stream <close> = assert(listener:accept(20))
    local seconds = stream:info().handshake_seconds
    assert.is_true(seconds > 0 and seconds < 20, tostring(seconds))
  end)
end)

describe("a client that asks openssl", function()
  after_each(process.stop_all)

  local function ask(case, options)
    local server, port = peer.openssl_server({
      identity = pki.server(case[3]),
      args = arguments(case[1]),
    })
    return server, tls.connect("localhost", port, with(options, { trust = pki.root().chain }))
  end

  for _, case in ipairs(CASES) do
    for policy, options in ipairs(POLICIES) do
      if policy >= case[4] then
        it(title("agrees", case, policy), function()
          local server, stream, err = ask(case, options)
          assert(stream, err)
          local info = stream:info()
          assert.equal(case[2], info.cipher_suite)
          assert.equal(policy < STATIC or case[4] < STATIC, info.forward_secrecy)
          assert.is_true(info.handshake_seconds > 0)
          stream:write("a line\n")
          stream:close()
          local _, text = server:wait()
          assert.matches("a line", text, 1, true)
        end)
      else
        it(title("is refused", case, policy), function()
          local _, stream, err = ask(case, options)
          assert.is_nil(stream)
          assert.equal("alert", err.kind)
          local alert = policy == MODERN and "protocol_version" or "handshake_failure"
          assert.equal(alert, err.alert.name)
        end)
      end
    end
  end
end)
