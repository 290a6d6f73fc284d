-- Reads the LuaLS annotations of one Lua file: the module's own words, its
-- classes and its public functions. Knows the few tags that the manual needs;
-- any other tag passes unread.

local annotations = {}

---@class tools.Function
---@field line integer
---@field path string between the owner and the name: ".key" of `core.key.parse`
---@field separator "."|":"
---@field name string
---@field parameters string[] as declared
---@field doc tools.Doc

---@class tools.Owner the module or a class
---@field name? string of a class
---@field parent? string of a class
---@field of? string the type that an alias stands for
---@field doc tools.Doc
---@field functions tools.Function[]

---@class tools.Doc what stands above a declaration
---@field text string[] lines of description
---@field tags table<string, string[]> by tag: the rest of each line

local function new_doc()
  return { text = {}, tags = {} }
end

-- Words between two fields of a class are about the second one.
local function field_words(doc)
  local words = table.concat(doc.between or {}, " ")
  doc.between = {}
  return words ~= "" and " " .. words or ""
end

local function add_tag(doc, tag, rest)
  local list = doc.tags[tag] or {}
  doc.tags[tag], doc.last = list, list
  list[#list + 1] = tag == "field" and rest .. field_words(doc) or rest
  if tag == "class" then doc.between = {} end
end

local function add_text(doc, text)
  local list = doc.between or doc.text
  list[#list + 1] = text
end

local function add_line(doc, line)
  local tag, rest = line:match("^%-%-%-@(%a+)%s*(.*)$")
  local more = line:match("^%-%-%-|%s*(.*)$")
  if tag then
    add_tag(doc, tag, rest)
  elseif more and doc.last then
    doc.last[#doc.last] = doc.last[#doc.last] .. " " .. more
  else
    add_text(doc, (line:gsub("^%-%-%- ?", "")))
  end
end

-- Splits "fun(a: b): c, d and words" into the type and the words: a type ends
-- at a space outside brackets and quotes that joins nothing.
local function split_type(text)
  local depth, quote, at = 0, nil, 1
  while at <= #text do
    local char = text:sub(at, at)
    if quote then
      if char == quote then quote = nil end
    elseif char == '"' then
      quote = char
    elseif char:find("[%(%[{<]") then
      depth = depth + 1
    elseif char:find("[%)%]}>]") then
      depth = depth - 1
    elseif char == " " and depth == 0 then
      local joins = text:find("^[:,|]", at - 1) or text:find("^ *|", at)
      if not joins then break end
    end
    at = at + 1
  end
  return text:sub(1, at - 1), text:match("^%s*(.*)$", at)
end

--- Is it part of the interface? Metamethods and what starts with "_" are not.
---@param it tools.Function|tools.Owner
---@return boolean
function annotations.is_public(it)
  local tags = it.doc.tags
  if tags.private or tags.package then return false end
  return not (it.name or ""):find("^_")
end

--- What a parameter or a field says of itself.
---@param rest string "name? type words"
---@return { name: string, optional: boolean, type: string, words: string }
function annotations.named(rest)
  local name, optional, after = rest:match("^(%b[])(%??)%s*(.*)$")
  if not name then
    name, optional, after = rest:match("^([%w_.]+)(%??)%s*(.*)$")
  end
  local kind, words = split_type(after)
  return { name = name, optional = optional == "?", type = kind, words = words }
end

--- What a result says of itself; its name may be missing.
---@param rest string "type name words"
---@return { name: string?, type: string, words: string }
function annotations.result(rest)
  local kind, after = split_type(rest)
  local name, words = after:match("^([%a_][%w_]*)%s*(.*)$")
  return { name = name, type = kind, words = words or after }
end

local function split_parameters(list)
  local parameters = {}
  for name in list:gmatch("[%w_.]+") do
    parameters[#parameters + 1] = name
  end
  return parameters
end

-- A file's reader remembers which local stands for which class.
local Reader = {}
Reader.__index = Reader

function Reader:take_class(doc, line)
  for _, rest in ipairs(doc.tags.class or {}) do
    local name = rest:gsub("^%b()%s*", ""):match("^[%w_.]+")
    local parent = rest:match(":%s*([%w_.]+)")
    local class = { name = name, parent = parent, doc = doc, functions = {} }
    table.insert(self.classes, class)
    self.class = class
    local variable = line:match("^local ([%w_]+)")
    if variable and not self.owners[variable] then
      self.owners[variable] = class
    end
  end
end

-- An alias is a class without members, of one type.
function Reader:take_alias(doc)
  for _, rest in ipairs(doc.tags.alias or {}) do
    local name, of = rest:match("^(%S+)%s*(.*)$")
    local alias = { name = name, of = of, doc = doc, functions = {} }
    table.insert(self.classes, alias)
  end
end

-- In the house style, "methods" is the __index table of the class above it.
function Reader:take_methods(line)
  if line:find("^local methods = ") then self.owners.methods = self.class end
end

-- Functions of a table that is neither returned nor a class are the file's own.
function Reader:take_function(doc, line, number)
  local root, path, list = line:match("^function ([%w_]+)([.:][%w_.:]+)(%b())")
  local owner = self.owners[root]
  if not owner then return end
  local separator, name = path:match("([.:])([%w_]+)$")
  table.insert(owner.functions, {
    line = number,
    path = path:sub(1, -#name - 2),
    separator = separator,
    name = name,
    parameters = split_parameters(list),
    doc = doc,
  })
end

function Reader:take(doc, line, number)
  self:take_class(doc, line)
  self:take_alias(doc)
  self:take_methods(line)
  self:take_function(doc, line, number)
end

function Reader:read(lines)
  local doc = new_doc()
  for number, line in ipairs(lines) do
    if line:find("^%-%-%-%-") then
      doc = new_doc() -- a rule between sections
    elseif line:find("^%-%-%-") then
      add_line(doc, line)
    else
      self:take(doc, line, number)
      doc = new_doc()
    end
  end
end

-- The first comment of the file, whatever its dashes.
local function opening(lines)
  local doc = new_doc()
  for _, line in ipairs(lines) do
    if not line:find("^%-%-") then break end
    add_line(doc, (line:gsub("^%-%-%-?", "---")))
  end
  return doc
end

--- Read one file's text.
---@param text string
---@return tools.Owner module what the file returns
---@return tools.Owner[] classes in order
function annotations.read(text)
  local lines = {}
  for line in (text .. "\n"):gmatch("([^\n]*)\n") do
    lines[#lines + 1] = line
  end
  local module = { doc = opening(lines), functions = {} }
  local returned = text:match("\nreturn ([%w_]+)%s*$")
    or text:match("\nreturn setmetatable%(([%w_]+)")
  local reader = { classes = {}, owners = { [returned or ""] = module } }
  setmetatable(reader, Reader):read(lines)
  return module, reader.classes
end

return annotations
