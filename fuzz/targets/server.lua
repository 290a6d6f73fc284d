--- A server, told anything at all by its peer.

local connection = require("fuzz.support.connection")
local world = require("fuzz.support.world")

return function(data)
  if data == "" then return end
  local context = connection.context(data:byte(), world.servers)
  local conn = context:connection()
  connection.play(conn, data)
end
