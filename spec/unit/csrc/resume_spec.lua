-- What a client offers and keeps: sessions of another version, tickets that are
-- refused, more tickets than one.

local contexts = require("spec.support.contexts")
local core = require("luatls.core")
local pair = require("spec.support.pair")
local resumption = require("spec.support.resumption")

describe("a session of another version", function()
  local secret = core.random(32)
  local client = contexts.client("1.2", { max_version = "1.3" })

  local function server_of(lowest, highest, options)
    local complete = { min_version = lowest, max_version = highest, ticket_secret = secret }
    for name, value in pairs(options or {}) do
      complete[name] = value
    end
    return contexts.server(complete)
  end

  -- The versions of the server before and after, and what comes of it.
  for _, case in ipairs({
    { "1.2", "1.2", "1.2", "1.2" },
    { "1.2", "1.2", "1.3", "1.3" },
    { "1.2", "1.3", "1.3", "1.3" },
    { "1.3", "1.2", "1.2", "1.2" },
    { "1.3", "1.2", "1.3", "1.3" },
    { "1.3", "1.3", "1.3", "1.3" },
  }) do
    local first, lowest, highest, agreed = table.unpack(case)
    for _, tickets in ipairs({ true, false }) do
      local title = "of TLS %s, tickets: %s, leaves a server of %s to %s its choice"
      it(title:format(first, tickets, lowest, highest), function()
        local before = server_of(first, first, { tickets = tickets })
        local after = server_of(lowest, highest)
        local session = resumption.connect(client, before).client:session()
        if not session then return assert.is_true(first == "1.3" and not tickets) end
        assert.equal("TLS " .. first, session:version())
        local two = resumption.connect(client, after, { session = session })
        assert.equal("TLS " .. agreed, two.client:info().version)
        local is_same = first == lowest and first == highest
        assert.equal(is_same and tickets, resumption.resumed(two))
        -- What comes of that connection is whole.
        session = assert(two.client:session())
        assert.equal("TLS " .. agreed, session:version())
        assert.is_true(resumption.works(client, after, session))
      end)
    end
  end

  it("resumes where its version is agreed on again", function()
    for _, version in ipairs({ "1.2", "1.3" }) do
      local server = server_of(version, version)
      local session = resumption.session(client, server)
      for _ = 1, 3 do
        local two = resumption.connect(client, server, { session = session })
        assert.is_true(resumption.resumed(two))
        assert.equal("TLS " .. version, two.client:info().version)
        session = two.client:session()
      end
    end
  end)

  it("resumes by its id too", function()
    local server = server_of("1.2", "1.2", { tickets = false })
    local session = resumption.session(client, server)
    assert.is_true(resumption.works(client, server, session))
    assert.equal(1, server:statistics().resumed_by_id)
  end)

  it("resumes after a HelloRetryRequest", function()
    local server = server_of("1.3", "1.3", { groups = { "secp256r1" } })
    local session = resumption.session(client, server)
    assert.is_true(resumption.works(client, server, session))
    assert.equal(1, server:statistics().tickets.taken) -- though it came twice
    local old = resumption.session(client, server_of("1.2", "1.2"))
    assert.is_false(resumption.works(client, server, old))
  end)
end)

for _, version in ipairs({ "1.2", "1.3" }) do
  describe("a ticket of TLS " .. version .. " that a server refuses", function()
    local client = contexts.client(version)

    it("ends in a full handshake, and its session is whole", function()
      local one, other = contexts.server(), contexts.server()
      local session = resumption.session(client, one)
      local two = resumption.connect(client, other, { session = session })
      assert.is_false(resumption.resumed(two))
      session = two.client:session()
      assert.is_true(resumption.works(client, other, session))
    end)

    -- Else it would be offered once more, with another connection's secret.
    it("is not kept when the server gives no other", function()
      local one = contexts.server()
      local session = resumption.session(client, one)
      local other = contexts.server({ tickets = false, session_cache = false })
      local two = resumption.connect(client, other, { session = session })
      assert.is_false(resumption.resumed(two))
      session = two.client:session()
      assert.is_false(resumption.works(client, one, session))
    end)
  end)
end

describe("the tickets of TLS 1.3", function()
  local client, server = contexts.client("1.3"), contexts.server()

  it("are two, and each can be had", function()
    local two = resumption.connect(client, server)
    local first, second = two.client:session(), two.client:session()
    assert.is_nil(two.client:session())
    for _, session in ipairs({ first, second }) do
      assert.is_true(resumption.works(client, server, session))
    end
    assert.equal(4, server:statistics().tickets.issued)
  end)

  it("are none in a server's hands", function()
    assert.is_nil(resumption.connect(client, server).server:session())
  end)
end)

describe("conn:info() of a resumed connection", function()
  for version, expected in pairs({
    -- The keys come from the master secret that the ticket holds.
    ["1.2"] = { key_exchange = "ECDHE", authentication = "ECDSA", forward_secrecy = false },
    ["1.3"] = { key_exchange = "ECDHE", authentication = "PSK", forward_secrecy = true },
  }) do
    it("tells what its keys come from in TLS " .. version, function()
      local client, server = contexts.client(version), contexts.server()
      local session = resumption.session(client, server)
      local two = resumption.connect(client, server, { session = session })
      for _, info in ipairs({ two.client:info(), two.server:info() }) do
        assert.is_true(info.resumed)
        for field, value in pairs(expected) do
          assert.equal(value, info[field], field)
        end
        assert.is_nil(info.signature_algorithm)
        assert.equal(version == "1.3" and "x25519" or nil, info.group)
        assert.equal(1, info.round_trips)
      end
    end)
  end
end)

describe("a session", function()
  it("tells until when it is good", function()
    for _, version in ipairs({ "1.2", "1.3" }) do
      local client = contexts.client(version)
      local now = os.time()
      local session = resumption.session(client, contexts.server({ ticket_lifetime = 100 }))
      assert.is_true(math.abs(session:expiry() - now - 100) <= 2)
    end
    local by_id = contexts.server({ tickets = false })
    local session = resumption.session(contexts.client("1.2"), by_id)
    assert.is_true(math.abs(session:expiry() - os.time() - 86400) <= 2)
  end)

  it("of a server is refused as an option", function()
    local client = contexts.client("1.3")
    local session = resumption.session(client, contexts.server())
    local conn = contexts.server():connection({ session = session })
    local two = pair.join(client:connection({ name = "localhost" }), conn)
    assert.is_true((two:handshake()))
    assert.is_false(resumption.resumed(two))
  end)
end)
