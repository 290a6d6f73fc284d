-- Tickets that are taken once: replays, bounded memory, HelloRetryRequest.

local contexts = require("spec.support.contexts")
local core = require("luatls.core")
local resumption = require("spec.support.resumption")

-- Was the connection resumed, and the session that came of it.
local function connect(client, server, session)
  local two = resumption.connect(client, server, { session = session })
  return resumption.resumed(two), two.client:session()
end

-- Milliseconds are what times are told apart by.
local function let_time_pass()
  local enough = os.clock() + 0.01
  repeat
  until os.clock() > enough
end

for _, version in ipairs({ "1.2", "1.3" }) do
  describe("single-use tickets in TLS " .. version, function()
    local client = contexts.client(version)

    local function fresh(server)
      local _, session = connect(client, server)
      return session
    end

    it("are taken once", function()
      local server = contexts.server({ single_use_tickets = true })
      local session = fresh(server)
      assert.is_true(connect(client, server, session))
      for _ = 1, 3 do
        assert.is_false(connect(client, server, session))
      end
      assert.is_true(connect(client, server, fresh(server)))
    end)

    it("are renewed by the connections that resume", function()
      local server = contexts.server({ single_use_tickets = true })
      local session = fresh(server)
      local expiry = session:expiry()
      for _ = 1, 4 do
        local resumed, next_one = connect(client, server, session)
        assert.is_true(resumed)
        assert.is_false((connect(client, server, session)))
        session = next_one
      end
      -- In TLS 1.2 it is the same master secret still.
      if version == "1.2" then assert.is_true(session:expiry() <= expiry + 1) end
    end)

    it("are taken by each of those who share the secret", function()
      local secret = core.random(32)
      local options = { single_use_tickets = true, ticket_secret = secret }
      local one, two = contexts.server(options), contexts.server(options)
      local session = fresh(one)
      for _, server in ipairs({ one, two }) do
        assert.is_true(connect(client, server, session))
        assert.is_false(connect(client, server, session))
      end
    end)

    it("of the time before the guard are refused", function()
      local secret = core.random(32)
      local options = { single_use_tickets = true, ticket_secret = secret }
      local session = fresh(contexts.server(options))
      let_time_pass()
      assert.is_false(connect(client, contexts.server(options), session))
    end)

    it("are taken once by a context and the one that replaces it", function()
      local two, session
      do
        local one = contexts.server({ single_use_tickets = true })
        two = contexts.server({ single_use_tickets = 70, replaces = one })
        session = fresh(one)
        assert.is_true(connect(client, two, session))
        assert.is_false(connect(client, one, session))
        session = fresh(two)
        assert.is_true(connect(client, one, session))
      end
      collectgarbage()
      assert.is_false(connect(client, two, session))
      for _ = 1, 80 do
        session = fresh(two)
        assert.is_true(connect(client, two, session))
        assert.is_false(connect(client, two, session))
      end
    end)

    it("are single after a context whose tickets are not", function()
      local one = contexts.server()
      local two = contexts.server({ single_use_tickets = true, replaces = one })
      local session = fresh(two)
      assert.is_true(connect(client, two, session))
      assert.is_false(connect(client, two, session))
    end)

    it("are never taken twice, however few are remembered", function()
      for most = 1, 5 do
        local server = contexts.server({ single_use_tickets = most })
        local used, sessions = 0, {}
        for i = 1, 12 do
          sessions[i] = fresh(server)
        end
        for _, session in ipairs(sessions) do
          if connect(client, server, session) then used = used + 1 end
          assert.is_false(connect(client, server, session))
        end
        for _, session in ipairs(sessions) do
          assert.is_false(connect(client, server, session))
        end
        assert.is_true(used >= most)
        assert.is_true(connect(client, server, fresh(server)))
      end
    end)

    it("are taken once though many connections come", function()
      local server = contexts.server({ single_use_tickets = true })
      local sessions = {}
      for i = 1, 70 do
        sessions[i] = fresh(server)
      end
      for _, session in ipairs(sessions) do
        assert.is_true(connect(client, server, session))
      end
      for _, session in ipairs(sessions) do
        assert.is_false(connect(client, server, session))
      end
    end)
  end)
end

describe("a single-use ticket", function()
  it("survives HelloRetryRequest, after which it comes once more", function()
    local client = contexts.client("1.3", { groups = { "x25519", "secp256r1" } })
    local server = contexts.server({ single_use_tickets = true, groups = { "secp256r1" } })
    local resumed, session = connect(client, server)
    assert.is_false(resumed)
    assert.is_true(connect(client, server, session))
    assert.is_false(connect(client, server, session))
  end)
end)

describe("the option single_use_tickets", function()
  it("is checked", function()
    for _, value in ipairs({ 0, -1, 16777217, 1.5, "1", {} }) do
      assert.error_matches(function()
        contexts.server({ single_use_tickets = value })
      end, "single_use_tickets")
    end
    assert.is_truthy(contexts.server({ single_use_tickets = false }))
  end)
end)
