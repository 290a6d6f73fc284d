--- A network of two: datagrams between a client and a server, which get lost,
--- doubled, late or damaged as a function says. The same each time it is run.

local contexts = require("spec.support.datagrams")

local network = {}

---@class spec.Network
---@field client luatls.connection
---@field server luatls.connection
--- What arrives in place of the nth datagram:
---@field fate fun(n: integer, datagram: string, from: "client"|"server"): ...
---@field pass? fun(seconds: integer) lets time pass
---@field count integer datagrams that were sent
---@field waits integer how often nothing came, until somebody sent again
local Network = {}
Network.__index = Network

local function unharmed(_, datagram)
  return datagram
end

-- Times that both may wait in vain before they are given up.
local PATIENCE <const> = 12

--- Two connections that trust each other.
--- `options`: `client` and `server` (of their contexts), or `contexts`; `fate`, `pass`, `session`.
---@param options? table
---@return spec.Network
function network.new(options)
  options = options or {}
  local made = options.contexts
    or { contexts.client(options.client), contexts.server(options.server) }
  return setmetatable({
    client = made[1]:connection({ name = "localhost", session = options.session }),
    server = made[2]:connection({ peer = "192.0.2.7:50123" }),
    fate = options.fate or unharmed,
    pass = options.pass,
    count = 0,
    waits = 0,
  }, Network)
end

local function move(self, from, to, name)
  local moved = false
  local datagram = from:drain()
  while datagram ~= "" do
    moved, self.count = true, self.count + 1
    for _, arrived in ipairs({ self.fate(self.count, datagram, name) }) do
      to:feed(arrived)
    end
    datagram = from:drain()
  end
  return moved
end

--- Carry what both have sent; true when there was anything.
---@return boolean
function Network:carry()
  local there = move(self, self.client, self.server, "client")
  local back = move(self, self.server, self.client, "server")
  return there or back
end

-- Nobody has anything to say: the first deadline comes.
local function wait(self)
  local first = math.min(self.client:deadline() or math.huge, self.server:deadline() or math.huge)
  self.waits = self.waits + 1
  if not self.pass or first == math.huge or self.waits > PATIENCE then return false end
  self.pass(math.ceil(first))
  return true
end

-- The handshake, or reading once that is done.
local function advance(conn, is_done)
  local step = is_done and conn.read or conn.handshake
  local ok, why = step(conn)
  while why == "callback" do
    conn:callback()
    ok, why = step(conn)
  end
  return ok, why
end

--- Do the handshake of both. Who is done goes on to read, as programs do: it has
--- to answer when the other sends again.
---@return boolean done on both sides
---@return luatls.Error? client
---@return luatls.Error? server
function Network:handshake()
  local done, errs = {}, {}
  local sides = { self.client, self.server }
  repeat
    for i, conn in ipairs(sides) do
      local ok, err = advance(conn, done[i])
      done[i] = done[i] or ok
      if ok == nil then errs[i] = err end
    end
  until not self:carry() and (done[1] and done[2] or not wait(self))
  return done[1] and done[2] or false, errs[1], errs[2]
end

--- Say something and hear what arrives of it.
---@param from "client"|"server"
---@param ... string
---@return string|false|nil heard
---@return any why
function Network:say(from, ...)
  local to = from == "client" and self.server or self.client
  assert(self[from]:write(...))
  self:carry()
  return to:read()
end

--- Must both understand each other?
function Network:check()
  assert(self:say("client", "ping") == "ping", "the server understands the client")
  assert(self:say("server", "pong") == "pong", "the client understands the server")
end

return network
