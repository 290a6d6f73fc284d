-- Fetch a page: lua5.4 examples/client.lua [URL [FILE_OF_ROOTS]]

local https = require("luatls.https")
local url = arg[1] or "https://localhost:8443/"
local r, err = https.get(url, { trust = arg[2], timeout = 10 })
if not r then return print(err) end
print(r.status, r.headers["content-type"])
print(r.tls.version, r.tls.cipher_suite, r.tls.group, r.tls.verified)
print(r:text())
