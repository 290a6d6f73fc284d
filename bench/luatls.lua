--- luatls as a contender: contexts of given settings, and connections on
--- sockets through the descriptor transport.

local tls = require("luatls")

---@class bench.Contender
---@field context fun(role: "client"|"server", setting: bench.Setting): any
---@field open fun(tcp: userdata, context: any): bench.Link
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
    tickets = false, -- LuaSec's server gives none either
  }))
end

function luatls.open(tcp, context)
  local name = context:role() == "client" and "localhost" or nil
  local conn = context:connection({ name = name, fd = tcp:getfd() })
  return { conn = conn, tcp = tcp }
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
