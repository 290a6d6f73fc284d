-- A TLS connection as a stream, without HTTP:
-- lua5.4 examples/stream.lua HOST PORT [FILE_OF_ROOTS]

local tls = require("luatls")

local options = { trust = arg[3], timeout = 10 }
local s <close> = assert(tls.connect(arg[1], tonumber(arg[2]), options))
print(s:info().version, s:peer_chain()[1]:subject())
assert(s:write("hello\n"))
local answer = assert(s:read("l"))
print(answer)
