--- Chains where the way to an anchor must be found: cross-signed authorities,
--- several of one name, duplicates, loops, anchors in the middle. RFC 4158;
--- RFC 5280, 6.1.

local DAY <const> = 86400
local now = os.time()
local EXPIRED <const> = { not_before = now - 9 * DAY, not_after = now - DAY }

local collection = require("spec.support.chains.collection")

local cases, add = collection.new()

-- Orders and omissions -------------------------------------------------------

local THREE <const> = {
  { id = "sub1", issuer = "middle" },
  { id = "sub2", issuer = "sub1" },
  { id = "sub3", issuer = "sub2" },
}
local BELOW <const> = { more = THREE, leaf = { issuer = "sub3" } }

local function sending(title, broken, sent)
  add(title, broken, { more = THREE, leaf = BELOW.leaf, sent = sent })
end
sending("long chain in order", nil, { "leaf", "sub3", "sub2", "sub1", "middle" })
sending("long chain, reversed", nil, { "leaf", "middle", "sub1", "sub2", "sub3" })
sending("long chain, shuffled", nil, { "leaf", "sub1", "middle", "sub3", "sub2" })
sending("long chain with its root", nil, { "leaf", "sub3", "sub2", "sub1", "middle", "root" })
sending("long chain, root first", nil, { "leaf", "root", "sub3", "sub2", "sub1", "middle" })
sending("every one twice", nil, {
  "leaf",
  "sub3",
  "sub3",
  "sub2",
  "leaf",
  "sub2",
  "sub1",
  "middle",
  "sub1",
  "middle",
  "root",
  "root",
})
for _, missing in ipairs({ "sub3", "sub2", "sub1", "middle" }) do
  local sent = { "leaf" }
  for _, id in ipairs({ "sub3", "sub2", "sub1", "middle" }) do
    if id ~= missing then sent[#sent + 1] = id end
  end
  sending("long chain without " .. missing, "untrusted", sent)
end
add("leaf alone", "untrusted", { sent = { "leaf" } })
add("leaf alone by the root", nil, { middle = false, sent = { "leaf" } })

-- Anchors --------------------------------------------------------------------

local function trusting(title, broken, trust, sent)
  add(title, broken, { trust = trust, sent = sent, before = { { id = "other" } } })
end
trusting("another root trusted", "untrusted", { "other" })
trusting("two roots trusted", nil, { "other", "root" })
trusting("intermediate trusted", nil, { "middle" }, { "leaf" })
trusting("intermediate trusted, and sent", nil, { "middle" })
trusting("intermediate and another root trusted", nil, { "other", "middle" })
trusting("root and intermediate trusted", nil, { "root", "middle" })
trusting("intermediate trusted, root sent as well", nil, { "middle" }, { "leaf", "middle", "root" })
trusting("root not trusted, but sent", "untrusted", { "other" }, { "leaf", "middle", "root" })
trusting("leaf trusted itself", nil, { "leaf" })
trusting("leaf trusted itself, alone", nil, { "leaf" }, { "leaf" })
add("leaf trusted itself, but expired", "expired", { leaf = EXPIRED, trust = { "leaf" } })
add("leaf trusted itself, for another purpose", "extended_key_usage", {
  trust = { "leaf" },
  terms = { usage = "client" },
})
add("self-signed leaf trusted", nil, {
  middle = false,
  leaf = { issuer = false },
  trust = { "leaf" },
  sent = { "leaf" },
})
add("self-signed leaf not trusted", "self_signed", { middle = false, leaf = { issuer = false } })
add("trusted intermediate that has expired", "expired", {
  middle = EXPIRED,
  trust = { "middle" },
})
add("trusted intermediate, its root expired", nil, { root = EXPIRED, trust = { "middle" } })
add("trusted root of another key", "signature", {
  before = { { id = "fake", subject = "O=Spec,CN=Root" } },
  trust = { "fake" },
})

-- Choices --------------------------------------------------------------------

-- The intermediate once more, below another root: the first candidate is of no
-- use, the second one is.
local OTHER <const> = { { id = "other" } }

local function crossed(title, broken, middle, again, trust, sent)
  again.id, again.key, again.subject = "cross", "middle", "O=Spec,CN=Middle"
  again.issuer = again.issuer or "other"
  for _, order in
    ipairs(sent and { sent } or {
      { "leaf", "middle", "cross" },
      { "leaf", "cross", "middle" },
    })
  do
    add(title .. ", sent " .. table.concat(order, " "), broken, {
      before = OTHER,
      middle = middle,
      more = { again },
      trust = trust,
      sent = order,
    })
  end
end
local ORG <const> = { permitted = { { "dns", "example.org" } } }
crossed("cross-signed, first root trusted", nil, {}, {}, { "root" })
crossed("cross-signed, other root trusted", nil, {}, {}, { "other" })
crossed("cross-signed, both trusted", nil, {}, {}, { "root", "other" })
crossed("one expired, both trusted", nil, EXPIRED, {}, { "root", "other" })
crossed("one expired, the other trusted", nil, EXPIRED, {}, { "other" })
crossed("one expired, only its root trusted", "expired", EXPIRED, {}, { "root" })
crossed("one without the leaf's names, both trusted", nil, {
  ext = { constraints = ORG },
}, {}, { "root", "other" })
crossed("one without the leaf's names, only its root trusted", "name_constraints", {
  ext = { constraints = ORG },
}, {}, { "root" })
crossed(
  "one for another purpose",
  nil,
  { ext = { purposes = { "code" } } },
  {},
  { "root", "other" }
)
crossed("one that is no authority", nil, {
  ext = { basic_constraints = {} },
}, {}, { "root", "other" })
crossed("one with an unknown critical extension", nil, {
  ext = { unknown = { critical = true } },
}, {}, { "root", "other" })
crossed("one without a right to sign", nil, {
  ext = { key_usage = { "cRLSign" } },
}, {}, { "root", "other" })
crossed("one under a policy that is not wanted", nil, {
  ext = { policies = { "1.2.3.2" } },
}, { ext = { policies = { "1.2.3.1" } } }, { "root", "other" })
for i = #cases - 1, #cases do
  cases[i].leaf = { ext = { policies = { "1.2.3.1" } } }
  cases[i].terms = { require_policy = true }
end

-- Intermediates of one name with different keys.
for _, order in ipairs({ { "leaf", "twin", "middle" }, { "leaf", "middle", "twin" } }) do
  local title = "of one name, another key, sent " .. table.concat(order, " ")
  add(title, nil, {
    more = { { id = "twin", subject = "O=Spec,CN=Middle" } },
    sent = order,
  })
  add(title .. ", no identifier", "key_id", {
    more = { { id = "twin", subject = "O=Spec,CN=Middle" } },
    leaf = { ext = { authority_id = false } },
    sent = order,
  })
end
for _, order in ipairs({ { "twin", "root" }, { "root", "twin" } }) do
  add("roots of one name, trusted " .. table.concat(order, " "), nil, {
    before = { { id = "twin", subject = "O=Spec,CN=Root" } },
    trust = order,
  })
end
add("old and new root of one key, old one expired", nil, {
  before = {
    {
      id = "old",
      subject = "O=Spec,CN=Root",
      key = "root",
      not_before = 1e9 // 1,
      not_after = 11e8 // 1,
    },
  },
  trust = { "old", "root" },
})
add("cross-signed root, itself trusted too", nil, {
  before = OTHER,
  more = { { id = "cross", subject = "O=Spec,CN=Root", key = "root", issuer = "other" } },
  trust = { "root", "other" },
})
add("cross-signed root, only the other trusted", nil, {
  before = OTHER,
  more = { { id = "cross", subject = "O=Spec,CN=Root", key = "root", issuer = "other" } },
  trust = { "other" },
})

-- Loops ----------------------------------------------------------------------

local LOOP <const> = {
  { id = "a", issuer = "middle" },
  { id = "b", issuer = "a" },
  { id = "a2", subject = "O=Spec,CN=a", key = "a", issuer = "b" },
}
add("loop of two authorities, with a way out", nil, { more = LOOP, leaf = { issuer = "b" } })
add("loop of two authorities, without", "untrusted", {
  more = LOOP,
  leaf = { issuer = "b" },
  sent = { "leaf", "b", "a2" },
})
add("authority that certifies itself, and nobody else does", "untrusted", {
  before = { { id = "fake" } },
  more = { { id = "sub", issuer = "fake" } },
  leaf = { issuer = "sub" },
  sent = { "leaf", "sub", "fake" },
})
add("self-issued authorities in a row", nil, {
  more = {
    { id = "new", subject = "O=Spec,CN=Middle", issuer = "middle" },
    { id = "newer", subject = "O=Spec,CN=Middle", issuer = "new" },
  },
  leaf = { issuer = "newer" },
})

return cases
