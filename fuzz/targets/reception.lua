--- A server that chooses by the ClientHello, told anything: mbedTLS goes past
--- the hello only when the function has seen one, and seen it once.

local core = require("luatls.core")
local outcome = require("fuzz.support.outcome")
local world = require("fuzz.support.world")

local chosen = world.servers.plain["1.3"]
local asked, answer

local context = assert(core.context({
  role = "server",
  hosts = { [world.HOST] = chosen },
  on_client_hello = function(hello)
    asked = asked + 1
    outcome.string("ja4", hello.ja4)
    if answer == 1 then return chosen end
    if answer == 2 then return nil, "access_denied" end
  end,
}))

local function advance(conn)
  local done, why = conn:handshake()
  if why == "callback" then
    conn:callback()
    done, why = conn:handshake()
  end
  outcome.check("handshake", done, why)
  if conn:state() ~= "start" and asked ~= 1 then
    error(("mbedTLS is in %s, asked %d times"):format(conn:state(), asked))
  end
  return done ~= nil
end

return function(data)
  if #data < 2 then return end
  local conn = context:connection()
  local piece = data:byte(2) + 1
  asked, answer = 0, data:byte() % 4
  for first = 3, #data, piece do
    conn:feed(data:sub(first, first + piece - 1))
    if not advance(conn) then return conn:close() end
  end
  conn:feed_end()
  if advance(conn) and not conn:info().handshake_done then
    error("the end of the stream went unnoticed")
  end
  conn:close()
end
