--- Runs slices, each in a process of its own, and says what they print. The
--- amounts come from the environment.

local slices = {}

slices.FOLDER = arg[1]
slices.ROUNDS = tonumber(os.getenv("ROUNDS") or 7)
slices.SECONDS = tonumber(os.getenv("SECONDS") or 0.3)

local function program(contender)
  if contender == "c" then return slices.FOLDER .. "/baseline" end
  return "lua5.4 bench/slice.lua " .. contender
end

---@class bench.Slice see slice.lua
---@field contender string that of slice.lua, or "c"
---@field workload string
---@field version "1.2"|"1.3"
---@field kind "rsa"|"ec"
---@field amount number|string
---@field under? string a program, and its options, that watches it

---@param slice bench.Slice
---@return number figure
function slices.run(slice)
  local command = table.concat({
    slice.under or "exec",
    program(slice.contender),
    slice.workload,
    slice.version,
    slice.kind,
    slices.FOLDER,
    tostring(slice.amount),
  }, " ")
  local pipe = assert(io.popen(command))
  local figure = tonumber(pipe:read("a"))
  if not pipe:close() or not figure then error("failed: " .. command, 0) end
  return figure
end

return slices
