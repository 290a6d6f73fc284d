-- Writes docs/api/*.md from the annotations of lua/luatls and types/core.lua.
-- With --check writes nothing and fails when a page is stale, a public function
-- is not described, or types/core.lua and the built core differ.

package.path = "tools/?.lua;" .. package.path
local annotations = require("apidoc.annotations")
local checks = require("apidoc.checks")
local page = require("apidoc.page")

local PAGES <const> = "docs/api/"
local checking = arg[1] == "--check"

local function slurp(path)
  local file <close> = io.open(path, "rb")
  return file and file:read("a")
end

local function list(command)
  local pipe <close> = assert(io.popen(command .. " | LC_ALL=C sort"))
  local lines = {}
  for line in pipe:lines() do
    lines[#lines + 1] = line
  end
  return lines
end

local function put(path, text)
  if checking then
    if slurp(path) == text then return end
    return checks.complain("%s is stale: make docs", path)
  end
  local file <close> = assert(io.open(path, "wb"))
  file:write(text)
end

local function module_name(path)
  if path == "types/core.lua" then return "luatls.core" end
  local name = path:match("^lua/(.*)%.lua$"):gsub("/init$", "")
  return (name:gsub("/", "."))
end

-- All files' owners, and their classes by name: an interface may be described
-- in another file than what implements it.
local function read_all()
  local files, known = {}, {}
  for _, path in ipairs(list("find lua types -name '*.lua'")) do
    local module, classes = annotations.read(assert(slurp(path)))
    files[#files + 1] = { path = path, module = module, classes = classes }
    for _, class in ipairs(classes) do
      known[class.name] = class
    end
  end
  return files, known
end

local function document(file, known)
  local name = module_name(file.path)
  checks.functions(file.path, file.module, file.classes, known)
  if name == "luatls.core" then checks.core(file.module, file.classes) end
  local path = PAGES .. name .. ".md"
  put(path, page(name, file.module, file.classes))
  return path
end

-- The first paragraph of a module, on one line.
local function summary(doc)
  local text = table.concat(doc.text, "\n"):match("^%s*(.-)\n%s*\n")
  return ((text or table.concat(doc.text, " ")):gsub("\n", " "))
end

-- What a program requires; the other modules are what these are made of.
local INDEX <const> = [[
# The modules

Programs require two of them: [`luatls`](luatls.md), for streams, listeners,
contexts and the engine, and [`luatls.https`](luatls.https.md), for requests and
servers. Tasks of a luv loop (`run`, `spawn`, `sleep` of `luatls.io.luv`) are
in [`luatls.io.luv.task`](luatls.io.luv.task.md). The other modules are what
these are made of.
]]

local function write_index(files)
  local out = {}
  for _, file in ipairs(files) do
    local name, text = module_name(file.path), summary(file.module.doc)
    out[#out + 1] = ("- [`%s`](%s.md): %s"):format(name, name, text)
  end
  table.sort(out)
  table.insert(out, 1, INDEX)
  put(PAGES .. "README.md", table.concat(out, "\n") .. "\n")
end

local function drop(path)
  if checking then return checks.complain("%s has no module", path) end
  os.remove(path)
end

if not checking then os.execute("mkdir -p " .. PAGES) end
local files, known = read_all()
write_index(files)
local pages = { [PAGES .. "README.md"] = true }
for _, file in ipairs(files) do
  pages[document(file, known)] = true
end
for _, path in ipairs(list("find " .. PAGES .. " -name '*.md'")) do
  if not pages[path] then drop(path) end
end
os.exit(checks.count() == 0)
