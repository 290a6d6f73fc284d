-- Send JSON, get JSON: lua5.4 examples/post_json.lua URL [FILE_OF_ROOTS]

local https = require("luatls.https")

local r = assert(https.post(arg[1], {
  json = { name = "lua", year = 1993 },
  query = { verbose = "yes" },
  headers = { accept = "application/json" },
  trust = arg[2],
}))
-- A status of 400 or more is an answer like any other.
if not r.ok then
  print("refused: " .. r.status)
  print(r:text())
  os.exit(1)
end
local answer = assert(r:json())
print(answer.received.name, math.tointeger(answer.received.year))
