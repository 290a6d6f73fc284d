-- Sessions that the HTTPS client remembers by itself.

local sessions = require("luatls.https.sessions")

local function session(name, expiry)
  return {
    name = name,
    expiry = function()
      return os.time() + (expiry or 100)
    end,
  }
end

-- A stream that gives these sessions, each once.
local function stream(...)
  local list = { ... }
  return {
    session = function()
      return table.remove(list, 1)
    end,
  }
end

local function taken(key)
  local one = sessions.take(key)
  return one and one.name
end

local last = 0
local function new_key()
  last = last + 1
  return sessions.key("host", last, {})
end

describe("sessions of the HTTPS client", function()
  it("are given out once, the newest first", function()
    local key = new_key()
    assert.is_nil(taken(key))
    sessions.keep(key, stream(session("a"), session("b")))
    sessions.keep(key, stream(session("c")))
    assert.equal("c", taken(key))
    assert.equal("b", taken(key))
    assert.equal("a", taken(key))
    assert.is_nil(taken(key))
  end)

  it("are six of a server at most", function()
    local key = new_key()
    for i = 1, 9 do
      sessions.keep(key, stream(session(i)))
    end
    for i = 9, 4, -1 do
      assert.equal(i, taken(key))
    end
    assert.is_nil(taken(key))
  end)

  it("are not given when they have expired", function()
    local key = new_key()
    sessions.keep(key, stream(session("good"), session("old", 0), session("older", -50)))
    assert.equal("good", taken(key))
    assert.is_nil(taken(key))
  end)

  it("are of host, port, name and server name", function()
    local keys = {
      sessions.key("a", 1, {}),
      sessions.key("a", 2, {}),
      sessions.key("b", 1, {}),
      sessions.key("a", 1, { name = "b" }),
      sessions.key("a", 1, { sni = "b" }),
    }
    for i, key in ipairs(keys) do
      sessions.keep(key, stream(session(i)))
    end
    for i, key in ipairs(keys) do
      assert.equal(i, taken(key))
    end
  end)

  it("of too many servers are forgotten", function()
    local first = new_key()
    sessions.keep(first, stream(session("first")))
    for _ = 1, 300 do
      sessions.keep(new_key(), stream(session("other")))
    end
    assert.is_nil(taken(first))
  end)

  it("of streams without any are none", function()
    local key = new_key()
    sessions.keep(key, stream())
    assert.is_nil(taken(key))
  end)
end)
