--- Run by luatls-guard, whose clock can be put forward: sessions, tickets and
--- what stands in caches grow old. Prints what it found.

local contexts = require("spec.support.contexts")
local core = require("luatls.core")
local guard = require("guard")
local pki = require("spec.support.pki")
local resumption = require("spec.support.resumption")

local HOUR <const>, DAY <const> = 3600, 86400

local version = ...
local client = contexts.client(version)
local count = 0

local function check(wanted, got, what)
  count = count + 1
  if wanted ~= got then
    error(("%s: %s instead of %s"):format(what, tostring(got), tostring(wanted)), 2)
  end
end

-- The client's view of a session that the server would still take.
local function offers(session)
  local options = { name = "localhost", session = session }
  local conn = client:connection(options)
  conn:handshake()
  local bytes = conn:drain()
  local without = client:connection({ name = "localhost" })
  without:handshake()
  return #bytes > #without:drain()
end

local function lifetimes()
  local server = contexts.server({ ticket_lifetime = HOUR })
  local session = resumption.session(client, server)
  check(true, offers(session), "a fresh session is offered")
  guard.pass(HOUR - 5)
  check(true, resumption.works(client, server, session), "just before its end")
  guard.pass(10)
  check(false, offers(session), "after its end")
  check(false, resumption.works(client, server, session), "after its end")
end

-- A client that does not count is told by the server.
local function stubborn()
  local secret = core.random(32)
  local long = contexts.server({ ticket_secret = secret, ticket_lifetime = 2 * DAY })
  local short = contexts.server({ ticket_secret = secret, ticket_lifetime = 2 * DAY })
  local session = resumption.session(client, long)
  guard.pass(DAY)
  check(true, resumption.works(client, short, session), "by another server a day later")
  local before = short:statistics().tickets
  session = resumption.session(client, long)
  guard.pass(-2 * DAY)
  check(false, resumption.works(client, short, session), "of two days from now")
  guard.pass(2 * DAY)
  -- A client of TLS 1.3 does not even offer it.
  local counted = version == "1.2" and 1 or 0
  check(before.expired + counted, short:statistics().tickets.expired, "is counted")
  session = resumption.session(client, long)
  local bytes = session:save()
  guard.pass(-30)
  session = core.session.load(bytes)
  check(true, resumption.works(client, short, session), "of another clock, half a minute fast")
  guard.pass(30)
end

local function saved()
  local server = contexts.server({ ticket_lifetime = DAY })
  local bytes = resumption.session(client, server):save()
  guard.pass(HOUR)
  local session = core.session.load(bytes)
  check(true, resumption.works(client, server, session), "loaded an hour later")
  guard.pass(DAY)
  session = core.session.load(bytes)
  check(false, offers(session), "loaded a day later")
end

local function reuse()
  local server = contexts.server({ ticket_lifetime = HOUR })
  local session = resumption.session(client, server)
  for _ = 1, 6 do
    guard.pass(HOUR // 4)
    local two = resumption.connect(client, server, { session = session })
    session = two.client:session() or session
  end
  -- The same master secret is not resumed for ever; TLS 1.3 has a new one.
  local expected = version == "1.3"
  check(expected, server:statistics().tickets.taken == 6, "used again and again")
end

local function identity(days, usage)
  return pki.make({
    subject = "CN=Short " .. usage,
    names = usage == "server" and { "localhost" } or nil,
    usage = usage,
    issuer = pki.root(),
    not_before = os.time() - HOUR,
    not_after = os.time() + days * DAY,
  })
end

-- Five days have passed already; the root is good for thirty.
local function peers()
  local short = identity(17, "client")
  local known = contexts.client(version, { certificate = short.chain, key = short.key })
  local options = { client_auth = "required", trust = pki.root().chain, ticket_lifetime = 7 * DAY }
  local long = identity(20, "server")
  options.certificate, options.key = long.chain, long.key
  local server = contexts.server(options)
  guard.pass(10 * DAY)
  local session = resumption.session(known, server)
  check(true, resumption.works(known, server, session), "of a client whose certificate is good")
  session = resumption.session(known, server)
  guard.pass(3 * DAY)
  local ok, why = pcall(resumption.works, known, server, session)
  check(false, ok, "of a client whose certificate has expired")
  check("expired", why.problems and why.problems[1].code or why.alert.name:match("expired"), "why")
  check(1, server:statistics().tickets.other_peer, "is counted")
end

local function servers()
  local short = identity(21, "server")
  local server = contexts.server({
    certificate = short.chain,
    key = short.key,
    ticket_lifetime = 7 * DAY,
  })
  guard.pass(DAY)
  local session = resumption.session(client, server)
  check(true, offers(session), "a server whose certificate is good")
  guard.pass(2 * DAY)
  check(false, offers(session), "a server whose certificate has expired")
end

pki.server() -- good from now on
guard.pass(3 * DAY) -- so that it can be put back too
lifetimes()
stubborn()
saved()
reuse()
peers()
servers()
print(count .. " checks")
