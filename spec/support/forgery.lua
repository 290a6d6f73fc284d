--- Certificates taken apart, changed and put together again, for what no
--- honest issuer writes. A changed one is signed anew by openssl, which still
--- knows the old hashes, or keeps a signature that is wrong.

local base64 = require("luatls.https.base64")
local core = require("luatls.core")
local der = require("spec.support.der")
local pki = require("spec.support.pki")

local forgery = {}

-- The length of the first element of `text`, with its tag.
local function size_of(text)
  local first = text:byte(2)
  if first < 0x80 then return 2 + first end
  local count = first & 0x7f
  return 2 + count + string.unpack(">I" .. count, text, 3)
end

--- The elements that a constructed element holds.
---@param element string
---@return string[]
function forgery.split(element)
  local first = element:byte(2)
  local rest = element:sub(first < 0x80 and 3 or 3 + (first & 0x7f))
  local parts = {}
  while rest ~= "" do
    local size = size_of(rest)
    parts[#parts + 1], rest = rest:sub(1, size), rest:sub(size + 1)
  end
  return parts
end

-- RFC 3279, 2.2; RFC 4055, 5; RFC 5758, 3.2.
local ALGORITHMS <const> = {
  ec = {
    sha1 = "1.2.840.10045.4.1",
    sha224 = "1.2.840.10045.4.3.1",
    sha256 = "1.2.840.10045.4.3.2",
    sha384 = "1.2.840.10045.4.3.3",
  },
  rsa = {
    md5 = "1.2.840.113549.1.1.4",
    sha1 = "1.2.840.113549.1.1.5",
    sha256 = "1.2.840.113549.1.1.11",
  },
}

--- An AlgorithmIdentifier of a signature.
---@param type "ec"|"rsa"
---@param hash string
---@return string
function forgery.algorithm(type, hash)
  local parameters = type == "rsa" and der.element(0x05) or ""
  return der.sequence(der.oid(ALGORITHMS[type][hash]), parameters)
end

local function run(command)
  local pipe = assert(io.popen(command .. " 2>&1"))
  local text = pipe:read("a")
  if not pipe:close() then error(command .. ":\n" .. text, 0) end
  return text
end

local function sign(body, key, hash)
  local source, key_file, out = pki.file(body), pki.file(key:pem()), pki.file("")
  run(("openssl dgst -%s -sign %s -out %s %s"):format(hash, key_file, out, source))
  local file <close> = assert(io.open(out, "rb"))
  return file:read("a")
end

---@param bytes string
---@return string
function forgery.pem(bytes)
  local text = base64.encode(bytes):gsub(("."):rep(64), "%0\n"):gsub("\n$", "")
  return ("-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n"):format(text)
end

---@class spec.Forgery
---@field body string[] of the TBSCertificate: version, serial, algorithm, …
---@field algorithm string outside the body
---@field hash? string to sign with; nil keeps the old signature

--- Change a certificate; `alter` changes what it is given.
---@param certificate luatls.certificate
---@param key luatls.key of the issuer
---@param alter fun(parts: spec.Forgery, type: "ec"|"rsa")
---@return string pem of what may be no certificate any more
function forgery.change(certificate, key, alter)
  local body, algorithm, signature = table.unpack(forgery.split(certificate:der()))
  local parts = { body = forgery.split(body), algorithm = algorithm, hash = "sha256" }
  alter(parts, key:type())
  body = der.sequence(table.unpack(parts.body))
  if parts.hash then signature = der.bits("\0" .. sign(body, key, parts.hash)) end
  return forgery.pem(der.sequence(body, parts.algorithm, signature))
end

--- An `alter` that signs with another hash, and says so.
---@param hash string
---@return fun(parts: spec.Forgery, type: "ec"|"rsa")
function forgery.hash(hash)
  return function(parts, type)
    parts.hash, parts.algorithm = hash, forgery.algorithm(type, hash)
    parts.body[3] = parts.algorithm
  end
end

--- An `alter` that gives extensions with a `raw` value their own OID.
---@param parts spec.Forgery
function forgery.disclose(parts)
  local last = #parts.body
  parts.body[last] = parts.body[last]:gsub("\x06\x03\x55\x1e", "\x06\x03\x55\x1d")
end

--- A key of a kind that is too weak to be made here.
---@param options string of openssl genpkey
---@return luatls.key
function forgery.weak_key(options)
  return assert(core.key.parse(run("openssl genpkey " .. options)))
end

return forgery
