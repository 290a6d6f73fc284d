--- What a server of HTTP hears.

local conversation = require("fuzz.support.conversation")
local machine = require("luatls.http.machine")

local LIMITS <const> =
  { head = 2048, line = 512, fields = 20, extras = 256, body = 4096 }

local function make()
  return machine.new({ role = "server", limits = LIMITS })
end

-- Answers, so that the next request is read; 404 opens no tunnel.
local function answer(m)
  if m:state() ~= "send_response" then return end
  assert(m:send({
    type = "response",
    status = 404,
    headers = { ["content-length"] = 0 },
  }))
  assert(m:send({ type = "end" }))
  if m:keep_alive() then assert(m:start_next_cycle()) end
end

return function(data)
  conversation.check(make, answer, data)
end
