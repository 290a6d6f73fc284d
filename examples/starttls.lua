-- A connection that begins in plaintext and becomes TLS, as mail servers do:
-- lua5.4 examples/starttls.lua HOST PORT [FILE_OF_ROOTS]

local socket = require("socket")
local tls = require("luatls")

local host, port = arg[1], tonumber(arg[2])
local tcp = assert(socket.connect(host, port))

local function expect(from, code)
  local line = assert(from:receive("*l"))
  assert(line:sub(1, 3) == code, line)
  return line
end

expect(tcp, "220")
tcp:send("STARTTLS\r\n")
expect(tcp, "220")

-- The socket is taken over: from here on there is only the stream.
local context = assert(tls.context({ role = "client", trust = arg[3] }))
local s <close> = assert(tls.wrap(tcp, context, { name = host, timeout = 10 }))
print("now " .. s:info().version)
assert(s:write("NOOP\r\n"))
local answer = assert(s:read("l"))
print(answer)
