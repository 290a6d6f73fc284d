-- What a connection costs that is not the first one: luatls resumes; LuaSec's
-- client cannot, so all its handshakes are full ones. Prints Markdown; fails
-- when one in TLS 1.2 is not MIN_RATIO times as fast as LuaSec's.
--   lua5.4 bench/resumption.lua FOLDER

local report = require("bench.report")
local slices = require("bench.slices")

local ROUNDS <const> = slices.ROUNDS
local MIN_RATIO <const> = 3

local KINDS <const> = {
  { name = "rsa", title = "RSA-2048" },
  { name = "ec", title = "P-256" },
}

-- Who does what in each column. At the same server only the clients differ; its
-- work is in all figures.
local LAYOUTS <const> = {
  {
    title = "both ends their own",
    full = "luatls handshake",
    resumed = "luatls+ resumption",
    luasec = "luasec handshake",
  },
  {
    title = "clients at LuaSec's server",
    full = "luatls:luasec+ handshake",
    resumed = "luatls:luasec+ resumption",
    luasec = "luasec+ handshake",
  },
}
local COLUMNS <const> = { "full", "resumed", "luasec" }

local function tasks()
  local all = {}
  for _, layout in ipairs(LAYOUTS) do
    for _, version in ipairs({ "1.2", "1.3" }) do
      for _, kind in ipairs(KINDS) do
        all[#all + 1] = {
          layout = layout,
          version = version,
          kind = kind,
          figures = { full = {}, resumed = {}, luasec = {} },
        }
      end
    end
  end
  return all
end

local function measure(task, column)
  local contender, workload = task.layout[column]:match("(%S+) (%S+)")
  local figure = slices.run({
    contender = contender,
    workload = workload,
    version = task.version,
    kind = task.kind.name,
    amount = slices.SECONDS,
  })
  table.insert(task.figures[column], figure)
end

local function run_round(round, all)
  io.stderr:write(("resumption: round %d of %d\n"):format(round, ROUNDS))
  for number, task in ipairs(all) do
    for i = 1, #COLUMNS do
      measure(task, COLUMNS[(i + round + number) % #COLUMNS + 1])
    end
  end
end

local function print_line(task)
  local figures = task.figures
  task.ratio = report.ratio(figures.resumed, figures.luasec)
  print(
    ("| %s | TLS %s, %s | %.0f | %.0f | %.0f | %.2f |"):format(
      task.layout.title,
      task.version,
      task.kind.title,
      report.median(figures.full),
      report.median(figures.resumed),
      report.median(figures.luasec),
      task.ratio
    )
  )
end

local function least_ratio(all, version)
  local least = math.huge
  for _, task in ipairs(all) do
    if task.version == version then least = math.min(least, task.ratio) end
  end
  return least
end

local all = tasks()
for round = 1, ROUNDS do
  run_round(round, all)
end
print(
  "| handshakes/s | setting | luatls, full | luatls, resumed "
    .. "| LuaSec, full | resumed / LuaSec |"
)
print("|---|---|--:|--:|--:|--:|")
for _, task in ipairs(all) do
  print_line(task)
end
local least = least_ratio(all, "1.2")
local verdict = least >= MIN_RATIO and "as wanted" or "TOO SLOW"
local form = "\nRepeat connections in TLS 1.2: at least %.2f times LuaSec's "
  .. "(%d are wanted): %s."
print(form:format(least, MIN_RATIO, verdict))
os.exit(least >= MIN_RATIO, true)
