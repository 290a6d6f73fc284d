--- A program that fills servers of datagrams in one of these ways, as many as its
--- second argument says, and prints the bytes of memory that each of them takes:
---   strangers  clients without a cookie, who send what they like
---   parts      clients with one, who send parts of messages that are never whole
---   floods     open connections that nobody reads, and whose peers read nothing

local datagrams = require("spec.support.datagrams")
local network = require("spec.support.network")

local what, count = arg[1], tonumber(arg[2])
local PAGE <const>, HANDSHAKE <const> = 4096, 22
local LARGE <const> = 16000 -- bytes of a message, in parts of so many:
local PART <const> = 1000

-- Bytes of memory that this process has.
local function resident()
  local file <close> = assert(io.open("/proc/self/statm"))
  return PAGE * tonumber((file:read("a"):match("^%d+ (%d+)")))
end

local client, server = datagrams.client(), datagrams.server()

local number = 1000 -- of a record

local function part_of(type, sequence, offset)
  local head = (">BI3I2I3I3"):pack(type, LARGE, sequence, offset, PART)
  number = number + 1
  return (">BI2I2I6s2"):pack(HANDSHAKE, 0xfefd, 0, number, head .. ("p"):rep(PART))
end

-- Every part but the last, of many messages that are to come.
local function send_parts(conn)
  for sequence = 0, 40 do
    for offset = 0, LARGE - 2 * PART, PART do
      conn:feed(part_of(11, sequence, offset))
      conn:handshake()
    end
  end
end

local function fill(conn)
  local text = ("x"):rep(1100)
  repeat
    local taken = conn:feed(text)
  until taken == 0
  repeat
    local sent = conn:write(text)
  until not sent
end

local ways = {}

function ways.strangers()
  local net = network.new({ contexts = { client, server } })
  send_parts(net.server)
  fill(net.server)
  assert(not net.server:info().reachable)
  return net.server
end

function ways.parts()
  local net = network.new({ contexts = { client, server } })
  net.client:handshake()
  for _ = 1, 2 do
    net.server:feed(net.client:drain())
    net.server:handshake()
    net.client:feed(net.server:drain())
    net.client:handshake()
  end
  assert(net.server:info().reachable)
  send_parts(net.server)
  assert(net.server:handshake() == false)
  return net.server
end

function ways.floods()
  local net = network.new({ contexts = { client, server } })
  assert(net:handshake())
  fill(net.server)
  return net.server
end

ways[what]()
collectgarbage()
local kept, before = {}, resident()
for i = 1, count do
  kept[i] = ways[what]()
  collectgarbage()
end
print((resident() - before) // #kept)
