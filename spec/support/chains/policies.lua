--- Policies along a chain: sets, mappings, and the three constraints, with the
--- initial policies of who verifies. RFC 5280, 4.2.1.4, 4.2.1.5, 4.2.1.11,
--- 4.2.1.14, 6.1.

local ANY <const> = "2.5.29.32.0"
local A <const>, B <const>, C <const> = "1.2.3.1", "1.2.3.2", "1.2.3.3"

local cases = {}

-- { title, middle's extensions, leaf's policies, terms, is it good? }
local function add(title, middle, leaf, terms, is_good, parts)
  local case = {
    title,
    broken = not is_good and "policy" or nil,
    middle = { ext = middle },
    leaf = { ext = { policies = leaf } },
    terms = terms,
  }
  for name, value in pairs(parts or {}) do
    case[name] = value
  end
  cases[#cases + 1] = case
end

local NEED <const> = { require_policy = true }
local NEED_A <const> = { require_policy = true, policies = { A } }
local NEED_B <const> = { require_policy = true, policies = { B } }
local NEED_AB <const> = { require_policy = true, policies = { A, B } }
local WISH_A <const> = { policies = { A } }
local EXPLICIT <const> = { explicit = 0 }

-- Sets -----------------------------------------------------------------------

for _, row in ipairs({
  -- middle, leaf, terms, good
  { nil, nil, nil, true },
  { { A }, { A }, nil, true },
  { { A }, { B }, nil, true },
  { nil, nil, NEED, false },
  { { A }, nil, NEED, false },
  { nil, { A }, NEED, false },
  { { A }, { A }, NEED, true },
  { { A }, { B }, NEED, false },
  { { A, B }, { B, C }, NEED, true },
  { { ANY }, { A }, NEED, true },
  { { A }, { ANY }, NEED, true },
  { { ANY }, { ANY }, NEED, true },
  { { A }, { A }, NEED_A, true },
  { { A }, { A }, NEED_B, false },
  { { B }, { B }, NEED_A, false },
  { { A, B }, { A, B }, NEED_B, true },
  { { A, C }, { A, C }, NEED_AB, true },
  { { ANY }, { ANY }, NEED_A, true },
  { { ANY }, { B }, NEED_A, false },
  { { B }, { ANY }, NEED_A, false },
  { { B, ANY }, { A }, NEED_A, true },
  { { A }, { A, ANY }, NEED_A, true },
  { { B }, { B }, WISH_A, true },
  { nil, nil, WISH_A, true },
}) do
  local middle, leaf, terms, is_good = table.unpack(row, 1, 4)
  local function show(list)
    return list and table.concat(list, " ") or "none"
  end
  local wants = terms
      and (terms.require_policy and "required " or "wanted ") .. show(terms.policies or { "any" })
    or "nothing asked"
  local title = ("policies %s above %s, %s"):format(show(middle), show(leaf), wants)
  add(title, { policies = middle }, leaf, terms, is_good)
end

-- requireExplicitPolicy ------------------------------------------------------

for _, row in ipairs({
  { "at once, kept", { policies = { A }, policy_constraints = EXPLICIT }, { A }, true },
  { "at once, broken", { policies = { A }, policy_constraints = EXPLICIT }, { B }, false },
  { "at once, no policies", { policies = { A }, policy_constraints = EXPLICIT }, nil, false },
  {
    "after one, broken",
    { policies = { A }, policy_constraints = { explicit = 1 } },
    { B },
    false,
  },
  { "after two, broken", { policies = { A }, policy_constraints = { explicit = 2 } }, { B }, true },
  { "after one, no policies", { policy_constraints = { explicit = 1 } }, nil, false },
  { "after two, no policies", { policy_constraints = { explicit = 2 } }, nil, true },
  { "after 300, no policies", { policy_constraints = { explicit = 300 } }, nil, true },
}) do
  local title, middle, leaf, is_good = table.unpack(row, 1, 4)
  add("explicit policy demanded " .. title, middle, leaf, nil, is_good)
end
for _, row in ipairs({
  { "by the leaf itself", { policies = { B }, policy_constraints = EXPLICIT }, false },
  { "by the leaf itself, kept", { policies = { A }, policy_constraints = EXPLICIT }, true },
  { "by the leaf for after it", { policies = { B }, policy_constraints = { explicit = 1 } }, true },
}) do
  local title, ext, is_good = table.unpack(row, 1, 3)
  add("explicit policy demanded " .. title, { policies = { A } }, nil, nil, is_good, {
    leaf = { ext = ext },
  })
end
for _, is_self_issued in ipairs({ true, false }) do
  local sub = { id = "sub", issuer = "middle", ext = { policies = { A } } }
  if is_self_issued then sub.subject = "O=Spec,CN=Middle" end
  local title = "explicit policy after two, %s authority between"
  add(title:format(is_self_issued and "a self-issued" or "another"), {
    policies = { A },
    policy_constraints = { explicit = 2 },
  }, nil, nil, is_self_issued, { more = { sub }, leaf = { issuer = "sub" } })
end
add("policy constraints with nothing in them", {
  policies = { A },
  policy_constraints = {},
}, { A }, nil, false, { broken = "malformed" })
add("policy constraints that are not critical", {
  policies = { A },
  policy_constraints = { explicit = 0, critical = false },
}, { A }, nil, false)

-- Mappings -------------------------------------------------------------------

local AB <const> = { { A, B } }

for _, row in ipairs({
  { "A to B, leaf B", { policies = { A }, mappings = AB }, { B }, NEED, true },
  { "A to B, leaf A", { policies = { A }, mappings = AB }, { A }, NEED, false },
  { "A to B, leaf B, A required", { policies = { A }, mappings = AB }, { B }, NEED_A, true },
  { "A to B, leaf B, B required", { policies = { A }, mappings = AB }, { B }, NEED_B, false },
  {
    "A to B, mapping inhibited by us",
    { policies = { A }, mappings = AB },
    { B },
    {
      require_policy = true,
      inhibit_policy_mapping = true,
    },
    false,
  },
  {
    "A to B, inhibited, leaf A",
    { policies = { A }, mappings = AB },
    { A },
    {
      require_policy = true,
      inhibit_policy_mapping = true,
    },
    false,
  },
  {
    "A to B and C, leaf C",
    { policies = { A }, mappings = { { A, B }, { A, C } } },
    { C },
    NEED_A,
    true,
  },
  {
    "A and B to C, leaf C",
    { policies = { A, B }, mappings = { { A, C }, { B, C } } },
    { C },
    NEED_B,
    true,
  },
  { "A to B of an authority for any", { policies = { ANY }, mappings = AB }, { B }, NEED_A, true },
  {
    "A to B of an authority for any, B required",
    { policies = { ANY }, mappings = AB },
    { B },
    NEED_B,
    false,
  },
  {
    "A to B of an authority for any, leaf C",
    { policies = { ANY }, mappings = AB },
    { C },
    NEED,
    true,
  },
  {
    "A to B and back, leaf A",
    { policies = { A, B }, mappings = { { A, B }, { B, A } } },
    { A },
    NEED_B,
    true,
  },
  {
    "A to B and back, leaf A, A required",
    {
      policies = { A, B },
      mappings = { { A, B }, { B, A } },
    },
    { A },
    NEED_A,
    false,
  },
  {
    "C to B, which the authority has not",
    { policies = { A }, mappings = { { C, B } } },
    { B },
    NEED,
    false,
  },
  { "from any", { policies = { A }, mappings = { { ANY, A } } }, { A }, NEED, false },
  { "to any", { policies = { A }, mappings = { { A, ANY } } }, { A }, NEED, false },
  { "from any, nothing asked", { policies = { A }, mappings = { { ANY, A } } }, { A }, nil, false },
  { "A to B, nothing asked", { policies = { A }, mappings = AB }, { C }, nil, true },
  {
    "A to B, not critical",
    { policies = { A }, mappings = { { A, B }, critical = false } },
    { B },
    NEED_A,
    true,
  },
}) do
  local title, middle, leaf, terms, is_good = table.unpack(row, 1, 5)
  add("mapping " .. title, middle, leaf, terms, is_good)
end
for _, row in ipairs({
  { 0, NEED, false },
  { 1, NEED, true },
  { 0, nil, true },
}) do
  local skip, terms, is_good = table.unpack(row, 1, 3)
  add(
    ("mapping below a root's child that allows it after %d, %s"):format(
      skip,
      terms and "asked" or "not asked"
    ),
    {
      policies = { A },
      policy_constraints = { mapping = skip },
    },
    nil,
    terms,
    is_good,
    {
      more = { { id = "sub", issuer = "middle", ext = { policies = { A }, mappings = AB } } },
      leaf = { issuer = "sub", ext = { policies = { B } } },
    }
  )
end

-- inhibitAnyPolicy -----------------------------------------------------------

for _, row in ipairs({
  { "at once, leaf for any", { policies = { A }, inhibit_any = { 0 } }, { ANY }, false },
  { "at once, leaf for A", { policies = { A }, inhibit_any = { 0 } }, { A }, true },
  { "after one, leaf for any", { policies = { A }, inhibit_any = { 1 } }, { ANY }, true },
  { "after 200, leaf for any", { policies = { A }, inhibit_any = { 200 } }, { ANY }, true },
  { "at once, itself for any", { policies = { ANY }, inhibit_any = { 0 } }, { A }, true },
}) do
  local title, middle, leaf, is_good = table.unpack(row, 1, 4)
  add("any policy inhibited " .. title, middle, leaf, NEED, is_good)
end
add("any policy inhibited by us", { policies = { ANY } }, { A }, {
  require_policy = true,
  inhibit_any_policy = true,
}, false)
add("any policy inhibited by us, but never used", { policies = { A } }, { A }, {
  require_policy = true,
  inhibit_any_policy = true,
}, true)
for _, is_self_issued in ipairs({ true, false }) do
  local sub = { id = "sub", issuer = "middle", ext = { policies = { ANY } } }
  if is_self_issued then sub.subject = "O=Spec,CN=Middle" end
  local title = ("any policy inhibited, %s authority for any below"):format(
    is_self_issued and "the same" or "another"
  )
  add(title, { policies = { A }, inhibit_any = { 0 } }, nil, NEED, is_self_issued, {
    more = { sub },
    leaf = { issuer = "sub", ext = { policies = { A } } },
  })
end
add("any policy inhibited, not critical", {
  policies = { A },
  inhibit_any = { 0, critical = false },
}, { A }, NEED, false)

-- A root's own policies are no part of the path.
add("root for another policy", { policies = { A } }, { A }, NEED_A, true, {
  root = { ext = { policies = { B }, policy_constraints = EXPLICIT } },
})

return cases
