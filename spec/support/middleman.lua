--- A middleman between a client and a server, who changes what they say: also
--- what is encrypted, because both tell him their secrets. He opens and seals
--- records for each side with that side's own keys, so that no record's check
--- but only the handshake itself can find out what he did.

local contexts = require("spec.support.contexts")
local records = require("spec.support.records")
local secrets = require("spec.support.secrets")

local middleman = {}

local NAMES <const> = {
  [0] = "hello_request",
  [1] = "client_hello",
  [2] = "server_hello",
  [4] = "new_session_ticket",
  [5] = "end_of_early_data",
  [8] = "encrypted_extensions",
  [11] = "certificate",
  [12] = "server_key_exchange",
  [13] = "certificate_request",
  [14] = "server_hello_done",
  [15] = "certificate_verify",
  [16] = "client_key_exchange",
  [20] = "finished",
}

local RECORDS <const> = { [20] = "change_cipher_spec", [21] = "alert", [23] = "data" }

-- RFC 8446, 4.1.3: the random bytes that make a ServerHello a HelloRetryRequest.
local RETRY <const> = "\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e\x65\xb8\x91"
  .. "\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c"

local SUITES <const> = {
  ["1.2"] = { "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305" },
  ["1.3"] = { "TLS_CHACHA20_POLY1305_SHA256" },
}
SUITES.all = { SUITES["1.3"][1], table.unpack(SUITES["1.2"]) }

local OTHER <const> = { client = "server", server = "client" }

---@class spec.Message
---@field from "client"|"server"
---@field number integer counted by side, from 1
---@field name string of a handshake message, or "change_cipher_spec", "alert", "data"
---@field type integer ContentType
---@field bytes string with the header of a handshake message
---@field is_sealed boolean it was encrypted
---@field version integer of its record
---@field record spec.Record as it came
---@field raw? string records to send instead of it, as they are

local function name_of(type, bytes)
  if type ~= 22 then return RECORDS[type] or "unknown" end
  if bytes:byte() == 2 and bytes:sub(7, 38) == RETRY then return "hello_retry_request" end
  return NAMES[bytes:byte()] or "unknown"
end

--- Two contexts of one version with a middleman between them.
---@class spec.Stage
---@field version "1.2"|"1.3"
---@field client luatls.context
---@field server luatls.context
local Stage = {}
Stage.__index = Stage

--- Options of both contexts may name other cipher suites than his; then he cannot
--- look into records, and `is_opaque` must say so.
---@param version "1.2"|"1.3"
---@param options? { client?: table, server?: table, is_opaque?: boolean }
---@return spec.Stage
function middleman.stage(version, options)
  options = options or {}
  local logs = { client = secrets.log(), server = secrets.log() }
  local function with_log(role, suites)
    local complete = { cipher_suites = suites, keylog = logs[role].sink }
    for name, value in pairs(options[role] or {}) do
      complete[name] = value
    end
    return complete
  end
  local self = setmetatable({ version = version, logs = logs }, Stage)
  self.is_opaque = options.is_opaque
  self.client = contexts.client(version, with_log("client", SUITES[version]))
  self.server = contexts.server(with_log("server", SUITES.all))
  return self
end

-- One side, and the way to it ---------------------------------------------------

---@class spec.Ending
---@field done boolean the handshake
---@field err? luatls.Error what ended the connection
---@field got string plaintext of the peer
---@field waited boolean it had to be told that nothing more comes

local function side(conn)
  local one = { conn = conn, done = false, got = "", early = "", waited = false }
  one.rest, one.count = "", 0
  return one
end

-- What came early, until there is no more of it.
local function read_early(one)
  repeat
    local data, err = one.conn:read_early()
    one.early = one.early .. (data or "")
    if data == "" then one.awaits_early = false end
    if data == nil then one.err = err end
  until not data or data == "" or one.err
end

-- As far as it can go.
local function advance(one)
  if one.awaits_early and not one.err then read_early(one) end
  if one.err then return end
  if not one.done then
    local done, err = one.conn:handshake()
    one.done, one.err = done or false, done == nil and err or nil
  end
  while one.done and not one.err do
    local data, err = one.conn:read()
    if data == false then return end
    one.got, one.err = one.got .. (data or ""), not data and err or nil
  end
end

---@class spec.Play
local Play = {}
Play.__index = Play

-- The keys that `from` sends with, as `who` knows them.
function Play:keys(who, from, is_finished)
  local log = self.stage.logs[who]
  if self.stage.version == "1.3" then return secrets.of_tls13(log, from, is_finished) end
  return secrets.of_tls12(log, from, self.randoms[who])
end

-- Has this message the sender, or the receiver, change keys? Then `direction` does.
function Play:turn(direction, who, message)
  local is_new = self.stage.version == "1.3"
  local from = message.from
  if is_new and message.name == "finished" then
    direction.is_finished = true
    direction:change(self:keys(who, from, true) or self:keys(from, from, true))
  elseif is_new and message.name == "end_of_early_data" then
    direction:change(self:keys(who, from, false) or self:keys(from, from, false))
  elseif not is_new and message.name == "change_cipher_spec" then
    direction:change(self:keys(who, from) or self:keys(from, from))
  end
end

-- The first sealed record of TLS 1.3: RFC 8446, A. Early data has keys of its own.
function Play:start(direction, who, from)
  if direction.keys or self.stage.version == "1.2" then return end
  if self.has_early_data and from == "client" then
    return direction:change(secrets.of_early_data(self.stage.logs[from]))
  end
  local keys = self:keys(who, from, false) or self:keys(from, from, false)
  if keys then direction:change(keys) end
end

-- Each side has its own view of both random values.
function Play:note_random(who, message)
  if message.name ~= "client_hello" and message.name ~= "server_hello" then return end
  if #message.bytes >= 38 then self.randoms[who][message.from] = message.bytes:sub(7, 38) end
end

-- A record that he passes on as it is.
local function sealed(from, record)
  return { from = from, type = record.type, name = "sealed", raw = records.join(record) }
end

-- What a record says.
function Play:hear(from, record)
  local one = self[from]
  if self.stage.is_opaque and one.reader.keys then return sealed(from, record) end
  if record.type == 23 then self:start(one.reader, from, from) end
  local is_sealed = one.reader:is_sealed(record)
  local type, text = one.reader:open(record)
  assert(type, "the middleman cannot open a record of the " .. from)
  one.count = one.count + 1
  local message = {
    from = from,
    number = one.count,
    name = name_of(type, text),
    type = type,
    bytes = text,
    is_sealed = is_sealed,
    version = record.version,
    record = record,
  }
  self:note_random(from, message)
  self:turn(one.reader, from, message)
  return message
end

-- Tell the other side something, in records of our own.
function Play:tell(to, message)
  local writer = self[message.from].writer
  self:note_random(to, message)
  if message.is_sealed then self:start(writer, to, message.from) end
  self[to].conn:feed(message.raw or writer:seal(message))
  self:turn(writer, to, message)
  advance(self[to])
end

function Play:pass(from, record)
  local message, to = self:hear(from, record), OTHER[from]
  table.insert(self.script, message)
  local altered = self.alter and self.alter(message)
  for _, changed in ipairs(altered or { message }) do
    if type(changed) == "string" then changed = { bytes = changed } end
    for name, value in pairs(message) do
      if changed[name] == nil then changed[name] = value end
    end
    if changed.bytes then changed.name = name_of(changed.type, changed.bytes) end
    self:tell(to, changed)
  end
end

function Play:carry(from)
  local one = self[from]
  local bytes = one.conn:drain()
  local list
  list, one.rest = records.split(one.rest .. bytes)
  for _, record in ipairs(list) do
    self:pass(from, record)
  end
  return #bytes
end

function Play:run()
  local greeted = false
  repeat
    advance(self.client)
    advance(self.server)
    if self.client.done and self.server.done and not greeted then
      greeted = true
      self.client.conn:write("from client")
      self.server.conn:write("from server")
    end
  until self:carry("client") + self:carry("server") == 0
end

-- Who waits is told that nothing more comes.
function Play:finish()
  local is_good = self.client.got == "from server" and self.server.got == "from client"
  for _, role in ipairs({ "client", "server" }) do
    local one = self[role]
    if not one.err and not is_good then
      one.waited = true
      one.conn:feed_end()
      advance(one)
    end
  end
  return is_good
end

---@class spec.Outcome
---@field good boolean handshake and data went through
---@field client spec.Ending
---@field server spec.Ending
---@field script spec.Message[] what was said, before it was changed

--- Play a connection. `alter` may give other messages in the place of one:
--- strings, or tables with the fields that differ; none: it is lost.
---@param alter? fun(message: spec.Message): (string|table)[]?
---@param options? { session?: luatls.session, early_data?: string } of the client
---@return spec.Outcome
function Stage:play(alter, options)
  for _, log in pairs(self.logs) do
    log.lines = {}
  end
  local play = setmetatable({ stage = self, alter = alter, script = {} }, Play)
  play.randoms = { client = {}, server = {} }
  play.has_early_data = options and options.early_data ~= nil
  local complete = { name = "localhost" }
  for name, value in pairs(options or {}) do
    complete[name] = value
  end
  play.client = side(self.client:connection(complete))
  play.server = side(self.server:connection())
  play.server.awaits_early = play.has_early_data
  for _, role in ipairs({ "client", "server" }) do
    play[role].reader = records.direction(self.version)
    play[role].writer = records.direction(self.version)
  end
  play:run()
  play.good = play:finish()
  return play
end

return middleman
