--- Turns "not yet" into waiting: the one loop of the library.
--
-- Every operation of the engine is done, or says what it waits for, or failed.
-- This module repeats the operation until one of the other two is true, and
-- lets a channel do the waiting, so it is the same code for a plain script and
-- for every event loop. It never waits before the engine was asked, so bytes
-- that are decrypted already are never slept on.

local drive = {}

--- What stands between an engine and its peer.
---@class luatls.Carrier
--- Hands what the engine has put out to the system, without waiting.
---@field push fun(self)
---@field wait luatls.wait
--- Runs the user's function that the handshake asks; it may wait and yield.
---@field answer fun(self)
--- Lets others run, then returns.
---@field rest fun(self)
--- Operations in a row that did not have to wait.
---@field streak? integer

--- Waits until the engine can go on, or `deadline` has passed.
---@alias luatls.wait
---| fun(self, want: luatls.want, deadline?: number): true?, luatls.Error?

-- A peer that sends faster than we read must not keep everybody else from
-- running: after so many operations (each handles at most one record) without
-- a wait, others get their turn.
local MAX_STREAK <const> = 128

local function take_turn(carrier)
  local streak = (carrier.streak or 0) + 1
  if streak > MAX_STREAK then
    carrier:rest()
    streak = 0
  end
  carrier.streak = streak
end

--- Repeat `operation` until it is done, failed, or `deadline` has passed.
---@param carrier luatls.Carrier
---@param deadline? number seconds of the carrier's clock; none: wait for ever
---@param operation fun(...): any, luatls.want|luatls.Error?
---@param ... any its arguments, the same every time
---@return any result nil on failure
---@return luatls.Error? err the operation's own, or what waiting failed with
function drive.run(carrier, deadline, operation, ...)
  take_turn(carrier)
  while true do
    local result, why = operation(...)
    -- Also after a failure: what is left to send then is the alert.
    carrier:push()
    if result ~= false then return result, why end
    if why == "callback" then
      carrier:answer()
    else
      local ok, err = carrier:wait(why, deadline)
      if not ok then return nil, err end
    end
    carrier.streak = 0
  end
end

return drive
