--- Drives one connection by an input: its first byte says how, the second how
--- the rest is cut, the third in which kind of handshake; the rest is what the
--- peer sends.

local kinds = require("fuzz.support.kinds")
local signature = require("fuzz.signature")
local subject = require("fuzz.support.subject")

local connection = {}

connection.HEADER = 3 -- bytes

local USUAL <const> = subject.ENDS | subject.WRITES | subject.BELIEVES

--- The first bytes for a conversation.
---@param number integer of its kind
---@param cut integer 0: the peer's bytes come uncut
---@param more? integer bits of `subject`
---@return string
function connection.header(number, cut, more)
  return string.char(USUAL | (more or 0), cut, number)
end

--- Cut bytes into pieces of various sizes.
---@param text string
---@param cut integer 0: not at all
---@return string[]
function connection.pieces(text, cut)
  local list, first, size = {}, 1, cut
  while first <= #text do
    local last = cut == 0 and #text or first + size % 97
    list[#list + 1] = text:sub(first, last)
    first, size = last + 1, size * 5 + 3
  end
  return list
end

--- Play what its peer sends to a connection under test.
---@param one fuzz.Subject
---@param pieces string[]
---@return luatls.Error? err what it failed with
function connection.hear(one, pieces)
  local failed = one:advance()
  for _, piece in ipairs(pieces) do
    if failed then return failed end
    one:feed(piece)
    failed = one:advance()
  end
  return failed or one:finish()
end

--- Play an input.
---@param role "client"|"server"
---@param data string
---@return luatls.Error? err what the connection failed with
function connection.play(role, data)
  if #data < connection.HEADER then return nil end
  local mode, cut, number = data:byte(1, connection.HEADER)
  signature.believe(mode & subject.BELIEVES ~= 0)
  local kind = kinds.of(number)
  local one = subject.new({
    conn = kinds.connect(kind, role),
    mode = mode,
    takes_early = role == "server" and kind.early_data ~= nil,
  })
  local bytes = data:sub(connection.HEADER + 1)
  local failed = connection.hear(one, connection.pieces(bytes, cut))
  signature.believe(false)
  return failed
end

return connection
