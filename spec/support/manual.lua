--- The programs that the pages of the manual show.

local manual = {}

--- The Lua blocks of a page, in their order.
---@param path string
---@return string[]
function manual.programs(path)
  local file <close> = assert(io.open(path, "rb"))
  local list = {}
  for program in file:read("a"):gmatch("\n```lua\n(.-)```") do
    list[#list + 1] = program
  end
  return list
end

return manual
