--- Contexts for datagrams that trust each other: the root of `pki`, its server.

local core = require("luatls.core")
local pki = require("spec.support.pki")

local datagrams = {}

local function make(complete, options)
  for name, value in pairs(options or {}) do
    complete[name] = value
  end
  return assert(core.context(complete))
end

--- A client's.
---@param options? table more of them
---@return luatls.context
function datagrams.client(options)
  local complete = { role = "client", transport = "datagram" }
  if not (options and options.psk) then complete.trust = pki.root().chain end
  return make(complete, options)
end

--- A server's.
---@param options? table more of them
---@return luatls.context
function datagrams.server(options)
  local me = pki.server()
  local complete = { role = "server", transport = "datagram" }
  if not (options and options.psk) then
    complete.certificate, complete.key = me.chain, me.key
  end
  return make(complete, options)
end

return datagrams
