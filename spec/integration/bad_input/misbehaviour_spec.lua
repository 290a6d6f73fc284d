-- Functions of the user that misbehave, all that a handshake calls: what raises,
-- returns nonsense, yields where it cannot, or uses the connection that calls it.
-- Nobody is let in by it, nothing crashes, and both sides come to an end.

local contexts = require("spec.support.contexts")
local core = require("luatls.core")
local pair = require("spec.support.pair")
local pki = require("spec.support.pki")

local function pair_of(version, client, server)
  return pair.join(
    contexts.client(version, client):connection({ name = "localhost" }),
    contexts.server(server):connection()
  )
end

local function external(identity, sign)
  return {
    certificate = identity.chain,
    key = assert(core.key.external({ public = identity.certificate, sign = sign })),
  }
end

local function asking(options)
  options.client_auth, options.trust = "required", pki.root().chain
  return options
end

local function shown()
  return { certificate = pki.client().chain, key = pki.client().key }
end

-- Name, who calls it, a pair for a version with the function in it, and what comes
-- of misbehaviour: "internal" and "verify" are errors of the side that called,
-- "nothing" that the handshake goes on without it.
local CALLBACKS <const> = {
  {
    "on_verify of a client",
    "client",
    function(version, f)
      return pair_of(version, { on_verify = f })
    end,
    "verify",
  },
  {
    "on_verify of a server",
    "server",
    function(version, f)
      return pair_of(version, shown(), asking({ on_verify = f }))
    end,
    "verify",
  },
  {
    "on_client_hello",
    "server",
    function(version, f)
      return pair_of(version, nil, { on_client_hello = f })
    end,
    "internal",
    yields = true,
  },
  {
    "on_certificate_request",
    "client",
    function(version, f)
      return pair_of(version, { on_certificate_request = f }, asking({}))
    end,
    "internal",
    yields = true,
  },
  {
    "sign of a server",
    "server",
    function(version, f)
      return pair_of(version, nil, external(pki.server(), f))
    end,
    "internal",
    yields = true,
  },
  {
    "sign of a client",
    "client",
    function(version, f)
      return pair_of(version, external(pki.client(), f), asking({}))
    end,
    "internal",
    yields = true,
  },
  {
    "psk",
    "server",
    function(version, f)
      local client = core.context({
        role = "client",
        min_version = version,
        max_version = version,
        psk = { identity = "me", key = ("k"):rep(32) },
      })
      local server = core.context({ role = "server", psk = f })
      return pair.join(client:connection(), server:connection())
    end,
    "internal",
  },
  {
    "get of a session cache",
    "server",
    function(version, f)
      local kept = {}
      local client = contexts.client(version)
      local get = function(id)
        return kept[id]
      end
      local server = contexts.server({
        tickets = false,
        session_cache = {
          get = function(id)
            return get(id)
          end,
          set = function(id, bytes)
            kept[id] = bytes
          end,
        },
      })
      local first = pair.join(client:connection({ name = "localhost" }), server:connection())
      assert(first:handshake())
      local options = { name = "localhost", session = first.client:session() }
      get = f
      return pair.join(client:connection(options), server:connection())
    end,
    "nothing",
    old_only = true,
  },
  {
    "set of a session cache",
    "server",
    function(version, f)
      local cache = { get = function() end, set = f }
      return pair_of(version, nil, { tickets = false, session_cache = cache })
    end,
    "nothing",
    old_only = true,
  },
}

-- How a function can misbehave; `conn` is the connection that calls it.
local function raises(value)
  return function()
    error(value, 0)
  end
end

local unspeakable = setmetatable({}, {
  __tostring = function()
    error("no text either")
  end,
})

local silent = setmetatable({}, {
  __tostring = function()
    return {}
  end,
})

local function overflows()
  return 1 + overflows()
end

local function ends_memory()
  return ("x"):rep(1 << 40)
end

local function resumes_a_dead_coroutine()
  local thread = coroutine.wrap(function() end)
  thread()
  return thread()
end

local RAISES <const> = {
  ["a string"] = raises("no disk"),
  ["nothing"] = raises(nil),
  ["a table"] = raises({ "anything" }),
  ["what cannot be told"] = raises(unspeakable),
  ["what tells itself badly"] = raises(silent),
  ["an error of ours"] = raises(select(2, core.certificate.load("/nowhere"))),
  ["a stack overflow"] = overflows,
  ["a lack of memory"] = ends_memory,
  ["the error of a coroutine"] = resumes_a_dead_coroutine,
}

local NONSENSE <const> = {
  0,
  -1,
  0.5,
  math.huge,
  "",
  "nonsense",
  ("x"):rep(100000),
  {},
  { {} },
  print,
  coroutine.create(print),
  io.stdout,
  pki.server().key,
  unspeakable,
}

-- All methods that do something.
local METHODS <const> = {
  "callback",
  "close",
  "drain",
  "feed",
  "feed_end",
  "handshake",
  "read",
  "shutdown",
  "step",
  "write",
}

local function check_ended(two, role, kind, ...)
  local done, ours, theirs = ...
  local err = role == "client" and ours or theirs
  local told = role == "client" and theirs or ours
  if kind == "nothing" then
    assert.is_true(done, tostring(ours or theirs))
    return
  end
  assert.is_false(done)
  assert.is_table(err)
  assert.equal(kind, err.kind, tostring(err))
  assert.is_string(err.message)
  assert.equal("sent", err.alert and err.alert.direction, err.message)
  -- In TLS 1.3 a client may have finished before the server looks at it.
  if not told then told = select(2, two[role == "client" and "server" or "client"]:read()) end
  assert.equal("alert", told.kind)
  assert.equal(err.alert.name, told.alert.name)
  -- A failure stays what it is.
  assert.equal(err, select(2, two[role]:handshake()))
  return err
end

local function play(callback, version, f)
  local _, role, make, kind = table.unpack(callback)
  local two = make(version, f)
  return check_ended(two, role, kind, two:handshake())
end

for _, callback in ipairs(CALLBACKS) do
  for _, version in ipairs(callback.old_only and { "1.2" } or { "1.2", "1.3" }) do
    describe(("%s in TLS %s"):format(callback[1], version), function()
      for what, f in pairs(RAISES) do
        it("may raise " .. what, function()
          play(callback, version, f)
        end)
      end

      it("may return nonsense", function()
        for _, value in ipairs(NONSENSE) do
          play(callback, version, function()
            return value
          end)
        end
      end)

      it("may return more than enough", function()
        play(callback, version, function()
          return {}, {}, table.unpack({}, 1, 100)
        end)
      end)

      if not callback.yields then
        it("cannot yield", function()
          local thread = coroutine.create(function()
            play(callback, version, coroutine.yield)
          end)
          assert(coroutine.resume(thread))
          assert.equal("dead", coroutine.status(thread))
        end)
      end

      it("cannot use its connection", function()
        local _, role, make = table.unpack(callback)
        for _, method in ipairs(METHODS) do
          local two, message, is_called
          two = make(version, function()
            is_called = true
            local conn = two[role]
            message = select(2, pcall(conn[method], conn, "x"))
          end)
          two:handshake()
          -- Who may yield may find its connection closed when it goes on.
          if method ~= "close" or not callback.yields then
            assert.matches("connection is busy", tostring(message), method)
          end
          assert.is_true(is_called)
        end
      end)

      it("cannot use its connection from another coroutine", function()
        local _, role, make = table.unpack(callback)
        local two, message
        two = make(version, function()
          local thread = coroutine.create(two[role].handshake)
          message = select(2, coroutine.resume(thread, two[role]))
        end)
        two:handshake()
        assert.matches("connection is busy", tostring(message))
      end)

      it("may collect all garbage, look around and use other connections", function()
        local _, role, make = table.unpack(callback)
        local two, seen
        two = make(version, function()
          collectgarbage()
          seen = two[role]:info().role
          assert(pair.new():handshake())
          collectgarbage()
        end)
        two:handshake()
        assert.equal(role, seen)
      end)
    end)
  end
end

-- The key log is told after mbedTLS has returned: what it raises goes to who called.
for _, version in ipairs({ "1.2", "1.3" }) do
  describe("keylog in TLS " .. version, function()
    local function logged(f)
      return pair_of(version, { keylog = f })
    end

    -- What a call gives or raises, again and again, until it raises no more.
    local function insist(conn, method, ...)
      local raised = 0
      while true do
        local ok, result, why = pcall(conn[method], conn, ...)
        if ok then return raised, result, why end
        raised = raised + 1
        assert.is_true(raised < 10)
      end
    end

    -- Up to where the client's next call brings lines.
    local function begin(f)
      local two = logged(f)
      two.client:handshake()
      two:carry()
      two.server:handshake()
      return two
    end

    it("may raise anything, and nothing is lost", function()
      for what, f in pairs(RAISES) do
        local two = begin(f)
        two:carry()
        local raised = insist(two.client, "handshake")
        assert.is_true(raised > 0, what)
        two:carry()
        assert.is_true((two.server:handshake()))
        two.server:write("hello")
        two:carry()
        insist(two.client, "handshake")
        assert.equal("hello", (select(2, insist(two.client, "read"))))
      end
    end)

    it("keeps no failure from being kept", function()
      -- In one call keys come, and then what must not come.
      local bad = version == "1.2" and "\22\3\3\0\4\20\0\0\0" or "\23\3\3\0\32" .. ("x"):rep(32)
      local two = begin(raises("no disk"))
      two.client:feed(two.server:drain() .. bad)
      insist(two.client, "read")
      local _, err = two.client:handshake()
      assert.equal("protocol", err.kind)
      assert.equal(err, select(2, two.client:handshake()))
      assert.equal(err, select(2, two.client:read()))
    end)

    it("may use its connection, and close it", function()
      for _, method in ipairs(METHODS) do
        local two, called = nil, 0
        two = logged(function()
          called = called + 1
          pcall(two.client[method], two.client, "x")
        end)
        for _ = 1, 4 do
          pcall(two.client.read, two.client)
          pcall(two.server.read, two.server)
          pcall(two.carry, two)
        end
        assert.is_true(called > 0)
        assert.is_string(two.client:state())
      end
    end)

    it("may yield no more than others", function()
      local two = logged(coroutine.yield)
      local thread = coroutine.create(function()
        for _ = 1, 20 do
          pcall(two.client.handshake, two.client)
          pcall(two.server.handshake, two.server)
          two:carry()
        end
      end)
      assert(coroutine.resume(thread))
      assert.equal("dead", coroutine.status(thread))
      assert.is_true(two.client:info().handshake_done)
    end)
  end)
end
