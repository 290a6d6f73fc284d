--- TLS sessions of servers that were met before, so that the next connection
--- need not begin anew. A context that demands something else does not resume
--- them: the engine sees to that.

local sessions = {}

-- So many servers are remembered; then all are forgotten.
local MAX_SERVERS <const> = 256

local by_server, count = {}, 0

--- What stands for a server in the following functions.
---@param host string
---@param port integer
---@param given { name?: string, sni?: string }
---@return string
function sessions.key(host, port, given)
  local parts = { host, tostring(port), given.name or "", given.sni or "" }
  return table.concat(parts, "\0")
end

--- A session to try, once: a ticket of TLS 1.3 that is used again would let
--- both connections be linked (RFC 8446, C.4).
---@param key string
---@return luatls.session?
function sessions.take(key)
  local session = by_server[key]
  if session then
    by_server[key], count = nil, count - 1
  end
  return session
end

--- Remember the session of a connection, if it has one by now.
---@param key string
---@param stream luatls.Stream
function sessions.keep(key, stream)
  local session = stream:session()
  if not session then return end
  if count >= MAX_SERVERS then
    by_server, count = {}, 0
  end
  if not by_server[key] then count = count + 1 end
  by_server[key] = session
end

return sessions
