-- Save what may be larger than the memory:
-- lua5.4 examples/download.lua URL FILE [FILE_OF_ROOTS]

local https = require("luatls.https")

local file <close> = assert(io.open(arg[2], "wb"))
local options = { stream = true, timeout = 600, trust = arg[3] }
local r <close> = assert(https.get(arg[1], options))
local size = 0
-- A body that is cut off raises an error here: it never just ends.
for piece in r:iter() do
  assert(file:write(piece))
  size = size + #piece
end
print(size .. " bytes")
