-- How many system calls data costs, counted by strace: what so many turns of a
-- workload add to a slice that takes none. Prints Markdown; fails when luatls
-- takes more than the least, or in bulk more than a quarter of plain C's, which
-- sends and receives record by record.
--   lua5.4 bench/system_calls.lua FOLDER

local slices = require("bench.slices")

local TURNS <const> = 100
local MAX_SHARE <const> = 0.25

local LOG <const> = slices.FOLDER .. "/calls"
local STRACE <const> = "strace -qq -e status=successful -o %s "
  .. "-e trace=read,write,readv,writev,sendto,recvfrom,sendmsg,recvmsg"

local SENDS <const> = { "write", "writev", "sendto", "sendmsg" }
local RECEIVES <const> = { "read", "readv", "recvfrom", "recvmsg" }

-- A round trip has a send and a receive on either side, which count once.
local TASKS <const> = {
  { name = "echo", title = "100 bytes and their answer, per side", sides = 2 },
  { name = "bulk_64k", title = "`write` of 64 KB, and its reading", sides = 1 },
}
local CONTENDERS <const> = { "luatls", "c", "luasec" }

-- How often calls of these names are in the log.
local function count(log, names)
  local sum = 0
  for _, name in ipairs(names) do
    sum = sum + select(2, log:gsub("%f[^\n\0]" .. name .. "%(", ""))
  end
  return sum
end

local function trace(contender, task, version, turns)
  slices.run({
    under = STRACE:format(LOG),
    contender = contender,
    workload = task.name,
    version = version,
    kind = "ec",
    amount = ("%dx"):format(turns),
  })
  local file <close> = assert(io.open(LOG))
  local log = file:read("a")
  return count(log, SENDS), count(log, RECEIVES)
end

-- Sends and receives per turn, of one side.
local function measure(contender, task, version)
  local few_sends, few_receives = trace(contender, task, version, 0)
  local sends, receives = trace(contender, task, version, TURNS)
  local turns = TURNS * task.sides
  return {
    sends = (sends - few_sends) / turns,
    receives = (receives - few_receives) / turns,
  }
end

local function print_line(task, version, counts)
  local cells = {}
  for _, contender in ipairs(CONTENDERS) do
    cells[#cells + 1] = ("%.4g"):format(counts[contender].sends)
    cells[#cells + 1] = ("%.4g"):format(counts[contender].receives)
  end
  local line = "| %s | TLS %s | %s |"
  print(line:format(task.title, version, table.concat(cells, " | ")))
end

-- Of plain C's calls, as many as luatls takes.
local function share(counts)
  local own, c = counts.luatls, counts.c
  return (own.sends + own.receives) / (c.sends + c.receives)
end

local function is_good(task, counts)
  local own = counts.luatls
  if task.name == "echo" then return own.sends == 1 and own.receives == 1 end
  return own.sends == 1 and share(counts) <= MAX_SHARE
end

print(
  "| system calls | setting | luatls: send | receive | plain C: send | receive "
    .. "| LuaSec: send | receive |"
)
print("|---|---|--:|--:|--:|--:|--:|--:|")
local good, worst = true, 0
for _, task in ipairs(TASKS) do
  for _, version in ipairs({ "1.2", "1.3" }) do
    local counts = {}
    for _, contender in ipairs(CONTENDERS) do
      counts[contender] = measure(contender, task, version)
    end
    print_line(task, version, counts)
    good = good and is_good(task, counts)
    if task.name ~= "echo" then worst = math.max(worst, share(counts)) end
  end
end
local form = "\nSystem calls: in bulk at most %.2f of plain C's (%.2f are "
  .. "wanted; one send per write, and one receive per small message): %s."
print(form:format(worst, MAX_SHARE, good and "as wanted" or "TOO MANY"))
os.exit(good, true)
