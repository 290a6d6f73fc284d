--- DER for specs: elements from the inside out, right or wrong on purpose.

local der = {}

local function length(size)
  if size < 0x80 then return string.char(size) end
  local bytes = ""
  while size > 0 do
    bytes, size = string.char(size & 0xff) .. bytes, size >> 8
  end
  return string.char(0x80 | #bytes) .. bytes
end

--- An element of any tag.
---@param tag integer
---@param ... string parts of its content
---@return string
function der.element(tag, ...)
  local content = table.concat({ ... })
  return string.char(tag) .. length(#content) .. content
end

local function of_tag(tag)
  return function(...)
    return der.element(tag, ...)
  end
end

der.boolean = of_tag(0x01)
der.integer = of_tag(0x02)
der.bits = of_tag(0x03)
der.octets = of_tag(0x04)
der.utf8 = of_tag(0x0c)
der.printable = of_tag(0x13)
der.ia5 = of_tag(0x16)
der.sequence = of_tag(0x30)
der.set = of_tag(0x31)

--- A context-specific element: `[number] IMPLICIT` of a primitive type.
function der.context(number, ...)
  return der.element(0x80 | number, ...)
end

--- A context-specific element that holds others.
function der.wrapped(number, ...)
  return der.element(0xa0 | number, ...)
end

local function base128(number)
  local bytes = string.char(number & 0x7f)
  while number > 0x7f do
    number = number >> 7
    bytes = string.char(0x80 | number & 0x7f) .. bytes
  end
  return bytes
end

--- The content of an object identifier.
---@param dotted string
---@return string
function der.oid_bytes(dotted)
  local first, second, rest = dotted:match("^(%d+)%.(%d+)(.*)$")
  local bytes = base128(first * 40 + second)
  for number in rest:gmatch("%d+") do
    bytes = bytes .. base128(math.tointeger(number))
  end
  return bytes
end

---@param dotted string
---@return string
function der.oid(dotted)
  return der.element(0x06, der.oid_bytes(dotted))
end

--- A distinguished name of relative names, each a list of {oid, DER of value}.
---@param ... table
---@return string
function der.name(...)
  local relatives = {}
  for i, pairs_of in ipairs({ ... }) do
    local attributes = {}
    for j, pair in ipairs(pairs_of) do
      attributes[j] = der.sequence(der.oid(pair[1]), pair[2])
    end
    relatives[i] = der.set(table.concat(attributes))
  end
  return der.sequence(table.concat(relatives))
end

return der
