--- Feeds bytes to an HTTP machine, whole and byte by byte: what it makes of
--- them must be the same.

local conversation = {}

-- Far more than any input of this size causes: here a loop is stopped.
local MAX_EVENTS <const> = 20000

local function describe(event)
  local words = {}
  for name, value in pairs(event) do
    words[#words + 1] = name .. "=" .. tostring(value)
  end
  table.sort(words)
  return table.concat(words, " ")
end

local function note(log, event)
  local last = log[#log]
  if event.type == "data" and last and last.data then
    last.data[#last.data + 1] = event.data
  elseif event.type == "data" then
    log[#log + 1] = { data = { event.data } }
  else
    log[#log + 1] = { text = describe(event) }
  end
end

local function pump(m, log, after)
  for _ = 1, MAX_EVENTS do
    local event, problem = m:next_event()
    if problem then return describe(problem) end
    if not event then return end
    note(log, event)
    if event.type == "closed" then return end
    if event.type == "end" then after(m) end
  end
  error("the machine does not come to rest")
end

local function text_of(log, problem)
  local lines = {}
  for _, entry in ipairs(log) do
    lines[#lines + 1] = entry.text or "data " .. table.concat(entry.data)
  end
  lines[#lines + 1] = problem or "no problem"
  return table.concat(lines, "\n")
end

local function play(m, pieces, after)
  local log = {}
  for piece in pieces do
    m:feed(piece)
    local problem = pump(m, log, after)
    if problem then return text_of(log, problem) end
  end
  m:feed_end()
  return text_of(log, pump(m, log, after))
end

--- Play `data` to machines that `make` makes.
---@param make fun(): luatls.http.machine
---@param after fun(m: luatls.http.machine) what to do after each "end"
---@param data string
function conversation.check(make, after, data)
  local whole = play(make(), data:gmatch(".+"), after)
  local bytes = play(make(), data:gmatch("."), after)
  if whole ~= bytes then
    error(("whole:\n%s\nbyte by byte:\n%s"):format(whole, bytes))
  end
end

return conversation
