--- What each thread does, in a Lua state of its own: handshakes of both versions
--- over memory, whole and resumed, with certificates of both sides judged by
--- roots that all threads share. Uses the C module alone.
---   luatls-threads spec/threads/work.lua prepare, then threads
--- It is prepared by another process, so that each first use is among threads.

local core = require("luatls.core")

local task, number = ...

local FOLDER <const> = assert(os.getenv("LUATLS_THREADS_FOLDER"))
local ROUNDS <const> = 4

local function path(name)
  return FOLDER .. "/" .. name
end

local function save(name, text)
  local file <close> = assert(io.open(path(name), "wb"))
  file:write(text)
end

local function certify(subject, options)
  options.key = assert(core.key.generate())
  options.subject = "CN=" .. subject
  return { certificate = assert(core.certificate.issue(options)), key = options.key }
end

-- Files that every thread reads: a root, in two files of which one at a time is
-- shared, and two certificates that it issued.
local function prepare()
  local root = certify("root", { usage = "ca" })
  for half = 0, 1 do
    save(("root%d.pem"):format(half), root.certificate:pem())
  end
  for _, usage in ipairs({ "server", "client" }) do
    local identity = certify("localhost", {
      names = { "localhost" },
      usage = usage,
      issuer = root.certificate,
      issuer_key = root.key,
    })
    save(usage .. ".pem", identity.certificate:pem())
    save(usage .. ".key", identity.key:pem())
  end
end

local function context(role, options, half)
  options.role = role
  options.trust = assert(core.chain.share(path(("root%d.pem"):format(half))))
  options.certificate, options.key = path(role .. ".pem"), path(role .. ".key")
  return assert(core.context(options))
end

local function move(from, to)
  local bytes = from:drain()
  assert(to:feed(bytes) == #bytes)
  return #bytes
end

local function carry(client, server)
  return move(client, server) + move(server, client)
end

local function shake(client, server)
  local done, theirs
  repeat
    done, theirs = client:handshake(), server:handshake()
    assert(done ~= nil and theirs ~= nil, "the handshake failed")
  until carry(client, server) == 0
  assert(done and theirs, "the handshake is not done")
end

local function echo(client, server)
  local text = core.random(20000)
  assert(client:write(text) == #text)
  carry(client, server)
  local got = {}
  while #table.concat(got) < #text do
    got[#got + 1] = assert(server:read())
  end
  assert(table.concat(got) == text, "other bytes came")
  server:write("seen")
  carry(client, server)
  assert(client:read() == "seen")
end

-- A whole connection; gives its session.
local function connect(contexts, session)
  local client <close> = contexts.client:connection({ name = "localhost", session = session })
  local server <close> = contexts.server:connection()
  shake(client, server)
  assert(client:info().resumed == (session ~= nil))
  echo(client, server)
  local given = assert(client:session(), "no session")
  assert(client:shutdown())
  carry(client, server)
  assert(select(2, server:read()).kind == "closed")
  return given
end

local function work()
  for round = 1, ROUNDS do
    local version = (number + round) % 2 == 0 and "1.2" or "1.3"
    local half = round // 2 % 2
    local contexts = {
      client = context("client", { min_version = version, max_version = version }, half),
      server = context("server", { client_auth = "required" }, half),
    }
    local session = connect(contexts)
    connect(contexts, session)
    assert(core.key.generate({ curve = "secp384r1" }):csr({ subject = "CN=a" }))
    if round % 2 == 0 then collectgarbage() end
  end
end

if task == "prepare" then
  prepare()
else
  work()
end
