-- Resumption between our own sides: what is kept, and when it is not resumed.

local contexts = require("spec.support.contexts")
local core = require("luatls.core")
local pair = require("spec.support.pair")
local pki = require("spec.support.pki")
local resumption = require("spec.support.resumption")

local connect, resumed = resumption.connect, resumption.resumed

for _, version in ipairs({ "1.2", "1.3" }) do
  describe("a session of TLS " .. version, function()
    local client, server = contexts.client(version), contexts.server()

    it("is resumed, and tells who the peer is all the same", function()
      local first = connect(client, server)
      assert.is_false(resumed(first))
      local session = first.client:session()
      assert.equal("luatls.session (localhost)", tostring(session))
      assert.equal("localhost", session:name())
      assert.equal("TLS " .. version, session:version())
      local second = connect(client, server, { session = session })
      assert.is_true(resumed(second))
      assert.is_true(second.client:info().verified)
      assert.is_true(second.client:peer_chain()[1] == pki.server().certificate)
      assert.is_true(session:peer_chain()[1] == pki.server().certificate)
      assert.equal("x25519", second.client:info().group or "x25519")
    end)

    it("can be had from a resumed connection again", function()
      local session = connect(client, server).client:session()
      for _ = 1, 3 do
        local next_one = connect(client, server, { session = session })
        assert.is_true(resumed(next_one))
        session = next_one.client:session() or session
      end
    end)

    it("is not resumed for another name", function()
      local session = connect(client, server).client:session()
      assert.is_false(resumed(connect(client, server, { name = "127.0.0.1", session = session })))
    end)

    it("does not make an unverified peer a verified one", function()
      local careless = contexts.client(version, { insecure_skip_verify = true })
      local session = connect(careless, server).client:session()
      local again = connect(careless, server, { session = session })
      assert.is_true(resumed(again))
      assert.is_false(again.client:info().verified)
      assert.is_false(resumed(connect(client, server, { session = session })))
    end)

    it("is taken by all servers with the same secret, and by no other", function()
      local secret = core.random(32)
      local one = contexts.server({ ticket_secret = secret })
      local session = connect(client, one).client:session()
      local two = contexts.server({ ticket_secret = secret })
      assert.is_true(resumed(connect(client, two, { session = session })))
      local session_of_two = connect(client, two).client:session()
      local stranger = contexts.server({ ticket_secret = core.random(32) })
      assert.is_false(resumed(connect(client, stranger, { session = session_of_two })))
      local other = pki.server("rsa")
      local another = contexts.server({
        ticket_secret = secret,
        certificate = other.chain,
        key = other.key,
      })
      session = connect(client, one).client:session()
      assert.is_false(resumed(connect(client, another, { session = session })))
    end)

    it("is not there when the server gives no tickets", function()
      local first = connect(client, contexts.server({ tickets = false }))
      local session = first.client:session()
      if session then
        local again = { session = session }
        assert.is_false(resumed(connect(client, contexts.server({ tickets = false }), again)))
      end
    end)

    it("is nothing for a server, nor before the handshake, nor after the end", function()
      local two = pair.join(client:connection({ name = "localhost" }), server:connection())
      assert.is_nil(two.client:session())
      two:handshake()
      assert.is_nil(two.server:session())
      two.client:close()
      assert.is_nil(two.client:session())
    end)
  end)
end

describe("a session of TLS 1.2", function()
  it("is not resumed where a hello of TLS 1.2 alone cannot be made", function()
    local identity = pki.server("rsa")
    local server = contexts.server({ certificate = identity.chain, key = identity.key })
    local session = connect(contexts.client("1.2"), server).client:session()
    local only_pss = assert(core.context({
      role = "client",
      trust = pki.root().chain,
      signature_algorithms = { "rsa_pss_rsae_sha256" },
    }))
    local two = connect(only_pss, server, { session = session })
    assert.is_false(resumed(two))
    assert.equal("TLS 1.3", two.client:info().version)
  end)
end)

describe("options of sessions", function()
  it("are checked", function()
    local client = contexts.client("1.3")
    assert.error_matches(function()
      client:connection({ name = "a", session = "x" })
    end, "luatls.session expected")
    for _, options in ipairs({
      { ticket_secret = "short" },
      { ticket_secret = 5 },
      { ticket_lifetime = 0 },
      { ticket_lifetime = 604801 },
      { replaces = client },
      { replaces = "x" },
    }) do
      assert.has_error(function()
        contexts.server(options)
      end)
    end
    assert.error_matches(function()
      contexts.client("1.3", { replaces = contexts.server() })
    end, "it is for servers")
  end)
end)

for _, version in ipairs({ "1.2", "1.3" }) do
  describe("a context that replaces another, in TLS " .. version, function()
    local client, server = contexts.client(version), contexts.server()

    -- Is a session of the first server resumed by the second one?
    local function check(expected, one, two)
      local session = connect(client, one).client:session()
      assert.equal(expected, resumed(connect(client, two, { session = session })))
    end

    it("takes the sessions of the one before", function()
      local second = contexts.server({ replaces = server })
      check(true, server, second)
      check(true, server, contexts.server({ replaces = second }))
      check(true, second, server)
    end)

    it("takes them after one without tickets", function()
      local off = contexts.server({ replaces = server, tickets = false })
      check(true, server, contexts.server({ replaces = off }))
    end)

    it("has the secret that it is given", function()
      local secret = { replaces = server, ticket_secret = core.random(32) }
      check(false, server, contexts.server(secret))
    end)

    it("does not take them under another certificate", function()
      local other = pki.server("rsa")
      local options = { replaces = server, certificate = other.chain, key = other.key }
      check(false, server, contexts.server(options))
    end)
  end)
end
