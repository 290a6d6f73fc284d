--- Chains of certificates that are encoded otherwise than DER and the ASN.1 of
--- RFC 5280 ask for, at each place.

local der = require("spec.support.der")
local forgery = require("spec.support.forgery")

local cases = {}

local function everywhere(title, broken, make)
  for _, place in ipairs({ "root", "middle", "leaf" }) do
    local code = broken
    if type(broken) == "table" then code = broken[place] end
    local options = type(make) == "function" and make(place) or make
    cases[#cases + 1] = { place .. " " .. title, broken = code, [place] = options }
  end
end

-- An `alter` of the list of extensions.
local function extensions(change)
  return {
    alter = function(parts)
      local last = #parts.body
      local list = forgery.split(forgery.split(parts.body[last])[1])
      parts.body[last] = der.wrapped(3, der.sequence(table.concat(change(list))))
    end,
  }
end

-- An `alter` that puts another flag where an extension has `count` parts.
local function flag(count, text)
  return extensions(function(list)
    for i, element in ipairs(list) do
      local parts = forgery.split(element)
      if #parts == count then list[i] = der.sequence(parts[1], der.boolean(text), parts[#parts]) end
    end
    return list
  end)
end

local function also(element)
  return extensions(function(list)
    list[#list + 1] = element
    return list
  end)
end

local UNKNOWN <const> = der.oid("1.2.3.4")

everywhere("with a flag of FALSE, which could be left out", nil, flag(2, "\0"))
everywhere("with a flag of two bytes", "malformed", flag(3, "\xff\xff"))
everywhere("with an extension without a value", "malformed", also(der.sequence(UNKNOWN)))
everywhere(
  "with an extension that has something behind its value",
  "malformed",
  also(der.sequence(UNKNOWN, der.octets("\5\0"), der.boolean("\0")))
)
everywhere(
  "with an empty list of extensions",
  { root = "basic_constraints", middle = "basic_constraints", leaf = "key_id" },
  extensions(function()
    return {}
  end)
)

local function version(number)
  return {
    alter = function(parts)
      parts.body[1] = der.wrapped(0, der.integer(number))
    end,
  }
end
everywhere("of version 1, told explicitly, with extensions", "malformed", version("\0"))
everywhere("of version 2 with extensions", "malformed", version("\1"))
everywhere("of version 4", "malformed", version("\3"))
everywhere("with something behind its extensions", "malformed", {
  alter = function(parts)
    parts.body[#parts.body + 1] = der.integer("\3")
  end,
})
everywhere("of a signature algorithm that nobody knows", "malformed", {
  alter = function(parts)
    parts.algorithm = der.sequence(UNKNOWN)
    parts.body[3] = parts.algorithm
  end,
})

local function raw(kind, bytes)
  return { ext = { [kind] = { raw = bytes } } }
end

everywhere("with padded key usage", nil, function(place)
  return raw("key_usage", der.bits(place == "leaf" and "\0\x80" or "\0\x06"))
end)
everywhere("with key usage of minus one bit", "malformed", raw("key_usage", der.bits("\9\6")))
everywhere(
  "with an authority flag of FALSE",
  { root = "basic_constraints", middle = "basic_constraints" },
  raw("basic_constraints", der.sequence(der.boolean("\0")))
)

local TRUE <const> = der.boolean("\xff")
local FIVE <const> = der.integer("\5")
everywhere(
  "with two path lengths",
  "malformed",
  raw("basic_constraints", der.sequence(TRUE, FIVE, FIVE))
)
everywhere(
  "with a negative path length",
  "malformed",
  raw("basic_constraints", der.sequence(TRUE, der.integer("\xff")))
)
everywhere(
  "with something behind its basic constraints",
  "malformed",
  raw("basic_constraints", der.sequence(TRUE) .. "\5\0")
)
everywhere(
  "with something behind its key identifier",
  "malformed",
  raw("subject_id", der.octets("x") .. "\5\0")
)
everywhere(
  "with a purpose that is no OID",
  "malformed",
  raw("purposes", der.sequence(der.oid("1.3.6.1.5.5.7.3.1"), FIVE))
)
everywhere("with no policies in the list", "malformed", raw("policies", der.sequence()))
everywhere("with no mappings in the list", "malformed", raw("mappings", der.sequence()))
everywhere("with the same policy twice", { middle = "policy", leaf = "policy" }, {
  ext = { policies = { "1.2.3", "1.2.3" } },
})

-- Names ----------------------------------------------------------------------

everywhere("with a name of a type that there is not", "malformed", {
  ext = { names = { der.context(9, "x") } },
})
everywhere(
  "with a name that is only a text",
  "malformed",
  raw("names", der.sequence(der.utf8("x")))
)
everywhere(
  "with an address of five bytes",
  "malformed",
  raw("names", der.sequence(der.context(7, "12345")))
)
everywhere("with an empty host name", nil, { ext = { names = { { "dns", "" } } } })
everywhere("with a host name of odd characters", nil, {
  ext = { names = { { "dns", "a..b c\xff" } } },
})

return cases
