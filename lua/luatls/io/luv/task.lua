--- Who waits, and how, on libuv's loop: tasks yield and are resumed by the
--- loop; a plain script turns the loop itself until its wait is over.
--
-- A task is a coroutine that `spawn` started. Other coroutines are not: to
-- yield in one of them would end in the hands of whoever resumed it.

local handle = require("luatls.io.luv.handle")
local uv = require("luv")

local task = {}

---@class luatls.luv.Token one wait
---@field co? thread the task to resume; none: a plain script turns the loop
---@field over? boolean woken already
---@field rung? boolean by an event, not by the clock

--- Those who wait for one thing; any table can be one, by its array part.
---@alias luatls.luv.Bell luatls.luv.Token[]

local tasks = setmetatable({}, { __mode = "k" })

local NESTED <const> = "this call would have to wait, inside a callback of the "
  .. 'loop: put it into a task with require("luatls.io.luv").spawn(function)'

--- Seconds on a clock that never goes back.
---@return number
function task.now()
  return uv.hrtime() * 1e-9
end

local function report(message)
  io.stderr:write("luatls: error in a task: ", message, "\n")
end

local function body(fn, ...)
  local ok, message = xpcall(fn, debug.traceback, ...)
  if not ok then report(message) end
end

--- Run `fn(...)` as a task: now, until it first waits, then whenever the loop
--- has what it waits for. Its errors are written to stderr.
---@param fn function
---@param ... any
function task.spawn(fn, ...)
  local co = coroutine.create(body)
  tasks[co] = true
  coroutine.resume(co, fn, ...)
end

local function wake(token)
  if token.over or handle.is_ending() then return end
  token.over = true
  if token.co then
    coroutine.resume(token.co)
  else
    -- libuv looks at the timers before it polls: woken by one, the plain
    -- script would still wait there for whatever comes next.
    uv.stop()
  end
end

--- Wake all who wait at `bell`.
---@param bell luatls.luv.Bell
function task.ring(bell)
  for i = #bell, 1, -1 do
    local token = table.remove(bell, i)
    token.rung = true
    wake(token)
  end
end

-- Timers that are not in use: a wait with a deadline is too common to make one.
local idle_timers = {}
local MAX_IDLE_TIMERS <const> = 64

local function start_timer(token, deadline)
  local timer = table.remove(idle_timers) or uv.new_timer()
  uv.update_time()
  local left = math.max(0, deadline - task.now())
  timer:start(math.ceil(left * 1000), 0, function()
    wake(token)
  end)
  return timer
end

local function stop_timer(timer)
  timer:stop()
  if #idle_timers < MAX_IDLE_TIMERS then
    idle_timers[#idle_timers + 1] = timer
  else
    handle.close(timer)
  end
end

local function turn_loop(token)
  while not token.over do
    if not uv.run("once") and not token.over then
      error("this call waits for ever: nothing is left in the loop", 0)
    end
  end
end

local function new_token()
  local co = coroutine.running()
  if tasks[co] then return { co = co } end
  if uv.loop_mode() then error(NESTED, 0) end
  return {}
end

local function remove(bell, token)
  for i = #bell, 1, -1 do
    if bell[i] == token then table.remove(bell, i) end
  end
end

--- Wait until `bell` rings, or `deadline` has passed.
---@param bell luatls.luv.Bell
---@param deadline? number
---@return boolean rung
function task.wait(bell, deadline)
  local token = new_token()
  handle.reap()
  local timed = deadline and deadline < math.huge
  local timer = timed and start_timer(token, deadline)
  bell[#bell + 1] = token
  if token.co then
    coroutine.yield()
  else
    turn_loop(token)
  end
  if timer then stop_timer(timer) end
  if not token.rung then remove(bell, token) end
  return token.rung == true
end

--- Wait for `seconds`.
---@param seconds number
function task.sleep(seconds)
  local deadline = task.now() + seconds
  repeat
    task.wait({}, deadline)
  until task.now() >= deadline
end

local resting = {}
local idle

--- Let the loop turn once, so that others run.
function task.rest()
  if not tasks[coroutine.running()] then
    if not uv.loop_mode() then uv.run("nowait") end
    return
  end
  -- Not a timer: libuv would fire it again and again before it polls.
  idle = idle or uv.new_idle()
  idle:start(function()
    idle:stop()
    task.ring(resting)
  end)
  task.wait(resting)
end

--- Is this a plain script, outside the loop: may a call turn the loop itself?
---@return boolean
function task.is_outside()
  return not tasks[coroutine.running()] and not uv.loop_mode()
end

--- Run `fn(...)` as a task and wait until it has returned. Tasks that it has
--- spawned and not waited for stand still from then on, until a loop runs
--- again: `uv.run()` runs until all are done.
---@param fn function
---@param ... any
---@return any ... what `fn` returned; what it raised is raised here
function task.run(fn, ...)
  if tasks[coroutine.running()] then return fn(...) end
  local bell, results = {}, nil
  task.spawn(function(...)
    results = table.pack(xpcall(fn, debug.traceback, ...))
    task.ring(bell)
  end, ...)
  if not results then task.wait(bell) end
  if not results[1] then error(results[2], 0) end
  return table.unpack(results, 2, results.n)
end

return task
