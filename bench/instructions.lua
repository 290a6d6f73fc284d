-- What the binding costs in instructions, which no neighbour disturbs: counted
-- by callgrind, as what so many turns of a workload add to a slice that takes
-- none. The kernel's are not in them, of which luatls needs fewer than plain C.
-- Prints Markdown; fails when a turn takes MAX_OWN more than plain C and the
-- loop.
--   lua5.4 bench/instructions.lua FOLDER

local slices = require("bench.slices")

local TURNS <const> = 500
local MAX_OWN <const> = 6500

local LOG <const> = slices.FOLDER .. "/instructions"
local CALLGRIND <const> = "valgrind -q --tool=callgrind --callgrind-out-file="
  .. LOG

local TASKS <const> = {
  { name = "echo", title = "100-byte round trip" },
  { name = "bulk_1k", title = "1 KB written and read" },
}

local function count(contender, task, turns)
  slices.run({
    under = CALLGRIND,
    contender = contender,
    workload = task.name,
    version = "1.3",
    kind = "ec",
    amount = ("%dx"):format(turns),
  })
  local file <close> = assert(io.open(LOG))
  return tonumber(file:read("a"):match("\ntotals: (%d+)"))
end

local function per_turn(contender, task)
  local without = count(contender, task, 0)
  return (count(contender, task, TURNS) - without) / TURNS
end

-- Prints a line, and returns what is the binding's.
local function compare(task)
  local own, c = per_turn("luatls", task), per_turn("c", task)
  local loop = per_turn("loop", task)
  local binding = own - c - loop
  local line = "| %s | %.0f | %.0f | %.0f | %.0f |"
  print(line:format(task.title, own, c, loop, binding))
  return binding
end

print("| instructions, TLS 1.3 | luatls | plain C | the loop | the binding |")
print("|---|--:|--:|--:|--:|")
local most = 0
for _, task in ipairs(TASKS) do
  most = math.max(most, compare(task))
end
local verdict = most <= MAX_OWN and "as wanted" or "TOO MANY"
local form =
  "\nThe binding takes at most %.0f instructions (%d are allowed): %s."
print(form:format(most, MAX_OWN, verdict))
os.exit(most <= MAX_OWN, true)
