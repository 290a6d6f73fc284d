--- Drives one connection by an input: its first byte says how, the second how
--- the rest is cut, the rest is what the peer sends.

local outcome = require("fuzz.support.outcome")

local connection = {}

-- Bits of the first byte.
local OLD <const>, KNOWN <const> = 1, 2
local STEPS <const>, WRITES <const>, ENDS <const> = 4, 8, 16

--- The first byte for a conversation.
---@param options { old?: boolean, known?: boolean }
---@return string
function connection.mode(options)
  local mode = ENDS | WRITES
  if options.old then mode = mode | OLD end
  if options.known then mode = mode | KNOWN end
  return string.char(mode)
end

--- The context that the first byte asks for.
function connection.context(mode, contexts)
  local family = mode & KNOWN ~= 0 and contexts.known or contexts.plain
  return family[mode & OLD ~= 0 and "1.2" or "1.3"]
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
  if info.role == "client" and not info.verified then
    error("data from a peer that was not verified")
  end
end

local function read_all(conn)
  while true do
    local data, why = outcome.check("read", conn:read(1 + conn:pending()))
    if not data then return data, why end
    check_plaintext(conn, data)
  end
end

local function handshake(conn, mode)
  if mode & STEPS == 0 then
    return outcome.check("handshake", conn:handshake())
  end
  local done, why
  repeat
    done, why = conn:step()
    outcome.string("state", conn:state())
  until done ~= false or why
  return outcome.check("step", done, why)
end

local function look(conn)
  local info, chain = conn:info(), conn:peer_chain()
  if chain then outcome.string("pem", chain:pem()) end
  if info.verified and info.role == "client" and not chain then
    error("verified without a certificate")
  end
  outcome.string("tostring", tostring(conn))
  return conn:drain()
end

local function advance(conn, mode)
  local done, why = handshake(conn, mode)
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

--- Play an input.
---@param conn luatls.connection
---@param data string
---@return luatls.Error? err what the connection failed with
function connection.play(conn, data)
  local mode, cut = data:byte(1, 2)
  local failed = advance(conn, mode)
  for _, piece in ipairs(pieces(data:sub(3), cut or 0)) do
    if failed then return failed end
    feed(conn, piece)
    failed = advance(conn, mode)
  end
  if failed then return failed end
  if mode & ENDS ~= 0 then
    conn:feed_end()
    failed = advance(conn, mode)
  end
  outcome.check("shutdown", conn:shutdown())
  conn:close()
  outcome.string("tostring", tostring(conn))
  return failed
end

return connection
