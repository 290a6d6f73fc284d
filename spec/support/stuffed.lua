--- A program for memory checkers: as many connections as its argument says, whose
--- peers read nothing, and which are filled both ways until no more goes in.
--- Prints the bytes that each of them takes.

local pair = require("spec.support.pair")

local COUNT <const> = tonumber(arg[1])
local PAGE <const> = 4096

-- Bytes of memory that this process has.
local function resident()
  local file <close> = assert(io.open("/proc/self/statm"))
  return PAGE * tonumber((file:read("a"):match("^%d+ (%d+)")))
end

local function fill(conn, text)
  repeat
    local taken = conn:feed(text)
  until taken == 0
  local sent, want = conn:write(text)
  assert(sent == false and want == "write", "the writer does not wait")
end

local text, kept = ("x"):rep(1 << 20), {}
pair.new():handshake()
collectgarbage()
local before = resident()
for i = 1, COUNT do
  local two = pair.new()
  assert(two:handshake())
  fill(two.client, text)
  two.server:close()
  kept[i] = two.client
end
print((resident() - before) // #kept)
