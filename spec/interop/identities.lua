--- Who shows which certificate: for each kind a root, a server and a client of
--- that kind, made anew for every run, as PEM and as PKCS#12.

local core = require("luatls.core")
local pki = require("spec.support.pki")
local process = require("spec.support.process")

local identities = {}

--- Of the files in PKCS#12; they hold nothing worth hiding.
identities.PASSWORD = "interop"

local KEYS <const> = {
  ["RSA"] = { type = "rsa" },
  ["RSA-PSS"] = { type = "rsa" },
  ["P-256"] = { curve = "secp256r1" },
  ["P-384"] = { curve = "secp384r1" },
}

local function run(program, ...)
  local code, text = process.start(program, { ... }):wait()
  assert(code == 0, text)
end

-- luatls signs certificates with PKCS #1 only; OpenSSL knows RFC 4055.
local function certify_with_pss(identity, options)
  local root, path = identity.issuer, pki.file("")
  local request = assert(identity.key:csr({ subject = options.subject, names = options.names }))
  local usage = ("extendedKeyUsage=%sAuth\n"):format(options.usage or "server")
  local serial = options.usage == "client" and "2" or "1"
  local ca = { "-CA", root:chain_path(), "-CAkey", root:key_path(), "-set_serial", serial }
  local padding = { "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest" }
  local files = { "-in", pki.file(request:pem()), "-extfile", pki.file(usage), "-out", path }
  local args = { "x509", "-req", "-sha256", "-copy_extensions", "copyall" }
  for _, more in ipairs({ ca, padding, files }) do
    table.move(more, 1, #more, #args + 1, args)
  end
  run("openssl", table.unpack(args))
  identity.chain = assert(core.chain.load(path))
  identity.certificate = identity.chain[1]
end

local function make_pkcs12(identity, name)
  local path = pki.file("")
  local secret = "pass:" .. identities.PASSWORD
  local chain, key = identity:chain_path(), identity:key_path()
  local files = { "-in", chain, "-inkey", key, "-out", path }
  run("openssl", "pkcs12", "-export", "-name", name, "-passout", secret, table.unpack(files))
  return path
end

local function make(kind, options)
  options.key = assert(core.key.generate(KEYS[kind]))
  options.hash = kind == "P-384" and "sha384" or "sha256"
  options.days = 10
  local identity = pki.make(options)
  if kind == "RSA-PSS" and options.issuer then certify_with_pss(identity, options) end
  return identity
end

---@class spec.interop.Identities
---@field root spec.Identity
---@field server spec.Identity for localhost
---@field client spec.Identity for "interop-client"
---@field server_pkcs12 string path
---@field client_pkcs12 string path

local function make_all(kind)
  local root = make(kind, { subject = "CN=interop-root", usage = "ca" })
  local names = { "localhost", "127.0.0.1" }
  local server = make(kind, { subject = "CN=localhost", names = names, issuer = root })
  local client = make(kind, { subject = "CN=interop-client", usage = "client", issuer = root })
  return {
    root = root,
    server = server,
    client = client,
    server_pkcs12 = make_pkcs12(server, "server"),
    client_pkcs12 = make_pkcs12(client, "client"),
  }
end

local made = {}

--- Those of one kind.
---@param kind "RSA"|"RSA-PSS"|"P-256"|"P-384"
---@return spec.interop.Identities
function identities.of(kind)
  made[kind] = made[kind] or make_all(kind)
  return made[kind]
end

return identities
