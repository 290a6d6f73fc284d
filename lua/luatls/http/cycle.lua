--- One request and its response: where both sides stand, and what the heads
--- said about the connection. The machine has one at a time.

local problem = require("luatls.http.problem")
local states = require("luatls.http.states")

local cycle = {}

---@class luatls.http.Cycle
---@field states luatls.http.States
---@field method? string of the request
---@field version? "1.0"|"1.1" of the request
---@field interim integer 1xx responses so far
---@field awaits_continue boolean the client holds its body back
local Cycle = { __name = "luatls.http.cycle" }
Cycle.__index = Cycle

--- Both sides idle.
---@return luatls.http.Cycle
function cycle.new()
  local self = { states = states.new(), interim = 0, awaits_continue = false }
  return setmetatable(self, Cycle)
end

--- A final head: may the connection be used again? RFC 9112, 9.3: connections
--- of HTTP/1.1 persist unless one side says otherwise; those of HTTP/1.0 never
--- do here.
---@param version "1.0"|"1.1"
---@param fields luatls.http.Headers
function Cycle:note_connection(version, fields)
  if version == "1.0" or fields:lists("connection", "close") then
    self.states:disable_keep_alive()
  end
end

--- A request head that was sent or received.
---@param method string
---@param version "1.0"|"1.1"
---@param fields luatls.http.Headers
function Cycle:note_request(method, version, fields)
  self.method, self.version = method, version
  self:note_connection(version, fields)
  -- RFC 9110, 7.8 (which HTTP/1.0 does not know) and 9.3.6: what the
  -- connection is asked to become.
  local upgrades = version == "1.1"
    and fields:has("upgrade")
    and fields:lists("connection", "upgrade")
  local switch = self.states.switch
  switch.connect = method == "CONNECT" or nil
  switch.upgrade = upgrades or nil
  self.states:apply("client", "request")
end

--- What a request expects before its body comes (RFC 9110, 10.1.1).
---@param version "1.0"|"1.1"
---@param fields luatls.http.Headers
---@param has_body boolean
---@return luatls.http.Problem? problem status 417
function Cycle:note_expectation(version, fields, has_body)
  if version == "1.0" or not fields:has("expect") then return nil end
  if not fields:lists("expect", "100-continue") then
    return problem.remote("expectation is not 100-continue", 417)
  end
  self.awaits_continue = has_body
end

--- Does a response with this status change the protocol?
---@param status integer 101, or 2xx to CONNECT
---@return boolean
function Cycle:is_switch(status)
  local switch = self.states.switch
  if status == 101 then return switch.upgrade == true end
  return switch.connect == true and status >= 200 and status < 300
end

--- An interim response that was sent or received.
---@param status integer 100 to 199
function Cycle:note_interim(status)
  self.interim = self.interim + 1
  -- Others, 103 for one, do not ask for the body.
  if status == 100 or status == 101 then self.awaits_continue = false end
  local kind = self:is_switch(status) and "switch" or "informational"
  self.states:apply("server", kind)
end

--- A final response head that was sent or received.
---@param status integer
---@param version "1.0"|"1.1"
---@param fields luatls.http.Headers
---@param framing luatls.http.framing
---@return boolean switched no body follows, nor anything else of HTTP
function Cycle:note_response(status, version, fields, framing)
  self.awaits_continue = false
  if self:is_switch(status) then
    self.states:apply("server", "switch")
    return true
  end
  self:note_connection(version, fields)
  if framing == "close" then self.states:disable_keep_alive() end
  self.states:apply("server", "response")
  return false
end

return cycle
