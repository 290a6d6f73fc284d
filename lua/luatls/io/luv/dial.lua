--- From a host name to a connected socket: every address gets its chance.
--
-- Attempts overlap as RFC 8305 ("happy eyeballs") proposes, so that an address
-- that does not answer costs a quarter of a second and not the whole timeout.

local errors = require("luatls.error")
local handle = require("luatls.io.luv.handle")
local loopback = require("luatls.io.loopback")
local socket = require("luatls.io.luv.socket")
local task = require("luatls.io.luv.task")
local uv = require("luv")
local words = require("luatls.io.words")

local dial = {}

-- Seconds until the next address is tried beside one that has not answered
-- (RFC 8305, 5: "Connection Attempt Delay").
local ATTEMPT_DELAY <const> = 0.25

local function fail_resolve(host, name)
  local message = ("cannot find the host %s: %s"):format(
    host,
    words.reason(name)
  )
  return nil,
    errors.new("resolve", message, {
      host = host,
      phase = "resolve",
      symbol = name:match("^E[%u_]+"),
      retryable = name:find("^EAI_AGAIN") ~= nil,
    })
end

-- RFC 8305, 4: alternate between the families, beginning with the one that
-- the system puts first.
local function interleave(list)
  local by_family, first, order = { inet = {}, inet6 = {} }, nil, {}
  for _, entry in ipairs(list) do
    local family = by_family[entry.family]
    first = first or family
    family[#family + 1] = entry.addr
  end
  local second = first == by_family.inet and by_family.inet6 or by_family.inet
  for i = 1, math.max(#first, #second) do
    order[#order + 1] = first[i]
    order[#order + 1] = second[i]
  end
  return order
end

-- Addresses are read here and now: libuv looks names up in four threads, and
-- slow lookups of other names may hold them all.
local function read_address(host)
  local hints = { socktype = "stream", numerichost = true }
  return (uv.getaddrinfo(host, nil, hints))
end

--- The addresses of a host, best first. Names that mean this machine are not
--- looked up.
---@param host string name or IP address
---@param deadline? number
---@return string[]? addresses
---@return luatls.Error? err kind "resolve", "timeout"
function dial.resolve(host, deadline)
  local known = loopback.addresses(host) or read_address(host)
  if known then return interleave(known) end
  local answer = {}
  local hints = { socktype = "stream" }
  local request, text = uv.getaddrinfo(host, nil, hints, function(name, list)
    answer.name, answer.list, answer.done = name, list, true
    task.ring(answer)
  end)
  if not request then return fail_resolve(host, text) end
  if not task.wait(answer, deadline) and not answer.done then
    uv.cancel(request)
    local message = "timed out looking up the host " .. host
    local details = { host = host, phase = "resolve", retryable = true }
    return nil, errors.new("timeout", message, details)
  end
  if answer.name then return fail_resolve(host, answer.name) end
  return interleave(answer.list)
end

--- The attempts of one call; those who wait are its array part.
---@class luatls.luv.Race
---@field runners table<userdata, true> attempts without a result
---@field winner? userdata
---@field reasons string[] why the others failed, each reason once
---@field unusable string[] the same, of addresses this machine cannot use
---@field is_over? boolean

-- What a machine without IPv6 (or without IPv4) says of each such address. It
-- is worth telling only when there was no other.
local UNUSABLE <const> = {
  EADDRNOTAVAIL = true,
  EAFNOSUPPORT = true,
  ENETUNREACH = true,
}

local function note_failure(race, name)
  local is_unusable = UNUSABLE[name:match("^E[%u%d_]+")]
  local reasons = is_unusable and race.unusable or race.reasons
  local reason = words.reason(name)
  for _, known in ipairs(reasons) do
    if known == reason then return end
  end
  table.insert(reasons, reason)
end

local function on_connect(race, tcp, name)
  race.runners[tcp] = nil
  if race.is_over or name then
    handle.close(tcp)
    if name and not race.is_over then note_failure(race, name) end
  else
    race.winner, race.is_over = tcp, true
  end
  task.ring(race)
end

local function start(race, address, port)
  local tcp = uv.new_tcp()
  race.runners[tcp] = true
  local ok, text = uv.tcp_connect(tcp, address, port, function(name)
    on_connect(race, tcp, name)
  end)
  if not ok then on_connect(race, tcp, text) end
end

local function await(race, deadline)
  while not race.winner and next(race.runners) do
    if not task.wait(race, deadline) then return end
  end
end

local function stop(race)
  race.is_over = true
  for tcp in pairs(race.runners) do
    handle.close(tcp)
  end
end

local function run_race(addresses, port, deadline)
  local race = { runners = {}, reasons = {}, unusable = {} }
  for i, address in ipairs(addresses) do
    start(race, address, port)
    local patience = deadline or math.huge
    if i < #addresses then
      patience = math.min(patience, task.now() + ATTEMPT_DELAY)
    end
    await(race, patience)
    local is_late = deadline and task.now() >= deadline
    if race.winner or is_late then break end
  end
  stop(race)
  return race
end

local function fail_connect(race, addresses, host, port)
  local details = {
    host = host,
    port = port,
    phase = "connect",
    addresses = addresses,
    retryable = true,
  }
  local endpoint = words.endpoint(host, port)
  if next(race.runners) then
    local message = "timed out connecting to " .. endpoint
    return nil, errors.new("timeout", message, details)
  end
  local reasons = race.reasons[1] and race.reasons or race.unusable
  local text = table.concat(reasons, "; ")
  local message = ("cannot connect to %s: %s"):format(endpoint, text)
  return nil, errors.new("connect", message, details)
end

--- Connect to a host by the first of its addresses that answers.
---@param host string name or IP address
---@param port integer
---@param deadline? number
---@return luatls.luv.Socket? socket
---@return luatls.Error? err kind "resolve", "connect", "timeout"
function dial.connect(host, port, deadline)
  local addresses, err = dial.resolve(host, deadline)
  if not addresses then return nil, errors.annotate(err, { port = port }) end
  local race = run_race(addresses, port, deadline)
  if race.winner then return socket.new(race.winner) end
  return fail_connect(race, addresses, host, port)
end

return dial
