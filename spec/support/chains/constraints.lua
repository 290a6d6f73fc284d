--- Name constraints of every type, permitted and excluded, alone and in
--- several levels. RFC 5280, 4.2.1.10.

local x509v3 = require("spec.support.x509v3")

local bytes = x509v3.bytes
local cases = {}

-- Leaf names, then subtrees: what an authority permits or excludes.
local function add(title, names, subtrees, is_good, parts)
  local case = {
    title,
    broken = not is_good and "name_constraints" or nil,
    middle = { ext = { constraints = subtrees } },
    leaf = { ext = { names = names } },
  }
  for name, value in pairs(parts or {}) do
    case[name] = value
  end
  cases[#cases + 1] = case
end

local function show(kind, value)
  if kind ~= "ip" then return value end
  return ("%02x"):rep(#value):format(value:byte(1, -1))
end

-- Every row twice: permitted, and excluded, which turns the verdict round.
local function both(kind, base, name, is_within)
  local shown = ("%s %s and %s"):format(kind, show(kind, base), show(kind, name))
  local names = { { kind, name } }
  add("permitted " .. shown, names, { permitted = { { kind, base } } }, is_within)
  add("excluded " .. shown, names, { excluded = { { kind, base } } }, not is_within)
end

-- By type --------------------------------------------------------------------

for _, row in ipairs({
  { "example.com", "example.com", true },
  { "example.com", "www.example.com", true },
  { "example.com", "a.b.example.com", true },
  { "example.com", "EXAMPLE.com", true },
  { "EXAMPLE.com", "www.example.com", true },
  { "example.com", "badexample.com", false },
  { "example.com", "example.org", false },
  { "example.com", "com", false },
  { "www.example.com", "example.com", false },
  { "example.com", "*.example.com", true },
  { "com", "example.com", true },
  { "example", "www.example", true },
}) do
  both("dns", table.unpack(row))
end

for _, row in ipairs({
  { "example.com", "me@example.com", true },
  { "example.com", "me@EXAMPLE.com", true },
  { "example.com", "me@www.example.com", false },
  { "example.com", "me@badexample.com", false },
  { ".example.com", "me@www.example.com", true },
  { ".example.com", "me@example.com", false },
  { "me@example.com", "me@example.com", true },
  { "me@example.com", "you@example.com", false },
  { "me@example.com", "ME@example.com", false },
  { "me@example.com", "me@EXAMPLE.COM", true },
  { "me@example.com", "notme@example.com", false },
}) do
  both("email", table.unpack(row))
end

for _, row in ipairs({
  { "example.com", "https://example.com/a", true },
  { "example.com", "https://EXAMPLE.com:8443/a", true },
  { "example.com", "https://www.example.com/", false },
  { ".example.com", "https://www.example.com/", true },
  { ".example.com", "https://example.com/", false },
  { "example.com", "https://example.org/", false },
  { "example.com", "https://example.org/example.com", false },
}) do
  both("uri", table.unpack(row))
end

local NET4 <const> = bytes(10, 1, 0, 0, 255, 255, 0, 0)
local NET6 <const> = "\x20\x01\x0d\xb8" .. ("\0"):rep(12) .. ("\xff"):rep(4) .. ("\0"):rep(12)
local HOST6 <const> = "\x20\x01\x0d\xb8" .. ("\0"):rep(11) .. "\1"
for _, row in ipairs({
  { NET4, bytes(10, 1, 2, 3), true },
  { NET4, bytes(10, 1, 255, 255), true },
  { NET4, bytes(10, 2, 2, 3), false },
  { bytes(10, 1, 2, 3, 255, 255, 255, 255), bytes(10, 1, 2, 3), true },
  { bytes(10, 1, 2, 3, 255, 255, 255, 255), bytes(10, 1, 2, 4), false },
  { bytes(0, 0, 0, 0, 0, 0, 0, 0), bytes(10, 1, 2, 4), true },
  { bytes(10, 0, 0, 0, 254, 0, 0, 0), bytes(11, 9, 9, 9), true },
  { NET6, HOST6, true },
  { NET6, ("\x20"):rep(16), false },
}) do
  both("ip", table.unpack(row))
end

local function directory(...)
  return { "directory", { ... } }
end
for _, row in ipairs({
  { { "O=Spec" }, "O=Spec,CN=Leaf", true },
  { { "O=Spec", "CN=Leaf" }, "O=Spec,CN=Leaf", true },
  { { "O=SPEC" }, "O=Spec,CN=Leaf", true },
  { { "O= Spec " }, "O=Spec,CN=Leaf", true },
  { { "O=Spec", "CN=Leaf", "OU=x" }, "O=Spec,CN=Leaf", false },
  { { "O=Other" }, "O=Spec,CN=Leaf", false },
  { { "CN=Leaf" }, "O=Spec,CN=Leaf", false },
  { { "O=Spec", "OU=Sales" }, "O=Spec,OU=Sales,CN=Leaf", true },
  { { "O=Spec", "OU=Sales" }, "O=Spec,OU=Salesman,CN=Leaf", false },
}) do
  local base, subject, is_within = table.unpack(row)
  local name = { { "dns", "www.example.com" } }
  local parts = { leaf = { subject = subject, ext = { names = name } } }
  local title = ("directory %s and %s"):format(table.concat(base, "/"), subject)
  local tree = directory(table.unpack(base))
  add("permitted " .. title, name, { permitted = { tree } }, is_within, parts)
  add("excluded " .. title, name, { excluded = { tree } }, not is_within, parts)
end
for _, is_good in ipairs({ true, false }) do
  local names = { directory("O=Spec", "CN=Alias"), { "dns", "www.example.com" } }
  local base = directory("O=Spec", is_good and "CN=Leaf" or "CN=Alias")
  local leaf = { subject = "O=Spec,CN=Other", ext = { names = names } }
  add("alternative directory name, excluded by another: " .. tostring(is_good), names, {
    excluded = { base },
  }, is_good, { leaf = leaf })
end

-- E-mail addresses of the subject count only without alternative names.
for _, row in ipairs({
  { "example.com", false, true },
  { "example.org", false, false },
  { "example.org", { { "dns", "www.example.com" } }, true },
}) do
  local base, names, is_good = table.unpack(row)
  local subject = "O=Spec,emailAddress=me@example.com"
  local title = ("e-mail of the subject within %s, %s other names"):format(
    base,
    names and "with" or "no"
  )
  add(title, names, { permitted = { { "email", base } } }, is_good, {
    leaf = { subject = subject, names = false, ext = { names = names } },
  })
end

-- Several names, several subtrees --------------------------------------------

local WWW <const>, ORG <const> = { "dns", "www.example.com" }, { "dns", "www.example.org" }
local COM_TREE <const>, ORG_TREE <const> = { "dns", "example.com" }, { "dns", "example.org" }
local ADDRESS <const> = { "ip", bytes(10, 1, 2, 3) }
local WHOLE_NET <const> = { "ip", bytes(0, 0, 0, 0, 0, 0, 0, 0) }

add("one name of two not permitted", { WWW, ORG }, { permitted = { COM_TREE } }, false)
add("two names, both permitted", { WWW, ORG }, { permitted = { COM_TREE, ORG_TREE } }, true)
add("one name of two excluded", { WWW, ORG }, { excluded = { ORG_TREE } }, false)
add("permitted and excluded at once", { WWW }, {
  permitted = { COM_TREE },
  excluded = { { "dns", "www.example.com" } },
}, false)
add("permitted, a neighbour excluded", { WWW }, {
  permitted = { COM_TREE },
  excluded = { { "dns", "ftp.example.com" } },
}, true)
add("address where only DNS names are constrained", { ADDRESS }, { permitted = { COM_TREE } }, true)
add("DNS name where only addresses are constrained", { WWW }, { excluded = { WHOLE_NET } }, true)
add("DNS name and an excluded address", { WWW, ADDRESS }, { excluded = { WHOLE_NET } }, false)
add("all DNS names excluded", { WWW }, { excluded = { { "dns", "" } } }, false)
add("all DNS names permitted", { WWW }, { permitted = { { "dns", "" } } }, true)
add("wildcard that could be an excluded name", { { "dns", "*.example.com" } }, {
  excluded = { { "dns", "www.example.com" } },
}, false)
add("wildcard that could be another name than the permitted one", { { "dns", "*.example.com" } }, {
  permitted = { { "dns", "www.example.com" } },
}, false)
add("no names at all", false, { permitted = { COM_TREE } }, true, {
  leaf = { names = false, ext = { names = false } },
})
add("other name, constrained", { { "other", "x" } }, { permitted = { { "other", "x" } } }, false)
add(
  "registered id, constrained",
  { { "id", "1.2.3" } },
  { excluded = { { "id", "1.2.4" } } },
  false
)
add("other name constrained, but absent", { WWW }, { permitted = { { "other", "x" } } }, true)
add("uncritical, kept", { WWW }, { permitted = { COM_TREE }, critical = false }, true)
add("uncritical, broken", { WWW }, { permitted = { ORG_TREE }, critical = false }, false)

-- Levels ---------------------------------------------------------------------

local function levels(title, root, middle, name, is_good, more)
  local parts = { root = { ext = { constraints = root or nil } } }
  for key, value in pairs(more or {}) do
    parts[key] = value
  end
  if not middle then parts.middle = parts.middle or {} end
  add(title, { name }, middle, is_good, parts)
end

levels("root permits", { permitted = { COM_TREE } }, nil, WWW, true)
levels("root does not permit", { permitted = { ORG_TREE } }, nil, WWW, false)
levels("both permit", { permitted = { COM_TREE } }, { permitted = { WWW } }, WWW, true)
levels(
  "root permits, middle another",
  { permitted = { COM_TREE } },
  { permitted = { ORG_TREE } },
  WWW,
  false
)
levels("middle permits more than the root", { permitted = { ORG_TREE } }, {
  permitted = { ORG_TREE, COM_TREE },
}, WWW, false)
levels(
  "root excludes what middle permits",
  { excluded = { WWW } },
  { permitted = { WWW } },
  WWW,
  false
)
levels(
  "intermediate's own name not permitted",
  { permitted = { directory("O=Other") } },
  nil,
  WWW,
  false,
  {
    leaf = { subject = "O=Other,CN=Leaf" },
  }
)
levels(
  "self-issued intermediate's name not permitted",
  nil,
  {
    permitted = { directory("O=Spec", "CN=Leaf") },
  },
  WWW,
  true,
  {
    more = { { id = "again", subject = "O=Spec,CN=Middle", issuer = "middle" } },
    leaf = { issuer = "again" },
  }
)
levels("self-issued leaf's name not permitted", nil, {
  permitted = { directory("O=Spec", "CN=Other") },
}, WWW, false, { leaf = { subject = "O=Spec,CN=Middle" } })
levels("leaf with constraints of its own", nil, nil, WWW, false, {
  leaf = { ext = { constraints = { permitted = { ORG_TREE } } } },
})

-- Forms that RFC 5280 does not allow -----------------------------------------

local function malformed(title, names, subtrees, code)
  add("malformed: " .. title, names, subtrees, false, { broken = code })
end
malformed("empty", { WWW }, { raw = "\x30\x00" }, "malformed")
malformed("empty list of permitted", { WWW }, { permitted = {} })
malformed("empty list of excluded", { WWW }, { excluded = {} })
malformed(
  "mask with a hole",
  { ADDRESS },
  { permitted = { { "ip", bytes(10, 0, 0, 0, 255, 0, 255, 0) } } }
)
malformed("address without a mask", { ADDRESS }, { permitted = { { "ip", bytes(10, 1, 2, 3) } } })
malformed("minimum above zero", { WWW }, {
  permitted = { { "dns", "example.com", rest = "\x80\x01\x01" } },
})
malformed("maximum", { WWW }, {
  permitted = { { "dns", "example.com", rest = "\x81\x01\x05" } },
})
malformed("DNS subtree with a leading dot", { WWW }, { permitted = { { "dns", ".example.com" } } })
malformed("DNS subtree with a wildcard", { WWW }, { permitted = { { "dns", "*.example.com" } } })

return cases
