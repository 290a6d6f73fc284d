-- What the choice of a context by server name costs: a server that reads a
-- ClientHello, with 10,000 hosts and without any, in turns; the difference of
-- their CPU times is the choice. Prints Markdown; fails when it is MAX_COST.
--   lua5.4 bench/hosts.lua FOLDER

local report = require("bench.report")
local tls = require("luatls")

local FOLDER <const> = arg[1]
local ROUNDS <const> = tonumber(os.getenv("ROUNDS") or 7)
local SECONDS <const> = tonumber(os.getenv("SECONDS") or 0.3)
local HOSTS <const> = 10000
local GREETINGS <const> = 1000 -- clients that ask for different hosts
local BATCH <const> = 100
local MAX_COST <const> = 5 -- microseconds

local function server(options)
  options.role, options.max_version = "server", "1.2"
  options.certificate = FOLDER .. "/ec.pem"
  options.key = FOLDER .. "/ec.key"
  return assert(tls.context(options))
end

local PLAIN <const> = server({})

local function host_name(number)
  return ("www.customer-%d.example"):format(number)
end

-- Every second one is found as "*.customer-….example" only.
local function with_hosts()
  local hosts = {}
  for i = 1, HOSTS do
    local name = host_name(i)
    if i % 2 == 0 then name = name:gsub("^www", "*") end
    hosts[name] = PLAIN
  end
  return server({ hosts = hosts })
end

local SERVERS <const> = { plain = PLAIN, hosts = with_hosts() }

-- What clients of hosts here and there in the table say first.
local function greetings()
  local client = assert(tls.context({
    role = "client",
    max_version = "1.2",
    trust = FOLDER .. "/ec-root.pem",
  }))
  local list = {}
  for i = 1, GREETINGS do
    local name = host_name(i * 7919 % HOSTS + 1)
    local conn = client:connection({ name = name })
    conn:handshake()
    list[i] = conn:drain()
  end
  return list
end

local HELLOS <const> = greetings()

-- A connection that has read the hello, and answered nothing yet.
local function greet(context, hello)
  local conn = context:connection()
  conn:feed(hello)
  repeat
    local done, why = conn:step()
    if done == nil then error(why) end
  until conn:state() == "server_hello"
  conn:close()
end

-- Microseconds of CPU time for reading `BATCH` hellos.
local function time_batch(context, first)
  local began = os.clock()
  for i = first, first + BATCH - 1 do
    greet(context, HELLOS[i % GREETINGS + 1])
  end
  return (os.clock() - began) * 1e6
end

-- Microseconds per hello of each, in turns: what disturbs one disturbs both.
local function measure()
  local spent, count = { plain = 0, hosts = 0 }, 0
  repeat
    for name, context in pairs(SERVERS) do
      spent[name] = spent[name] + time_batch(context, count)
    end
    count = count + BATCH
  until spent.plain >= SECONDS * 1e6
  return spent.plain / count, spent.hosts / count
end

local plain, hosts, costs = {}, {}, {}
for round = 1, ROUNDS do
  plain[round], hosts[round] = measure()
  costs[round] = hosts[round] - plain[round]
end
local cost = report.median(costs)
print("| ClientHello read, µs | without hosts | 10,000 hosts | the choice |")
print("|---|--:|--:|--:|")
print(
  ("| TLS 1.2 | %.1f | %.1f | %.2f |"):format(
    report.median(plain),
    report.median(hosts),
    cost
  )
)
local verdict = cost < MAX_COST and "as wanted" or "TOO SLOW"
local form = "\nServer name choice among %d hosts: %.2f µs (under %d are "
  .. "wanted): %s."
print(form:format(HOSTS, cost, MAX_COST, verdict))
os.exit(cost < MAX_COST, true)
