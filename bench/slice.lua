-- One slice: one workload, one Lua contender, one setting, in a process of its
-- own; prints the figure. baseline.c takes the same arguments but the first.
--   lua5.4 bench/slice.lua CONTENDER WORKLOAD VERSION KIND FOLDER AMOUNT

local workloads = require("bench.workloads")

local name, workload, version, kind, folder, amount = table.unpack(arg)
local contender = require("bench." .. name)
local base = folder .. "/" .. kind
local setting = {
  version = version,
  root = base .. "-root.pem",
  certificate = base .. ".pem",
  key = base .. ".key",
}
local party = {
  contender = contender,
  client = contender.context("client", setting),
  server = contender.context("server", setting),
}
print(workloads[workload](party, tonumber(amount)))
