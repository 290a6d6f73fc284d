-- What a long conversation leaves in the Lua heap. Fails when it is MAX_BYTES.
--   lua5.4 bench/garbage.lua FOLDER

local slices = require("bench.slices")

local ECHOES <const> = tonumber(os.getenv("ECHOES") or 1000000)
local MAX_BYTES <const> = 1024

local function growth(contender)
  return slices.run({
    contender = contender,
    workload = "echo",
    version = "1.3",
    kind = "ec",
    amount = ("%dx"):format(ECHOES),
  })
end

local own, other = growth("luatls"), growth("luasec")
local good = own < MAX_BYTES
local form = "%d round trips of 100 bytes make the Lua heap of both ends grow "
  .. "by %.0f bytes (LuaSec: %.0f; under %d are wanted): %s."
print(
  form:format(ECHOES, own, other, MAX_BYTES, good and "as wanted" or "TOO MUCH")
)
os.exit(good, true)
