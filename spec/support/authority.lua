--- Chains by declaration. A case names what is different from a good chain of
--- root, middle and leaf; here it becomes certificates.

local core = require("luatls.core")
local x509v3 = require("spec.support.x509v3")
local forgery = require("spec.support.forgery")

local authority = {}

---@class spec.CertificateCase: luatls.certificate.Options
---@field id? string in `more`: what others call it
---@field issuer? string|false id; false: signed by itself
---@field signer? string id of another certificate whose key signs
---@field key? string name of a key; default: its id
---@field ext? table see `x509v3.list`
---@field alter? fun(parts: spec.Forgery, type: string)

---@class spec.ChainCase
---@field [1] string title
---@field broken? string code of the rule that is broken; nil: the chain is good
---@field root? spec.CertificateCase
---@field middle? spec.CertificateCase|false
---@field before? spec.CertificateCase[] roots, made before middle
---@field more? spec.CertificateCase[] made after root and middle
---@field leaf? spec.CertificateCase
---@field trust? string[] ids, default {"root"}
---@field sent? string[] ids, default leaf, middle and all of `more`
---@field terms? table more options of chain:verify

---@class spec.MadeChain
---@field pems table<string, string> certificates by id
---@field sent string[]
---@field trust string[]

local NAMES <const> = {
  root = "O=Spec,CN=Root",
  middle = "O=Spec,CN=Middle",
  leaf = "O=Spec,CN=Leaf",
}
local CA_USAGE <const> = { "keyCertSign", "cRLSign" }

-- What conforming authorities write (RFC 5280, 4.2).
local DEFAULTS <const> = {
  root = { usage = "ca", issuer = false, days = 3650, ext = {} },
  middle = { usage = "ca", issuer = "root", days = 365, ext = {} },
  leaf = { usage = "server", issuer = "middle", names = { "www.example.com" }, ext = {} },
}

local keys = {}

local WEAK <const> = {
  rsa1024 = "-algorithm RSA -pkeyopt rsa_keygen_bits:1024",
  rsa2047 = "-algorithm RSA -pkeyopt rsa_keygen_bits:2047",
  rsa2052 = "-algorithm RSA -pkeyopt rsa_keygen_bits:2052",
  -- 2^64 + 13
  huge = "-algorithm RSA -pkeyopt rsa_keygen_pubexp:18446744073709551629",
  k256 = "-algorithm EC -pkeyopt ec_paramgen_curve:secp256k1",
}
local STRONG <const> = {
  rsa2048 = { type = "rsa" },
  p384 = { curve = "secp384r1" },
  p521 = { curve = "secp521r1" },
}

--- The key of that name, made when it is first asked for.
---@param name string
---@return luatls.key
function authority.key(name)
  local weak = WEAK[name]
  keys[name] = keys[name]
    or weak and forgery.weak_key(weak)
    or assert(core.key.generate(STRONG[name]))
  return keys[name]
end

local function merge(default, case)
  local options = {}
  for name, value in pairs(default) do
    options[name] = value
  end
  for name, value in pairs(case or {}) do
    options[name] = value
  end
  return options
end

local OWN <const> = { "id", "issuer", "signer", "key", "ext", "alter" }

-- The certificate that signs, whose key fits; nil: the new one signs itself.
local function signer_of(made, options)
  local id = options.signer or options.issuer
  if not id then return nil, authority.key(options.key) end
  local issuer = assert(made[id], id)
  return issuer, authority.key(issuer.key)
end

-- When another signs than the one that is named, a certificate of the one with
-- the key of the other is what the issue is done with.
local function stand_in(made, options)
  local named, signer = made[options.issuer], made[options.signer]
  return core.certificate.issue({
    subject = named.subject,
    key = authority.key(signer.key),
    usage = "ca",
  })
end

local function is_disguised(ext)
  for _, it in pairs(ext) do
    if it and (it.raw or it.twice) then return true end
  end
  return false
end

local function issue(made, id, options)
  options.key = options.key or id
  options.subject = options.subject or NAMES[id] or "O=Spec,CN=" .. id
  local issuer, issuer_key = signer_of(made, options)
  local request = merge(options)
  for _, name in ipairs(OWN) do
    request[name] = nil
  end
  request.names = request.names or nil
  request.key = authority.key(options.key)
  if issuer then
    local is_forged = options.signer and options.issuer
    request.issuer = is_forged and stand_in(made, options) or issuer.certificate
  end
  request.issuer_key = issuer_key
  request.extensions = x509v3.list(options.ext)
  options.alter = options.alter or is_disguised(options.ext) and forgery.disclose
  local certificate = assert(core.certificate.issue(request))
  made[id] = {
    certificate = certificate,
    key = options.key,
    subject = options.subject,
    pem = options.alter and forgery.change(certificate, issuer_key, options.alter)
      or certificate:pem(),
  }
end

-- { "leaf", "middle" } and what was made besides.
local function default_sent(case)
  local sent = { "leaf" }
  if case.middle ~= false then sent[2] = "middle" end
  for _, options in ipairs(case.more or {}) do
    sent[#sent + 1] = options.id
  end
  return sent
end

--- Make the certificates of a case.
---@param case spec.ChainCase
---@return spec.MadeChain
function authority.make(case)
  local made = {}
  issue(made, "root", merge(DEFAULTS.root, case.root))
  for _, options in ipairs(case.before or {}) do
    issue(made, options.id, merge(DEFAULTS.root, options))
  end
  if case.middle ~= false then issue(made, "middle", merge(DEFAULTS.middle, case.middle)) end
  for _, options in ipairs(case.more or {}) do
    issue(made, options.id, merge(DEFAULTS.middle, options))
  end
  local leaf = merge(DEFAULTS.leaf, case.leaf)
  if case.middle == false and leaf.issuer == "middle" then leaf.issuer = "root" end
  issue(made, "leaf", leaf)
  local pems = {}
  for id, entry in pairs(made) do
    pems[id] = entry.pem
  end
  return {
    pems = pems,
    sent = case.sent or default_sent(case),
    trust = case.trust or { "root" },
  }
end

--- The PEM of some certificates of a chain.
---@param chain spec.MadeChain
---@param ids string[]
---@return string
function authority.pem(chain, ids)
  local texts = {}
  for i, id in ipairs(ids) do
    texts[i] = assert(chain.pems[id], id)
  end
  return table.concat(texts)
end

--- Verify a chain as its case says.
---@param case spec.ChainCase
---@param chain? spec.MadeChain made already
---@param profile? string default "rfc5280"
---@return boolean? ok
---@return table path_or_error
function authority.verify(case, chain, profile)
  chain = chain or authority.make(case)
  local sent, err = core.chain.parse(authority.pem(chain, chain.sent))
  if not sent then return nil, err end
  local terms = merge(case.terms or {}, {
    trust = authority.pem(chain, chain.trust),
    profile = profile or "rfc5280",
  })
  return sent:verify(terms)
end

--- The codes of a refusal, as a set. What cannot even be read is malformed.
---@param err table
---@return table<string, boolean>
function authority.codes(err)
  local codes = {}
  if err.kind == "parse" then codes.malformed = true end
  for _, problem in ipairs(err.problems or {}) do
    codes[problem.code] = true
  end
  return codes
end

authority.CA_USAGE = CA_USAGE

return authority
