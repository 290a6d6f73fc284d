--- luatls as the client of a peer's server: the four things that a cell of the
--- table can be about.

local assert = require("luassert")
local seen = require("spec.interop.seen")
local tls = require("luatls")

local client = {}

local REQUEST <const> = "GET / HTTP/1.0\r\n\r\n"
local PATIENCE <const> = 60

local CURVES <const> = { ["P-256"] = "secp256r1", ["P-384"] = "secp384r1" }

-- What the server must have signed the handshake with. TLS 1.2 tells the hash
-- of an ECDSA signature and no curve.
local SIGNATURES <const> = {
  ["RSA"] = { ["1.2"] = "^rsa_", ["1.3"] = "^rsa_pss_rsae_" },
  ["RSA-PSS"] = { ["1.2"] = "^rsa_pss_rsae_", ["1.3"] = "^rsa_pss_rsae_" },
  ["P-256"] = { ["1.2"] = "^ecdsa_", ["1.3"] = "^ecdsa_secp256r1_" },
  ["P-384"] = { ["1.2"] = "^ecdsa_", ["1.3"] = "^ecdsa_secp384r1_" },
}

-- The last two are for TLS 1.2: there a session is resumed by a hello without
-- RSA-PSS, and a client's signature is one of them.
local PSS <const> = {
  "rsa_pss_rsae_sha256",
  "rsa_pss_rsae_sha384",
  "rsa_pkcs1_sha256",
  "rsa_pkcs1_sha384",
}

local function context_of(setup, options)
  local complete = {
    trust = setup.identities.root.chain,
    min_version = setup.version,
    -- Only who offers TLS 1.3 as well asks for RSA-PSS in TLS 1.2.
    max_version = setup.kind == "RSA-PSS" and "1.3" or setup.version,
    signature_algorithms = setup.kind == "RSA-PSS" and PSS or nil,
  }
  for name, value in pairs(options or {}) do
    complete[name] = value
  end
  complete.role = "client"
  return assert(tls.context(complete))
end

-- A question, and its answer up to the server's close_notify.
local function visit(setup, context, session)
  local stream <close>, err = tls.connect("127.0.0.1", setup.port, {
    context = context,
    name = "localhost",
    session = session,
    timeout = PATIENCE,
  })
  if not stream then return nil, err end
  local written, failure = stream:write(REQUEST)
  if not written then return nil, failure end
  local answer, ending = stream:read("a")
  if not answer then return nil, ending end
  return {
    answer = answer,
    chain = stream:peer_chain(),
    info = stream:info(),
    session = stream:session(),
  }
end

local function check_visit(peer, setup, visited, expected)
  local info, answer = visited.info, visited.answer
  assert.equal("TLS " .. setup.version, info.version)
  assert.is_true(info.verified)
  assert.equal(expected.resumed or false, info.resumed)
  assert.equal(expected.alpn, info.alpn)
  assert.equal(CURVES[setup.kind], visited.chain[1]:public_key():curve())
  if not info.resumed then
    assert.matches(SIGNATURES[setup.kind][setup.version], info.signature_algorithm)
  end
  assert.matches("^HTTP/1%.%d 200 ", answer)
  seen.check({
    version = setup.version,
    resumed = info.resumed,
    alpn = info.alpn or false,
    peer = expected.peer or false,
  }, peer:read(answer, setup.server))
end

local features = {}

features["handshake"] = function(peer, setup)
  check_visit(peer, setup, assert(visit(setup, context_of(setup))), {})
end

features["resumption"] = function(peer, setup)
  local context = context_of(setup)
  local first = assert(visit(setup, context))
  check_visit(peer, setup, first, {})
  assert.is_not_nil(first.session, "the server gave no session")
  local second = assert(visit(setup, context, first.session))
  check_visit(peer, setup, second, { resumed = true })
end

features["ALPN"] = function(peer, setup)
  local context = context_of(setup, { alpn = { "imaginary", setup.alpn } })
  local first = assert(visit(setup, context))
  check_visit(peer, setup, first, { alpn = setup.alpn })
  local second = assert(visit(setup, context, first.session))
  check_visit(peer, setup, second, { resumed = true, alpn = setup.alpn })
  -- RFC 7301, 3.2 wants a refusal; some go on without a protocol.
  local visited, err = visit(setup, context_of(setup, { alpn = { "imaginary" } }))
  if visited then
    check_visit(peer, setup, visited, {})
  else
    assert.equal("no_application_protocol", err.alert and err.alert.name, tostring(err))
  end
end

-- Servers may refuse in TLS or, as nginx does, by an answer of HTTP.
local function check_refused(visited, err)
  if visited then
    assert.matches("^HTTP/1%.%d 400 ", visited.answer)
  else
    assert.is_true(
      err.kind == "alert" or err.kind == "truncated" or err.kind == "io",
      tostring(err)
    )
  end
end

features["client certificate"] = function(peer, setup)
  local own = setup.identities.client
  local context = context_of(setup, { certificate = own.chain, key = own.key })
  local first = assert(visit(setup, context))
  check_visit(peer, setup, first, { peer = "interop-client" })
  local second = assert(visit(setup, context, first.session))
  check_visit(peer, setup, second, { resumed = true, peer = "interop-client" })
  check_refused(visit(setup, context_of(setup)))
end

--- Check one cell; raises when it fails.
---@param peer spec.interop.Peer
---@param setup spec.interop.Setup
---@param feature spec.interop.Feature
function client.check(peer, setup, feature)
  setup.port, setup.server = peer:serve(setup)
  features[feature](peer, setup)
  if setup.server then setup.server:stop() end
end

return client
