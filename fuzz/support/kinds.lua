--- The kinds of handshakes that a client and a server are fuzzed in: versions,
--- key exchanges and what is asked for, each with contexts of both sides.

local core = require("luatls.core")
local random = require("fuzz.random")
local signature = require("fuzz.signature")
local world = require("fuzz.support.world")

random.stream(0)

local rsa_key = assert(core.key.generate({ type = "rsa" }))
local rsa = assert(core.certificate.issue({
  subject = "CN=Fuzz Server",
  names = { world.HOST },
  key = rsa_key,
  issuer = world.root,
  issuer_key = world.root_key,
  days = 3650,
}))

local EC <const> = { certificate = world.server_chain, key = world.server_key }
local RSA <const> = { certificate = rsa, key = rsa_key }
local NOBODY <const> = {} -- only keys that both have
local KEYS <const> = { fuzz = ("k"):rep(32) }

-- What it signs is good only for who believes all signatures.
local FORGER <const> = assert(core.key.external({
  public = world.server_key,
  sign = function()
    return ("s"):rep(70)
  end,
}))

local function with_suite(name, is_static)
  local options = { cipher_suites = { name }, max_version = "1.2" }
  options.insecure_static_rsa = is_static
  return options
end

local CLIENT <const> =
  { certificate = world.client_chain, key = world.client_key }

local function choose()
  return world.client_chain, world.client_key
end

local ASKING <const> = { client_auth = "required", trust = world.trust }

---@class fuzz.Kind
---@field name string
---@field version "1.2"|"1.3"
---@field identity table the server's
---@field client table more options
---@field server table
---@field resumed boolean a session is offered
---@field early_data? string sent with it

local function psk(client)
  client.psk = { identity = "fuzz", key = KEYS.fuzz }
  return client
end

local function kind(version, name, identity, client, server)
  return {
    name = "tls" .. version:gsub("%.", "") .. name,
    version = version,
    identity = identity,
    client = client or {},
    server = server or {},
    resumed = name == "_resumed" or name == "_early",
    early_data = name == "_early" and "GET / HTTP/1.1\r\n\r\n" or nil,
  }
end

local RETRY <const> = { groups = { "secp256r1" } }
local RETRIED <const> = { groups = { "x25519", "secp256r1" } }
local STATIC <const> = with_suite("AES128-GCM-SHA256", true)
local FINITE <const> = with_suite("DHE-RSA-AES128-GCM-SHA256")
local CBC <const> = with_suite("ECDHE-ECDSA-AES128-SHA")

local ASKED <const> = {
  on_client_hello = function(hello)
    return nil, not hello.ja4 and "internal_error" or nil
  end,
  key = FORGER,
  client_auth = "optional",
  trust = world.trust,
}

-- Another handshake in the same connection, with the client's certificate.
local ASKING_AGAIN <const> =
  { client_auth = "optional", trust = world.trust, renegotiation = true }
local KNOWN_AGAIN <const> = {
  certificate = world.client_chain,
  key = world.client_key,
  renegotiation = true,
}

-- New ones go to the end: an input names its kind by its number.
local KINDS <const> = {
  kind("1.3", "", EC),
  kind("1.2", "", EC),
  kind("1.3", "_mutual", EC, CLIENT, ASKING),
  kind("1.2", "_mutual", EC, CLIENT, ASKING),
  kind("1.3", "_rsa", RSA),
  kind("1.2", "_rsa", RSA),
  kind("1.3", "_resumed", EC),
  kind("1.2", "_resumed", EC),
  kind("1.3", "_retry", EC, RETRIED, RETRY),
  kind("1.2", "_static", RSA, STATIC, STATIC),
  kind("1.2", "_finite", RSA, FINITE, FINITE),
  kind("1.2", "_cbc", EC, CBC, CBC),
  kind("1.3", "_psk", NOBODY, psk({}), { psk = KEYS }),
  kind("1.2", "_psk", NOBODY, psk({}), { psk = KEYS }),
  kind("1.3", "_asked", EC, { on_certificate_request = choose }, ASKED),
  kind("1.2", "_asked", EC, { on_certificate_request = choose }, ASKED),
  kind("1.3", "_early", EC, nil, { early_data = 1000 }),
  kind("1.2", "_again", EC, KNOWN_AGAIN, ASKING_AGAIN),
}

local function context(role, version, ...)
  local options = { role = role, max_version = version, alpn = { "h2" } }
  for _, source in ipairs({ ... }) do
    for name, value in pairs(source) do
      options[name] = value
    end
  end
  return assert(core.context(options))
end

local TRUST <const> = { trust = world.trust }
local SECRET <const> = { ticket_secret = ("t"):rep(32) }

local function make_server(one)
  local secret = one.identity ~= NOBODY and SECRET or {}
  return context("server", nil, one.identity, secret, one.server)
end

local function make_contexts(one)
  local trust = one.identity ~= NOBODY and TRUST or {}
  one.contexts = {
    client = context("client", one.version, trust, one.client),
    server = make_server(one),
  }
end

-- A context takes early data of a ticket once only: each has its own.
local function accept(one)
  local server = one.early_data and make_server(one) or one.contexts.server
  return server:connection()
end

local kinds = { list = KINDS }

--- The kind of a number.
---@param number integer
---@return fuzz.Kind
function kinds.of(number)
  return KINDS[1 + number % #KINDS]
end

--- A connection of a role, in a kind of handshake.
---@param one fuzz.Kind
---@param role "client"|"server"
---@return luatls.connection
function kinds.connect(one, role)
  if role == "server" then return accept(one) end
  local name = one.identity ~= NOBODY and world.HOST or nil
  local options = { name = name, session = one.session }
  options.early_data = one.session and one.early_data
  return one.contexts.client:connection(options)
end

-- One whole connection, for the session that it leaves.
local function make_session(one)
  local client = kinds.connect(one, "client")
  local server = kinds.connect(one, "server")
  for _ = 1, 4 do
    client:handshake()
    server:feed(client:drain())
    server:handshake()
    client:feed(server:drain())
  end
  if one.early_data then server:read_early() end
  assert(server:write("x"))
  client:feed(server:drain())
  assert(client:read() == "x")
  one.session = assert(client:session())
end

for _, one in ipairs(KINDS) do
  make_contexts(one)
  if one.resumed then make_session(one) end
end

signature.believe(false)
random.rewind()

return kinds
