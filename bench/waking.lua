-- What it costs to give the buffers of an idle connection back and to take them
-- again: a read that finds nothing, on a connection at rest, beside the same on
-- one that cannot rest, as half a record has come. Prints Markdown; fails when
-- the difference is MAX_COST. There are a few spare buffers only: what it costs
-- a crowd to get half a record each is printed, too.
--   lua5.4 bench/waking.lua FOLDER

local report = require("bench.report")
local slices = require("bench.slices")
local sockets = require("bench.sockets")
local tls = require("luatls")

local READS <const> = 1000
local MAX_COST <const> = 1 -- microseconds
local CROWD <const> = 500 -- connections

local BASE <const> = slices.FOLDER .. "/ec"

-- The client lives in memory, and its bytes go through `tcp` in our hands.
local function carry(client, tcp)
  assert(tcp:send(client:drain()))
  local _, _, came = tcp:receive(65536)
  client:feed(came)
end

local function step(conn)
  local done, why = conn:handshake()
  if done == nil then error(why) end
  return done
end

local function meet(contexts)
  local client_tcp, server_tcp = sockets.pair()
  local client = contexts.client:connection({ name = "localhost" })
  local server = contexts.server:connection({ fd = server_tcp:getfd() })
  local client_done, server_done
  repeat
    client_done = step(client)
    carry(client, client_tcp)
    server_done = step(server)
    carry(client, client_tcp)
  until client_done and server_done
  return { client = client, server = server, tcps = { client_tcp, server_tcp } }
end

local function read_nothing(conn)
  local data, why = conn:read()
  if data == nil then error(why) end
  assert(not data, "something came")
end

local function send_half(pair)
  assert(pair.client:write("hello"))
  local record = pair.client:drain()
  assert(pair.tcps[1]:send(record:sub(1, #record // 2)))
end

-- Microseconds for each read.
local function time_reads(conn)
  local began = os.clock()
  for _ = 1, READS do
    read_nothing(conn)
  end
  return (os.clock() - began) * 1e6 / READS
end

-- Microseconds per read of both, in turns: what disturbs one disturbs both.
local function measure(resting, awake)
  local rested, stayed = {}, {}
  local ends = os.clock() + slices.SECONDS
  repeat
    rested[#rested + 1] = time_reads(resting)
    stayed[#stayed + 1] = time_reads(awake)
  until os.clock() >= ends
  return report.median(rested), report.median(stayed)
end

local function contexts_of(version)
  return {
    client = assert(tls.context({
      role = "client",
      min_version = version,
      max_version = version,
      trust = BASE .. "-root.pem",
    })),
    server = assert(tls.context({
      role = "server",
      certificate = BASE .. ".pem",
      key = BASE .. ".key",
    })),
  }
end

-- Prints a line, and returns what resting costs.
local function compare(version)
  local contexts = contexts_of(version)
  local resting, awake = meet(contexts), meet(contexts)
  send_half(awake)
  local rested, stayed, costs = {}, {}, {}
  for round = 1, slices.ROUNDS do
    rested[round], stayed[round] = measure(resting.server, awake.server)
    costs[round] = rested[round] - stayed[round]
  end
  local line = "| TLS %s | %.2f | %.2f | %.2f |"
  local cost = report.median(costs)
  print(
    line:format(version, report.median(rested), report.median(stayed), cost)
  )
  return cost
end

-- Without sockets, so that there can be many: at rest, and a record on its way.
local function meet_in_memory(contexts)
  local client = contexts.client:connection({ name = "localhost" })
  local server = contexts.server:connection()
  local client_done, server_done
  repeat
    client_done = step(client)
    server:feed(client:drain())
    server_done = step(server)
    client:feed(server:drain())
  until client_done and server_done
  read_nothing(client)
  read_nothing(server)
  assert(client:write("hello"))
  return { server = server, record = client:drain() }
end

-- Microseconds for each to get these bytes of its record.
local function time_crowd(pairs, first, last)
  local began = os.clock()
  for _, pair in ipairs(pairs) do
    pair.server:feed(pair.record:sub(first, last))
    read_nothing(pair.server)
  end
  return (os.clock() - began) * 1e6 / #pairs
end

-- What each of many pays that wake at once: new memory.
local function wake_crowd(version)
  local contexts, pairs = contexts_of(version), {}
  for i = 1, CROWD do
    pairs[i] = meet_in_memory(contexts)
  end
  local woken = time_crowd(pairs, 1, 10)
  return woken - time_crowd(pairs, 11, 20)
end

print(
  "| read of nothing, µs | at rest | that cannot rest | waking and resting |"
)
print("|---|--:|--:|--:|")
local cost = math.max(compare("1.2"), compare("1.3"))
local verdict = cost < MAX_COST and "as wanted" or "TOO SLOW"
local form = "\nAn idle connection wakes and rests again in %.2f µs (under %d "
  .. "are wanted): %s."
print(form:format(math.max(cost, 0), MAX_COST, verdict))
local crowd = "%d connections that have half a record each at once take "
  .. "%.0f µs each, as their memory comes from the system."
print(crowd:format(CROWD, wake_crowd("1.2")))
os.exit(cost < MAX_COST, true)
