--- The memory of another process, for a spec that looks for secrets in it. This
--- process makes copies of what it reads; the other one must not.

local memory = {}

-- "55d0-55f1 rw-p ... [heap]": what a process may write, its stack too.
local RANGE <const> = "^(%x+)%-(%x+) rw"

-- Bytes. Larger is only what a sanitizer notes about other memory.
local MOST <const> = 1 << 32

local function ranges(pid)
  local list = {}
  for line in io.lines(("/proc/%d/maps"):format(pid)) do
    local first, last = line:match(RANGE)
    if first then
      first, last = tonumber(first, 16), tonumber(last, 16)
      if last - first < MOST then list[#list + 1] = { first = first, size = last - first } end
    end
  end
  return list
end

--- Where these bytes are in what the process can write.
---@param pid integer of a child of this process, or of its own
---@param needle string
---@return integer[] addresses
function memory.places(pid, needle)
  assert(#needle >= 12, "so few bytes are anywhere")
  local file <close> = assert(io.open(("/proc/%d/mem"):format(pid), "rb"))
  file:setvbuf("no")
  local found = {}
  for _, range in ipairs(ranges(pid)) do
    file:seek("set", range.first)
    -- Reserved addresses that were never touched cannot be read.
    local bytes = file:read(range.size) or ""
    local at = bytes:find(needle, 1, true)
    while at do
      found[#found + 1] = range.first + at - 1
      at = bytes:find(needle, at + 1, true)
    end
  end
  return found
end

return memory
