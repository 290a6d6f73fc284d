--- What a client of HTTP hears. The first byte says what it asked for.

local conversation = require("fuzz.support.conversation")
local machine = require("luatls.http.machine")

local LIMITS <const> = {
  head = 2048,
  line = 512,
  fields = 20,
  extras = 256,
  interim = 3,
  body = 4096,
}

local METHODS <const> = { "GET", "HEAD", "CONNECT", "POST", "OPTIONS" }

local function nothing() end

local function request(method)
  local target = method == "CONNECT" and "a:443" or "/"
  return {
    type = "request",
    method = method,
    target = target,
    headers = { host = "a", connection = "upgrade", upgrade = "x" },
  }
end

return function(data)
  if data == "" then return end
  local method = METHODS[data:byte() % #METHODS + 1]
  local function make()
    local m = machine.new({ role = "client", limits = LIMITS })
    assert(m:send(request(method)))
    assert(m:send({ type = "end" }))
    return m
  end
  conversation.check(make, nothing, data:sub(2))
end
