--- What is measured. Both ends live in one process and take turns, so the
--- scheduler has no part in it, and time is the CPU time of both ends: other
--- programs on the machine hardly change it. baseline.c does the same in C.

local sockets = require("bench.sockets")

local clock = os.clock

local workloads = {}

---@class bench.Side
---@field contender bench.Contender
---@field context any

---@class bench.Party
---@field client bench.Side
---@field server bench.Side mostly of the same contender

-- Open and handshake on a pair of sockets.
local function meet(party, client_tcp, server_tcp, session)
  local ours, theirs = party.client, party.server
  local client = ours.contender.open(client_tcp, ours.context, session)
  local server = theirs.contender.open(server_tcp, theirs.context)
  local client_done, server_done
  repeat
    client_done = client_done or ours.contender.handshake(client)
    server_done = server_done or theirs.contender.handshake(server)
  until client_done and server_done
  return client, server
end

--- Full handshakes per second: connections made, shaken and closed; the TCP
--- connection is made beforehand.
---@param party bench.Party
---@param seconds number of CPU time
---@return number per_second
function workloads.handshake(party, seconds)
  local count, spent = -1, 0
  while spent < seconds do
    local client_tcp, server_tcp = sockets.pair()
    local began = clock()
    local client, server = meet(party, client_tcp, server_tcp)
    party.client.contender.close(client)
    party.server.contender.close(server)
    if count >= 0 then spent = spent + clock() - began end -- the first warms up
    count = count + 1
  end
  return count / spent
end

--- The same, but each client resumes the session that the one before it had.
---@param party bench.Party its client must be able to resume
---@param seconds number of CPU time
---@return number per_second
function workloads.resumption(party, seconds)
  local ours, theirs = party.client.contender, party.server.contender
  local session
  local count, spent = -1, 0
  while spent < seconds do
    local client_tcp, server_tcp = sockets.pair()
    local began = clock()
    local client, server = meet(party, client_tcp, server_tcp, session)
    session = ours.session(client) or session
    local took = clock() - began
    assert(count < 0 or ours.has_resumed(client), "it did not resume")
    began = clock()
    ours.close(client)
    theirs.close(server)
    if count >= 0 then spent = spent + took + clock() - began end
    count = count + 1
  end
  return count / spent
end

-- The client sends so many bytes, the server reads them.
local function carry(size)
  return function(party)
    local send = party.client.contender.send
    local receive = party.server.contender.receive
    local client, server = meet(party, sockets.pair())
    local data = ("x"):rep(size)
    return function()
      send(client, data)
      receive(server, size)
    end
  end
end

-- There and back.
local function echo(contender, client, server)
  local SIZE <const> = 100
  local data = ("x"):rep(SIZE)
  local send, receive = contender.send, contender.receive
  return function()
    send(client, data)
    receive(server, SIZE)
    send(server, data)
    receive(client, SIZE)
  end
end

-- What is done over and over on one connection: makes a function that does it.
local TURNS <const> = {
  bulk_1k = carry(1024),
  bulk_16k = carry(16384),
  bulk_64k = carry(65536),
  echo = function(party)
    local client, server = meet(party, sockets.pair())
    return echo(party.client.contender, client, server)
  end,
}
local BATCH <const> = 32

local function times(count, turn)
  for _ = 1, count do
    turn()
  end
end

-- Turns per second of CPU time; the clock is looked at every 32 turns.
local function rate(turn, seconds)
  local count, spent = 0, 0
  times(BATCH, turn) -- warms up
  local began = clock()
  while spent < seconds do
    times(BATCH, turn)
    count = count + BATCH
    spent = clock() - began
  end
  return count / spent
end

for name, make in pairs(TURNS) do
  workloads[name] = function(party, seconds)
    return rate(make(party), seconds)
  end
end

local function heap()
  collectgarbage()
  return collectgarbage("count") * 1024
end

--- Only so many turns, for somebody who counts what they take.
---@param party bench.Party
---@param name string of the turn
---@param count integer
---@return number bytes by which they made the Lua heap grow
function workloads.turns(party, name, count)
  local turn = TURNS[name](party)
  times(BATCH, turn)
  local before = heap()
  times(count, turn)
  return heap() - before
end

-- Bytes of this process that are in memory (proc(5), status).
local function resident()
  local file <close> = assert(io.open("/proc/self/status"))
  return tonumber(file:read("a"):match("VmRSS:%s*(%d+) kB")) * 1024
end

--- Bytes that a server's connection occupies after it answered once. The
--- client's end is closed, so its memory serves the next client.
---@param party bench.Party
---@param connections integer
---@return number bytes
function workloads.memory(party, connections)
  local contender = party.client.contender
  local kept, before = {}, 0
  for i = 0, connections do
    local client, server = meet(party, sockets.pair())
    echo(contender, client, server)()
    contender.close(client)
    contender.detach(server)
    kept[i] = server
    collectgarbage() -- or what TCP objects leave would be counted
    if i == 0 then before = resident() end -- the first brought what is shared
  end
  return (resident() - before) / #kept
end

return workloads
