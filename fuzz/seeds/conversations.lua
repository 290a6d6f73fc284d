--- Whole conversations of both versions, heard by either side; and long lives:
--- what comes after a handshake.

local connection = require("fuzz.support.connection")
local corpus = require("fuzz.seeds.corpus")
local kinds = require("fuzz.support.kinds")
local open = require("fuzz.support.open")
local random = require("fuzz.random")
local signature = require("fuzz.signature")
local subject = require("fuzz.support.subject")

-- Everything that one side does now, out of its own random bytes.
local function act(side, method, ...)
  random.stream(side.stream)
  return side.conn[method](side.conn, ...)
end

local function carry(from, to)
  local bytes = act(from, "drain")
  from.sent = from.sent .. bytes
  if bytes ~= "" then act(to, "feed", bytes) end
  return #bytes
end

local function handshake(side)
  local _, why = act(side, "handshake")
  while why == "callback" do
    act(side, "callback")
    _, why = act(side, "handshake")
  end
end

-- What comes before the client's Finished comes first.
local function read_early(side)
  local data = side.takes_early and "?" or ""
  while data and data ~= "" do
    data = act(side, "read_early")
  end
  return data ~= false
end

local function exchange(client, server)
  repeat
    handshake(client)
    if read_early(server) then
      handshake(server)
      act(server, "read")
    end
    act(client, "read")
  until carry(client, server) + carry(server, client) == 0
end

local function end_both(client, server)
  act(client, "write", "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
  act(server, "write", "HTTP/1.1 204 No Content\r\n\r\n")
  exchange(client, server)
  act(client, "shutdown")
  act(server, "shutdown")
  exchange(client, server)
end

-- Another handshake, which the one that speaks wishes.
local function handshake_again(client, server)
  local speaker = client.stream == 2 and client or server
  local done, why
  repeat
    done, why = act(speaker, "renegotiate")
    exchange(client, server)
  until done ~= false
  assert(done, why)
  assert(act(client, "info").renegotiations == 1)
  end_both(client, server)
end

-- As the targets do it: the side that listens has stream 1, and believes. What
-- comes after the handshake is up to `go_on`.
local function record(kind, listener, go_on)
  random.rewind()
  signature.believe(true)
  local client = { stream = listener == "client" and 1 or 2, sent = "" }
  local server = { stream = listener == "server" and 1 or 2, sent = "" }
  client.conn = kinds.connect(kind, "client")
  server.conn = kinds.connect(kind, "server")
  server.takes_early = kind.early_data ~= nil
  exchange(client, server)
  go_on(client, server)
  signature.believe(false)
  local info = client.conn:info()
  if not info.handshake_done or info.resumed ~= kind.resumed then
    local _, err = client.conn:handshake()
    error(("%s: %s"):format(kind.name, tostring(err)))
  end
  return listener == "client" and server.sent or client.sent
end

local function save_heard(listener, name, input)
  corpus.save_sound(function(data)
    return connection.play(listener, data)
  end, listener, name, input)
end

local function save_conversation(number, kind, listener)
  local go_on = kind.client.renegotiation and handshake_again or end_both
  local stream = record(kind, listener, go_on)
  for suffix, cut in pairs({ [""] = 0, _pieces = 29 }) do
    local input = connection.header(number, cut) .. stream
    save_heard(listener, kind.name .. suffix, input)
  end
end

for number, kind in ipairs(kinds.list) do
  save_conversation(number - 1, kind, "client")
  save_conversation(number - 1, kind, "server")
end

-- A long life: what a peer may say after the handshake, as its role allows.
local DATA <const>, ALERT <const>, HANDSHAKE <const> = 23, 21, 22
local KEY_UPDATE <const>, REQUESTED <const> = "\24\0\0\1\0", "\24\0\0\1\1"
local TICKET <const> = "\4\0\0\19\0\0\14\16\0\0\0\0\2xx\0\4tttt\0\0"
local WARNING <const>, CLOSE_NOTIFY <const> = "\1\90", "\1\0"
local RENEGOTIATION <const> = { client = "\0\0\0\0", server = "\1\0\0\0" }

local function life(version, listener)
  local list = { { DATA, "first" }, { DATA, "" }, { ALERT, WARNING } }
  local function add(type, ...)
    for _, text in ipairs({ ... }) do
      list[#list + 1] = { type, text }
    end
  end
  if version == "1.3" then
    add(HANDSHAKE, KEY_UPDATE, REQUESTED, REQUESTED)
    add(DATA, ("under new keys"):rep(100))
    if listener == "client" then add(HANDSHAKE, TICKET, TICKET .. TICKET) end
    add(HANDSHAKE, KEY_UPDATE:sub(1, 3), KEY_UPDATE:sub(4))
  else
    add(HANDSHAKE, RENEGOTIATION[listener])
    add(DATA, "and then")
    add(HANDSHAKE, RENEGOTIATION[listener])
  end
  add(DATA, "x", "", "last")
  add(ALERT, CLOSE_NOTIFY)
  return list
end

-- Bits of what the program does meanwhile.
local MANNERS <const> = {
  plain = 0,
  renewing = subject.RENEWS,
  leaving = subject.LEAVES,
  sipping = subject.SIPS | subject.RENEWS,
  choking = subject.CHOKES | subject.RENEWS,
}

-- Sealed as the suite has it that both choose by themselves.
local function save_life(number, kind, listener)
  local stream = record(kind, listener, function() end)
  for _, part in ipairs(life(kind.version, listener)) do
    stream = stream .. open.seal(kind.version, table.unpack(part))
  end
  for manner, bits in pairs(MANNERS) do
    local input = connection.header(number, 0, bits) .. stream
    save_heard(listener, kind.name .. "_" .. manner, input)
  end
end

for number = 0, 1 do
  save_life(number, kinds.of(number), "client")
  save_life(number, kinds.of(number), "server")
end

local function join(version, listener)
  local text = {}
  for i, part in ipairs(life(version, listener)) do
    text[i] = (">BI2s2"):pack(part[1], 0x0303, part[2])
  end
  return table.concat(text)
end

for number, one in ipairs(open.list) do
  for manner, bits in pairs(MANNERS) do
    for suffix, cut in pairs({ [""] = 0, _pieces = 29 }) do
      local input = connection.header(number - 1, cut, bits)
        .. join(one.version, one.role)
      local name = ("%d_%s%s"):format(number, manner, suffix)
      corpus.save_sound(open.play, "records", name, input)
    end
  end
end

-- An alert, plain HTTP, another protocol's greeting.
corpus.save("client", "alert", "\16\0\0\21\3\3\0\2\2\40")
corpus.save("client", "greeting", "\16\0\0220 mail.example.org ESMTP\r\n")
corpus.save("server", "plain", "\16\0\0GET / HTTP/1.1\r\nHost: a\r\n\r\n")
