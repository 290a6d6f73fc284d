-- For each row of the table of rules, in its order, a chain that breaks it, and
-- the profiles that must find out.

local authority = require("spec.support.authority")
local core = require("luatls.core")
local der = require("spec.support.der")
local forgery = require("spec.support.forgery")

local DAY <const> = 86400
local now = os.time()
local CA <const> = authority.CA_USAGE
local WWW <const> = { "dns", "www.example.com" }
local EXPIRED <const> = { not_before = now - 9 * DAY, not_after = now - DAY }
local EARLY <const> = { not_before = now + DAY, not_after = now + 9 * DAY }

local EVER <const> = { web = true, rfc5280 = true, strict = true }
local WEB <const> = { web = true, strict = true }
local RFC <const> = { rfc5280 = true, strict = true }
local ONLY_RFC <const> = { rfc5280 = true }
local STRICT <const> = { strict = true }

local function ext(extensions)
  return { ext = extensions }
end

local function at(place, options)
  return { [place] = options }
end

-- A leaf that is an authority, else in order.
local function leaf_ca(extensions, options)
  local all = { basic_constraints = { ca = true }, key_usage = { CA[1], "digitalSignature" } }
  for kind, it in pairs(extensions) do
    all[kind] = it
  end
  local leaf = options or {}
  leaf.ext = all
  return { leaf = leaf }
end

local SHORT <const> = {
  middle = ext({ basic_constraints = { ca = true, path = 0 } }),
  more = { { id = "sub", issuer = "middle" } },
  leaf = { issuer = "sub" },
}
local ORG <const> = { permitted = { { "dns", "example.org" } } }
local MILD_COM <const> = { permitted = { { "dns", "example.com" } }, critical = false }

local function negate(parts)
  parts.body[2] = der.integer("\xff")
end

-- Code, what is broken, the case, the profiles that refuse it.
local rows = {
  { "malformed", "root", at("root", ext({ crl_points = { raw = "\5\0" } })), EVER },
  { "malformed", "leaf", at("leaf", ext({ authority_info = { raw = "\5\0" } })), EVER },
  {
    "duplicate_extension",
    "leaf",
    at("leaf", ext({ unknown = { critical = false, twice = true } })),
    EVER,
  },
  { "unknown_critical", "root", at("root", ext({ unknown = {} })), EVER },
  { "unknown_critical", "intermediate", at("middle", ext({ unknown = {} })), EVER },
  { "version", "intermediate", at("middle", { version = 1 }), EVER },
  { "version", "root", at("root", { version = 1 }), RFC },
  { "version", "leaf", at("leaf", { version = 1 }), WEB },
  { "expired", "root", at("root", EXPIRED), EVER },
  { "expired", "leaf", at("leaf", EXPIRED), EVER },
  { "not_yet_valid", "intermediate", at("middle", EARLY), EVER },
  { "name", "leaf", { terms = { name = "www.example.org" } }, EVER },
  { "name", "leaf that is trusted", { terms = { name = "x.example" }, trust = { "leaf" } }, EVER },
  { "weak_hash", "leaf", at("leaf", { alter = forgery.hash("sha1") }), EVER },
  { "weak_hash", "leaf, SHA-224", at("leaf", { alter = forgery.hash("sha224") }), WEB },
  { "weak_key", "root of 1024 bits", at("root", { key = "rsa1024" }), EVER },
  { "weak_key", "leaf of a huge exponent", at("leaf", { key = "huge" }), EVER },
  { "weak_key", "leaf on secp256k1", at("leaf", { key = "k256" }), EVER },
  { "weak_key", "leaf of 2052 bits", at("leaf", { key = "rsa2052" }), WEB },
  { "basic_constraints", "root, none", at("root", ext({ basic_constraints = false })), EVER },
  {
    "basic_constraints",
    "intermediate, false",
    at("middle", ext({ basic_constraints = {} })),
    EVER,
  },
  {
    "basic_constraints",
    "intermediate, uncritical",
    at("middle", ext({ basic_constraints = { ca = true, critical = false } })),
    RFC,
  },
  {
    "basic_constraints",
    "root, uncritical",
    at("root", ext({ basic_constraints = { ca = true, critical = false } })),
    RFC,
  },
  { "basic_constraints", "leaf that is a CA", leaf_ca({}), WEB },
  {
    "basic_constraints",
    "leaf that is a CA, uncritical",
    leaf_ca({ basic_constraints = { ca = true, critical = false } }),
    EVER,
  },
  { "path_length", "intermediate", SHORT, EVER },
  {
    "path_length",
    "leaf",
    leaf_ca({ basic_constraints = { ca = true, path = 1 }, key_usage = { "digitalSignature" } }),
    RFC,
  },
  { "key_usage", "root", at("root", ext({ key_usage = { "cRLSign" } })), EVER },
  { "key_usage", "intermediate, none", at("middle", ext({ key_usage = false })), EVER },
  { "key_usage", "root, none", at("root", ext({ key_usage = false })), RFC },
  { "key_usage", "leaf that is a CA, none", leaf_ca({ key_usage = false }), ONLY_RFC },
  {
    "key_usage",
    "leaf that may sign",
    at("leaf", ext({ key_usage = { CA[1], "digitalSignature" } })),
    EVER,
  },
  { "key_usage", "leaf that may do nothing", at("leaf", ext({ key_usage = { "cRLSign" } })), EVER },
  { "extended_key_usage", "leaf of another use", at("leaf", ext({ purposes = { "code" } })), EVER },
  {
    "extended_key_usage",
    "intermediate of another use",
    at("middle", ext({ purposes = { "code" } })),
    EVER,
  },
  { "extended_key_usage", "leaf of any use", at("leaf", ext({ purposes = { "any" } })), RFC },
  { "extended_key_usage", "leaf of no named use", at("leaf", ext({ purposes = false })), STRICT },
  {
    "extended_key_usage",
    "leaf, critical",
    at("leaf", ext({ purposes = { "server", critical = true } })),
    STRICT,
  },
  { "extended_key_usage", "root", at("root", ext({ purposes = { "server" } })), STRICT },
  { "name_constraints", "intermediate", at("middle", ext({ constraints = ORG })), EVER },
  { "name_constraints", "root", at("root", ext({ constraints = ORG })), EVER },
  {
    "name_constraints",
    "intermediate, uncritical",
    at("middle", ext({ constraints = MILD_COM })),
    STRICT,
  },
  { "name_constraints", "leaf", at("leaf", ext({ constraints = ORG })), EVER },
  {
    "subject",
    "leaf that is a CA",
    leaf_ca({ names = { WWW, critical = true } }, { subject = "" }),
    ONLY_RFC,
  },
  {
    "subject",
    "leaf, names uncritical",
    at("leaf", { subject = "", ext = { names = { WWW, critical = false } } }),
    EVER,
  },
  {
    "subject",
    "leaf, names critical",
    at("leaf", ext({ names = { WWW, critical = true } })),
    STRICT,
  },
  {
    "subject",
    "leaf, no names in the list",
    at("leaf", ext({ names = { raw = "\x30\0" } })),
    EVER,
  },
  { "subject", "leaf, another common name", at("leaf", { subject = "CN=other.example" }), STRICT },
  { "wildcard", "leaf", at("leaf", ext({ names = { { "dns", "*.com" } } })), STRICT },
  { "serial", "leaf, negative", at("leaf", { alter = negate }), STRICT },
  { "serial", "leaf, zero", at("leaf", { serial = "00" }), STRICT },
  { "serial", "intermediate, long", at("middle", { serial = ("42"):rep(21) }), STRICT },
  { "key_id", "leaf, critical", at("leaf", ext({ subject_id = { "x", critical = true } })), EVER },
  { "key_id", "leaf, no issuer's", at("leaf", ext({ authority_id = false })), RFC },
  { "key_id", "intermediate, none", at("middle", ext({ subject_id = false })), RFC },
  { "key_id", "leaf, another issuer's", at("leaf", ext({ authority_id = { key = "x" } })), RFC },
  { "key_id", "root, another issuer's", at("root", ext({ authority_id = { key = "x" } })), STRICT },
  {
    "policy",
    "intermediate, uncritical",
    at("middle", ext({ policy_constraints = { explicit = 9, critical = false } })),
    RFC,
  },
  {
    "policy",
    "intermediate, any",
    at("middle", ext({ inhibit_any = { 9, critical = false } })),
    RFC,
  },
  { "policy", "none, where one must be", { terms = { require_policy = true } }, EVER },
  {
    "signature",
    "leaf",
    { before = { { id = "other" } }, leaf = { issuer = "middle", signer = "other" } },
    EVER,
  },
  { "untrusted", "leaf alone", { sent = { "leaf" } }, EVER },
  { "self_signed", "leaf", { middle = false, leaf = { issuer = false } }, EVER },
}

-- The strict profile does not take a common name that is none of the names.
local function complete(parts)
  local case = {}
  for key, value in pairs(parts) do
    case[key] = value
  end
  local leaf = { subject = "O=Spec" }
  for key, value in pairs(parts.leaf or {}) do
    leaf[key] = value
  end
  case.leaf = leaf
  return case
end

describe("the profile", function()
  for _, profile in ipairs({ "web", "rfc5280", "strict" }) do
    it(profile .. " takes a chain without a flaw", function()
      local ok, path = authority.verify(complete({}), nil, profile)
      assert.is_true(ok)
      assert.equal(3, #path)
    end)

    for _, row in ipairs(rows) do
      local code, title, parts, refused = table.unpack(row, 1, 4)
      local verb = refused[profile] and "refuses" or "allows"
      it(("%s %s %s: %s"):format(profile, verb, code, title), function()
        local ok, err = authority.verify(complete(parts), nil, profile)
        local codes = ok and {} or authority.codes(err)
        assert.equal(refused[profile] or false, codes[code] or false, err.message)
      end)
    end
  end

  it("is one of three words", function()
    assert.error_matches(function()
      authority.verify({}, nil, "browser")
    end, 'bad option "profile"')
  end)
end)

describe("the rules of this spec", function()
  it("are all that the manual has", function()
    local told, shown = {}, {}
    local file <close> = assert(io.open("docs/verification.md"))
    for code in file:read("a"):gmatch("\n| `([%w_]+)` |") do
      told[code] = true
    end
    for _, row in ipairs(rows) do
      shown[row[1]] = true
    end
    for code in pairs(told) do
      assert.is_true(shown[code], code)
    end
  end)
end)

describe("an algorithm that mbedTLS does not know", function()
  local function self_signed(options)
    local name = os.tmpname()
    local command = "openssl req -x509 -nodes -subj /CN=x -keyout /dev/null -out %s %s"
    assert(os.execute((command .. " >/dev/null 2>&1"):format(name, options)))
    local chain, err = core.chain.load(name)
    os.remove(name)
    return chain, err
  end

  for _, row in ipairs({
    { "Ed25519", "-newkey ed25519", "unsupported" },
    { "Ed448", "-newkey ed448", "unsupported" },
    {
      "Brainpool",
      "-newkey ec -pkeyopt ec_paramgen_curve:brainpoolP256r1",
      "curve is unsupported",
    },
    { "secp224r1", "-newkey ec -pkeyopt ec_paramgen_curve:secp224r1", "curve is unsupported" },
  }) do
    local title, options, text = table.unpack(row)
    it("is refused when it is read: " .. title, function()
      local chain, err = self_signed(options)
      assert.is_nil(chain)
      assert.equal("parse", err.kind)
      assert.matches(text, err.message)
    end)
  end
end)
