--- Feeds bytes to a machine in pieces and notes what it makes of them, so that
--- a spec can say what must come out however the bytes arrive.

local assert = require("luassert")

local machine = require("luatls.http.machine")

local play = {}

-- Far more events than any spec causes: a machine that loops is stopped here.
local MAX_EVENTS <const> = 100000

local function note(log, event)
  local last = log[#log]
  if event.type == "data" and last and last.type == "data" then
    last.data = last.data .. event.data
    return
  end
  local copy = {}
  for name, value in pairs(event) do
    copy[name] = type(value) == "table" and tostring(value) or value
  end
  log[#log + 1] = copy
end

-- Answers a whole request, so that the next one can be read; with 404, which
-- opens no tunnel.
local function answer(m)
  if m.role ~= "server" or m:state() ~= "send_response" then return end
  assert(m:send({ type = "response", status = 404, headers = { ["content-length"] = 0 } }))
  assert(m:send({ type = "end" }))
  if m:keep_alive() then assert(m:start_next_cycle()) end
end

local function pump(m, log)
  for _ = 1, MAX_EVENTS do
    local event, problem = m:next_event()
    if problem then return problem end
    if not event then return nil end
    note(log, event)
    if event.type == "closed" then return nil end
    if event.type == "end" then answer(m) end
  end
  error("the machine does not come to rest")
end

--- A request to send, GET unless told otherwise.
function play.request(method, headers)
  local fields = { host = "a" }
  for name, value in pairs(headers or {}) do
    fields[name] = value
  end
  local target = method == "CONNECT" and "a:443" or "/"
  return { type = "request", method = method or "GET", target = target, headers = fields }
end

--- A client that has sent a request, GET unless told otherwise.
function play.client(method, headers, limits)
  local m = machine.new({ role = "client", limits = limits })
  assert(m:send(play.request(method, headers)))
  assert(m:send({ type = "end" }))
  return m
end

--- A server that has heard nothing.
function play.server(limits)
  return machine.new({ role = "server", limits = limits })
end

--- Feed `pieces`, then the end of the stream unless `open`.
---@return table[] log events, adjacent data joined
---@return luatls.http.Problem? problem
function play.pieces(m, pieces, open)
  local log = {}
  for _, piece in ipairs(pieces) do
    m:feed(piece)
    local problem = pump(m, log)
    if problem then return log, problem end
  end
  if open then return log end
  m:feed_end()
  return log, pump(m, log)
end

local function bytes_of(text)
  local pieces = {}
  for byte in text:gmatch(".") do
    pieces[#pieces + 1] = byte
  end
  return pieces
end

--- Play `text` whole, byte by byte and split in two at every place; the result
--- of all must be that of the first.
---@param make fun(): luatls.http.machine
---@param text string
---@param open? boolean the connection stays open
---@return table[] log
---@return luatls.http.Problem? problem
function play.three_ways(make, text, open)
  local log, problem = play.pieces(make(), { text }, open)
  local function check(pieces, how)
    local other, other_problem = play.pieces(make(), pieces, open)
    local what = ("%q, %s"):format(text, how)
    assert.same(log, other, what)
    assert.same(problem, other_problem, what)
  end
  check(bytes_of(text), "byte by byte")
  for place = 1, #text - 1 do
    check({ text:sub(1, place), text:sub(place + 1) }, "split after " .. place)
  end
  return log, problem
end

--- All events that are there, in which nothing may be wrong.
---@return table[] events
---@return string body their data, joined
function play.hear(m)
  local events, body = {}, {}
  while true do
    local event, problem = m:next_event()
    assert.is_nil(problem)
    if not event or event.type == "closed" then break end
    if event.type == "data" then body[#body + 1] = event.data end
    events[#events + 1] = event
  end
  return events, table.concat(body)
end

return play
