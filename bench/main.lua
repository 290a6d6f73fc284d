-- How fast luatls is and how much memory it takes, beside plain C on the same
-- mbedTLS and LuaSec. Slices are interleaved: in every round each contender
-- does each task once, in changing order. A task that misses its bound goes on
-- for as many rounds again, twice: neighbours on the machine may have disturbed
-- it. Prints Markdown; fails when a bound is missed.
--   lua5.4 bench/main.lua FOLDER

local credentials = require("bench.credentials")
local report = require("bench.report")
local slices = require("bench.slices")
local ssl = require("ssl")
local tls = require("luatls")

local LOTS <const> = 3 -- of rounds
local CONNECTIONS <const> = tonumber(os.getenv("CONNECTIONS") or 1000)

-- `least`: what luatls / C must reach, without the benchmark's own loop in Lua
-- where that takes a share (`loop`). `most`: what luatls may take, by version;
-- memory needs no median. `bytes`: of one turn; the rate is told in MB/s.
local WORKLOADS <const> = {
  {
    name = "handshake",
    title = "full handshakes/s",
    kinds = { "rsa", "ec" },
    least = 0.95,
  },
  {
    name = "bulk_16k",
    title = "writes of 16 KB, MB/s",
    bytes = 16384,
    least = 0.95,
  },
  {
    name = "bulk_1k",
    title = "writes of 1 KB, MB/s",
    bytes = 1024,
    least = 0.95,
    loop = true,
  },
  {
    name = "echo",
    title = "100-byte round trips/s",
    least = 0.95,
    loop = true,
  },
  {
    name = "memory",
    title = "bytes per idle connection",
    most = { ["1.2"] = 7000, ["1.3"] = 13000 },
    amount = CONNECTIONS,
  },
}
local KINDS <const> = { rsa = "RSA-2048", ec = "P-256" }
local CONTENDERS <const> = { "luatls", "c", "luasec", "loop" }

local function task_of(workload, version, kind)
  return {
    title = workload.title,
    setting = ("TLS %s, %s"):format(version, KINDS[kind]),
    scale = workload.bytes and workload.bytes / 1e6 or 1,
    workload = workload,
    slice = {
      workload = workload.name,
      version = version,
      kind = kind,
      amount = workload.amount or slices.SECONDS,
    },
    figures = { luatls = {}, c = {}, luasec = {}, loop = {} },
  }
end

local function tasks()
  local all = {}
  for _, workload in ipairs(WORKLOADS) do
    for _, version in ipairs({ "1.2", "1.3" }) do
      for _, kind in ipairs(workload.kinds or { "ec" }) do
        all[#all + 1] = task_of(workload, version, kind)
      end
    end
  end
  return all
end

local function measure(task, contender)
  if contender == "loop" and not task.workload.loop then return end
  task.slice.contender = contender
  table.insert(task.figures[contender], slices.run(task.slice))
end

local function run_round(round, all)
  if #all == 0 then return end
  io.stderr:write(("round %d of %d\n"):format(round, slices.ROUNDS))
  for number, task in ipairs(all) do
    if round == 1 or not task.workload.amount then
      for i = 1, #CONTENDERS do
        measure(task, CONTENDERS[(i + round + number) % #CONTENDERS + 1])
      end
    end
  end
end

-- Why a task misses its bound, if it does.
local function complaint(task)
  local most = task.workload.most and task.workload.most[task.slice.version]
  if most then
    local bytes = report.median(task.figures.luatls)
    return bytes > most and ("%.0f, more than %d"):format(bytes, most)
  end
  local ratio, least = report.binding(task.figures), task.workload.least
  return ratio < least
    and ("%.3f of plain C, less than %g"):format(ratio, least)
end

local function missed(all)
  local list = {}
  for _, task in ipairs(all) do
    if complaint(task) then list[#list + 1] = task end
  end
  return list
end

local function versions()
  return ("luatls %s on mbedTLS %s; LuaSec %s; medians of %d × %g s"):format(
    tls.VERSION,
    tls.features.mbedtls,
    ssl._VERSION,
    slices.ROUNDS,
    slices.SECONDS
  )
end

credentials.write(slices.FOLDER)
local all = tasks()
local left = all
for _ = 1, LOTS do
  for round = 1, slices.ROUNDS do
    run_round(round, left)
  end
  left = missed(left)
end
print(versions() .. "\n")
print(report.markdown(all))
for _, task in ipairs(left) do
  local line = "\nMISSED: %s, %s: %s"
  print(line:format(task.title, task.setting, complaint(task)))
end
os.exit(#left == 0, true)
