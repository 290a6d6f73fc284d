--- A client and a server joined by two strings: no port, no clock, no thread.

local core = require("luatls.core")
local pki = require("spec.support.pki")

local pair = {}

---@class spec.Pair
---@field client luatls.connection
---@field server luatls.connection
---@field at_once? integer bytes that each side gets at once; none: all there are
local Pair = {}
Pair.__index = Pair

local function context(role, options, defaults)
  local complete = { role = role }
  for _, source in ipairs({ defaults, options or {} }) do
    for name, value in pairs(source) do
      complete[name] = value
    end
  end
  return assert(core.context(complete))
end

--- A pair that trusts each other: the root of `pki`, a server for "localhost".
---@param options? { client?: table, server?: table, name?: string, at_once?: integer }
---@return spec.Pair
function pair.new(options)
  options = options or {}
  local identity = pki.server()
  local trust = pki.root().chain
  local client = context("client", options.client, { trust = trust })
  local server =
    context("server", options.server, { certificate = identity.chain, key = identity.key })
  local peer = { name = options.name or "localhost" }
  return setmetatable({
    client = client:connection(peer),
    server = server:connection(),
    at_once = options.at_once,
  }, Pair)
end

--- Join two connections.
---@param client luatls.connection
---@param server luatls.connection
---@return spec.Pair
function pair.join(client, server)
  return setmetatable({ client = client, server = server }, Pair)
end

local function move(from, to, at_once)
  local bytes = from:drain(at_once)
  local sent = 1
  while sent <= #bytes do
    local taken = to:feed(bytes, sent)
    if taken == 0 then error("the engine takes no more") end
    sent = sent + taken
  end
  return #bytes
end

--- Carry what both sides have put out, once.
---@return integer bytes
function Pair:carry()
  return move(self.client, self.server, self.at_once) + move(self.server, self.client, self.at_once)
end

local function advance(conn, outcome)
  if outcome.done or outcome.err then return end
  local done, why = conn:handshake()
  while why == "callback" do
    conn:callback()
    done, why = conn:handshake()
  end
  if done then outcome.done = true end
  if done == nil then outcome.err = why end
end

--- Do the handshake of both sides, as far as it goes.
---@return boolean done on both sides
---@return luatls.Error? client what the client failed with
---@return luatls.Error? server what the server failed with
function Pair:handshake()
  local client, server = {}, {}
  repeat
    advance(self.client, client)
    advance(self.server, server)
  until self:carry() == 0
  return client.done and server.done or false, client.err, server.err
end

return pair
