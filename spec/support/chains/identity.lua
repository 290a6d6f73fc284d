--- Chains whose subjects, alternative names and key identifiers are present or
--- missing, critical or not, right or wrong. RFC 5280, 4.1.2.4, 4.1.2.6,
--- 4.2.1.1, 4.2.1.2, 4.2.1.6.

local collection = require("spec.support.chains.collection")

local cases, add = collection.new()

-- Key identifiers ------------------------------------------------------------

for _, row in ipairs({
  { "subject_id", "root", false, "key_id" },
  { "subject_id", "middle", false, "key_id" },
  { "subject_id", "leaf", false, nil },
  { "authority_id", "root", false, nil },
  { "authority_id", "middle", false, "key_id" },
  { "authority_id", "leaf", false, "key_id" },
  { "authority_id", "root", { key = "another" }, nil },
  { "authority_id", "middle", { key = "another" }, "key_id" },
  { "authority_id", "leaf", { key = "another" }, "key_id" },
  { "subject_id", "leaf", { "any bytes at all" }, nil },
  { "subject_id", "leaf", { "" }, nil },
}) do
  local kind, place, it, broken = table.unpack(row, 1, 4)
  local shown = not it and "no" or it.key and "another" or "a chosen"
  if it and it[1] == "" then shown = "a zero-length" end
  add(("%s with %s %s"):format(place, shown, kind), broken, { [place] = { ext = { [kind] = it } } })
end
for _, place in ipairs({ "root", "middle", "leaf" }) do
  add(place .. " with a critical subject_id", "key_id", {
    [place] = { ext = { subject_id = { "x", critical = true } } },
  })
  add(place .. " with an authority_id without key", "malformed", {
    [place] = { ext = { authority_id = { raw = "\x30\x00" } } },
  })
end
local KNOWN <const> = { ext = { subject_id = { "x" } } }
local CRITICAL <const> = { ext = { authority_id = { key = "x", critical = true } } }
add("leaf with a critical authority_id", "key_id", { middle = KNOWN, leaf = CRITICAL })
add("intermediate with a critical authority_id", "key_id", { root = KNOWN, middle = CRITICAL })
add("root with a critical authority_id", "key_id", { root = CRITICAL })
-- The issuer's certificate by its own issuer and number, besides the key.
for _, row in ipairs({
  { "right", { "O=Spec", "CN=Root" }, "\x42", nil },
  { "another number", { "O=Spec", "CN=Root" }, "\x43", "key_id" },
  { "another issuer", { "O=Spec", "CN=Other" }, "\x42", "key_id" },
  { "its own name", { "O=Spec", "CN=Middle" }, "\x42", "key_id" },
  { "right, spelt otherwise", { "O=SPEC", "CN= root" }, "\x42", nil },
}) do
  local title, issuer, serial, broken = table.unpack(row, 1, 4)
  add("leaf that names its issuer's issuer and number: " .. title, broken, {
    middle = { serial = "42", ext = { subject_id = { "x" } } },
    leaf = {
      ext = { authority_id = { key = "x", issuer = { "directory", issuer }, serial = serial } },
    },
  })
end
add("identifiers of the authority's own making", nil, {
  middle = { ext = { subject_id = { "middle's own" } } },
  leaf = { ext = { authority_id = { key = "middle's own" } } },
})

-- Subjects -------------------------------------------------------------------

local WWW <const> = { "dns", "www.example.com" }

add("leaf without a subject, names critical", nil, {
  leaf = { subject = "", ext = { names = { WWW, critical = true } } },
})
add("leaf without a subject, names not critical", "subject", {
  leaf = { subject = "", ext = { names = { WWW, critical = false } } },
})
add("leaf without a subject and without names", "subject", {
  leaf = { subject = "", names = false, ext = { names = false } },
})
add("leaf with a subject, names critical", nil, {
  leaf = { ext = { names = { WWW, critical = true } } },
})
add("leaf with a subject and no names", nil, { leaf = { names = false } })
add("authority as leaf without a subject", "subject", {
  leaf = {
    subject = "",
    ext = {
      names = { WWW, critical = true },
      basic_constraints = { ca = true },
      key_usage = { "keyCertSign", "digitalSignature" },
    },
  },
})

local function without(position)
  return function(parts)
    parts.body[position] = "\x30\x00"
  end
end
local ISSUER <const>, SUBJECT <const> = 4, 6
add("intermediate without a subject, and the leaf without its issuer", "malformed", {
  middle = { alter = without(SUBJECT) },
  leaf = { alter = without(ISSUER) },
})
add("root without a subject, and all below without it", "malformed", {
  root = {
    alter = function(parts)
      without(SUBJECT)(parts)
      without(ISSUER)(parts)
    end,
  },
  middle = { alter = without(ISSUER) },
})
add("intermediate without a subject", "untrusted", { middle = { alter = without(SUBJECT) } })
for _, place in ipairs({ "root", "middle", "leaf" }) do
  add(place .. " with an empty list of names", "subject", {
    [place] = { ext = { names = { raw = "\x30\x00" } } },
  })
end

-- Names of every kind are allowed, and of every length.
for _, row in ipairs({
  { "dns", "www.example.com" },
  { "email", "me@example.com" },
  { "uri", "https://example.com/" },
  { "ip", "\1\2\3\4" },
  { "other", "x" },
  { "id", "1.2.3.4" },
  { "directory", { "CN=x" } },
}) do
  for _, place in ipairs({ "root", "middle", "leaf" }) do
    add(("%s with a name of kind %s"):format(place, row[1]), nil, {
      [place] = { ext = { names = { row } } },
    })
  end
end

-- Issuer and subject are compared as text (7.1) ------------------------------

local function respell(title, spelling, is_good)
  add("intermediate's name as the leaf spells it: " .. title, not is_good and "untrusted" or nil, {
    more = { { id = "again", subject = spelling, key = "middle" } },
    leaf = { issuer = "again" },
    sent = { "leaf", "middle" },
  })
end
respell("the same", "O=Spec,CN=Middle", true)
respell("in capitals", "O=SPEC,CN=MIDDLE", true)
respell("with more blanks", "O=Spec,CN= Middle ", true)
respell("another order", "CN=Middle,O=Spec", false)
respell("one part more", "O=Spec,OU=x,CN=Middle", false)
respell("one part less", "CN=Middle", false)
respell("another value", "O=Spec,CN=Middleman", false)
respell("another attribute", "O=Spec,OU=Middle", false)

return cases
