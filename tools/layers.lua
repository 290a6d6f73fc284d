-- Fails when something points up the picture of docs/ARCHITECTURE.md, or has
-- outgrown its room: C includes follow the order of the Makefile's SRC, Lua
-- requires follow ROOMS below, and files and functions keep to their limits.

local C_LINES <const>, LUA_LINES <const>, FUNCTION_LINES <const> = 500, 400, 50

-- The rooms of lua/luatls (a file or a folder; "core" is the C module), from
-- the bottom to the top: each may require what stands before it.
local ROOMS <const> = {
  "core error blame foreign options endpoint http wire io files file_set",
  "keylog trust context watch source reader drive channel stream connect",
  "listener trace init development inspect https compat",
}

-- Rooms that may require less than what stands before them.
local ONLY <const> = {
  http = {},
  wire = {},
  io = { "core", "error", "blame", "options" },
}

-- Foreign modules, and the rooms or files that may know them.
local FOREIGN <const> = {
  luv = { "io/luv", "files" },
  socket = { "io/luasocket", "io/copas", "compat" },
  copas = { "io/copas" },
  cqueues = { "io/cqueues" },
  zlib = { "https" },
  cjson = { "https" },
  dkjson = { "https" },
}

local wrong = 0

local function complain(message, ...)
  io.stderr:write(message:format(...), "\n")
  wrong = wrong + 1
end

local function slurp(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read("a")
end

local function lines_of(command)
  local pipe <close> = assert(io.popen(command))
  local lines = {}
  for line in pipe:lines() do
    lines[#lines + 1] = line
  end
  return lines
end

local function find(pattern)
  return lines_of("find csrc lua " .. pattern .. " | LC_ALL=C sort")
end

local function count_lines(text)
  return select(2, text:gsub("\n", ""))
end

local function check_size(path, text, limit)
  local count = count_lines(text)
  if count > limit then
    complain("%s has %d lines, more than %d", path, count, limit)
  end
end

------------------------------------------------------------------------- C

-- SRC's files by rank; a header without a C file stands below them all.
local function read_ranks()
  local makefile = slurp("Makefile"):gsub("\\\n", " ")
  local rank, count = {}, 0
  for name in makefile:match("\nSRC%s*:?=([^\n]*)"):gmatch("([%w_]+)%.c") do
    count = count + 1
    rank[name] = count
  end
  return rank
end

local function rank_of(rank, name)
  local file = io.open("csrc/" .. name .. ".c", "rb")
  if not file then return 0 end
  file:close()
  return rank[name] or math.huge
end

local function check_c()
  local rank = read_ranks()
  for _, path in ipairs(find("-name '*.[ch]'")) do
    local name, text = path:match("([^/]+)%.[ch]$"), slurp(path)
    check_size(path, text, C_LINES)
    local own = rank_of(rank, name)
    if own == math.huge then complain("%s is not in SRC", path) end
    for header in text:gmatch('#include "([%w_]+)%.h"') do
      if rank_of(rank, header) > own then
        complain("%s includes %s.h, which stands above it", path, header)
      end
    end
  end
end

----------------------------------------------------------------------- Lua

local function read_rooms()
  local height, count = {}, 0
  for room in table.concat(ROOMS, " "):gmatch("%S+") do
    count = count + 1
    height[room] = count
  end
  return height
end

local HEIGHT <const> = read_rooms()

-- "stream" of "stream", "https" of "https/client".
local function room_of(name)
  return name:match("^[^/]+")
end

-- Is `name` one of `rooms`, or inside one?
local function is_in(name, rooms)
  for _, room in ipairs(rooms) do
    if name == room or name:sub(1, #room + 1) == room .. "/" then
      return true
    end
  end
  return false
end

local function may_require(room, other)
  if room == other then return true end
  if ONLY[room] then return is_in(other, ONLY[room]) end
  return (HEIGHT[other] or math.huge) < HEIGHT[room]
end

local function check_own(path, name, target)
  if not may_require(room_of(name), room_of(target)) then
    complain("%s requires luatls.%s", path, (target:gsub("/", ".")))
  end
end

local function check_foreign(path, name, module)
  if not is_in(name, FOREIGN[module:match("^%w+")] or {}) then
    complain("%s requires %s", path, module)
  end
end

local function check_requires(path, name, text)
  for module in text:gmatch("%f[%w_]require%f[^%w_][%s,(]*[\"']([%w_.]+)") do
    local own = module == "luatls" and "init" or module:match("^luatls%.(.+)")
    if own then
      check_own(path, name, (own:gsub("%.", "/")))
    else
      check_foreign(path, name, module)
    end
  end
end

-- luac's listing names the first and last line of every function.
local function check_functions(path)
  local listing = lines_of("luac5.4 -p -l " .. path)
  for _, line in ipairs(listing) do
    local first, last = line:match("^function <.-:(%d+),(%d+)>")
    if first and last - first >= FUNCTION_LINES then
      complain("%s:%d has %d lines", path, first, last - first + 1)
    end
  end
end

local function check_lua()
  for _, path in ipairs(find("-name '*.lua'")) do
    local name, text = path:match("^lua/luatls/(.+)%.lua$"), slurp(path)
    check_size(path, text, LUA_LINES)
    check_functions(path)
    if not HEIGHT[room_of(name)] then
      complain("%s: tools/layers.lua has no such room", path)
    else
      check_requires(path, name, text:gsub("%-%-[^\n]*", ""))
    end
  end
end

check_c()
check_lua()
os.exit(wrong == 0)
