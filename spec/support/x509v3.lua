--- Certificate extensions for specs, from plain tables to what
--- `certificate.issue` takes: right ones, and wrong ones by their raw bytes.

local der = require("spec.support.der")

local x509v3 = {}

-- OID, and whether a conforming authority marks it critical (RFC 5280, 4.2).
local KINDS <const> = {
  subject_id = { "2.5.29.14", false },
  key_usage = { "2.5.29.15", true },
  names = { "2.5.29.17", false },
  issuer_names = { "2.5.29.18", false },
  basic_constraints = { "2.5.29.19", true },
  constraints = { "2.5.29.30", true },
  crl_points = { "2.5.29.31", false },
  policies = { "2.5.29.32", false },
  mappings = { "2.5.29.33", true },
  authority_id = { "2.5.29.35", false },
  policy_constraints = { "2.5.29.36", true },
  purposes = { "2.5.29.37", false },
  inhibit_any = { "2.5.29.54", true },
  authority_info = { "1.3.6.1.5.5.7.1.1", false },
  unknown = { "1.3.6.1.4.1.55555.1", true },
}

local USAGES <const> = {
  digitalSignature = 0,
  nonRepudiation = 1,
  keyEncipherment = 2,
  dataEncipherment = 3,
  keyAgreement = 4,
  keyCertSign = 5,
  cRLSign = 6,
}

local PURPOSES <const> = {
  any = "2.5.29.37.0",
  server = "1.3.6.1.5.5.7.3.1",
  client = "1.3.6.1.5.5.7.3.2",
  code = "1.3.6.1.5.5.7.3.3",
  email = "1.3.6.1.5.5.7.3.4",
}

local ATTRIBUTES <const> = {
  CN = "2.5.4.3",
  C = "2.5.4.6",
  L = "2.5.4.7",
  O = "2.5.4.10",
  OU = "2.5.4.11",
  DC = "0.9.2342.19200300.100.1.25",
  email = "1.2.840.113549.1.9.1",
}

--- A directory name of "O=Example" and the like, or of {type, DER of value}.
---@param ... string|table
---@return string
function x509v3.directory(...)
  local parts = {}
  for i, part in ipairs({ ... }) do
    if type(part) == "string" then
      local name, text = part:match("^(%w+)=(.*)$")
      local make = name == "email" and der.ia5 or der.utf8
      part = { name, make(text) }
    end
    parts[i] = { { ATTRIBUTES[part[1]], part[2] } }
  end
  return der.name(table.unpack(parts))
end

local GENERAL <const> = {
  other = function(text)
    return der.wrapped(0, der.oid("1.3.6.1.4.1.55555.2"), der.wrapped(0, der.utf8(text)))
  end,
  email = function(text)
    return der.context(1, text)
  end,
  dns = function(text)
    return der.context(2, text)
  end,
  directory = function(parts)
    return der.wrapped(4, x509v3.directory(table.unpack(parts)))
  end,
  uri = function(text)
    return der.context(6, text)
  end,
  ip = function(bytes)
    return der.context(7, bytes)
  end,
  id = function(dotted)
    return der.context(8, der.oid_bytes(dotted))
  end,
}

-- { "dns", "www.example" }, or DER.
local function general(name)
  if type(name) == "string" then return name end
  return GENERAL[name[1]](name[2])
end

local function map(list, convert)
  local parts = {}
  for i, item in ipairs(list or {}) do
    parts[i] = convert(item)
  end
  return table.concat(parts)
end

-- Addresses and masks are easier to read in decimal.
function x509v3.bytes(...)
  return string.char(...)
end

local function subtrees(number, list)
  if not list then return "" end
  return der.wrapped(
    number,
    map(list, function(name)
      return der.sequence(general(name), type(name) == "table" and name.rest or "")
    end)
  )
end

local function integer(number, tag)
  return der.element(tag or 2, number < 128 and string.char(number) or string.pack(">I2", number))
end

local function optional(value, convert)
  return value == nil and "" or convert(value)
end

local ENCODERS <const> = {
  subject_id = function(it)
    return der.octets(it[1])
  end,

  authority_id = function(it)
    local key = it.key and der.context(0, it.key) or ""
    local issuer = it.issuer and der.wrapped(1, general(it.issuer)) or ""
    local serial = it.serial and der.context(2, it.serial) or ""
    return der.sequence(key, issuer, serial)
  end,

  basic_constraints = function(it)
    local flag = it.ca and der.boolean("\xff") or ""
    return der.sequence(flag, optional(it.path, integer))
  end,

  key_usage = function(it)
    local bits, unused = 0, 8
    for _, name in ipairs(it) do
      bits = bits | 0x80 >> USAGES[name]
      unused = math.min(unused, 7 - USAGES[name])
    end
    return der.bits(#it == 0 and "\0" or string.char(unused, bits))
  end,

  purposes = function(it)
    return der.sequence(map(it, function(name)
      return der.oid(PURPOSES[name] or name)
    end))
  end,

  names = function(it)
    return der.sequence(map(it, general))
  end,

  constraints = function(it)
    return der.sequence(subtrees(0, it.permitted), subtrees(1, it.excluded))
  end,

  policies = function(it)
    return der.sequence(map(it, function(policy)
      return der.sequence(der.oid(policy))
    end))
  end,

  mappings = function(it)
    return der.sequence(map(it, function(pair)
      return der.sequence(der.oid(pair[1]), der.oid(pair[2]))
    end))
  end,

  policy_constraints = function(it)
    local function tagged(number)
      return function(count)
        return integer(count, 0x80 | number)
      end
    end
    return der.sequence(optional(it.explicit, tagged(0)), optional(it.mapping, tagged(1)))
  end,

  inhibit_any = function(it)
    return integer(it[1])
  end,

  authority_info = function(it)
    local method = der.oid("1.3.6.1.5.5.7.48.2")
    return der.sequence(der.sequence(method, general({ "uri", it[1] })))
  end,

  crl_points = function(it)
    local full = der.wrapped(0, general({ "uri", it[1] }))
    return der.sequence(der.sequence(der.wrapped(0, full)))
  end,

  unknown = function()
    return der.sequence()
  end,
}
ENCODERS.issuer_names = ENCODERS.names

--- Another OID of the same length, for values that no parser would take: the
--- certificate is made with it, and then `forgery.disclose` puts the right one.
local function disguise(oid)
  local disguised = oid:gsub("^2%.5%.29%.", "2.5.30.")
  return disguised
end

--- One extension: `it` is what its kind wants, with `critical` where it is not
--- as usual; `raw` in it is the value itself, under a disguised OID; false
--- leaves it out.
---@param kind string
---@param it table|false
---@return luatls.certificate.NewExtension
function x509v3.make(kind, it)
  local oid, critical = table.unpack(KINDS[kind])
  if not it then return { oid = oid, value = false } end
  if it.critical ~= nil then critical = it.critical end
  if it.raw then return { oid = disguise(oid), critical = critical, value = it.raw } end
  return { oid = oid, critical = critical, value = ENCODERS[kind](it) }
end

local function again(first)
  return { oid = disguise(first.oid), critical = first.critical, value = first.value }
end

--- All of a table by kind; `twice` in one writes it again.
---@param kinds table<string, table|false>
---@return luatls.certificate.NewExtension[]
function x509v3.list(kinds)
  local names, list = {}, {}
  for kind in pairs(kinds) do
    names[#names + 1] = kind
  end
  table.sort(names)
  for _, kind in ipairs(names) do
    local it = kinds[kind]
    if it and it.raw then list[#list + 1] = x509v3.make(kind, false) end
    list[#list + 1] = x509v3.make(kind, it)
    if it and it.twice then list[#list + 1] = again(list[#list]) end
  end
  return list
end

return x509v3
