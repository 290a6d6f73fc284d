--- luatls as a contender: contexts of given settings, and connections on
--- sockets through the descriptor transport.

local tls = require("luatls")

---@class bench.Contender
---@field context fun(role: "client"|"server", setting: bench.Setting): any
--- With a session to be resumed, where the contender can.
---@field open fun(tcp: userdata, context: any, session: any): bench.Link
---@field session? fun(link: bench.Link): any the session, if there is one
---@field has_resumed? fun(link: bench.Link): boolean
---@field handshake fun(link: bench.Link): boolean done
---@field send fun(link: bench.Link, data: string) all of it
---@field receive fun(link: bench.Link, size: integer) exactly so many bytes
---@field detach fun(link: bench.Link) drop what the engine needs not
---@field close fun(link: bench.Link) with close_notify, and the socket

---@class bench.Setting
---@field version "1.2"|"1.3"
---@field root string path of the trusted certificate
---@field certificate string path, the server's
---@field key string path
---@field tickets boolean the server gives clients sessions

---@type bench.Contender
local luatls = {}

function luatls.context(role, setting)
  local is_server = role == "server"
  return assert(tls.context({
    role = role,
    min_version = setting.version,
    max_version = setting.version,
    trust = not is_server and setting.root or nil,
    certificate = is_server and setting.certificate or nil,
    key = is_server and setting.key or nil,
    tickets = is_server and setting.tickets or nil,
  }))
end

function luatls.open(tcp, context, session)
  local conn = context:connection({
    name = context:role() == "client" and "localhost" or nil,
    fd = tcp:getfd(),
    session = session,
  })
  return { conn = conn, tcp = tcp }
end

-- In TLS 1.3 tickets come behind the handshake (RFC 8446, 4.6.1).
function luatls.session(link)
  local conn = link.conn
  local early = conn:session()
  if early then return early end
  local data, why = conn:read(1)
  if data == nil then error(why) end
  return conn:session()
end

function luatls.has_resumed(link)
  return link.conn:info().resumed
end

function luatls.handshake(link)
  local done, why = link.conn:handshake()
  if done == nil then error(why) end
  return done
end

function luatls.send(link, data)
  local sent, why = link.conn:write(data)
  while sent == false do
    sent, why = link.conn:write()
  end
  if not sent then error(why) end
end

function luatls.receive(link, size)
  local conn = link.conn
  while size > 0 do
    local data, why = conn:read(size)
    if data == nil then error(why) end
    if data then size = size - #data end
  end
end

-- LuaSocket's object has a buffer of 8 KB; its descriptor stays open.
function luatls.detach(link)
  link.tcp:setfd(-1)
  link.tcp = nil
end

function luatls.close(link)
  link.conn:shutdown()
  link.conn:close()
  link.tcp:close()
end

return luatls
