-- Sessions by id, in TLS 1.2: the built-in cache, and one of the user's.

local contexts = require("spec.support.contexts")
local core = require("luatls.core")
local pair = require("spec.support.pair")
local pki = require("spec.support.pki")
local resumption = require("spec.support.resumption")

-- A server that knows sessions by their ids only.
local function server_of(options)
  local complete = { tickets = false }
  for name, value in pairs(options or {}) do
    complete[name] = value
  end
  return contexts.server(complete)
end

-- A cache in a table, which notes what is called.
local function new_cache()
  local cache = { kept = {}, calls = {} }
  function cache.get(id)
    cache.calls[#cache.calls + 1] = "get"
    return cache.kept[id]
  end
  function cache.set(id, bytes, lifetime)
    cache.calls[#cache.calls + 1] = "set"
    cache.lifetime = lifetime
    cache.kept[id] = bytes
  end
  function cache.remove(id)
    cache.calls[#cache.calls + 1] = "remove"
    cache.kept[id] = nil
  end
  return cache, { get = cache.get, set = cache.set, remove = cache.remove }
end

describe("the built-in cache", function()
  local client = contexts.client("1.2")

  it("resumes sessions of clients without tickets", function()
    local server = server_of()
    local session = resumption.session(client, server)
    for _ = 1, 3 do
      assert.is_true(resumption.works(client, server, session))
    end
    local counts = server:statistics()
    assert.equal(4, counts.handshakes)
    assert.equal(3, counts.resumed_by_id)
    assert.equal(0, counts.resumed_by_ticket)
    assert.same({ hits = 3, misses = 0, stored = 1, dropped = 0, errors = 0 }, counts.cache)
    assert.equal(3, client:statistics().resumed_by_id)
  end)

  it("can be turned off", function()
    local server = server_of({ session_cache = false })
    local session = resumption.session(client, server)
    assert.is_false(resumption.works(client, server, session))
  end)

  it("is not used for those who have tickets", function()
    local server = contexts.server()
    local session = resumption.session(client, server)
    assert.is_true(resumption.works(client, server, session))
    assert.equal(0, server:statistics().cache.stored)
  end)

  it("is of one context", function()
    local session = resumption.session(client, server_of())
    assert.is_false(resumption.works(client, server_of(), session))
  end)

  it("tells chain and verdict of clients again", function()
    local identity = pki.client()
    local known = contexts.client("1.2", { certificate = identity.chain, key = identity.key })
    local server = server_of({ client_auth = "required", trust = pki.root().chain })
    local session = resumption.session(known, server)
    local two = resumption.connect(known, server, { session = session })
    assert.is_true(resumption.resumed(two))
    assert.is_true(two.server:info().verified)
    assert.is_true(two.server:peer_chain()[1] == identity.certificate)
  end)

  it("resumes under the same server name only", function()
    local server = server_of()
    -- The client would not offer it: its bytes are made to.
    local session = resumption.session(client, server, { sni = "a.example" })
    local bytes = session:save():gsub("a%.example", "b.example")
    local other = assert(core.session.load(bytes))
    assert.is_false(resumption.works(client, server, other, { sni = "b.example" }))
    assert.is_true(resumption.works(client, server, session, { sni = "a.example" }))
    assert.equal(0, server:statistics().cache.dropped)
  end)

  it("forgets what was not used for the longest time", function()
    for most = 1, 6 do
      local server = server_of({ session_cache = most })
      local sessions = {}
      for i = 1, most do
        sessions[i] = resumption.session(client, server)
      end
      for i = most, 1, -1 do
        assert.is_true(resumption.works(client, server, sessions[i]))
      end
      sessions[0] = resumption.session(client, server)
      for i = 0, most - 1 do
        assert.is_true(resumption.works(client, server, sessions[i]))
      end
      assert.is_false(resumption.works(client, server, sessions[most]))
    end
  end)
end)

describe("a cache of the user's", function()
  local client = contexts.client("1.2")

  it("is asked for ids in hex, and told for how long", function()
    local cache, functions = new_cache()
    local server = server_of({ session_cache = functions, ticket_lifetime = 77 })
    local session = resumption.session(client, server)
    assert.equal(77, cache.lifetime)
    local id = next(cache.kept)
    assert.matches("^%x+$", id)
    assert.equal(64, #id)
    assert.is_true(resumption.works(client, server, session))
    assert.same({ "set", "get" }, cache.calls)
  end)

  it("is shared by servers with the same secret", function()
    local _, functions = new_cache()
    local options = { session_cache = functions, ticket_secret = core.random(32) }
    local session = resumption.session(client, server_of(options))
    assert.is_true(resumption.works(client, server_of(options), session))
  end)

  it("can neither read nor make what it keeps", function()
    local cache, functions = new_cache()
    local server = server_of({ session_cache = functions })
    local session = resumption.session(client, server)
    local id, bytes = next(cache.kept)
    assert.is_nil(bytes:find("localhost", 1, true))
    for i = 1, #bytes, 7 do
      cache.kept[id] = bytes:sub(1, i - 1) .. string.char(bytes:byte(i) ~ 1) .. bytes:sub(i + 1)
      assert.is_false(resumption.works(client, server, session))
      assert.is_nil(cache.kept[id]) -- of no use: it was removed
    end
    for i = 0, #bytes - 1, 5 do
      cache.kept[id] = bytes:sub(1, i)
      assert.is_false(resumption.works(client, server, session))
    end
    cache.kept[id] = bytes
    assert.is_true(resumption.works(client, server, session))
  end)

  it("cannot give one session for another", function()
    local cache, functions = new_cache()
    local server = server_of({ session_cache = functions })
    local session = resumption.session(client, server)
    local id, bytes = next(cache.kept)
    cache.kept = {}
    resumption.session(client, server)
    local other, theirs = next(cache.kept)
    assert.not_equal(id, other)
    cache.kept[id] = theirs
    assert.is_false(resumption.works(client, server, session))
    cache.kept[id] = bytes
    assert.is_true(resumption.works(client, server, session))
  end)

  it("cannot give a ticket for a session", function()
    local cache, functions = new_cache()
    local secret = core.random(32)
    local server = server_of({ session_cache = functions, ticket_secret = secret })
    local session = resumption.session(client, server)
    local id = next(cache.kept)
    local giver = contexts.server({ ticket_secret = secret })
    local save = resumption.session(client, giver):save()
    local found = 0
    for first = 1, #save - 60 do
      cache.kept[id] = save:sub(first, first + #assert(cache.kept[id] or save) - 1)
      if resumption.works(client, server, session) then found = found + 1 end
    end
    assert.equal(0, found)
  end)

  -- What raises, or returns what is not asked for, costs a full handshake.
  for title, bad in pairs({
    raises = function()
      error("the store is down")
    end,
    ["raises a table"] = function()
      error({ code = 7 })
    end,
    ["raises nil"] = function()
      error(nil)
    end,
    yields = function()
      coroutine.yield()
    end,
    ["returns a table"] = function()
      return {}
    end,
    ["returns true"] = function()
      return true
    end,
  }) do
    it("may have a get that " .. title, function()
      local _, functions = new_cache()
      local current = functions.get
      local server = server_of({
        session_cache = {
          get = function(id)
            return current(id)
          end,
          set = functions.set,
        },
      })
      local session = resumption.session(client, server)
      current = bad
      local two
      coroutine.wrap(function()
        two = resumption.connect(client, server, { session = session })
      end)()
      assert.is_false(resumption.resumed(two))
      assert.equal(1, server:statistics().cache.errors)
      if title == "raises" then
        assert.matches("the store is down", two.server:info().session_cache_error)
      elseif title == "raises a table" then
        assert.same({ code = 7 }, two.server:info().session_cache_error)
      end
      current = functions.get
      assert.is_true(resumption.works(client, server, session))
    end)
  end

  it("may have set and remove that raise", function()
    local calls = {}
    local server = server_of({
      session_cache = {
        get = function()
          calls[#calls + 1] = "get"
          return "nonsense"
        end,
        set = function()
          calls[#calls + 1] = "set"
          error("full")
        end,
        remove = function()
          calls[#calls + 1] = "remove"
          error("no")
        end,
      },
    })
    local session = resumption.session(client, server)
    local two = resumption.connect(client, server, { session = session })
    assert.is_false(resumption.resumed(two))
    assert.same({ "set", "get", "remove", "set" }, calls)
    assert.equal(3, server:statistics().cache.errors)
    assert.equal(0, server:statistics().cache.stored)
    assert.equal(1, server:statistics().cache.dropped)
    assert.matches("full", two.server:info().session_cache_error)
  end)

  it("may use other connections, but not this one", function()
    local _, functions = new_cache()
    local inner = server_of()
    local two, problem
    local server = server_of({
      session_cache = {
        get = function(id)
          local session = resumption.session(client, inner)
          assert(resumption.works(client, inner, session))
          local ok, err = pcall(two.server.drain, two.server)
          problem = not ok and err
          return functions.get(id)
        end,
        set = functions.set,
      },
    })
    local session = resumption.session(client, server)
    local conn = client:connection({ name = "localhost", session = session })
    two = pair.join(conn, server:connection())
    assert.is_true((two:handshake()))
    assert.is_true(resumption.resumed(two))
    assert.matches("busy", problem)
  end)

  it("may be its own server's visitor", function()
    local _, functions = new_cache()
    local server, depth = nil, 0
    server = server_of({
      session_cache = {
        get = function(id)
          depth = depth + 1
          if depth < 3 then
            local session = resumption.session(client, server)
            assert(resumption.works(client, server, session))
          end
          return functions.get(id)
        end,
        set = functions.set,
      },
    })
    local session = resumption.session(client, server)
    assert.is_true(resumption.works(client, server, session))
    assert.equal(3, depth)
  end)
end)

describe("the option session_cache", function()
  it("is checked", function()
    local function f() end
    for _, bad in ipairs({
      0,
      -1,
      1048577,
      1.5,
      "x",
      {},
      { get = f },
      { set = f },
      { get = f, set = 1 },
    }) do
      assert.error_matches(function()
        contexts.server({ session_cache = bad })
      end, "session_cache")
    end
    assert.error_matches(function()
      contexts.server({ session_cache = { get = f, set = f, remove = "x" } })
    end, "session_cache")
    assert.error_matches(function()
      contexts.server({ session_cache = { get = f, set = f, delete = f } })
    end, 'unknown option "delete"')
  end)
end)
