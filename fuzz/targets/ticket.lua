--- What a server finds in a ticket that is authentic: what its own secret, in
--- other hands or of another version, could have made.

local client_hello = require("spec.support.client_hello")
local meeting = require("fuzz.support.meeting")
local outcome = require("fuzz.support.outcome")
local world = require("fuzz.support.world")

local SESSION_TICKET <const>, EXTENDED_MASTER_SECRET <const> = 35, 23

-- A ticket of each server: its key's name fits, and that does not change here.
local tickets = {}
for family, contexts in pairs(world.servers) do
  local client = world.clients[family]["1.2"]
  tickets[family] =
    meeting.ticket(client, meeting.session(client, contexts["1.2"]))
end

local function hello_with(ticket)
  local name = string.pack(">s2", string.pack(">I1s2", 0, world.HOST))
  return client_hello.client({
    suites = { 0xc02b, 0xc02c, 0xcca9 },
    extensions = {
      client_hello.GROUPS,
      client_hello.POINTS,
      client_hello.SIGNATURES,
      client_hello.extension(0, name),
      client_hello.extension(EXTENDED_MASTER_SECRET, ""),
      client_hello.extension(SESSION_TICKET, ticket),
    },
  })
end

return function(data)
  if data == "" then return end
  local family = data:byte() % 2 == 1 and "known" or "plain"
  local conn = world.servers[family]["1.2"]:connection()
  conn:feed(hello_with(meeting.forge(tickets[family], data:sub(2))))
  outcome.check("handshake", conn:handshake())
  outcome.string("drain", conn:drain())
  conn:info()
  conn:peer_chain()
end
