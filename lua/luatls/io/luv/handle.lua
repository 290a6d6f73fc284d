--- Closing libuv's handles so that the Lua state may end right afterwards.
--
-- luv up to 1.44 frees a handle whose closing is not complete when the state
-- ends, and then reads it again (luvit/luv issue 437): a script whose last act
-- is to close a connection would crash. So whatever is closing is completed
-- first, by a guard that is finalized before the handles are.

local uv = require("luv")

local handle = {}

-- Finalizers run in the reverse order of creation when a state ends: the guard
-- must be younger than every handle that is closing. Older guards are garbage.
local guard

local closing = 0

-- libuv's loop holds this function until the handle is closed, and with it the
-- guard: so a guard that is finalized while something is closing is proof that
-- the state ends. To turn the loop in any other collection would let events
-- happen between a check and the wait for what was checked.
local function on_closed()
  closing = closing - 1
  if closing == 0 then guard = nil end
end

-- luv's own loop is older than this, so it goes later: what it still calls
-- back then, to say that it was cancelled, finds its handles finalized.
local state = { is_ending = false }

setmetatable(state, {
  __gc = function()
    state.is_ending = true
  end,
})

local Guard = {}

function Guard:__gc()
  if self ~= guard then return end
  state.is_ending = true
  if not uv.loop_mode() then uv.run("nowait") end
end

--- Close a handle, unless it is closed or closing already.
---@param object userdata
function handle.close(object)
  if state.is_ending or uv.is_closing(object) then return end
  closing = closing + 1
  uv.close(object, on_closed)
  guard = setmetatable({}, Guard)
end

-- Those whose owners were collected.
local orphans = {}

--- Have a handle closed soon. For finalizers: they close nothing themselves,
--- because one that runs when the state ends is younger than no guard.
---@param object userdata
function handle.abandon(object)
  orphans[#orphans + 1] = object
end

--- Close what was abandoned.
function handle.reap()
  for i = #orphans, 1, -1 do
    handle.close(table.remove(orphans, i))
  end
end

--- Has the Lua state ended, but for luv's loop? Then nobody is resumed.
---@return boolean
function handle.is_ending()
  return state.is_ending
end

return handle
