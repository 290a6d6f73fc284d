--- A relay between a client and a server on loopback that cuts the bytes of
--- one direction off at a chosen place: then it closes, or falls silent.

local luv = require("luatls.io.luv")

local relay = {}

---@class spec.Relay
---@field port integer where clients connect
---@field passed integer bytes that went from the server to the client
local Relay = {}
Relay.__index = Relay

local function pass(from, to, limit, count)
  while true do
    local bytes = from:receive()
    if not bytes then return to:close() end
    if limit and count() + #bytes > limit then
      to:send(bytes:sub(1, limit - count()))
      return "cut"
    end
    count(#bytes)
    to:send(bytes)
  end
end

local function counter()
  local total = 0
  return function(more)
    total = total + (more or 0)
    return total
  end
end

local function serve(self, client, options)
  local server = assert(luv.connect("127.0.0.1", options.to))
  table.insert(self.sockets, client)
  table.insert(self.sockets, server)
  self.from_server, self.from_client = counter(), counter()
  local function run(from, to, limit, count)
    luv.spawn(function()
      local is_cut = pass(from, to, limit, count) == "cut"
      if is_cut then options.is_reached = true end
      if is_cut and options.after == "close" then
        client:close()
        server:close()
      end
    end)
  end
  run(server, client, options.from_server, self.from_server)
  run(client, server, options.from_client, self.from_client)
end

---@class spec.relay.Options
---@field to integer the server's port
---@field from_server? integer bytes that pass, default all
---@field from_client? integer
---@field after? "close"|"silence" what happens when they have passed
---@field is_reached? boolean set by the relay: they have

--- Start a relay for one connection after the other.
---@param options spec.relay.Options
---@return spec.Relay
function relay.start(options)
  local listening = assert(luv.listen("127.0.0.1", 0, 16))
  local self = setmetatable({ listening = listening, sockets = {} }, Relay)
  self.port = select(2, listening:sockname())
  luv.spawn(function()
    while true do
      local client = listening:accept()
      if not client then return end
      luv.spawn(serve, self, client, options)
    end
  end)
  return self
end

function Relay:stop()
  self.listening:close()
  for _, socket in ipairs(self.sockets) do
    socket:close()
  end
end

return relay
