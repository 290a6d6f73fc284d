-- Tickets: what stands in them, whom they are for, and what is no ticket.

local contexts = require("spec.support.contexts")
local core = require("luatls.core")
local hello = require("spec.support.client_hello")
local pair = require("spec.support.pair")
local pki = require("spec.support.pki")
local resumption = require("spec.support.resumption")

local SESSION_TICKET <const>, PRE_SHARED_KEY <const> = 35, 41
local EXTENDED_MASTER_SECRET <const> = hello.extension(23, "")

-- A server that asks for certificates.
local function strict_server(options)
  local complete = { client_auth = "required", trust = pki.root().chain }
  for name, value in pairs(options or {}) do
    complete[name] = value
  end
  return contexts.server(complete)
end

local function known_client(version, options)
  local identity = pki.client()
  local complete = { certificate = identity.chain, key = identity.key }
  for name, value in pairs(options or {}) do
    complete[name] = value
  end
  return contexts.client(version, complete)
end

for _, version in ipairs({ "1.2", "1.3" }) do
  describe("a ticket of TLS " .. version .. " for a client with a certificate", function()
    local client = known_client(version)

    it("tells chain and verdict again", function()
      for _, auth in ipairs({ "required", "optional" }) do
        local server = strict_server({ client_auth = auth })
        local session = resumption.session(client, server)
        for _ = 1, 3 do
          local two = resumption.connect(client, server, { session = session })
          assert.is_true(resumption.resumed(two))
          assert.is_true(two.server:info().verified)
          assert.is_true(two.server:peer_chain()[1] == pki.client().certificate)
          assert.equal(1, #two.server:peer_chain())
          session = assert(two.client:session())
        end
      end
    end)

    it("tells of a chain all that was sent", function()
      local middle =
        pki.make({ subject = "CN=Middle", usage = "ca", issuer = pki.root(), days = 5 })
      local identity =
        pki.make({ subject = "CN=Leaf", usage = "client", issuer = middle, days = 5 })
      local other = known_client(version, { certificate = identity.chain, key = identity.key })
      local server = strict_server()
      local two = resumption.connect(other, server, {
        session = resumption.session(other, server),
      })
      assert.is_true(resumption.resumed(two))
      assert.equal(identity.chain:pem(), two.server:peer_chain():pem())
      assert.equal(2, #two.server:peer_chain())
    end)

    it("is not given when the chain is too large", function()
      local names = {}
      for i = 1, 300 do
        names[i] = ("host-%d.example"):format(i)
      end
      local identity = pki.make({
        subject = "CN=Many Names",
        names = names,
        usage = "client",
        issuer = pki.root(),
        days = 5,
      })
      local other = known_client(version, { certificate = identity.chain, key = identity.key })
      local server = strict_server()
      local two = resumption.connect(other, server)
      local session = two.client:session()
      assert.is_true(session == nil or not resumption.works(other, server, session))
      local tickets = server:statistics().tickets
      assert.equal(0, tickets.issued)
      assert.is_true(tickets.too_large > 0)
    end)

    it("is given to those who had none, who stay unknown", function()
      local server = strict_server({ client_auth = "optional" })
      local nobody = contexts.client(version)
      local two = resumption.connect(nobody, server, {
        session = resumption.session(nobody, server),
      })
      assert.is_true(resumption.resumed(two))
      assert.is_nil(two.server:peer_chain())
      assert.is_false(two.server:info().verified)
    end)

    it("makes nobody verified who was not", function()
      local server = strict_server({ insecure_skip_verify = true })
      local two = resumption.connect(client, server, {
        session = resumption.session(client, server),
      })
      assert.is_true(resumption.resumed(two))
      assert.is_false(two.server:info().verified)
      assert.is_truthy(two.server:peer_chain())
    end)

    it("is not taken where trust or terms are others", function()
      local secret = core.random(32)
      local server = strict_server({ ticket_secret = secret })
      for _, options in ipairs({
        { trust = pki.root().certificate:pem() .. pki.stranger().certificate:pem() },
        { profile = "rfc5280" },
        { client_auth = "optional" },
      }) do
        options.ticket_secret = secret
        local session = resumption.session(client, server)
        assert.is_false(resumption.works(client, strict_server(options), session))
      end
    end)

    it("is taken only while on_verify agrees", function()
      local answer, calls = true, 0
      local server = strict_server({
        on_verify = function(chain)
          calls = calls + 1
          assert(chain[1] == pki.client().certificate)
          if answer == "raise" then error("out of order") end
          return answer, "it was banned"
        end,
      })
      local session = resumption.session(client, server)
      assert.is_true(resumption.works(client, server, session))
      assert.equal(2, calls)
      for _, bad in ipairs({ false, "raise" }) do
        answer = bad
        local conn = client:connection({ name = "localhost", session = session })
        local two = pair.join(conn, server:connection())
        local done, _, err = two:handshake()
        assert.is_false(done)
        assert.equal("verify", err.kind)
        assert.matches(bad and "on_verify raised" or "it was banned", err.message)
      end
      assert.equal(2, server:statistics().tickets.other_peer)
    end)
  end)

  describe("a ticket of TLS " .. version, function()
    local client, server = contexts.client(version), contexts.server()

    it("is bound to the server name that was sent", function()
      local session = resumption.session(client, server, { sni = "a.example" })
      assert.is_true(resumption.works(client, server, session, { sni = "a.example" }))
      session = resumption.session(client, server, { sni = "a.example" })
      assert.is_false(resumption.works(client, server, session, { sni = "b.example" }))
      session = resumption.session(client, server, { sni = "a.example" })
      assert.is_false(resumption.works(client, server, session))
    end)

    it("is counted, whatever becomes of it", function()
      local counting = contexts.server({ single_use_tickets = true })
      local session = resumption.session(client, counting)
      resumption.works(client, counting, session)
      resumption.works(client, counting, session)
      session = resumption.session(client, server)
      resumption.works(client, counting, session)
      local counts = counting:statistics()
      assert.equal(4, counts.handshakes)
      assert.equal(1, counts.resumed)
      assert.equal(1, counts.resumed_by_ticket)
      assert.equal(0, counts.resumed_by_id)
      assert.equal(1, counts.tickets.taken)
      assert.equal(1, counts.tickets.replayed)
      assert.equal(1, counts.tickets.unknown)
      assert.equal(0, counts.tickets.expired)
      assert.is_true(counts.tickets.issued >= 3)
      assert.equal(0, contexts.client(version):statistics().handshakes)
    end)
  end)
end

describe("a ticket of TLS 1.2, by hand", function()
  local server = contexts.server()

  -- What a client that has met the server says first.
  local function offered(version, options)
    local peer = contexts.client(version, options)
    local session = resumption.session(peer, server)
    local conn = peer:connection({ name = "localhost", session = session })
    conn:handshake()
    return conn:drain()
  end

  local function sni(name)
    local list = string.pack(">I1s2", 0, name)
    return hello.extension(0, string.pack(">s2", list))
  end

  -- Does a server resume for a hello with these extensions? A full handshake
  -- sends a certificate.
  local function resumes(...)
    local conn = server:connection()
    local extensions = { hello.GROUPS, hello.POINTS, hello.SIGNATURES, ... }
    conn:feed(hello.client({ suites = { 0xc02b, 0xc02c }, extensions = extensions }))
    conn:handshake()
    local out, at, types = conn:drain(), 1, {}
    while at <= #out do
      local kind, body
      kind, body, at = string.unpack(">I1xxs2", out, at)
      local first = 1
      while kind == 22 and types[#types] ~= 20 and first + 3 <= #body do
        types[#types + 1] = body:byte(first)
        first = first + 4 + string.unpack(">I3", body, first + 1)
      end
      if kind == 20 then types[#types + 1] = 20 end
    end
    local seen = table.concat(types, " ")
    if seen:find("^2 20") then return true end
    assert.matches("^2 11 12 14", seen)
    return false
  end

  local ticket = hello.body(offered("1.2"), SESSION_TICKET)

  local function with(bytes)
    return resumes(sni("localhost"), EXTENDED_MASTER_SECRET, hello.extension(SESSION_TICKET, bytes))
  end

  it("is resumed", function()
    assert.is_true(with(ticket))
    assert.is_true(
      resumes(hello.extension(SESSION_TICKET, ticket), EXTENDED_MASTER_SECRET, sni("LOCALHOST"))
    )
  end)

  -- RFC 5246, 7.4.1.3.
  it("keeps its suite, or is nothing", function()
    local resumed = 0
    for _, name in ipairs({ "AES_128_GCM_SHA256", "AES_256_GCM_SHA384" }) do
      local suite = "TLS_ECDHE_ECDSA_WITH_" .. name
      local bytes = hello.body(offered("1.2", { cipher_suites = { suite } }), SESSION_TICKET)
      if with(bytes) then resumed = resumed + 1 end
    end
    assert.equal(1, resumed)
  end)

  it("is nothing when any of its bits is another", function()
    for i = 1, #ticket do
      local byte = ticket:byte(i) ~ (1 << i % 8)
      assert.is_false(with(ticket:sub(1, i - 1) .. string.char(byte) .. ticket:sub(i + 1)))
    end
  end)

  it("is nothing when it is cut off, or something follows", function()
    for i = 0, #ticket - 1 do
      assert.is_false(with(ticket:sub(1, i)))
    end
    assert.is_false(with(ticket .. "\0"))
    assert.is_false(with("\0" .. ticket))
    assert.is_false(with(core.random(15000)))
  end)

  it("is bound to the server name, wherever that stands", function()
    local extension = hello.extension(SESSION_TICKET, ticket)
    assert.is_false(resumes(sni("other.example"), EXTENDED_MASTER_SECRET, extension))
    assert.is_false(resumes(EXTENDED_MASTER_SECRET, extension, sni("other.example")))
    assert.is_false(resumes(EXTENDED_MASTER_SECRET, extension))
  end)

  -- RFC 7627, 5.3.
  it("is bound to the extended master secret", function()
    local extension = hello.extension(SESSION_TICKET, ticket)
    assert.is_false(resumes(sni("localhost"), extension))
    assert.is_true(resumes(sni("localhost"), extension, EXTENDED_MASTER_SECRET))
    assert.equal(1, server:statistics().tickets.unbound)
  end)

  -- mbedTLS would resume with a master secret of zeros, which everybody knows.
  it("is none when it is of TLS 1.3, which anybody can have overheard", function()
    local identities = hello.body(offered("1.3"), PRE_SHARED_KEY)
    local overheard = string.unpack(">s2", identities, 3)
    assert.is_false(with(overheard))
  end)
end)
