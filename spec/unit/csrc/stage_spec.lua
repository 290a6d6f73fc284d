-- Handshakes walked step by step, on both sides: each message by its name, in the
-- order of RFC 5246, 7.3 and RFC 8446, 2.

local contexts = require("spec.support.contexts")
local pair = require("spec.support.pair")
local pki = require("spec.support.pki")

local function note(side)
  local state = side.conn:state()
  if side.states[#side.states] ~= state then table.insert(side.states, state) end
end

-- One step, and the states before and after it.
local function step(side)
  note(side)
  side.done = side.conn:step()
  note(side)
end

-- The states that both sides go through.
local function walk(client_context, server_context, session)
  local options = { name = "localhost", session = session }
  local client = { conn = client_context:connection(options), states = {} }
  local server = { conn = server_context:connection(), states = {} }
  local two = pair.join(client.conn, server.conn)
  for _ = 1, 60 do
    step(client)
    step(server)
    two:carry()
  end
  assert.is_true(client.done and server.done)
  return table.concat(client.states, " "), table.concat(server.states, " "), two
end

local function contexts_of(version, client, server)
  return contexts.client(version, client), contexts.server(server)
end

local function mutual()
  local identity = pki.client()
  return { certificate = identity.chain, key = identity.key }, {
    client_auth = "required",
    trust = pki.root().chain,
  }
end

local function session_of(client, server)
  local _, _, two = walk(client, server)
  two.server:write("x")
  two:carry()
  assert.equal("x", two.client:read())
  return assert(two.client:session())
end

local function words(...)
  return table.concat({ ... }, " ")
end

describe("a handshake of TLS 1.2 walks through", function()
  local HELLOS <const> = "start client_hello server_hello"
  local KEYS <const> = "server_certificate server_key_exchange certificate_request "
    .. "server_hello_done client_certificate client_key_exchange client_certificate_verify"
  local CLIENT <const> = "client_change_cipher_spec client_finished"
  local TICKET <const> = "new_session_ticket"
  local SERVER <const> = "server_change_cipher_spec server_finished"

  it("its messages on both sides alike", function()
    local client, server = walk(contexts_of("1.2"))
    assert.equal(words(HELLOS, KEYS, CLIENT, TICKET, SERVER, "connected"), client)
    assert.equal(client, server)
  end)

  it("no ticket where none is given", function()
    local client, server = walk(contexts_of("1.2", nil, { tickets = false }))
    assert.equal(words(HELLOS, KEYS, CLIENT, SERVER, "connected"), client)
    assert.equal(client, server)
  end)

  it("a client's certificate", function()
    local client, server = walk(contexts_of("1.2", mutual()))
    assert.equal(words(HELLOS, KEYS, CLIENT, TICKET, SERVER, "connected"), client)
    assert.equal(client, server)
  end)

  it("the server's Finished first when it resumes", function()
    local ours, theirs = contexts_of("1.2")
    local session = session_of(ours, theirs)
    local client, server = walk(ours, theirs, session)
    assert.equal(words(HELLOS, SERVER, CLIENT, "connected"), client)
    assert.equal(client, server)
  end)
end)

describe("a handshake of TLS 1.3 walks through", function()
  local HELLO <const> = "start client_hello"
  local SERVER <const> = "encrypted_extensions certificate_request server_certificate "
    .. "server_certificate_verify server_finished"
  local CCS <const>, THEIR_CCS <const> = "client_change_cipher_spec", "server_change_cipher_spec"
  local FINISHED <const> = "client_finished"
  local END <const> = "new_session_ticket connected"

  -- A client knows that it sends no certificate when it comes to its turn.
  it("its messages", function()
    local client, server = walk(contexts_of("1.3"))
    local rest = words(SERVER, CCS, "client_certificate", FINISHED)
    assert.equal(words(HELLO, "server_hello", rest, "connected"), client)
    assert.equal(words(HELLO, "server_hello", THEIR_CCS, SERVER, FINISHED, END), server)
  end)

  it("a client's certificate", function()
    local client, server = walk(contexts_of("1.3", mutual()))
    local shown = "client_certificate client_certificate_verify client_finished"
    assert.equal(words(HELLO, "server_hello", SERVER, CCS, shown, "connected"), client)
    assert.equal(words(HELLO, "server_hello", THEIR_CCS, SERVER, shown, END), server)
  end)

  it("no certificate when it resumes", function()
    local ours, theirs = contexts_of("1.3")
    local client, server = walk(ours, theirs, session_of(ours, theirs))
    local short = "encrypted_extensions server_finished"
    local rest = words(short, CCS, "client_certificate", FINISHED)
    assert.equal(words(HELLO, "server_hello", rest, "connected"), client)
    assert.equal(words(HELLO, "server_hello", THEIR_CCS, short, FINISHED, END), server)
  end)

  it("two hellos of the client after a HelloRetryRequest", function()
    local groups = { groups = { "x25519", "secp256r1" } }
    local client, server = walk(contexts_of("1.3", groups, { groups = { "secp256r1" } }))
    local again = words("server_hello", CCS, "client_hello server_hello")
    local rest = words(SERVER, CCS, "client_certificate", FINISHED)
    assert.equal(words(HELLO, again, rest, "connected"), client)
    local retry = words("hello_retry_request", THEIR_CCS, "client_hello server_hello", THEIR_CCS)
    assert.equal(words(HELLO, retry, SERVER, FINISHED, END), server)
  end)
end)

describe("a connection", function()
  it("is closed once it was closed", function()
    local conn = contexts.client("1.3"):connection({ name = "localhost" })
    assert.equal("start", conn:state())
    conn:close()
    assert.equal("closed", conn:state())
  end)

  it("stays where it failed", function()
    local two = pair.new({ client = { max_version = "1.2" } })
    two.client:handshake()
    two.client:feed("\22\3\3\0\4\20\0\0\0")
    local _, err = two.client:handshake()
    assert.equal("server_hello", err.step)
    assert.equal("server_hello", two.client:state())
  end)

  it("tells the message that was wrong, and not the next one", function()
    local identity = pki.client()
    local two = pair.new({
      client = { max_version = "1.2", certificate = identity.chain, key = identity.key },
      server = { client_auth = "required", trust = pki.root().chain },
    })
    repeat
      two.client:step()
      two.server:feed(two.client:drain())
      two.server:step()
      two.client:feed(two.server:drain())
    until two.server:state() == "client_certificate_verify"
    two.server:feed("\22\3\3\0\4\20\0\0\0")
    local _, err = two.server:handshake()
    assert.equal("client_certificate_verify", err.step)
  end)
end)
