-- Runs all slices, interleaved: in every round each contender does each task
-- once, in changing order, and in a process of its own. Prints Markdown; fails
-- when the binding costs more than its bound against plain C.
--   lua5.4 bench/main.lua FOLDER

local credentials = require("bench.credentials")
local report = require("bench.report")
local ssl = require("ssl")
local tls = require("luatls")

local FOLDER <const> = arg[1]
local ROUNDS <const> = tonumber(os.getenv("ROUNDS") or 7)
local SECONDS <const> = tonumber(os.getenv("SECONDS") or 0.3)
local CONNECTIONS <const> = tonumber(os.getenv("CONNECTIONS") or 1000)

-- `bound`: what luatls / C must reach. Memory needs no median.
local WORKLOADS <const> = {
  { name = "handshake", title = "full handshakes/s", bound = 0.9 },
  { name = "bulk", title = "16 KB bulk, MB/s", bound = 0.9 },
  { name = "echo", title = "100-byte round trips/s" },
  { name = "memory", title = "bytes per idle connection", once = true },
}
local KINDS <const> = {
  { name = "rsa", title = "RSA-2048" },
  { name = "ec", title = "P-256" },
}
local COMMANDS <const> = {
  luatls = "lua5.4 bench/slice.lua luatls",
  c = FOLDER .. "/baseline",
  luasec = "lua5.4 bench/slice.lua luasec",
}
local CONTENDERS <const> = { "luatls", "c", "luasec" }

local function tasks()
  local all = {}
  for _, workload in ipairs(WORKLOADS) do
    for _, version in ipairs({ "1.2", "1.3" }) do
      for _, kind in ipairs(KINDS) do
        all[#all + 1] = {
          title = workload.title,
          setting = ("TLS %s, %s"):format(version, kind.title),
          workload = workload,
          arguments = { workload.name, version, kind.name, FOLDER },
          figures = { luatls = {}, c = {}, luasec = {} },
        }
      end
    end
  end
  return all
end

local function measure(task, contender)
  local amount = task.workload.once and CONNECTIONS or SECONDS
  local arguments = table.concat(task.arguments, " ")
  local command = ("%s %s %s"):format(COMMANDS[contender], arguments, amount)
  local pipe = assert(io.popen(command))
  local figure = tonumber(pipe:read("a"))
  if not pipe:close() or not figure then error("failed: " .. command, 0) end
  table.insert(task.figures[contender], figure)
end

local function run_round(round, all)
  io.stderr:write(("round %d of %d\n"):format(round, ROUNDS))
  for number, task in ipairs(all) do
    if round == 1 or not task.workload.once then
      for i = 1, #CONTENDERS do
        measure(task, CONTENDERS[(i + round + number) % #CONTENDERS + 1])
      end
    end
  end
end

-- How many tasks miss their bound.
local function missed(all)
  local count = 0
  for _, task in ipairs(all) do
    local ratio = report.ratio(task.figures.luatls, task.figures.c)
    if ratio < (task.workload.bound or 0) then
      count = count + 1
      io.stderr:write(
        ("%s, %s: %.2f of plain C\n"):format(task.title, task.setting, ratio)
      )
    end
  end
  return count
end

local function versions()
  return ("luatls %s on mbedTLS %s; LuaSec %s; medians of %d × %g s"):format(
    tls.VERSION,
    tls.features.mbedtls,
    ssl._VERSION,
    ROUNDS,
    SECONDS
  )
end

credentials.write(FOLDER)
local all = tasks()
for round = 1, ROUNDS do
  run_round(round, all)
end
print(versions() .. "\n")
print(report.markdown(all))
os.exit(missed(all) == 0, true)
