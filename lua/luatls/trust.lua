--- Where this machine keeps the root certificates that it trusts.

local blame = require("luatls.blame")
local core = require("luatls.core")
local errors = require("luatls.error")

local trust = {}

-- Bundles of the systems we know, best first.
local BUNDLES <const> = {
  "/etc/ssl/certs/ca-certificates.crt", -- Debian, Alpine, Arch, Gentoo, Void
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", -- Fedora, RHEL 7
  "/etc/pki/tls/certs/ca-bundle.crt", -- Fedora, RHEL, older
  "/etc/ssl/ca-bundle.pem", -- openSUSE
  "/var/lib/ca-certificates/ca-bundle.pem", -- openSUSE, newer
  "/etc/ssl/cert.pem", -- OpenBSD, macOS, Alpine
  "/usr/local/etc/ssl/cert.pem", -- FreeBSD
  "/usr/local/share/certs/ca-root-nss.crt", -- FreeBSD, older
  "/etc/openssl/certs/ca-certificates.crt", -- NetBSD
  "/etc/certs/ca-certificates.crt", -- illumos
  "/opt/homebrew/etc/ca-certificates/cert.pem", -- Homebrew
  "/data/data/com.termux/files/usr/etc/tls/cert.pem", -- Termux
}

local HINT <const> = "install the package ca-certificates, "
  .. "set SSL_CERT_FILE, or give the option trust"

local function is_readable(path)
  local file <close> = io.open(path, "rb")
  return file ~= nil
end

--- The system's bundle of trusted roots. `SSL_CERT_FILE` wins when it is set,
--- even when that file cannot be read: a wrong setting must not be hidden.
---@param environment? fun(name: string): string? default `os.getenv`
---@param bundles? string[] default: those of the systems we know
---@return string? path a PEM file
---@return luatls.Error? err kind "config": no bundle was found
function trust.find(environment, bundles)
  local chosen = (environment or os.getenv)("SSL_CERT_FILE")
  if chosen and chosen ~= "" then return chosen end
  for _, path in ipairs(bundles or BUNDLES) do
    if is_readable(path) then return path end
  end
  local message = "no bundle of trusted roots found on this machine"
  return nil, errors.new("config", message, { hint = HINT })
end

-- One object for all contexts of this Lua state; the certificates themselves
-- are read once for the whole process.
local roots

--- The roots that this machine trusts; read when they are first needed.
---@return luatls.chain? roots
---@return luatls.Error? err kind "config", with a hint
function trust.system()
  if roots then return roots end
  local path, err = trust.find()
  if not path then return nil, err end
  local chain, why = core.chain.share(path)
  if not chain then
    local message = ("cannot load the trusted roots of %s: %s"):format(
      path,
      why.message
    )
    return nil, errors.new("config", message, { hint = HINT, cause = why })
  end
  roots = chain
  return roots
end

-- Where systems keep the public suffix list.
local SUFFIXES <const> = {
  "/usr/share/publicsuffix/public_suffix_list.dat", -- Debian, Fedora, Arch
  "/usr/share/publicsuffix/effective_tld_names.dat", -- older ones
}

local suffixes

local function read_suffixes()
  for _, path in ipairs(SUFFIXES) do
    local file <close> = io.open(path, "rb")
    if file then return file:read("a") end
  end
  return false
end

--- Give options of the profile "strict" the system's public suffix list, if it
--- has one and they have none.
---@param given luatls.verify.Profile
function trust.fill_suffixes(given)
  if given.profile ~= "strict" or given.public_suffixes then return end
  if suffixes == nil then suffixes = read_suffixes() end
  given.public_suffixes = suffixes or nil
end

--- `chain:verify`, with the system's roots when `trust` is not given.
---@param chain luatls.chain
---@param given? luatls.chain.verify_options
---@return boolean? ok true
---@return luatls.path|luatls.Error result the path; or an error of kind
--- "verify", "config", "parse", "io"
function trust.verify(chain, given)
  if type(chain) ~= "userdata" then
    local text = "verify needs a chain, as of tls.chain.load(path), not a %s"
    blame.raise(text:format(type(chain)))
  end
  local complete = {}
  for key, value in pairs(given or {}) do
    complete[key] = value
  end
  if complete.trust == nil then
    local system, err = trust.system()
    if not system then return nil, err end
    complete.trust = system
  end
  trust.fill_suffixes(complete)
  return chain:verify(complete)
end

return trust
