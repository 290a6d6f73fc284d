-- A process of its own that echoes bodies by HTTPS. Its certificate and key
-- come on stdin; the port that it chose goes to stdout.

local https = require("luatls.https")
local tls = require("luatls")

local identity = io.read("a")

assert(https.serve({
  port = 0,
  certificate = identity,
  key = assert(tls.key.parse(identity)),
  max_body = 64 * 1024 * 1024,
  handler = function(req)
    return assert(req:text())
  end,
  on_listening = function(server)
    print("port " .. server:port())
    io.stdout:flush()
  end,
}))
