--- Chains of certificates that are wrong, or just right, in themselves:
--- version, number, validity, signature, algorithms, keys, their extensions'
--- form. RFC 5280, 4.1 and 4.2.

local authority = require("spec.support.authority")
local collection = require("spec.support.chains.collection")
local der = require("spec.support.der")
local forgery = require("spec.support.forgery")
local sorted = require("spec.support.sorted")

local DAY <const> = 86400
local now = os.time()
local PLACES <const> = { "root", "middle", "leaf" }

local cases, add = collection.new()

-- The same at each place; `broken` is a code, or codes by place.
local function everywhere(title, broken, make)
  for _, place in ipairs(PLACES) do
    local code = broken
    if type(broken) == "table" then code = broken[place] end
    local options = type(make) == "function" and make(place) or make
    add(place .. " " .. title, code, { [place] = options })
  end
end

local function usage_of(place)
  if place == "leaf" then return { "digitalSignature" } end
  return authority.CA_USAGE
end

-- Validity: both ends belong to it (4.1.2.5) --------------------------------

everywhere("that has expired", "expired", { not_before = now - 9 * DAY, not_after = now - DAY })
everywhere("that is not valid yet", "not_yet_valid", {
  not_before = now + DAY,
  not_after = now + 9 * DAY,
})
everywhere("that was just made", nil, { not_before = now - 1, not_after = now + 9 * DAY })
everywhere("that lives beyond 2050", nil, { not_after = 2600000000 })
everywhere("without a known end", nil, { not_after = 253402300799 })
add("all three expired", "expired", {
  root = { not_before = now - 9 * DAY, not_after = now - DAY },
  middle = { not_before = now - 9 * DAY, not_after = now - DAY },
  leaf = { not_before = now - 9 * DAY, not_after = now - DAY },
})
add("leaf that outlives its issuers", nil, { leaf = { days = 9999 } })

-- How times are written (4.1.2.5.1, 4.1.2.5.2): with seconds, and "Z".
local UTC <const>, GENERAL <const> = 0x17, 0x18
for _, row in ipairs({
  { "UTC time with seconds", UTC, "490101000000Z", nil },
  { "general time of 2050", GENERAL, "20500101000000Z", nil },
  { "UTC time of 1950", UTC, "500101000000Z", "expired" },
  { "UTC time without seconds", UTC, "4901010000Z", "malformed" },
  { "UTC time without Z", UTC, "490101000000", "malformed" },
  { "UTC time of another zone", UTC, "490101000000+0100", "malformed" },
  { "general time without seconds", GENERAL, "205001010000Z", "malformed" },
  { "general time without Z", GENERAL, "20500101000000", "malformed" },
  { "general time with fractions", GENERAL, "20500101000000.5Z", "malformed" },
  { "month 13", UTC, "491301000000Z", "malformed" },
  { "month 0", UTC, "490001000000Z", "malformed" },
  { "30 February", UTC, "490230000000Z", "malformed" },
  { "29 February of no leap year", UTC, "490229000000Z", "malformed" },
  { "29 February of a leap year", UTC, "480229000000Z", nil },
  { "hour 24", UTC, "490101240000Z", "malformed" },
  { "minute 60", UTC, "490101006000Z", "malformed" },
  { "letters", UTC, "49010100000aZ", "malformed" },
  { "empty time", UTC, "", "malformed" },
  { "text instead", 0x0c, "490101000000Z", "malformed" },
}) do
  local title, tag, text, broken = table.unpack(row, 1, 4)
  add("leaf that ends at a " .. title, broken, {
    leaf = {
      alter = function(parts)
        local from = forgery.split(parts.body[5])[1]
        parts.body[5] = der.sequence(from, der.element(tag, text))
      end,
    },
  })
end

-- Serial numbers (4.1.2.2): verifiers should take any ------------------------

for title, serial in sorted({
  ["of one"] = "01",
  ["of twenty bytes"] = ("7f"):rep(20),
  ["of twenty-one bytes"] = ("7f"):rep(21),
  ["of zero"] = "00",
}) do
  everywhere("with a serial " .. title, nil, { serial = serial })
end

everywhere("with a serial that is negative", nil, {
  alter = function(parts)
    parts.body[2] = der.integer("\xff\x01")
  end,
})

-- Versions (4.1.2.1) ---------------------------------------------------------

add("leaf of version 1", nil, { leaf = { version = 1 } })
add("intermediate of version 1", "version", { middle = { version = 1 } })
add("root of version 1", "version", { root = { version = 1 } })
add("intermediate of version 1 below a root", "version", {
  middle = { version = 1 },
  leaf = { issuer = "middle" },
})
add("leaf of version 1 by the root itself", nil, { middle = false, leaf = { version = 1 } })
local function age(parts)
  table.remove(parts.body, 1)
end
everywhere("of version 1 with extensions", "malformed", { alter = age })

-- Signatures (4.1.1.3, 6.1.3 (a) (1)) ----------------------------------------

local function damage(parts)
  parts.hash, parts.body[2] = nil, der.integer("\x01\x02\x03")
end
everywhere("whose signature is wrong", { middle = "signature", leaf = "signature" }, {
  alter = damage,
})
for place, above in sorted({ leaf = "middle", middle = "root" }) do
  add(place .. " signed by another key of its issuer's name", "signature", {
    before = { { id = "other" } },
    [place] = { issuer = above, signer = "other" },
  })
end

-- Fields that must agree (4.1.1.2) -------------------------------------------

local function contradict(parts, type)
  parts.algorithm = forgery.algorithm(type, "sha384")
end
everywhere("with two signature algorithms", "malformed", { alter = contradict })

-- Algorithms and keys --------------------------------------------------------

for _, hash in ipairs({ "sha1", "sha224", "sha256", "sha384" }) do
  local code = hash == "sha1" and "weak_hash" or nil
  everywhere("signed with " .. hash, { middle = code, leaf = code }, { alter = forgery.hash(hash) })
end
for _, hash in ipairs({ "sha384", "sha512" }) do
  everywhere("signed by us with " .. hash, nil, { hash = hash })
end
for key, broken in sorted({ rsa1024 = "weak_key", rsa2047 = "weak_key", rsa2048 = false }) do
  everywhere("with a key of " .. key, broken or nil, { key = key })
end
everywhere("signed by RSA with MD5", { leaf = "weak_hash" }, function(place)
  if place ~= "leaf" then return { key = "rsa2048" } end
  return { alter = forgery.hash("md5") }
end)
cases[#cases].root, cases[#cases].middle = { key = "rsa2048" }, { key = "rsa2048" }
for _, key in ipairs({ "p384", "p521" }) do
  everywhere("with a key of " .. key, nil, { key = key })
end

-- Extensions as such (4.2) ---------------------------------------------------

everywhere("with an unknown critical extension", "unknown_critical", {
  ext = { unknown = { critical = true } },
})
everywhere("with an unknown extension", nil, { ext = { unknown = { critical = false } } })
everywhere("with an unknown extension twice", "duplicate_extension", {
  ext = { unknown = { critical = false, twice = true } },
})
-- The parser below refuses these itself.
everywhere("with key usage twice", "malformed", function(place)
  local usage = table.move(usage_of(place), 1, 2, 1, { twice = true })
  return { ext = { key_usage = usage } }
end)
everywhere("with basic constraints twice", "malformed", function(place)
  return { ext = { basic_constraints = { ca = place ~= "leaf", twice = true } } }
end)
everywhere("with names twice", "malformed", {
  ext = { names = { { "dns", "www.example.com" }, twice = true } },
})
everywhere("with policies twice", "malformed", {
  ext = { policies = { "1.2.3.4", twice = true } },
})
everywhere("with purposes twice", "malformed", {
  ext = { purposes = { "server", twice = true } },
})
for kind, it in sorted({
  authority_info = { "http://x.example/ca.crt" },
  crl_points = { "http://x.example/ca.crl" },
  issuer_names = { { "dns", "ca.example" } },
  policies = { "1.2.3.4" },
}) do
  for _, critical in ipairs({ false, true }) do
    local copy = table.move(it, 1, 1, 1, { critical = critical })
    local is_refused = critical and kind ~= "crl_points" and kind ~= "policies"
    local title = ("with %s %s"):format(critical and "critical" or "usual", kind)
    everywhere(title, is_refused and "unknown_critical" or nil, { ext = { [kind] = copy } })
  end
end

-- Values that are no DER, or of another type.
for kind, raw in sorted({
  key_usage = "\x05\x00",
  basic_constraints = "\x04\x00",
  purposes = "\x30\x80",
  names = "\x05\x00",
  subject_id = "\x30\x00",
  authority_id = "\x02\x01\x01",
  constraints = "\x30\x03\x02\x01\x01",
  policies = "\x02\x01\x01",
  policy_constraints = "\x02\x01\x01",
  mappings = "\x02\x01\x01",
  inhibit_any = "\x30\x00",
  authority_info = "\x02\x01\x01",
  crl_points = "\x02\x01\x01",
  issuer_names = "\x02\x01\x01",
}) do
  everywhere("with malformed " .. kind, "malformed", { ext = { [kind] = { raw = raw } } })
end

return cases
