--- Connections whose handshake is done, with an honest peer that hears what the
--- one under test sends, and records that come to it under the peer's name: the
--- ciphers of records are none here, so anybody can make them.

local connection = require("fuzz.support.connection")
local core = require("luatls.core")
local random = require("fuzz.random")
local subject = require("fuzz.support.subject")

local open = {}

open.HEADER = 3 -- bytes of an input, as in `connection`

local KEY <const> = ("k"):rep(32)
local DATA <const>, VERSION <const> = 23, 0x0303
local NONCE <const>, TAG <const> = ("n"):rep(8), ("\0"):rep(16)

local function context(role, version, psk, renews)
  return assert(core.context({
    role = role,
    psk = psk,
    min_version = version,
    max_version = version,
    policy = "compatible",
    insecure_static_psk = true, -- no public keys: it has to be fast
    cipher_suites = {
      "TLS_AES_128_GCM_SHA256",
      "TLS_PSK_WITH_AES_128_GCM_SHA256",
    },
    key_update_after = renews and 3 or nil,
    groups = { "secp256r1" },
  }))
end

local function kind(version, role, renews)
  return {
    version = version,
    role = role,
    client = context("client", version, { identity = "me", key = KEY }, renews),
    server = context("server", version, { me = KEY }, renews),
  }
end

---@class fuzz.Open
---@field version "1.2"|"1.3"
---@field role "client"|"server" of the one under test
open.list = {
  kind("1.3", "client"),
  kind("1.3", "server"),
  kind("1.2", "client"),
  kind("1.2", "server"),
  kind("1.3", "client", true),
  kind("1.3", "server", true),
}

local function meet(one)
  local sides = {
    client = one.client:connection({ name = "me" }),
    server = one.server:connection(),
  }
  local ours = sides[one.role]
  local theirs = sides[one.role == "client" and "server" or "client"]
  for _ = 1, 3 do
    for stream, conn in ipairs({ ours, theirs }) do
      random.stream(stream)
      assert(conn:handshake() ~= nil)
      local other = conn == ours and theirs or ours
      other:feed(conn:drain())
    end
  end
  random.stream(1)
  return ours, theirs
end

--- A record as it comes on the wire.
---@param version "1.2"|"1.3"
---@param type integer ContentType
---@param text string
---@return string
function open.seal(version, type, text)
  if version == "1.2" then
    return (">BI2s2"):pack(type, VERSION, NONCE .. text .. TAG)
  end
  return (">BI2s2"):pack(DATA, VERSION, text .. string.char(type) .. TAG)
end

-- An input has records in plaintext. The last one may be cut off.
local function seal_all(version, text)
  local list, at = {}, 1
  while #text >= at + 4 do
    local type, _, length = (">BI2I2"):unpack(text, at)
    local body = text:sub(at + 5, at + 4 + length)
    list[#list + 1] = open.seal(version, type, body)
    at = at + 5 + length
  end
  return list
end

-- The peer's view: what it reads is what was written, in its order.
local function listen(one, peer)
  local heard, at = {}, 1
  local function check(data)
    if one.written:sub(at, at + #data - 1) ~= data then
      error("the peer reads what was not written")
    end
    at = at + #data
  end
  function heard.take(bytes)
    local first = 1
    repeat
      first = first + peer:feed(bytes, first)
      local data
      data, heard.err = peer:read()
      if data then check(data) end
    until not data and first > #bytes
  end
  function heard.all()
    return at > #one.written
  end
  return heard
end

-- The peer takes only so many refusals without data (docs/key-update.md).
local function is_weary(err)
  local is_rule = err.kind == "protocol"
  return is_rule and err.message:find("messages in a row", 1, true)
end

-- The peer has understood all, if the connection has said all.
local function check_heard(heard, failed)
  if failed then return end
  if heard.err == "read" then error("the end was not heard") end
  if is_weary(heard.err) then return end
  if heard.err.kind ~= "closed" then
    error("the peer has heard " .. tostring(heard.err))
  end
  if not heard.all() then error("the peer has missed something") end
end

--- Play an input.
---@param data string
---@return luatls.Error? err what the connection failed with
function open.play(data)
  if #data < open.HEADER then return nil end
  local mode, cut, number = data:byte(1, open.HEADER)
  local which = open.list[1 + number % #open.list]
  local ours, theirs = meet(which)
  local one = subject.new({ conn = ours, mode = mode, takes_early = false })
  local heard = listen(one, theirs)
  one.keep = heard.take
  local sealed = seal_all(which.version, data:sub(open.HEADER + 1))
  local pieces = cut == 0 and sealed
    or connection.pieces(table.concat(sealed), cut)
  local failed = connection.hear(one, pieces)
  check_heard(heard, failed)
  return failed
end

return open
