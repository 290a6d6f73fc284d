--- Contexts as programs want them: the engine's, with what needs the system
--- filled in. Clients trust the system's roots; keys are logged on request.

local blame = require("luatls.blame")
local core = require("luatls.core")
local errors = require("luatls.error")
local keylog = require("luatls.keylog")
local options = require("luatls.options")
local trust = require("luatls.trust")

local context = {}

--- What a context is made of; other modules take these keys too.
---@type table<string, string>
context.KEYS = {
  trust = "string|userdata",
  certificate = "string|userdata",
  key = "string|userdata",
  password = "string",
  certificates = "table",
  client_auth = "string",
  client_ca_names = "boolean|string|userdata",
  on_certificate_request = "function",
  alpn = "table",
  hosts = "table",
  on_client_hello = "function",
  policy = "string",
  min_version = "string",
  max_version = "string",
  cipher_suites = "table",
  groups = "table",
  signature_algorithms = "table",
  prefer_client_order = "boolean",
  insecure_static_rsa = "boolean",
  key_update_after = "integer",
  renegotiation = "boolean",
  record_size_limit = "integer",
  insecure_static_psk = "boolean",
  psk = "table|function",
  keylog = "string|function",
  on_verify = "function",
  tickets = "boolean",
  early_data = "integer",
  ticket_secret = "string",
  ticket_lifetime = "integer",
  session_cache = "boolean|integer|table",
  single_use_tickets = "boolean|integer",
  replaces = "userdata",
  profile = "string",
  policies = "table",
  require_policy = "boolean",
  inhibit_policy_mapping = "boolean",
  inhibit_any_policy = "boolean",
  public_suffixes = "string",
  insecure_common_name = "boolean",
  insecure_skip_verify = "boolean",
  insecure_skip_name = "boolean",
}

-- What streams and listeners do not take: they are over streams of bytes.
local KNOWN <const> = options.merge(context.KEYS, {
  role = "string",
  transport = "string",
  mtu = "integer",
})

-- A client with a pre-shared key trusts that alone, unless it says otherwise.
local function takes_certificates(given)
  return type(given.psk) ~= "table" or given.psk.or_certificate
end

local function needs_system_trust(given)
  return given.role == "client"
    and given.trust == nil
    and not given.insecure_skip_verify
    and takes_certificates(given)
end

-- What a host's own table says stands for that host alone.
local OWN_OF_HOST <const> = {
  certificate = true,
  certificates = true,
  key = true,
  password = true,
  psk = true,
  hosts = true,
  on_client_hello = true,
}

--- The options of a host: its table's, and for the rest the server's.
---@param given luatls.context.Options
---@param host table
---@return luatls.context.Options
function context.of_host(given, host)
  local complete = {}
  for key, value in pairs(given) do
    if not OWN_OF_HOST[key] then complete[key] = value end
  end
  for key, value in pairs(host) do
    complete[key] = value
  end
  complete.client_auth = complete.client_auth or "none"
  return complete
end

--- An error of a host's own options, told as such.
---@param err luatls.Error
---@param host string
---@return luatls.Error err the same
function context.of_whom(err, host)
  host = tostring(host)
  err.message = ("host %s: %s"):format(host, err.message)
  return errors.annotate(err, { host = host })
end

-- Give the options contexts by host name; tables of options become contexts.
-- They share their ticket secret with the server, so that it can outlive them.
local function make_hosts(complete)
  local made, first = {}, complete.replaces
  for name, host in pairs(complete.hosts) do
    made[name] = host
    if type(host) == "table" then
      local own = context.of_host(complete, host)
      own.replaces = own.replaces or first
      local chosen, err = context.new(own)
      if not chosen then return nil, context.of_whom(err, name) end
      made[name], first = chosen, first or chosen
    end
  end
  complete.hosts, complete.replaces = made, first
  return true
end

-- Who gives a server trust means its clients, and must not believe that they
-- are asked when they are not.
local function trusts_in_vain(given)
  return given.role == "server"
    and given.trust ~= nil
    and given.client_auth == nil
    and not (given.hosts or given.on_client_hello or given.psk)
end

local function vain_trust()
  local message = "trust is given, but clients are not asked for certificates"
  local hint = 'give client_auth = "required" or "optional"; "none" allows it'
  return errors.new("config", message, { hint = hint, option = "trust" })
end

--- Make a context. Unlike the engine's, a client's trusts the system's roots
--- when no `trust` is given, and `keylog` may be the path of a file; the
--- environment variable SSLKEYLOGFILE names one too. In `hosts` a table of
--- options stands for a context; what it does not say is as for the server,
--- but for certificate and key.
---@param given luatls.context.Options
---@return luatls.context? context
---@return luatls.Error? err kind "config", "io", "parse"
function context.new(given)
  if type(given) ~= "table" then
    blame.raise('a context needs options: at least role = "client" or "server"')
  end
  options.check(given, KNOWN)
  if trusts_in_vain(given) then return nil, vain_trust() end
  local complete = options.pick(given, KNOWN)
  if needs_system_trust(given) then
    local roots, err = trust.system()
    if not roots then return nil, err end
    complete.trust = roots
  end
  if given.hosts then
    local done, err = make_hosts(complete)
    if not done then return nil, err end
  end
  trust.fill_suffixes(complete)
  complete.keylog = keylog.writer(given.keylog)
  return blame.call("context", core.context, complete)
end

local default

--- The context of a client that sets nothing; made once.
---@return luatls.context? context
---@return luatls.Error? err kind "config", "io", "parse"
function context.default_client()
  if not default then
    local made, err = context.new({ role = "client" })
    if not made then return nil, err end
    default = made
  end
  return default
end

--- The context that the options of a stream or listener ask for: the one that
--- is given, or a new one of the context's keys among them.
---@param role "client"|"server"
---@param given table
---@return luatls.context? context
---@return luatls.Error? err
function context.choose(role, given)
  local own, has_own = options.pick(given, context.KEYS)
  if given.context then
    if has_own then
      local text = 'option "%s" belongs to the context that is given too'
      blame.raise(text:format(next(own)))
    elseif given.context:role() ~= role then
      blame.raise("the context is for the other role, not a " .. role)
    elseif given.context:transport() ~= "stream" then
      blame.raise("the context is for datagrams, not for a stream")
    end
    return given.context
  end
  if role == "client" and not has_own then return context.default_client() end
  own.role = role
  return context.new(own)
end

return context
