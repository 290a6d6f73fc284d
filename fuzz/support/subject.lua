--- A connection under test: what its program does with it, and what must hold
--- whatever its peer sends.

local outcome = require("fuzz.support.outcome")

local subject = {}

-- Bits of an input's first byte: what the program does.
local BELIEVES <const> = 1 -- all signatures, and every Finished
local RENEWS <const> = 2 -- keys: of both every other time; in TLS 1.2 of both
local STEPS <const> = 4 -- through the handshake
local WRITES <const> = 8
local ENDS <const> = 16 -- the peer's bytes end, for good
local LEAVES <const> = 32 -- shuts down before the peer, and reads on
local SIPS <const> = 64 -- reads byte by byte
local CHOKES <const> = 128 -- writes more than there is room for; drains little

subject.BELIEVES, subject.RENEWS, subject.STEPS = BELIEVES, RENEWS, STEPS
subject.WRITES, subject.ENDS, subject.LEAVES = WRITES, ENDS, LEAVES
subject.SIPS, subject.CHOKES = SIPS, CHOKES

local SMALL <const>, LARGE <const> = "GET /", ("x"):rep(300000)
local MOST_WAITING <const> = 256 * 1024 + 17 * 1024 -- bytes (docs/closing.md)
local MOST_RENEWALS <const> = 8

-- Kinds of errors after which a connection goes on.
local HARMLESS <const> = { closed = true, config = true }

---@class fuzz.Subject
---@field conn luatls.connection
---@field mode integer bits, as above
---@field written string all that `write` took, or will
---@field takes_early boolean
---@field keep? fun(bytes: string) takes what it sends
local Subject = {}
Subject.__index = Subject

--- `options`: `conn`, `mode`, and what else a subject may have.
---@param options table
---@return fuzz.Subject
function subject.new(options)
  options.written = ""
  options.renewals = 0
  return setmetatable(options, Subject)
end

function Subject:does(bit)
  return self.mode & bit ~= 0
end

-- A failure stays what it is.
local function check_failed(conn, err)
  for _, name in ipairs({
    "handshake",
    "read",
    "write",
    "shutdown",
    "update_keys",
    "renegotiate",
  }) do
    local _, again = conn[name](conn, name == "write" and "x" or nil)
    if again ~= err then error(name .. " fails otherwise than before") end
  end
end

-- Plaintext comes from a peer that was checked, after the handshake, and before
-- its end.
local function check_plaintext(self, data)
  local info = self.conn:info()
  if data == "" then error("read gives an empty string") end
  if not info.handshake_done then error("data before the handshake") end
  if self.peer_closed then error("data after the peer's end") end
  if info.role == "client" and not (info.verified or info.psk_identity) then
    error("data from a peer that was not verified")
  end
end

-- Early data comes first, before the handshake is complete.
local function read_early(conn)
  local data, why
  repeat
    data, why = outcome.check("read_early", conn:read_early())
  until not data or data == ""
  return data and true, why
end

local function read_all(self)
  local conn = self.conn
  while true do
    local size = self:does(SIPS) and 1 or 1 + conn:pending()
    local data, why = outcome.check("read", conn:read(size))
    if not data then return data, why end
    if #data > size then error("read gives more than it may") end
    check_plaintext(self, data)
  end
end

local function step(conn)
  local done, why
  repeat
    done, why = conn:step()
    outcome.string("state", conn:state())
  until done ~= false or why
  return done, why
end

local function handshake(self)
  local conn = self.conn
  local advance_by = self:does(STEPS) and step or conn.handshake
  local done, why = advance_by(conn)
  while why == "callback" do
    conn:callback()
    done, why = advance_by(conn)
  end
  return outcome.check("handshake", done, why)
end

-- Begin a write, or go on with the one before.
local function write(self)
  local done, why
  if self.is_writing then
    done, why = outcome.check("write", self.conn:write())
  else
    local text = self:does(CHOKES) and not self.has_choked and LARGE or SMALL
    self.has_choked = true
    self.written = self.written .. text .. " HTTP/1.1\r\n"
    done, why = outcome.check("write", self.conn:write(text, " HTTP/1.1\r\n"))
  end
  self.is_writing = done == false
  -- It may wait for room, its keys may be worn, and it may be too much for a
  -- datagram: reading goes on.
  if done == nil and not HARMLESS[why.kind] then return nil, why end
  return true
end

-- Where it cannot be, it says so and goes on.
local function renew(self)
  if self.renewals >= MOST_RENEWALS then return true end
  self.renewals = self.renewals + 1
  local conn = self.conn
  local is_old = conn:info().version == "TLS 1.2"
  local method = is_old and "renegotiate" or "update_keys"
  local asks = not is_old and self.renewals % 2 == 0
  local done, why = outcome.check(method, conn[method](conn, asks))
  if done == nil and not HARMLESS[why.kind] then return nil, why end
  return true
end

-- It finishes a write that waits.
local function leave(self)
  local done, why = outcome.check("shutdown", self.conn:shutdown())
  self.is_leaving, self.has_left = true, self.has_left or done
  if not done then return done == false or nil, why end
  local written, refusal = self.conn:write("x")
  if written ~= nil or refusal.kind ~= "closed" then
    error("a write after the end")
  end
  return true
end

-- After the handshake.
local function talk(self)
  local done, why = true, nil
  if self:does(WRITES) and not self.is_leaving then
    done, why = write(self)
  end
  if done and self:does(RENEWS) and not self.is_leaving then
    done, why = renew(self)
  end
  if done and self:does(LEAVES) then
    done, why = leave(self)
  end
  return done, why
end

-- A server is who it was at first, also after another handshake.
local function check_same(self, info, chain)
  if not info.handshake_done or info.role == "server" then return end
  local now = chain and chain[1]:pem() or ""
  self.known = self.known or now
  if self.known ~= now then error("another server in the same connection") end
end

local function check_info(self)
  local conn = self.conn
  local info, chain = conn:info(), conn:peer_chain()
  if chain then outcome.string("pem", chain:pem()) end
  check_same(self, info, chain)
  if
    info.verified
    and info.role == "client"
    and not chain
    and not info.psk_identity
  then
    error("verified without a certificate")
  end
  outcome.string("tostring", tostring(conn))
end

--- What it sends; all of it when it is to choke no more.
---@param all? boolean
---@return string
function Subject:drain(all)
  local most = self:does(CHOKES) and not all and 100 or nil
  local bytes = self.conn:drain(most)
  if #bytes > MOST_WAITING then
    error("more was kept than there is room for")
  end
  if self.keep then self.keep(bytes) end
  return bytes
end

-- Who has said that it sends no more sends nothing but why it failed; in TLS
-- 1.2 also that it does not renegotiate, and over datagrams what was lost.
local function check_silence(self, has_failed)
  if self.conn:info().version ~= "TLS 1.3" then return end
  local was_silent = self.is_silent
  self.is_silent = self.has_left and not has_failed and self:drain(true) == ""
  if was_silent and not self.is_silent and not has_failed then
    error("it goes on to send after its end")
  end
end

--- Do what can be done with what has come.
---@return luatls.Error? err it failed with
function Subject:advance()
  local conn, done, why = self.conn, true, nil
  if self.takes_early then
    done, why = read_early(conn)
  end
  if done then
    done, why = handshake(self)
  end
  if done then
    self.is_done = true
    done, why = talk(self)
  end
  if done then
    done, why = read_all(self)
  end
  check_info(self)
  local has_failed = done == nil and why.kind ~= "closed"
  check_silence(self, has_failed)
  self:drain()
  self.peer_closed = self.peer_closed or done == nil
  if has_failed then
    check_failed(conn, why)
    return why
  end
end

--- Bytes of the peer, of a stream.
---@param piece string
function Subject:feed(piece)
  local first = 1
  while first <= #piece do
    first = first + self.conn:feed(piece, first)
  end
end

--- The end, by both sides if it is to be.
---@return luatls.Error? err it failed with
function Subject:finish()
  local conn, failed = self.conn, nil
  if self:does(ENDS) then
    conn:feed_end()
    failed = self:advance()
  end
  repeat
    outcome.check("shutdown", conn:shutdown())
  until self:drain(true) == ""
  conn:close()
  outcome.string("tostring", tostring(conn))
  return failed
end

return subject
