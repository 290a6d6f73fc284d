--- Drives one connection by an input: its first byte says how, the second how
--- the rest is cut, the third in which kind of handshake; the rest is what the
--- peer sends.

local kinds = require("fuzz.support.kinds")
local outcome = require("fuzz.support.outcome")
local signature = require("fuzz.signature")

local connection = {}

-- Bits of the first byte.
local BELIEVES <const> = 1 -- all signatures, and every Finished
local STEPS <const>, WRITES <const>, ENDS <const> = 4, 8, 16

connection.HEADER = 3 -- bytes

--- The first bytes for a conversation.
---@param number integer of its kind
---@param cut integer 0: the peer's bytes come uncut
---@return string
function connection.header(number, cut)
  return string.char(ENDS | WRITES | BELIEVES, cut, number)
end

local function pieces(text, cut)
  local list, first, size = {}, 1, cut
  while first <= #text do
    local last = cut == 0 and #text or first + size % 97
    list[#list + 1] = text:sub(first, last)
    first, size = last + 1, size * 5 + 3
  end
  return list
end

-- A failure stays what it is.
local function check_failed(conn, err)
  for _, name in ipairs({ "handshake", "read", "write", "shutdown" }) do
    local _, again = conn[name](conn, name == "write" and "x" or nil)
    if again ~= err then error(name .. " fails otherwise than before") end
  end
end

-- Plaintext comes from a peer that was checked, after the handshake.
local function check_plaintext(conn, data)
  local info = conn:info()
  if data == "" then error("read gives an empty string") end
  if not info.handshake_done then error("data before the handshake") end
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

local function read_all(conn)
  while true do
    local data, why = outcome.check("read", conn:read(1 + conn:pending()))
    if not data then return data, why end
    check_plaintext(conn, data)
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

local function handshake(conn, mode)
  local done, why
  repeat
    if why == "callback" then conn:callback() end
    if mode & STEPS == 0 then
      done, why = conn:handshake()
    else
      done, why = step(conn)
    end
  until why ~= "callback"
  return outcome.check("handshake", done, why)
end

local function look(conn)
  local info, chain = conn:info(), conn:peer_chain()
  if chain then outcome.string("pem", chain:pem()) end
  if
    info.verified
    and info.role == "client"
    and not chain
    and not info.psk_identity
  then
    error("verified without a certificate")
  end
  outcome.string("tostring", tostring(conn))
  return conn:drain()
end

local function advance(conn, mode, takes_early)
  local done, why = true, nil
  if takes_early then
    done, why = read_early(conn)
  end
  if done then
    done, why = handshake(conn, mode)
  end
  if done and mode & WRITES ~= 0 then
    done, why = outcome.check("write", conn:write("GET /", " HTTP/1.1\r\n"))
  end
  if done then
    done, why = read_all(conn)
  end
  look(conn)
  if done == nil and why.kind ~= "closed" then
    check_failed(conn, why)
    return why
  end
end

local function feed(conn, piece)
  local first = 1
  while first <= #piece do
    first = first + conn:feed(piece, first)
  end
end

local function play(conn, mode, cut, bytes, takes_early)
  local failed = advance(conn, mode, takes_early)
  for _, piece in ipairs(pieces(bytes, cut)) do
    if failed then return failed end
    feed(conn, piece)
    failed = advance(conn, mode, takes_early)
  end
  if failed then return failed end
  if mode & ENDS ~= 0 then
    conn:feed_end()
    failed = advance(conn, mode, takes_early)
  end
  outcome.check("shutdown", conn:shutdown())
  conn:close()
  outcome.string("tostring", tostring(conn))
  return failed
end

--- Play an input.
---@param role "client"|"server"
---@param data string
---@return luatls.Error? err what the connection failed with
function connection.play(role, data)
  if #data < connection.HEADER then return nil end
  local mode, cut, number = data:byte(1, connection.HEADER)
  signature.believe(mode & BELIEVES ~= 0)
  local kind = kinds.of(number)
  local conn = kinds.connect(kind, role)
  local bytes = data:sub(connection.HEADER + 1)
  local takes_early = role == "server" and kind.early_data ~= nil
  local failed = play(conn, mode, cut, bytes, takes_early)
  signature.believe(false)
  return failed
end

return connection
