--- A program for memory checkers: makes connections and drops them in every
--- stage of their life, without closing them. Its argument says how many at
--- least; the Lua state closes while some are still alive. Prints how many they
--- were, and by how many KB the process grew after the first tenth.

local pair = require("spec.support.pair")
local pki = require("spec.support.pki")

local least <const> = tonumber(arg and arg[1]) or 100

local dropped = 0
local alive = {}

local function drop(two)
  dropped = dropped + 2
  table.insert(alive, two)
  if #alive > 4 then table.remove(alive, 1) end
end

-- Both sides take `steps` steps of the handshake, when it is as long as that.
local function walk(version, steps)
  local two = pair.new({
    client = { max_version = version, certificate = pki.client().chain, key = pki.client().key },
    server = { client_auth = "required", trust = pki.root().chain },
  })
  local done
  for _ = 1, steps do
    done = two.client:step() and two.server:state() == "connected"
    two.server:step()
    two:carry()
  end
  drop(two)
  return done
end

-- Stages that come after the handshake.
local stages = {
  function(two)
    two.client:write(("x"):rep(1 << 20))
  end,
  function(two)
    two.client:write("hello")
    two:carry()
    two.server:read(1)
  end,
  function(two)
    two.client:shutdown()
    two:carry()
    two.server:read()
  end,
  function(two)
    two.server:feed("rubbish, not a record")
    two.server:read()
  end,
  function(two)
    two.client:peer_chain()
    two.client:close()
  end,
}

local function fail_to_verify(version)
  local identity = pki.flawed("wrong_name")
  local two = pair.new({
    client = { max_version = version },
    server = { certificate = identity.chain, key = identity.key },
  })
  assert(not two:handshake())
  drop(two)
end

local function raise_in_callback(version)
  local two = pair.new({ client = { max_version = version, on_verify = error } })
  assert(not two:handshake())
  drop(two)
end

local function run(version)
  local steps = 0
  repeat
    steps = steps + 1
  until walk(version, steps)
  for _, stage in ipairs(stages) do
    local two = pair.new({ client = { max_version = version } })
    assert(two:handshake())
    stage(two)
    drop(two)
  end
  fail_to_verify(version)
  raise_in_callback(version)
end

local function resident()
  for i in pairs(alive) do
    alive[i] = nil
  end
  collectgarbage()
  collectgarbage()
  local file <close> = assert(io.open("/proc/self/status"))
  return tonumber(file:read("a"):match("VmRSS:%s*(%d+)"))
end

local function run_until(count)
  while dropped < count do
    run("1.2")
    run("1.3")
  end
end

-- The allocator has found its size by then.
run_until(math.ceil(least / 10))
local before = resident()
run_until(least)
print(("%d connections, %d KB more"):format(dropped, resident() - before))
-- To be alive when the state closes.
walk("1.2", 3)
walk("1.3", 3)
os.exit(true, true)
