--- TLS sessions of servers that were met before, so that the next connection
--- need not begin anew. A context that demands something else does not resume
--- them: the engine sees to that.

local sessions = {}

-- So many servers are remembered; then all are forgotten.
local MAX_SERVERS <const> = 256

-- Of each so many sessions: browsers open six connections at a time, servers
-- give two tickets for the first one.
local MAX_SESSIONS <const> = 6

---@type table<string, luatls.session[]> by server, the newest last
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
--- both connections be linked (RFC 8446, C.4), and one that makes a connection
--- fail must not do so twice.
---@param key string
---@return luatls.session?
function sessions.take(key)
  local list = by_server[key] or {}
  while #list > 0 do
    local session = table.remove(list)
    if session:expiry() > os.time() then return session end
  end
end

local function list_of(key)
  if by_server[key] then return by_server[key] end
  if count >= MAX_SERVERS then
    by_server, count = {}, 0
  end
  by_server[key], count = {}, count + 1
  return by_server[key]
end

--- Remember the sessions of a connection, if it has any by now.
---@param key string
---@param stream luatls.Stream
function sessions.keep(key, stream)
  local session = stream:session()
  while session do
    local list = list_of(key)
    list[#list + 1] = session
    if #list > MAX_SESSIONS then table.remove(list, 1) end
    session = stream:session()
  end
end

return sessions
