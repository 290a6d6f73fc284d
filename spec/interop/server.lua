--- luatls as the server of a peer's client: the four things that a cell of the
--- table can be about.

local assert = require("luassert")
local luv = require("luatls.io.luv")
local seen = require("spec.interop.seen")
local tls = require("luatls")

local server = {}

local PATIENCE <const> = 60
local ANSWER <const> = "HTTP/1.0 200 OK\r\nConnection: close\r\n\r\nhello\n"

-- In TLS 1.2 the engine signs with PKCS #1 whatever the client would take:
-- there RSA-PSS is how the certificate was signed.
local SIGNATURES <const> = {
  ["RSA"] = { ["1.2"] = "^rsa_pkcs1_", ["1.3"] = "^rsa_pss_rsae_" },
  ["RSA-PSS"] = { ["1.2"] = "^rsa_pkcs1_", ["1.3"] = "^rsa_pss_rsae_" },
  ["P-256"] = { ["1.2"] = "^ecdsa_", ["1.3"] = "^ecdsa_secp256r1_" },
  ["P-384"] = { ["1.2"] = "^ecdsa_", ["1.3"] = "^ecdsa_secp384r1_" },
}

local function context_of(setup, options)
  local own = setup.identities.server
  return assert(tls.context({
    role = "server",
    certificate = own.chain,
    key = own.key,
    min_version = setup.version,
    max_version = setup.version,
    trust = setup.client_auth and setup.identities.root.chain or nil,
    client_auth = setup.client_auth and "required" or nil,
    alpn = options.alpn,
  }))
end

local function answer(stream, guests)
  local chain = stream:peer_chain()
  table.insert(guests, { info = stream:info(), subject = chain and chain[1]:subject() })
  repeat
    local line = stream:read("l")
    if not line then return end
  until line == "" or line == "\r"
  stream:write(ANSWER)
end

-- A server of ours while `visit(port)` runs; gives what it returned, and what
-- the server saw.
local function receive(setup, options, visit)
  local guests, errors = {}, {}
  local listener <close> = assert(tls.listen("127.0.0.1", 0, {
    context = context_of(setup, options),
    timeout = PATIENCE,
    on_error = function(err)
      table.insert(errors, err)
    end,
  }))
  luv.spawn(function()
    listener:serve(function(stream)
      answer(stream, guests)
    end)
  end)
  local told, said = visit(listener:port())
  return told, said, guests, errors
end

local function check_guest(setup, guest, told, expected)
  local info = guest.info
  assert.equal("TLS " .. setup.version, info.version)
  assert.equal(expected.resumed or false, info.resumed)
  assert.equal(expected.alpn, info.alpn)
  assert.equal("localhost", info.server_name)
  assert.equal(expected.subject, guest.subject)
  if not info.resumed then
    assert.matches(SIGNATURES[setup.kind][setup.version], info.signature_algorithm)
  end
  seen.check({
    version = setup.version,
    resumed = info.resumed,
    alpn = info.alpn or false,
    peer = "localhost",
  }, told)
end

local function check_guests(peer, setup, options, expectations)
  local told, said, guests, errors = receive(setup, options, function(port)
    return peer:connect(setup, port, #expectations)
  end)
  assert.equal(nil, errors[1] and tostring(errors[1]))
  assert.is_truthy(told, said)
  assert.equal(#expectations, #guests)
  assert.equal(#expectations, #told)
  for index, expected in ipairs(expectations) do
    check_guest(setup, guests[index], told[index], expected)
  end
end

local function check_refused(peer, setup, options, pattern)
  local told, _, guests, errors = receive(setup, options, function(port)
    return peer:connect(setup, port, 1)
  end)
  assert.is_nil(told)
  assert.same({}, guests)
  assert.matches(pattern, tostring(errors[1]))
end

local features = {}

features["handshake"] = function(peer, setup)
  check_guests(peer, setup, {}, { {} })
end

features["resumption"] = function(peer, setup)
  check_guests(peer, setup, {}, { {}, { resumed = true } })
end

features["ALPN"] = function(peer, setup)
  local options, alpn = { alpn = { "luatls", setup.alpn } }, setup.alpn
  check_guests(peer, setup, options, { { alpn = alpn }, { alpn = alpn, resumed = true } })
  check_refused(peer, setup, { alpn = { "imaginary" } }, "protocol")
end

features["client certificate"] = function(peer, setup)
  local subject = "CN=interop-client"
  check_guests(peer, setup, {}, { { subject = subject }, { subject = subject, resumed = true } })
  setup.shows_certificate = false
  check_refused(peer, setup, {}, "certificate")
end

--- Check one cell; raises when it fails.
---@param peer spec.interop.Peer
---@param setup spec.interop.Setup
---@param feature spec.interop.Feature
function server.check(peer, setup, feature)
  features[feature](peer, setup)
end

return server
