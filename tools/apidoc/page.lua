-- Turns what annotations.lua read of one file into a page of markdown.

local annotations = require("apidoc.annotations")

local function described(words)
  return words ~= "" and ": " .. words or ""
end

local function add_fields(out, doc, tag)
  for _, rest in ipairs(doc.tags[tag] or {}) do
    local it = annotations.named(rest)
    local mark = it.optional and "?" or ""
    local line = ("- `%s%s` (`%s`)%s"):format(it.name, mark, it.type, "%s")
    out[#out + 1] = line:format(described(it.words))
  end
end

local function add_results(out, doc)
  local results = doc.tags["return"] or {}
  if #results > 0 then out[#out + 1] = "\nReturns:\n" end
  for index, rest in ipairs(results) do
    local it = annotations.result(rest)
    local name = it.name and ("`%s` "):format(it.name) or ""
    local words = described(it.words)
    out[#out + 1] = ("%d. %s(`%s`)%s"):format(index, name, it.type, words)
  end
end

local function add_text(out, doc)
  local text = table.concat(doc.text, "\n"):gsub("^%s+", ""):gsub("%s+$", "")
  if text ~= "" then out[#out + 1] = text .. "\n" end
end

local function add_function(out, owner, fn)
  local parameters = table.concat(fn.parameters, ", ")
  local name = owner .. fn.path .. fn.separator .. fn.name
  out[#out + 1] = ("\n### `%s(%s)`\n"):format(name, parameters)
  add_text(out, fn.doc)
  add_fields(out, fn.doc, "param")
  add_results(out, fn.doc)
end

local function add_functions(out, owner, functions)
  for _, fn in ipairs(functions) do
    if annotations.is_public(fn) then add_function(out, owner, fn) end
  end
end

local function last_part(name)
  return name:match("[^.]+$")
end

local function add_class(out, class)
  if not annotations.is_public(class) then return end
  local parent = class.parent and (", a `%s`"):format(class.parent) or ""
  out[#out + 1] = ("\n## `%s`%s\n"):format(class.name, parent)
  add_text(out, class.doc)
  if class.of then out[#out + 1] = ("Stands for `%s`.\n"):format(class.of) end
  add_fields(out, class.doc, "field")
  add_functions(out, last_part(class.name):lower(), class.functions)
end

--- One module's page of the manual.
---@param name string
---@param module tools.Owner
---@param classes tools.Owner[]
---@return string markdown
local function page(name, module, classes)
  local out = { ("# `%s`\n"):format(name) }
  add_text(out, module.doc)
  add_functions(out, last_part(name), module.functions)
  for _, class in ipairs(classes) do
    add_class(out, class)
  end
  return table.concat(out, "\n"):gsub("\n\n\n+", "\n\n") .. "\n"
end

return page
