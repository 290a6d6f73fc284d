--- A small certification authority for the specs. Keys and certificates are
--- made when they are first asked for, and never kept: no expiry date rots.
--- Files for other programs lie in a private folder until the specs end.

local core = require("luatls.core")
local uv = require("luv")

local pki = {}

local DAY <const> = 86400

---@class spec.Identity
---@field certificate luatls.certificate
---@field key luatls.key
---@field issuer? spec.Identity
---@field chain luatls.chain the certificate, and its issuers below the root
local Identity = {}
Identity.__index = Identity

-- Files ----------------------------------------------------------------------

local folder

-- By another program: when the state closes, luv may have closed before.
local function remove_folder(path)
  os.execute("rm -rf '" .. path:gsub("'", "'\\''") .. "'")
end

--- A private folder, removed when the Lua state closes.
---@return string path
function pki.folder()
  if not folder then
    local path = assert(uv.fs_mkdtemp((os.getenv("TMPDIR") or "/tmp") .. "/luatls-XXXXXX"))
    folder = setmetatable({ path = path }, {
      __gc = function(self)
        remove_folder(self.path)
      end,
    })
  end
  return folder.path
end

local file_count = 0

--- Write a file into the private folder.
---@param text string
---@param name? string
---@return string path
function pki.file(text, name)
  file_count = file_count + 1
  local path = ("%s/%s"):format(pki.folder(), name or "file" .. file_count)
  local file <close> = assert(io.open(path, "wb"))
  file:write(text)
  return path
end

--- Path of the PEM chain, as servers want it.
---@return string
function Identity:chain_path()
  self.chain_file = self.chain_file or pki.file(self.chain:pem())
  return self.chain_file
end

--- Path of the private key, as PEM.
---@return string
function Identity:key_path()
  self.key_file = self.key_file or pki.file(self.key:pem())
  return self.key_file
end

-- Identities -----------------------------------------------------------------

-- Making RSA keys takes long; nothing here depends on them being different.
local keys = {}

local function key_of(type, which)
  local name = type .. which
  keys[name] = keys[name] or assert(core.key.generate({ type = type }))
  return keys[name]
end

local function chain_of(identity)
  local text, issuer = identity.certificate:pem(), identity.issuer
  while issuer and issuer.issuer do
    text, issuer = text .. issuer.certificate:pem(), issuer.issuer
  end
  return assert(core.chain.parse(text))
end

--- Make an identity. `options` are those of `certificate.issue`, and `type` of
--- the key; `issuer` is an identity.
---@param options table
---@return spec.Identity
function pki.make(options)
  local request = {}
  for name, value in pairs(options) do
    request[name] = value
  end
  local issuer = options.issuer
  local self = setmetatable({ issuer = issuer }, Identity)
  self.key = options.key or key_of(options.type or "ec", options.usage or "leaf")
  request.type, request.key = nil, self.key
  request.issuer = issuer and issuer.certificate
  request.issuer_key = issuer and issuer.key
  self.certificate = assert(core.certificate.issue(request))
  self.chain = chain_of(self)
  return self
end

local made = {}

local function once(name, options)
  made[name] = made[name] or pki.make(options)
  return made[name]
end

--- The root that everybody trusts here.
---@return spec.Identity
function pki.root()
  return once("root", { subject = "CN=Spec Root", usage = "ca", days = 30 })
end

--- A root that nobody trusts.
---@return spec.Identity
function pki.stranger()
  local key = key_of("ec", "stranger")
  return once("stranger", { subject = "CN=Unknown Root", usage = "ca", key = key, days = 30 })
end

--- A server's identity for localhost, 127.0.0.1 and ::1, by the root.
---@param type? "ec"|"rsa" default "ec"
---@return spec.Identity
function pki.server(type)
  type = type or "ec"
  return once("server " .. type, {
    type = type,
    subject = "CN=localhost",
    names = { "localhost", "127.0.0.1", "::1" },
    issuer = pki.root(),
    days = 10,
  })
end

--- A client's identity, by the root.
---@param type? "ec"|"rsa" default "ec"
---@return spec.Identity
function pki.client(type)
  type = type or "ec"
  return once("client " .. type, {
    type = type,
    subject = "CN=Spec Client",
    usage = "client",
    issuer = pki.root(),
    days = 10,
  })
end

--- Servers that a client must refuse, by what is wrong with them.
---@param flaw "expired"|"early"|"self_signed"|"unknown_ca"|"wrong_name"
---@return spec.Identity
function pki.flawed(flaw)
  local now = os.time()
  local options = { subject = "CN=localhost", names = { "localhost", "127.0.0.1" } }
  if flaw ~= "self_signed" then options.issuer = pki.root() end
  if flaw == "expired" then
    options.not_before, options.not_after = now - 3 * DAY, now - DAY
  elseif flaw == "early" then
    options.not_before, options.not_after = now + DAY, now + 3 * DAY
  elseif flaw == "unknown_ca" then
    options.issuer = pki.stranger()
  elseif flaw == "wrong_name" then
    options.subject, options.names = "CN=other.example", { "other.example" }
  end
  return once("flawed " .. flaw, options)
end

return pki
