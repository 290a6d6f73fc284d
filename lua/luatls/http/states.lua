--- Where the two sides of a conversation stand, as tables: what each may do,
--- and what one side's state does to the other's. Both roles run the same
--- machine; a client and a server differ in which side is their own.
--
--     idle -> [send_response] -> send_body -> done -> (next cycle) idle
--     done -> must_close when the connection cannot be reused
--     done -> might_switch -> switched for CONNECT and Upgrade

local states = {}

---@alias luatls.http.side "client"|"server"

--- "idle": nothing said yet. "send_response" (server): a request came, the
--- response is due. "send_body": the head is out. "done": the message is
--- complete. "must_close": complete, and no other can follow. "closed": closed
--- its direction. "might_switch" (client): waits whether the server changes the
--- protocol. "switched": what follows is no HTTP. "error": broke the rules.
---@alias luatls.http.state
---| "idle"
---| "send_response"
---| "send_body"
---| "done"
---| "must_close"
---| "closed"
---| "might_switch"
---| "switched"
---| "error"

---@class luatls.http.States
---@field client luatls.http.state
---@field server luatls.http.state
---@field keep_alive boolean another cycle may follow
---@field switch table<string, boolean> open proposals: "connect", "upgrade"
local States = { __name = "luatls.http.states" }
States.__index = States

local CLOSE_ONLY <const> = { closed = "closed" }

-- After[side][state][event] is the next state; no entry, not allowed.
local AFTER <const> = {
  client = {
    idle = { request = "send_body", closed = "closed" },
    send_body = { data = "send_body", ["end"] = "done" },
    done = CLOSE_ONLY,
    must_close = CLOSE_ONLY,
    closed = CLOSE_ONLY,
    might_switch = {},
    switched = {},
    error = {},
  },
  server = {
    -- A response before any request is an answer to one that was refused.
    idle = { response = "send_body", closed = "closed" },
    send_response = {
      informational = "send_response",
      response = "send_body",
      switch = "switched",
    },
    send_body = { data = "send_body", ["end"] = "done" },
    done = CLOSE_ONLY,
    must_close = CLOSE_ONLY,
    closed = CLOSE_ONLY,
    switched = {},
    error = {},
  },
}

-- When client and server are in these states, both become the next two.
local TOGETHER <const> = {
  might_switch = { switched = { "switched", "switched" } },
  closed = {
    done = { "closed", "must_close" },
    idle = { "closed", "must_close" },
  },
  done = { closed = { "must_close", "closed" } },
  idle = { closed = { "must_close", "closed" } },
}

--- Both sides idle, as on a new connection.
---@return luatls.http.States
function states.new()
  local self = { client = "idle", server = "idle" }
  self.keep_alive, self.switch = true, {}
  return setmetatable(self, States)
end

-- What the state of one side alone, or of the conversation, leads to.
local function settle_client(self)
  local proposed = next(self.switch) ~= nil
  if self.client == "done" and proposed then return "might_switch" end
  if self.client == "might_switch" and not proposed then return "done" end
  if self.client == "done" and not self.keep_alive then return "must_close" end
  return self.client
end

local function settle(self)
  repeat
    local client, server = self.client, self.server
    self.client = settle_client(self)
    if server == "done" and not self.keep_alive then
      self.server = "must_close"
    end
    local both = (TOGETHER[self.client] or {})[self.server]
    if both then
      self.client, self.server = both[1], both[2]
    end
  until self.client == client and self.server == server
end

--- May this side do this now?
---@param side luatls.http.side
---@param event string
---@return boolean
function States:allows(side, event)
  return AFTER[side][self[side]][event] ~= nil
end

--- This side did something that `allows` allowed.
---@param side luatls.http.side
---@param event string
function States:apply(side, event)
  self[side] = AFTER[side][self[side]][event]
  if event == "request" and self.server == "idle" then
    self.server = "send_response"
  end
  -- The final response declines what was proposed.
  if event == "response" then self.switch = {} end
  settle(self)
end

--- This side broke the rules: nothing more is heard from it.
---@param side luatls.http.side
function States:fail(side)
  self[side] = "error"
  self.keep_alive = false
  settle(self)
end

--- No other cycle follows this one.
function States:disable_keep_alive()
  self.keep_alive = false
  settle(self)
end

--- Are both messages complete, and may others follow?
---@return boolean
function States:is_reusable()
  return self.client == "done" and self.server == "done" and self.keep_alive
end

return states
