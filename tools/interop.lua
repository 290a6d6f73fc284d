-- Puts the table that "make interop" made into docs/interoperability.md.

local MANUAL <const>, TABLE <const> =
  "docs/interoperability.md", "build/interop/table.md"

local function slurp(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read("a")
end

local rows = slurp(TABLE):gsub("%%", "%%%%")
local marks = "(<!%-%- table %-%->\n).-(<!%-%- end %-%->)"
local text, count = slurp(MANUAL):gsub(marks, "%1" .. rows .. "%2")
assert(count == 1, MANUAL .. " has no place for a table")
local file <close> = assert(io.open(MANUAL, "wb"))
file:write(text)
