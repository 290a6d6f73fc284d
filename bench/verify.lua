-- What verification costs: a chain of three against the system's bundle, beside
-- its bare signature checks in C; loading the bundle; chains that are built to
-- cost much. Prints Markdown; fails when a bound is missed.
--   lua5.4 bench/verify.lua FOLDER

local core = require("luatls.core")
local hostile = require("spec.support.hostile")
local report = require("bench.report")
local trust = require("luatls.trust")

local FOLDER <const> = arg[1]
local ROUNDS <const> = tonumber(os.getenv("ROUNDS") or 7)
local SECONDS <const> = tonumber(os.getenv("SECONDS") or 0.3)
local MAX_RATIO <const> = 1.3
local MAX_LOAD <const> = 15 -- milliseconds

local KINDS <const> = {
  { title = "RSA-2048", key = { type = "rsa" } },
  { title = "P-256", key = { type = "ec" } },
}

local function write(path, text)
  local file <close> = assert(io.open(path, "w"))
  assert(file:write(text))
  return path
end

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read("a")
end

local BUNDLE <const> = assert(trust.find())

-- An identity below another one, or below itself.
local function issue(subject, kind, above)
  local key = assert(core.key.generate(kind.key))
  local certificate = assert(core.certificate.issue({
    subject = subject,
    key = key,
    usage = subject:find("CA") and "ca" or "server",
    names = not subject:find("CA") and { "www.example.com" } or nil,
    issuer = above and above.certificate,
    issuer_key = above and above.key,
    days = 1,
  }))
  return { certificate = certificate, key = key }
end

-- A leaf and its intermediate, below a root that is the last of the bundle.
local function prepare(kind)
  local root = issue("CN=Benchmark Root CA", kind)
  local middle = issue("CN=Benchmark CA", kind, root)
  local leaf = issue("CN=www.example.com", kind, middle)
  local base = ("%s/verify-%s"):format(FOLDER, kind.key.type)
  local text = leaf.certificate:pem() .. middle.certificate:pem()
  kind.chain = assert(core.chain.parse(text))
  kind.trust =
    assert(core.chain.parse(read(BUNDLE) .. "\n" .. root.certificate:pem()))
  kind.command = ("%s/signatures %s %s %g"):format(
    FOLDER,
    write(base .. ".pem", text),
    write(base .. "-root.pem", root.certificate:pem()),
    SECONDS
  )
  kind.verify, kind.bare, kind.ratio = {}, {}, {}
end

-- Nanoseconds of CPU time per call.
local function cost(call)
  local BATCH <const> = 8
  local count, spent = 0, 0
  call()
  local began = os.clock()
  while spent < SECONDS do
    for _ = 1, BATCH do
      call()
    end
    count = count + BATCH
    spent = os.clock() - began
  end
  return spent / count * 1e9
end

local function measure(kind)
  local terms = { trust = kind.trust, name = "www.example.com" }
  local verify = cost(function()
    assert(kind.chain:verify(terms))
  end)
  local pipe = assert(io.popen(kind.command))
  local bare = tonumber(pipe:read("a"))
  assert(pipe:close() and bare, kind.command)
  table.insert(kind.verify, verify)
  table.insert(kind.bare, bare)
end

-- Milliseconds to read the bundle and to search it once.
local function load_bundle()
  local stranger = KINDS[2].chain
  local began = os.clock()
  local bundle = assert(core.chain.load(BUNDLE))
  assert(not stranger:verify({ trust = bundle }))
  return (os.clock() - began) * 1000, #bundle
end

-- The largest resident set so far; proc(5), clear_refs: 5 starts anew.
local function peak()
  return tonumber(read("/proc/self/status"):match("VmHWM:%s*(%d+) kB"))
end

local function try_hostile(title, made)
  local chain = assert(core.chain.parse(made.sent))
  collectgarbage()
  write("/proc/self/clear_refs", "5")
  local before, began = peak(), os.clock()
  local ok, err = chain:verify({ trust = made.trust })
  local spent = (os.clock() - began) * 1000
  local verdict = ok and "good" or err.problems[1].code
  local form = "| %s | %d | %s | %.0f | %d |"
  print(form:format(title, made.count, verdict, spent, peak() - before))
end

local function print_chains()
  print("| chain of three | verified, µs | two signatures, µs | ratio |")
  print("|---|--:|--:|--:|")
  local worst = 0
  for _, kind in ipairs(KINDS) do
    local ratio = report.ratio(kind.verify, kind.bare)
    local verify, bare = report.median(kind.verify), report.median(kind.bare)
    local form = "| %s | %.0f | %.0f | %.2f |"
    print(form:format(kind.title, verify / 1000, bare / 1000, ratio))
    worst = math.max(worst, ratio)
  end
  return worst
end

local function print_bundle()
  local times, count = {}, 0
  for round = 1, ROUNDS do
    times[round], count = load_bundle()
  end
  local time = report.median(times)
  print(("\n%d roots, loaded and searched: %.1f ms\n"):format(count, time))
  return time
end

for _, kind in ipairs(KINDS) do
  prepare(kind)
end
for _ = 1, ROUNDS do
  for _, kind in ipairs(KINDS) do
    measure(kind)
  end
end
local ratio = print_chains()
local load_time = print_bundle()
print("| hostile chain | certificates | verdict | ms | more KB |")
print("|---|--:|---|--:|--:|")
try_hostile("web of 6 levels, 8 of each name", hostile.web(6, 8))
try_hostile("the same, its top trusted", hostile.web(6, 8, true))
try_hostile("web of 12 levels, 2 of each name", hostile.web(12, 2))
try_hostile("100 certificates in a row", hostile.ladder(98))
try_hostile("1,000 in a row", hostile.ladder(998))
try_hostile("1,000 of one name and key", hostile.crowd(998))
try_hostile("1,000 of one name", hostile.crowd(998, true))
os.exit(ratio <= MAX_RATIO and load_time <= MAX_LOAD, true)
