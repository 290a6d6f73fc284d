-- So many clients at one server at the same time: the server answers nobody
-- before all have asked. A process of its own, because both ends of so many
-- connections need more descriptors than a process has by default.

local https = require("luatls.https")
local luv = require("luatls.io.luv")
local pki = require("spec.support.pki")

local count = tonumber(arg[1])
local waiting, answered, bell, done = 0, 0, {}, {}

local function say(...)
  io.stdout:write(...)
  io.stdout:flush()
end

local function handler()
  waiting = waiting + 1
  if waiting % 100 == 0 then say(waiting, " at once\n") end
  if waiting == count then luv.ring(bell) end
  while waiting < count do
    luv.wait(bell)
  end
  return "all are here"
end

local identity = pki.server()
local server = assert(https.server({
  port = 0,
  certificate = identity.chain,
  key = identity.key,
  handshake_timeout = 120,
  backlog = count,
  handler = handler,
}))
server:start()

local url = "https://127.0.0.1:" .. server:port()
for _ = 1, count do
  luv.spawn(function()
    local options = { trust = pki.root().chain, timeout = 120 }
    local response = assert(https.get(url, options))
    assert(response:text() == "all are here")
    answered = answered + 1
    luv.ring(done)
  end)
end
while answered < count do
  luv.wait(done)
end
say(answered, " answered\n")
os.exit(0, true)
