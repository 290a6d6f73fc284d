--- A program of its own, whose memory is searched for secrets: a client and a
--- server in one process. It says what it has done, then waits for a line. What
--- it says of secrets is in hex: Lua cannot wipe a string.
---   lua5.4 spec/support/keeper.lua TASK VERSION

local contexts = require("spec.support.contexts")
local core = require("luatls.core")
local pair = require("spec.support.pair")

local task, version = arg[1], arg[2]

local function say(...)
  io.stdout:write(...)
  io.stdout:write("\n")
  io.stdout:flush()
end

local function hex(bytes)
  return (bytes:gsub(".", function(byte)
    return ("%02x"):format(byte:byte())
  end))
end

-- What happened; and wait until somebody has looked.
local function pause(what)
  collectgarbage()
  say("now ", what)
  io.stdin:read("l")
end

-- The random of a ServerHello, behind the headers of record and message.
local function server_random(flight)
  return flight:sub(12, 43)
end

local function connect(client_context, server_context)
  local client = client_context:connection({ name = "localhost" })
  local server = server_context:connection()
  client:handshake()
  server:feed(client:drain())
  server:handshake()
  local flight = server:drain()
  say("random ", hex(server_random(flight)))
  client:feed(flight)
  local two = pair.join(client, server)
  assert(two:handshake())
  client:write(("x"):rep(20000))
  server:write(("y"):rep(20000))
  two:carry()
  for _, conn in ipairs({ client, server }) do
    while conn:read() do
    end
  end
  return client, server
end

local function connect_with_keylog(options)
  function options.keylog(line)
    say("key ", line)
  end
  return connect(contexts.client(version, options), contexts.server())
end

local tasks = {}

-- What the keys of records come from, and these keys.
function tasks.close()
  local client, server = connect_with_keylog({
    cipher_suites = { "TLS_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256" },
  })
  pause("open")
  client:close()
  pause("half closed")
  server:close()
  pause("closed")
end

-- With new keys of both sides, in TLS 1.3.
function tasks.renew()
  local client, server = connect_with_keylog({})
  local two = pair.join(client, server)
  pause("open")
  client:update_keys(true)
  for _ = 1, 2 do
    client:write("x")
    two:carry()
    assert(server:read() == "x")
    server:write("y")
    two:carry()
    assert(client:read() == "y")
  end
  pause("renewed")
end

-- Without a close.
function tasks.drop()
  do
    local client, server = connect_with_keylog({})
    pause("open")
    assert(client and server)
  end
  pause("closed")
end

-- In the middle of the handshake. In TLS 1.2 the client has the secrets then.
function tasks.interrupt()
  local function keylog(line)
    say("key ", line)
  end
  local client = contexts.client(version, { keylog = keylog }):connection({ name = "localhost" })
  local server = contexts.server({ keylog = keylog }):connection()
  client:handshake()
  server:feed(client:drain())
  server:handshake()
  client:feed(server:drain())
  client:handshake()
  pause("open")
  client:close()
  server:close()
  pause("closed")
end

-- What a session is resumed with. Another process opens what is said of it.
function tasks.session()
  do
    local client, server = connect(contexts.client(version), contexts.server())
    local session = assert(client:session())
    say("saved ", hex(session:save(("k"):rep(32))))
    client:close()
    server:close()
    pause("open")
  end
  pause("closed")
end

-- A key from outside; Lua has it as a string, too.
function tasks.psk()
  local key = core.random(32)
  say("psk ", hex(key))
  pause("before")
  local options = { min_version = version, max_version = version }
  do
    options.role, options.psk = "client", { identity = "me", key = key }
    local client_context = assert(core.context(options))
    options.role, options.psk = "server", { me = key }
    local client, server = connect(client_context, assert(core.context(options)))
    options.psk = nil
    pause("open")
    client:close()
    server:close()
  end
  pause("closed")
  return key
end

tasks[task]()
