--- HTTPS for Lua: the client and the server. The front door, no logic.
---
--- `get`, `head`, `post`, `put`, `patch` and `delete` take a URL and options
--- ([list](luatls.https.client.md)); `request` takes one table, with `url` and
--- `method` too. They give a [response](luatls.https.response.md). `serve` and
--- `server` take options ([list](luatls.https.server.md)); their handlers get a
--- [request](luatls.https.server.request.md).
--
--     local https = require("luatls.https")
--     local r, err = https.get("https://www.example.org/")
--     if not r then return print(err) end
--     print(r.status, r:text())

local client = require("luatls.https.client")
local server = require("luatls.https.server")

---@class luatls.https
local https = {
  request = client.request,
  get = client.get,
  head = client.head,
  post = client.post,
  put = client.put,
  patch = client.patch,
  delete = client.delete,

  server = server.new,
  serve = server.serve,
}

return https
