-- What the annotations promise, held against the code: every public function is
-- described, and types/core.lua tells exactly what the built core has.

local annotations = require("apidoc.annotations")

local checks = {}
local wrong = 0

--- Print what is wrong, and count it.
---@param message string a format
---@param ... any
function checks.complain(message, ...)
  io.stderr:write(message:format(...), "\n")
  wrong = wrong + 1
end

--- How much was wrong so far.
---@return integer
function checks.count()
  return wrong
end

local complain = checks.complain

local function documented_parameters(doc)
  local names = {}
  for _, rest in ipairs(doc.tags.param or {}) do
    names[#names + 1] = annotations.named(rest).name
  end
  return table.concat(names, ", ")
end

local function check_function(path, fn)
  if not annotations.is_public(fn) then return end
  local doc = fn.doc
  if #doc.text == 0 and not doc.tags["return"] then
    complain("%s:%d: %s is not described", path, fn.line, fn.name)
  end
  local declared = table.concat(fn.parameters, ", ")
  local documented = documented_parameters(doc)
  if declared ~= documented then
    local message = "%s:%d: %s takes (%s), its annotation says (%s)"
    complain(message, path, fn.line, fn.name, declared, documented)
  end
end

-- Does the class that this one follows, or one further up, describe `name`?
local function is_inherited(class, name, known)
  local parent = known[class.parent]
  if not parent then return false end
  for _, rest in ipairs(parent.doc.tags.field or {}) do
    if annotations.named(rest).name == name then return true end
  end
  for _, fn in ipairs(parent.functions) do
    if fn.name == name then return true end
  end
  return is_inherited(parent, name, known)
end

local function is_bare(doc)
  return #doc.text == 0 and next(doc.tags) == nil
end

--- Hold one file's annotations against its functions. What an interface
--- describes need not be described again where it is implemented.
---@param path string
---@param module tools.Owner
---@param classes tools.Owner[]
---@param known table<string, tools.Owner> the classes of all files, by name
function checks.functions(path, module, classes, known)
  for _, fn in ipairs(module.functions) do
    check_function(path, fn)
  end
  for _, class in ipairs(classes) do
    local functions = annotations.is_public(class) and class.functions or {}
    for _, fn in ipairs(functions) do
      local inherited = is_bare(fn.doc) and is_inherited(class, fn.name, known)
      if not inherited then check_function(path, fn) end
    end
  end
end

-- Names of the functions in a table of the real core, public ones.
local function real_names(methods)
  local names = {}
  for name, value in pairs(methods or {}) do
    if type(value) == "function" and not name:find("^_") then
      names[name] = true
    end
  end
  return names
end

-- An __index that is a function (integers index a chain) has the methods as
-- its first upvalue.
local function methods_of(metatable)
  local index = metatable and metatable.__index
  if type(index) == "function" then
    return select(2, debug.getupvalue(index, 1))
  end
  return index
end

local function compare(what, listed, real)
  for name in pairs(listed) do
    if not real[name] then complain("%s has no %s", what, name) end
  end
  for name in pairs(real) do
    if not listed[name] then
      complain("types/core.lua does not tell of %s's %s", what, name)
    end
  end
end

-- Names of the annotated functions, by what stands before the name: "" for
-- core.random, ".key" for core.key.parse.
local function listed_names(functions)
  local listed = { [""] = {} }
  for _, fn in ipairs(functions) do
    listed[fn.path] = listed[fn.path] or {}
    listed[fn.path][fn.name] = true
  end
  return listed
end

local function compare_tables(core, functions)
  local listed = listed_names(functions)
  for name, value in pairs(core) do
    local is_namespace = type(value) == "table" and next(real_names(value))
    if is_namespace and not listed["." .. name] then
      listed["." .. name] = {}
    end
  end
  for path, names in pairs(listed) do
    local real = path == "" and core or core[path:sub(2)]
    compare("luatls.core" .. path, names, real_names(real))
  end
end

local function compare_classes(registry, classes)
  local listed = {}
  for name in pairs(registry) do
    local is_class = type(name) == "string" and name:find("^luatls%.")
    if is_class then listed[name] = {} end
  end
  for _, class in ipairs(classes) do
    listed[class.name] = listed_names(class.functions)[""]
  end
  for name, names in pairs(listed) do
    compare(name, names, real_names(methods_of(registry[name])))
  end
end

--- Hold types/core.lua against the built core: its tables, and the metatables
--- that it keeps in the registry.
---@param module tools.Owner
---@param classes tools.Owner[]
function checks.core(module, classes)
  compare_tables(require("luatls.core"), module.functions)
  compare_classes(debug.getregistry(), classes)
end

return checks
