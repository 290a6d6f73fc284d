--- Drives one connection over datagrams by an input: its first byte says how,
--- the second in which kind of handshake and role. Then come datagrams, each
--- with what happens before it, as `datagrams.frame` writes them.

local clock = require("fuzz.clock")
local core = require("luatls.core")
local outcome = require("fuzz.support.outcome")
local random = require("fuzz.random")
local signature = require("fuzz.signature")
local subject = require("fuzz.support.subject")
local world = require("fuzz.support.world")

local datagrams = {}

datagrams.HEADER = 2 -- bytes

local PEER <const> = "192.0.2.7:50123"
local KEYS <const> = { fuzz = ("k"):rep(32) }
local DEFAULT_MTU <const> = 1200
local QUEUES <const> = 1 -- of a frame's first byte: it is not looked at yet
local MOST_WAITS <const> = 12 -- until everybody has given up

local function context(role, ...)
  local options = { role = role, transport = "datagram" }
  for _, source in ipairs({ ... }) do
    for name, value in pairs(source) do
      options[name] = value
    end
  end
  return assert(core.context(options))
end

local EC <const> = {
  certificate = world.server_chain,
  key = world.server_key,
  ticket_secret = ("t"):rep(32),
}
local TRUST <const> = { trust = world.trust }
local CLIENT <const> =
  { certificate = world.client_chain, key = world.client_key }
local ASKING <const> = { client_auth = "required", trust = world.trust }
local SMALL <const> = { mtu = 508 }
local CBC <const> = { cipher_suites = { "ECDHE-ECDSA-AES128-SHA" } }

---@class fuzz.DatagramKind
---@field name string
---@field client luatls.context
---@field server luatls.context
---@field mtu integer
---@field server_name? string
---@field session? luatls.session that is offered

local function kind(name, client, server, options)
  options = options or {}
  return {
    name = name,
    client = context("client", client, options),
    server = context("server", server, options),
    mtu = options.mtu or DEFAULT_MTU,
    server_name = client.trust and world.HOST or nil,
  }
end

local function with(more)
  local all = { trust = world.trust }
  for name, value in pairs(more) do
    all[name] = value
  end
  return all
end

local function asking()
  local all = {}
  for _, source in ipairs({ EC, ASKING }) do
    for name, value in pairs(source) do
      all[name] = value
    end
  end
  return all
end

random.rewind() -- the same keys of cookies, whoever made keys before

-- New ones go to the end: an input names its kind by its number.
---@type fuzz.DatagramKind[]
datagrams.list = {
  kind("plain", TRUST, EC),
  kind("small", TRUST, EC, SMALL),
  kind("mutual", with(CLIENT), asking(), SMALL),
  kind("psk", { psk = { identity = "fuzz", key = KEYS.fuzz } }, { psk = KEYS }),
  kind("resumed", TRUST, EC),
  kind("cbc", TRUST, EC, CBC),
}

local RESUMED <const> = datagrams.list[5]

--- A connection of a role.
---@param one fuzz.DatagramKind
---@param role "client"|"server"
---@return luatls.connection
function datagrams.connect(one, role)
  if role == "server" then return one.server:connection({ peer = PEER }) end
  return one.client:connection({
    name = one.server_name,
    session = one.session,
  })
end

--- Carry all that one side has sent to the other.
---@param from luatls.connection
---@param take fun(datagram: string)
---@return integer datagrams
function datagrams.carry(from, take)
  local count = 0
  local datagram = from:drain()
  while datagram ~= "" do
    count = count + 1
    take(datagram)
    datagram = from:drain()
  end
  return count
end

-- One whole connection, for the session that it leaves.
local function make_session(one)
  local client = datagrams.connect(one, "client")
  local server = datagrams.connect(one, "server")
  local function both()
    client:handshake()
    server:handshake()
    local there = datagrams.carry(client, function(datagram)
      server:feed(datagram)
    end)
    return there
      + datagrams.carry(server, function(datagram)
        client:feed(datagram)
      end)
  end
  repeat
    local count = both()
  until count == 0
  one.session = assert(client:session())
end

make_session(RESUMED)
random.rewind()

--- The first bytes for a conversation.
---@param number integer of its kind
---@param role "client"|"server" of who listens
---@param more? integer bits of `subject`
---@return string
function datagrams.header(number, role, more)
  local mode = subject.WRITES | subject.BELIEVES | (more or 0)
  return string.char(mode, number << 1 | (role == "server" and 1 or 0))
end

--- A datagram in an input.
---@param text string
---@param tenths? integer of a second that pass before it comes
---@param is_queued? boolean the connection is called after the next one only
---@return string
function datagrams.frame(text, tenths, is_queued)
  return (">BI2s2"):pack(is_queued and QUEUES or 0, tenths or 0, text)
end

-- What must hold of all that goes out. Before the client has shown that it is
-- there, it gets no more than came (RFC 6347, 4.2.1).
local function drain(self)
  local conn = self.conn
  local all = {}
  datagrams.carry(conn, function(datagram)
    if #datagram > self.mtu then error("a datagram is longer than the mtu") end
    self.sent = self.sent + #datagram
    all[#all + 1] = datagram
  end)
  if conn:info().reachable == false and self.sent > self.fed then
    error("it answers with more than came")
  end
  return table.concat(all)
end

local function check_limits(conn)
  local left, most = conn:deadline(), conn:max_message()
  if left and (left < 0 or left > 60) then error("an odd deadline") end
  if most and (most < 1 or most > DEFAULT_MTU) then error("an odd size") end
  return left
end

-- Nobody who has shown no cookie ends a server's connection.
local function advance(one)
  local failed = one:advance()
  check_limits(one.conn)
  if failed and one.conn:info().reachable == false then
    error("anybody can end it: " .. tostring(failed))
  end
  return failed
end

local function wait(one)
  for _ = 1, MOST_WAITS do
    local left = one.conn:deadline()
    if not left then return nil end
    clock.pass(left)
    local failed = advance(one)
    if failed then return failed end
  end
  error("it does not give up")
end

local function feed(one, frame, tenths, text)
  local failed
  if tenths > 0 then
    clock.pass(tenths / 10)
    failed = advance(one)
  end
  if failed then return failed end
  if one.conn:feed(text) > 0 then one.fed = one.fed + #text end
  return frame & QUEUES == 0 and advance(one) or nil
end

local function hear(one, data, at)
  local failed = advance(one)
  while #data >= at + 4 and not failed do
    local frame, tenths, length = (">BI2I2"):unpack(data, at)
    failed = feed(one, frame, tenths, data:sub(at + 5, at + 4 + length))
    at = at + 5 + length
  end
  return failed or wait(one) or one:finish()
end

--- Play an input.
---@param data string
---@return luatls.Error? err what the connection failed with
---@return boolean? done the handshake was
function datagrams.play(data)
  if #data < datagrams.HEADER then return nil end
  local mode, number = data:byte(1, datagrams.HEADER)
  local kinds = datagrams.list
  local kind_of = kinds[1 + (number >> 1) % #kinds]
  local role = number & 1 == 1 and "server" or "client"
  signature.believe(mode & subject.BELIEVES ~= 0)
  local one = subject.new({
    conn = datagrams.connect(kind_of, role),
    mode = mode,
    mtu = kind_of.mtu,
    takes_early = false,
    sent = 0,
    fed = 0,
    drain = drain,
  })
  local failed = hear(one, data, datagrams.HEADER + 1)
  signature.believe(false)
  return failed, one.is_done
end

outcome.allow("timeout")

return datagrams
