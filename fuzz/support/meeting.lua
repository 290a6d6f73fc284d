--- A client and a server that meet in memory, and what the client has of it.

local client_hello = require("spec.support.client_hello")
local world = require("fuzz.support.world")

local SESSION_TICKET <const>, PRE_SHARED_KEY <const> = 35, 41

local meeting = {}

--- The key that sessions are encrypted under; here nobody looks at it.
meeting.KEY = ("k"):rep(32)

-- Bytes of a ticket before its content, and behind it (csrc/ticket.c).
local HEAD <const>, TAG <const> = 16 + 12, 16

local function carry(from, to)
  local bytes = from:drain()
  if bytes ~= "" then to:feed(bytes) end
  return #bytes
end

--- The session of a connection of two contexts.
---@param client luatls.context
---@param server luatls.context
---@return luatls.session
function meeting.session(client, server)
  local ours = client:connection({ name = world.HOST })
  local theirs = server:connection()
  repeat
    ours:handshake()
    theirs:handshake()
  until carry(ours, theirs) + carry(theirs, ours) == 0
  ours:read() -- tickets of TLS 1.3
  return assert(ours:session())
end

--- The ticket of a session.
---@param client luatls.context that it was made with
---@param session luatls.session
---@return string
function meeting.ticket(client, session)
  local conn = client:connection({ name = world.HOST, session = session })
  conn:handshake()
  local record = conn:drain()
  local ticket = client_hello.body(record, SESSION_TICKET)
  if ticket and ticket ~= "" then return ticket end
  local identities = client_hello.body(record, PRE_SHARED_KEY)
  return (string.unpack(">s2", identities, 3))
end

--- What is sealed in the ticket of a session.
---@param client luatls.context that it was made with
---@param session luatls.session
---@return string
function meeting.content(client, session)
  return meeting.ticket(client, session):sub(HEAD + 1, -TAG - 1)
end

--- A ticket with this content, for the server that gave another one.
---@param ticket string
---@param content string
---@return string
function meeting.forge(ticket, content)
  return ticket:sub(1, HEAD) .. content .. ("\0"):rep(TAG)
end

return meeting
