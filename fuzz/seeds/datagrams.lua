--- Conversations over datagrams, heard by either side: as they should be, and
--- with losses on the way.

local clock = require("fuzz.clock")
local corpus = require("fuzz.seeds.corpus")
local datagrams = require("fuzz.support.datagrams")
local random = require("fuzz.random")
local signature = require("fuzz.signature")
local subject = require("fuzz.support.subject")

local OTHER <const> = { client = "server", server = "client" }
local MOST_WAITS <const> = 12

local function act(side, method, ...)
  random.stream(side.stream)
  return side.conn[method](side.conn, ...)
end

local function handshake(side)
  if side.is_done then
    act(side, "read")
  else
    side.is_done = act(side, "handshake") == true
  end
end

-- What one side has sent comes to the other, but what `is_lost` takes away.
local function carry(net, from, to)
  local count = 0
  local datagram = act(from, "drain")
  while datagram ~= "" do
    count, net.count = count + 1, net.count + 1
    if not net.is_lost(net.count) then
      to.heard[#to.heard + 1] = datagrams.frame(datagram, to.tenths)
      to.tenths = 0
      act(to, "feed", datagram)
      handshake(to)
    end
    datagram = act(from, "drain")
  end
  return count
end

-- Nobody has anything to say: the first deadline comes.
local function wait(net)
  local first = math.huge
  for _, side in pairs(net.sides) do
    first = math.min(first, side.conn:deadline() or math.huge)
  end
  local tenths = math.ceil(first * 10)
  clock.pass(tenths / 10)
  for _, side in pairs(net.sides) do
    side.tenths = side.tenths + tenths
  end
end

local function exchange(net)
  local client, server = net.sides.client, net.sides.server
  for _ = 1, MOST_WAITS do
    repeat
      handshake(client)
      handshake(server)
    until carry(net, client, server) + carry(net, server, client) == 0
    if client.is_done and server.is_done then return end
    wait(net)
  end
  error("the handshake is not done")
end

local function open_both(kind, listener)
  local sides = {}
  for _, role in ipairs({ "client", "server" }) do
    sides[role] = {
      conn = datagrams.connect(kind, role),
      stream = role == listener and 1 or 2,
      heard = {},
      tenths = 0,
    }
  end
  return sides
end

-- All that comes to the one that listens.
local function record(kind, listener, is_lost)
  random.rewind()
  clock.rewind()
  signature.believe(true)
  local net =
    { sides = open_both(kind, listener), is_lost = is_lost, count = 0 }
  exchange(net)
  local speaker = net.sides[OTHER[listener]]
  for _, text in ipairs({ "one", "another", ("long "):rep(80) }) do
    act(speaker, "write", text)
    exchange(net)
  end
  act(speaker, "shutdown")
  exchange(net)
  signature.believe(false)
  return table.concat(net.sides[listener].heard)
end

-- What gets lost, of the first ones that both have sent.
local LOSSES <const> = {
  [""] = function()
    return false
  end,
  _lossy = function(n)
    return n % 3 == 2 and n < 9
  end,
}

local MANNERS <const> = { [""] = 0, _sipping = subject.SIPS | subject.STEPS }

local function play(input)
  local err, done = datagrams.play(input)
  return err or not done and "the handshake is not done" or nil
end

local function save(number, kind, listener)
  for loss, is_lost in pairs(LOSSES) do
    local heard = record(kind, listener, is_lost)
    for manner, bits in pairs(MANNERS) do
      local name = listener .. "_" .. kind.name .. loss .. manner
      local input = datagrams.header(number, listener, bits) .. heard
      corpus.save_sound(play, "datagrams", name, input)
    end
  end
end

for number, kind in ipairs(datagrams.list) do
  save(number - 1, kind, "client")
  save(number - 1, kind, "server")
end
