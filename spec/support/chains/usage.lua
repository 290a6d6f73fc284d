--- Chains that keep to, and break, the rules of who may do what: basic
--- constraints, path length, key usage, extended key usage. RFC 5280, 4.2.1.3,
--- 4.2.1.9, 4.2.1.12.

local authority = require("spec.support.authority")
local collection = require("spec.support.chains.collection")
local der = require("spec.support.der")
local sorted = require("spec.support.sorted")

local CA <const> = authority.CA_USAGE
local cases, add = collection.new()

local function with(place, title, broken, ext, more)
  local parts = { [place] = { ext = ext } }
  for name, value in pairs(more or {}) do
    parts[name] = value
  end
  add(("%s %s"):format(place, title), broken, parts)
end

-- Basic constraints ----------------------------------------------------------

for _, place in ipairs({ "root", "middle" }) do
  with(place, "without basic constraints", "basic_constraints", { basic_constraints = false })
  with(place, "that is no authority", "basic_constraints", { basic_constraints = {} })
  with(place, "with empty critical basic constraints", "basic_constraints", {
    basic_constraints = { critical = true },
  })
  with(place, "with uncritical basic constraints", "basic_constraints", {
    basic_constraints = { ca = true, critical = false },
  })
  with(place, "with a path length, but no authority", "malformed", {
    basic_constraints = { raw = der.sequence(der.integer("\1")) },
  })
end
with("leaf", "without basic constraints", nil, { basic_constraints = false })
with("leaf", "with critical basic constraints", nil, { basic_constraints = { critical = true } })
with("leaf", "with a path length", "malformed", {
  basic_constraints = { raw = der.sequence(der.integer("\0")) },
})
with("leaf", "that is an authority", nil, {
  basic_constraints = { ca = true },
  key_usage = { "digitalSignature", "keyCertSign" },
})
with("leaf", "that is an authority without a right to sign", nil, {
  basic_constraints = { ca = true },
})
with("leaf", "that is an authority with a path length and no right to sign", "path_length", {
  basic_constraints = { ca = true, path = 1 },
})
with("leaf", "that is an authority with a path length", nil, {
  basic_constraints = { ca = true, path = 1 },
  key_usage = { "digitalSignature", "keyCertSign" },
})
with("leaf", "that is an authority with uncritical basic constraints", "basic_constraints", {
  basic_constraints = { ca = true, critical = false },
  key_usage = { "digitalSignature", "keyCertSign" },
})
with("leaf", "that is an authority without key usage", "key_usage", {
  basic_constraints = { ca = true },
  key_usage = false,
})
with("leaf", "that is an authority without key identifier", "key_id", {
  basic_constraints = { ca = true },
  subject_id = false,
})

-- Path length ----------------------------------------------------------------

local function limit(path)
  return { ext = { basic_constraints = { ca = true, path = path } } }
end

-- Authorities below middle, each issued by the one before; "=" reissues itself.
local function ladder(spec)
  local more, above = {}, "middle"
  for i = 1, #spec do
    local is_same = spec:sub(i, i) == "="
    local id = "sub" .. i
    more[i] = { id = id, issuer = above, key = "sub" .. i % 2 }
    more[i].subject = is_same and (more[i - 1] and more[i - 1].subject or "O=Spec,CN=Middle")
      or "O=Spec,CN=Sub " .. i
    above = id
  end
  return more, above
end

for _, row in ipairs({
  { "root", 0, "", "path_length" },
  { "root", 1, "", nil },
  { "root", 1, "+", "path_length" },
  { "root", 2, "+", nil },
  { "root", 1, "=", nil },
  { "root", 1, "==", nil },
  { "root", 1, "=+", "path_length" },
  { "root", 2, "+=", nil },
  { "root", 3, "+++", "path_length" },
  { "root", 200, "+++", nil },
  { "middle", 0, "", nil },
  { "middle", 0, "=", nil },
  { "middle", 0, "==", nil },
  { "middle", 0, "+", "path_length" },
  { "middle", 0, "+=", "path_length" },
  { "middle", 1, "+", nil },
  { "middle", 1, "+=", nil },
  { "middle", 1, "++", "path_length" },
  { "middle", 1, "=+=", nil },
  { "middle", 2, "++", nil },
  { "middle", 2, "+=+=", nil },
}) do
  local place, path, below, broken = table.unpack(row, 1, 4)
  local more, last = ladder(below)
  local title = ('%s of path length %d above "%s"'):format(place, path, below)
  add(title, broken, { [place] = limit(path), more = more, leaf = { issuer = last } })
end
add("root without authorities below it", nil, { root = limit(0), middle = false })
add("path length of a lower authority larger than above", nil, {
  root = limit(1),
  middle = limit(9),
})

-- Key usage ------------------------------------------------------------------

for _, place in ipairs({ "root", "middle" }) do
  with(place, "without key usage", "key_usage", { key_usage = false })
  with(place, "that may not sign certificates", "key_usage", { key_usage = { "cRLSign" } })
  with(place, "that may only make signatures", "key_usage", { key_usage = { "digitalSignature" } })
  with(place, "that may only sign certificates", nil, { key_usage = { "keyCertSign" } })
  with(place, "with uncritical key usage", nil, {
    key_usage = { CA[1], CA[2], critical = false },
  })
  with(place, "with key usage of nothing", "key_usage", { key_usage = {} })
end
with("leaf", "without key usage", nil, { key_usage = false })
with("leaf", "that may sign certificates, but is no authority", "key_usage", {
  key_usage = { "digitalSignature", "keyCertSign" },
})
with("leaf", "with key usage of nothing", "key_usage", { key_usage = {} })
for usage, is_good in sorted({
  digitalSignature = true,
  keyEncipherment = true,
  keyAgreement = true,
  dataEncipherment = false,
  nonRepudiation = false,
  cRLSign = false,
}) do
  local code = not is_good and "key_usage" or nil
  with("leaf", "whose key is for " .. usage, code, { key_usage = { usage } })
end
for usage, is_good in sorted({
  digitalSignature = true,
  keyEncipherment = false,
  keyAgreement = true,
  dataEncipherment = false,
}) do
  local ext = { key_usage = { usage }, purposes = { "client" } }
  local code = not is_good and "key_usage" or nil
  with("leaf", "of a client whose key is for " .. usage, code, ext, {
    terms = { usage = "client" },
  })
end

-- Extended key usage ---------------------------------------------------------

for _, row in ipairs({
  { "leaf", { "server" }, "server", true },
  { "leaf", { "client" }, "client", true },
  { "leaf", { "server", "client" }, "server", true },
  { "leaf", { "server", "client" }, "client", true },
  { "leaf", { "client" }, "server", false },
  { "leaf", { "server" }, "client", false },
  { "leaf", { "any" }, "server", false },
  { "leaf", { "any" }, "client", false },
  { "leaf", { "any", "server" }, "server", true },
  { "leaf", { "code" }, "server", false },
  { "leaf", { "code", "email", "server" }, "server", true },
  { "leaf", { "1.2.3.4.5" }, "server", false },
  { "middle", { "server" }, "server", true },
  { "middle", { "client" }, "server", false },
  { "middle", { "any" }, "server", false },
  { "middle", { "any", "server" }, "server", true },
  { "middle", { "server", "client" }, "server", true },
  { "middle", { "code" }, "server", false },
  { "middle", { "email", "1.2.3.4.5" }, "server", false },
  { "root", { "server" }, "server", true },
  { "root", { "client" }, "server", false },
  { "root", { "any" }, "server", false },
  { "root", { "server", "code" }, "server", true },
}) do
  local place, purposes, usage, is_good = table.unpack(row)
  local title = ("for %s, asked as a %s"):format(table.concat(purposes, ", "), usage)
  local code = not is_good and "extended_key_usage" or nil
  for _, critical in ipairs({ false, true }) do
    local it = table.move(purposes, 1, #purposes, 1, { critical = critical })
    local full = title .. (critical and ", critically" or "")
    with(place, full, code, { purposes = it }, { terms = { usage = usage } })
  end
end
for _, usage in ipairs({ "server", "client" }) do
  with("leaf", "for nothing said, asked as a " .. usage, nil, { purposes = false }, {
    terms = { usage = usage },
  })
end
for _, place in ipairs({ "root", "middle", "leaf" }) do
  with(
    place,
    "with an empty list of purposes",
    "malformed",
    { purposes = { raw = der.sequence() } }
  )
end

return cases
