--- A peer that has done an honest handshake and then says, under the right keys,
--- what no honest peer would. It has its keys out of the victim's key log.

local contexts = require("spec.support.contexts")
local pair = require("spec.support.pair")
local records = require("spec.support.records")
local secrets = require("spec.support.secrets")
local sha256 = require("spec.support.sha256")

local intruder = {}

intruder.ALERT, intruder.HANDSHAKE, intruder.DATA = 21, 22, 23 -- ContentType

local SUITE <const> = {
  ["1.2"] = "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
  ["1.3"] = "TLS_CHACHA20_POLY1305_SHA256",
}

---@class spec.Intruder
---@field victim luatls.connection
---@field version "1.2"|"1.3"
---@field sent spec.Direction
---@field heard spec.Direction
local Intruder = {}
Intruder.__index = Intruder

-- HKDF-Expand-Label (RFC 8446, 7.1) of at most 32 bytes.
local function expand(secret, label, length)
  local info = (">I2s1s1"):pack(length, "tls13 " .. label, "")
  return sha256.hmac(secret, info .. "\1"):sub(1, length)
end

local function keys_of(secret)
  return { key = expand(secret, "key", 32), iv = expand(secret, "iv", 12) }
end

-- Do the handshake, and note the random bytes of both hellos, which come first.
local function handshake(client, server)
  local randoms = {}
  for _, step in ipairs({ { client, server, "client" }, { server, client, "server" } }) do
    local from, to, name = table.unpack(step)
    from:handshake()
    local bytes = from:drain()
    randoms[name] = bytes:sub(12, 43)
    to:feed(bytes)
  end
  assert(pair.join(client, server):handshake())
  return randoms
end

local function directions(self, version, from, to, randoms)
  for name, side in pairs({ sent = from, heard = to }) do
    local direction = records.direction(version)
    if version == "1.2" then
      direction:change(secrets.of_tls12(self.log, side, randoms))
      direction.sequence = 1 -- Finished was sent
    else
      self[name .. "_secret"] = self.log.lines[side:upper() .. "_TRAFFIC_SECRET_0"]
      direction:change(keys_of(self[name .. "_secret"]))
    end
    self[name] = direction
  end
end

-- Contexts of a version with a suite whose records we can make, and of the
-- victim's with a key log.
local function join(version, to, options, log)
  local given = { client = {}, server = { tickets = false } }
  for key, value in pairs(options or {}) do
    given[to][key] = value
  end
  given[to].keylog = log.sink
  given.client.cipher_suites = { SUITE[version] }
  local client = contexts.client(version, given.client):connection({ name = "localhost" })
  return client, contexts.server(given.server):connection()
end

--- Take the place of one side of a new connection.
---@param version "1.2"|"1.3"
---@param from "client"|"server" the side that is no more honest
---@param options? table of the victim's context
---@return spec.Intruder
function intruder.new(version, from, options)
  local to = from == "client" and "server" or "client"
  local self = setmetatable({ version = version, log = secrets.log() }, Intruder)
  local client, server = join(version, to, options, self.log)
  directions(self, version, from, to, handshake(client, server))
  self.victim = to == "client" and client or server
  return self
end

--- What it would send: a record of this type.
---@param type integer
---@param bytes string
---@param most? integer bytes in a record, default 16384
---@return string
function Intruder:seal(type, bytes, most)
  local message = { type = type, version = 0x0303, bytes = bytes, is_sealed = true, most = most }
  return self.sent:seal(message)
end

--- Say something to the victim.
---@param type integer
---@param bytes string
---@param most? integer
function Intruder:say(type, bytes, most)
  local text = self:seal(type, bytes, most)
  assert(self.victim:feed(text) == #text)
end

--- From now on with the next keys of its own (RFC 8446, 7.2).
function Intruder:rekey()
  self.sent_secret = expand(self.sent_secret, "traffic upd", 32)
  self.sent:change(keys_of(self.sent_secret))
end

--- What the victim has sent since: the type and content of each record. Its
--- KeyUpdates are followed.
---@return { type: integer, bytes: string }[]
function Intruder:hear()
  local heard = {}
  for _, record in ipairs((records.split(self.victim:drain()))) do
    local type, bytes = self.heard:open(record)
    assert(type, "it cannot be opened")
    heard[#heard + 1] = { type = type, bytes = bytes }
    if self.version == "1.3" and type == intruder.HANDSHAKE and bytes:byte() == 24 then
      self.heard_secret = expand(self.heard_secret, "traffic upd", 32)
      self.heard:change(keys_of(self.heard_secret))
    end
  end
  return heard
end

return intruder
