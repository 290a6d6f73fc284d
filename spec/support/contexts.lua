--- Contexts of one version that trust each other: the root of `pki`, its server.

local core = require("luatls.core")
local pki = require("spec.support.pki")

local contexts = {}

local function make(complete, options)
  for name, value in pairs(options or {}) do
    complete[name] = value
  end
  return assert(core.context(complete))
end

--- A client's, of exactly this version.
---@param version "1.2"|"1.3"
---@param options? table more of them
---@return luatls.context
function contexts.client(version, options)
  local complete = { role = "client", trust = pki.root().chain }
  complete.min_version, complete.max_version = version, version
  return make(complete, options)
end

--- A server's.
---@param options? table more of them
---@return luatls.context
function contexts.server(options)
  local identity = pki.server()
  local complete = { role = "server", certificate = identity.chain, key = identity.key }
  return make(complete, options)
end

return contexts
