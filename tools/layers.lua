-- Fails when something points up the picture of docs/ARCHITECTURE.md, or has
-- outgrown its room: C includes follow the order of the Makefile's SRC, Lua
-- requires follow MAY below, and files and functions keep to their limits.

local C_LINES <const>, LUA_LINES <const>, FUNCTION_LINES <const> = 500, 400, 50

-- What a room may require besides itself; a room is a file or a folder of
-- lua/luatls, the longest name that fits. "core" is the C module.
local MAY <const> = {
  error = { "core" },
  http = {},
  wire = {},
  trust = { "core", "error" },
  io = { "core", "error" },
  drive = { "core", "error", "io" },
  stream = { "core", "error", "trust", "io", "drive" },
  trace = { "core", "error", "wire" },
  https = { "core", "error", "trust", "io", "drive", "stream", "http" },
  init = { "core", "error", "trust", "io", "drive", "stream", "trace" },
  compat = {
    "core",
    "error",
    "trust",
    "io",
    "drive",
    "stream",
    "https",
    "init",
  },
}

-- Foreign modules, and the rooms that may know them.
local FOREIGN <const> = {
  luv = { "io/luv" },
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

local function has(list, wanted)
  for _, item in ipairs(list) do
    if item == wanted then return true end
  end
  return false
end

-- "stream" of "stream", "https" of "https/client".
local function room_of(name)
  return name:match("^[^/]+")
end

local function is_in(name, rooms)
  return has(rooms, name) or has(rooms, room_of(name))
end

local function check_own(path, name, target)
  local room, other = room_of(name), room_of(target)
  if room ~= other and not has(MAY[room], other) then
    complain("%s requires luatls.%s", path, (target:gsub("/", ".")))
  end
end

local function check_foreign(path, name, module)
  local rooms = FOREIGN[module:match("^%w+")]
  if not rooms then
    complain(
      "%s requires %s, which tools/layers.lua does not know",
      path,
      module
    )
  elseif not is_in(name, rooms) then
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
    if not MAY[room_of(name)] then
      complain("%s: tools/layers.lua has no such room", path)
    else
      check_requires(path, name, text:gsub("%-%-[^\n]*", ""))
    end
  end
end

check_c()
check_lua()
os.exit(wrong == 0)
