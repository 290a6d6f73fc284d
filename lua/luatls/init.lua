--- TLS for Lua. The front door: names and version, no logic.

local connect = require("luatls.connect")
local context = require("luatls.context")
local core = require("luatls.core")
local errors = require("luatls.error")
local listener = require("luatls.listener")
local trust = require("luatls.trust")
local watch = require("luatls.watch")

---@class luatls
local tls = {
  VERSION = core.VERSION,
  features = core.features,

  -- values
  chain = core.chain,
  certificate = core.certificate,
  key = core.key,
  csr = core.csr,
  random = core.random,
  session = core.session,
  error = errors,
  system_trust = trust.system,
  verify = trust.verify,

  -- the engine
  context = context.new,
  watch = watch.new,

  -- streams
  connect = connect.connect,
  listen = listener.listen,
  wrap = connect.wrap,
}

return tls
