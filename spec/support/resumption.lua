--- Connections in memory that begin anew or resume.

local pair = require("spec.support.pair")

local resumption = {}

--- A connection of two contexts that has carried one byte to the client: in
--- TLS 1.3 the tickets came before it.
---@param client luatls.context
---@param server luatls.context
---@param options? luatls.connection.Options of the client; its `name` is "localhost"
---@return spec.Pair
function resumption.connect(client, server, options)
  options = options or {}
  options.name = options.name or "localhost"
  local two = pair.join(client:connection(options), server:connection())
  local done, ours, theirs = two:handshake()
  assert(done, ours or theirs)
  assert(two.server:write("x"))
  two:carry()
  assert(two.client:read() == "x")
  return two
end

--- Was a session resumed? Both sides must say the same.
---@param two spec.Pair
---@return boolean
function resumption.resumed(two)
  local ours, theirs = two.client:info().resumed, two.server:info().resumed
  assert(ours == theirs, "the sides differ")
  return ours
end

--- A session of a new connection.
---@return luatls.session
function resumption.session(client, server, options)
  return assert(resumption.connect(client, server, options).client:session())
end

--- Does a session resume between these contexts?
---@param session luatls.session
---@param options? luatls.connection.Options
---@return boolean
function resumption.works(client, server, session, options)
  options = options or {}
  options.session = session
  return resumption.resumed(resumption.connect(client, server, options))
end

return resumption
