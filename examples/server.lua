-- Serve HTTPS on localhost: lua5.4 examples/server.lua [PORT]
--
-- A development CA issues the certificate; what the server prints at its start
-- tells how to reach it.

local https = require("luatls.https")

local function handler(req, res)
  if req.path == "/count" then
    for i = 1, 3 do
      res:write(i, "\n")
    end
  elseif req.method == "POST" then
    local value, err = req:json()
    if err then return { status = 400, body = err.message .. "\n" } end
    return { status = 201, json = { received = value } }
  else
    return "hello " .. req.path .. "\n"
  end
end

assert(https.serve({
  port = math.tointeger(tonumber(arg[1] or 8443)),
  handler = handler,
  on_listening = function(server)
    print("listening on port " .. server:port())
    io.stdout:flush()
  end,
}))
