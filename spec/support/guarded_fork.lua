--- Run by luatls-guard, which can fork: what is random in one process is not in
--- another. Prints how many things it compared.

local contexts = require("spec.support.contexts")
local core = require("luatls.core")
local guard = require("guard")
local hello = require("spec.support.client_hello")
local pair = require("spec.support.pair")
local resumption = require("spec.support.resumption")

local KEY_SHARE <const> = 51

local count = 0

-- Twice here and in two children, before the parent and after it.
local function compare(what, draw)
  local seen = {}
  for _, value in ipairs({ guard.fork(draw), draw(), guard.fork(draw), draw() }) do
    assert(#value > 0 and not seen[value], what .. " comes twice")
    seen[value] = true
  end
  count = count + 1
end

compare("core.random", function()
  return core.random(32)
end)

compare("a key", function()
  return core.key.generate():pem()
end)

for _, version in ipairs({ "1.2", "1.3" }) do
  local client, server = contexts.client(version), contexts.server()

  -- Its key share; in TLS 1.2 there is none yet, but the hello's random.
  compare("a client's key", function()
    local conn = client:connection({ name = "localhost" })
    conn:handshake()
    local record = conn:drain()
    return hello.body(record, KEY_SHARE) or record
  end)

  compare("a server's key", function()
    local conn = server:connection()
    local peer = client:connection({ name = "localhost" })
    peer:handshake()
    conn:feed(peer:drain())
    conn:handshake()
    local records = conn:drain()
    return hello.answer(records).extensions[KEY_SHARE] or records
  end)

  local session = resumption.session(client, server)
  assert(guard.fork(function()
    local conn = client:connection({ name = "localhost", session = session })
    local two = pair.join(conn, server:connection())
    return tostring(two:handshake() and two.client:info().resumed)
  end) == "true", "a child does not resume")
  count = count + 1
end
print(count .. " compared")
