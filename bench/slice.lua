-- One slice: one workload, one Lua contender, one setting, in a process of its
-- own; prints the figure. baseline.c takes the same arguments but the first.
-- A contender is the name of a library, or two: "luatls:luasec" is the client
-- of one at the server of the other. "+" behind it: the server gives tickets.
-- AMOUNT is seconds, or connections; "100x" is 100 turns of the workload, and
-- the figure then is by how many bytes they made the Lua heap grow.
--   lua5.4 bench/slice.lua CONTENDER WORKLOAD VERSION KIND FOLDER AMOUNT

local workloads = require("bench.workloads")

local name, workload, version, kind, folder, amount = table.unpack(arg)
local client, server, tickets = name:match("^(%a+):?(%a*)(%+?)")
local base = folder .. "/" .. kind
local setting = {
  version = version,
  root = base .. "-root.pem",
  certificate = base .. ".pem",
  key = base .. ".key",
  tickets = tickets ~= "",
}

local function side(role, library)
  local contender = require("bench." .. library)
  return { contender = contender, context = contender.context(role, setting) }
end

local party = {
  client = side("client", client),
  server = side("server", server ~= "" and server or client),
}
local count = tonumber(amount:match("^(%d+)x$"))
print(
  count and workloads.turns(party, workload, count)
    or workloads[workload](party, tonumber(amount))
)
