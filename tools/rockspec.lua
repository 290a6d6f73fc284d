-- Fails when the rockspec does not name exactly the C files of the Makefile's
-- SRC and the Lua modules of the tree: LuaRocks itself would find out only on
-- the machine of someone who installs it.

local PATH <const> = "rockspec/luatls-scm-1.rockspec"
local wrong = 0

local function read_rockspec()
  local rockspec = {}
  assert(loadfile(PATH, "t", rockspec))()
  return rockspec
end

local function named(modules)
  local files = {}
  for name, what in pairs(modules) do
    for _, file in ipairs(what.sources or { what }) do
      files[file] = name
    end
  end
  return files
end

local function module_of(file)
  local name = file:match("^lua/(.*)%.lua$")
  return name and name:gsub("/init$", ""):gsub("/", ".") or "luatls.core"
end

local function tree()
  local files = {}
  local pipe <close> = assert(io.popen("find lua -name '*.lua'; ls csrc/*.c"))
  for file in pipe:lines() do
    files[file] = module_of(file)
  end
  return files
end

local function compare(left, right, message)
  for file, module in pairs(left) do
    if right[file] ~= module then
      io.stderr:write(message:format(PATH, module, file), "\n")
      wrong = wrong + 1
    end
  end
end

local listed, real = named(read_rockspec().build.modules), tree()
compare(real, listed, "%s: %s lacks %s")
compare(listed, real, "%s: %s names %s, which the tree has not")
os.exit(wrong == 0)
