-- One slice: one workload, one Lua contender, one setting, in a process of its
-- own; prints the figure. baseline.c takes the same arguments but the first.
-- A contender is the name of a library, or two: "luatls:luasec" is the client
-- of one at the server of the other. "+" behind it: the server gives tickets.
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
print(workloads[workload](party, tonumber(amount)))
