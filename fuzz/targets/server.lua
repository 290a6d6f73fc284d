--- A server, told anything at all by its peer.

local connection = require("fuzz.support.connection")

return function(data)
  connection.play("server", data)
end
