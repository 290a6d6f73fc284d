local states = require("luatls.http.states")

-- Applies "side event" steps, each of which must be allowed.
local function after(steps, prepare)
  local s = states.new()
  if prepare then prepare(s) end
  for side, event in steps:gmatch("(%S+) (%S+)") do
    assert.is_true(s:allows(side, event), side .. " " .. event .. " in " .. steps)
    s:apply(side, event)
  end
  return s
end

local GET <const> = "client request client end "
local REPLY <const> = "server response server end "

describe("states", function()
  it("follow a conversation", function()
    local cases = {
      { "", "idle", "idle" },
      { "client request", "send_body", "send_response" },
      { "client request client data", "send_body", "send_response" },
      { GET, "done", "send_response" },
      { GET .. "server informational", "done", "send_response" },
      { GET .. "server response", "done", "send_body" },
      { GET .. REPLY, "done", "done" },
      { "client request " .. REPLY, "send_body", "done" },
      { REPLY, "idle", "done" },
      { "client closed", "closed", "must_close" },
      { "server closed", "must_close", "closed" },
      { GET .. "client closed " .. REPLY, "closed", "must_close" },
      { GET .. REPLY .. "server closed", "must_close", "closed" },
      { GET .. REPLY .. "server closed client closed", "closed", "closed" },
    }
    for _, case in ipairs(cases) do
      local s = after(case[1])
      assert.same({ case[2], case[3] }, { s.client, s.server }, case[1])
    end
  end)

  it("allow nothing else", function()
    local events = { "request", "informational", "response", "data", "end", "closed", "switch" }
    local allowed = {
      [""] = "client request;client closed;server response;server closed",
      ["client request"] = "client data;client end;"
        .. "server informational;server response;server switch",
      [GET] = "client closed;server informational;server response;server switch",
      [GET .. "server response"] = "client closed;server data;server end",
      [GET .. REPLY] = "client closed;server closed",
      [GET .. "server switch"] = "",
    }
    for steps, list in pairs(allowed) do
      local s = after(steps, function(new)
        new.switch.upgrade = steps:find("switch") and true
      end)
      for _, side in ipairs({ "client", "server" }) do
        for _, event in ipairs(events) do
          local step = side .. " " .. event
          local expected = (";" .. list .. ";"):find(";" .. step .. ";", 1, true) ~= nil
          assert.equal(expected, s:allows(side, event), steps .. ": " .. step)
        end
      end
    end
  end)

  it("must close where the connection cannot be used again", function()
    local function once(s)
      s:disable_keep_alive()
    end
    local s = after(GET .. REPLY, once)
    assert.same({ "must_close", "must_close" }, { s.client, s.server })
    assert.is_false(s:is_reusable())
    assert.is_true(after(GET .. REPLY):is_reusable())
    assert.is_false(after(GET):is_reusable())
    assert.is_false(after(""):is_reusable())
  end)

  it("wait whether the server switches", function()
    local function propose(s)
      s.switch.upgrade = true
    end
    local s = after(GET, propose)
    assert.equal("might_switch", s.client)
    s:apply("server", "switch")
    assert.same({ "switched", "switched" }, { s.client, s.server })
    s = after(GET .. "server response", propose)
    assert.equal("done", s.client)
    s = after("client request server switch", propose)
    assert.same({ "send_body", "switched" }, { s.client, s.server })
    s:apply("client", "end")
    assert.equal("switched", s.client)
  end)

  it("let a server answer what it could not understand, and then close", function()
    for _, steps in ipairs({ "", "client request" }) do
      local s = after(steps)
      s:fail("client")
      assert.is_true(s:allows("server", "response"))
      s:apply("server", "response")
      s:apply("server", "end")
      assert.same({ "error", "must_close" }, { s.client, s.server })
    end
  end)
end)
