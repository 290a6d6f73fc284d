-- Early data between our own sides: what is taken, what is not, and that nothing is
-- taken twice.

local contexts = require("spec.support.contexts")
local core = require("luatls.core")
local pair = require("spec.support.pair")
local records = require("spec.support.records")
local secrets = require("spec.support.secrets")
local socket = require("socket")

local LIMIT <const> = 20000

local function server(options)
  options = options or {}
  options.early_data = options.early_data or LIMIT
  return contexts.server(options)
end

local function join(ours, theirs, options)
  options = options or {}
  options.name = "localhost"
  return pair.join(ours:connection(options), theirs:connection())
end

local function finish(two)
  local done, ours, theirs = two:handshake()
  assert.is_true(done, tostring(ours or theirs))
end

-- What a client needs to come again.
local function session_of(ours, theirs)
  local two = join(ours, theirs)
  finish(two)
  assert.equal("", two.server:read_early())
  assert(two.server:write("x"))
  two:carry()
  assert.equal("x", two.client:read())
  return assert(two.client:session())
end

-- A client that comes again with early data, whose first flight has arrived.
local function come_again(ours, theirs, bytes, session)
  session = session or session_of(ours, theirs)
  local two = join(ours, theirs, { session = session, early_data = bytes })
  assert.is_false((two.client:handshake()))
  two:carry()
  return two, session
end

local function words(two)
  return { two.client:info().early_data, two.server:info().early_data }
end

local function assert_rejected(two)
  finish(two)
  assert.equal("", two.server:read_early())
  assert.same({ "rejected", "rejected" }, words(two))
  assert(two.client:write("again"))
  two:carry()
  assert.equal("again", two.server:read())
end

describe("early data", function()
  local ours = contexts.client("1.3")

  it("is answered before the handshake is complete", function()
    local two = come_again(ours, server(), "question")
    assert.equal("question", two.server:read_early())
    assert.equal("accepted", two.server:info().early_data)
    assert.is_false(two.server:info().handshake_done)
    assert.equal(6, two.server:write("answer"))
    two:carry()
    assert.equal("answer", two.client:read())
    two:carry()
    assert.equal("", two.server:read_early())
    finish(two)
    assert.same({ "accepted", "accepted" }, words(two))
    assert.is_true(two.client:info().verified)
    assert.is_true(two.server:info().resumed)
  end)

  it("comes in parts, and before all other data", function()
    local bytes = core.random(LIMIT)
    local two = come_again(ours, server(), bytes)
    two.at_once = 1000
    assert.is_false((two.client:write("later")))
    local parts = {}
    repeat
      local part, why = two.server:read_early(700)
      if not part then assert.equal("read", why) end
      parts[#parts + 1] = part or nil
      if not part then two.client:handshake() end
      two:carry()
    until part == ""
    assert.equal(bytes, table.concat(parts))
    two.client:write()
    finish(two)
    two.at_once = nil
    two:carry()
    assert.equal("later", two.server:read())
  end)

  it("waits for whoever completes the handshake first", function()
    local two = come_again(ours, server(), "question")
    finish(two)
    assert.same({ "accepted", "accepted" }, words(two))
    assert.equal("ques", two.server:read_early(4))
    assert.equal("tion", two.server:read_early())
    assert.equal("", two.server:read_early())
  end)

  it("is never read in place of other data", function()
    local two = come_again(ours, server(), "question")
    local function read()
      two.server:read()
    end
    assert.error_matches(read, "take it with read_early")
    finish(two)
    assert.error_matches(read, "take it with read_early")
    two.server:read_early()
    assert.error_matches(read, "take it with read_early")
    assert.equal("", two.server:read_early())
    assert(two.client:write("x"))
    two:carry()
    assert.equal("x", two.server:read())
  end)

  it("can be followed by a goodbye", function()
    local two = come_again(ours, server(), "question")
    two.server:read_early()
    two.server:write("answer")
    assert.is_false((two.server:shutdown()))
    two:carry()
    finish(two)
    assert.is_true(two.server:shutdown())
    two:carry()
    assert.equal("answer", two.client:read())
    local _, err = two.client:read()
    assert.equal("closed", err.kind)
  end)

  it("is taken with a ticket that early data brought", function()
    local theirs = server()
    local two = come_again(ours, theirs, "one")
    assert.equal("one", two.server:read_early())
    finish(two)
    two.server:read_early()
    two.server:write("x")
    two:carry()
    two.client:read()
    two = come_again(ours, theirs, "two", two.client:session())
    assert.equal("two", two.server:read_early())
  end)

  it("goes to the context that hosts chooses", function()
    local theirs = server()
    local chooser = contexts.server({ hosts = { localhost = theirs } })
    local session = session_of(ours, theirs)
    local two = come_again(ours, chooser, "question", session)
    assert.equal("question", two.server:read_early())
  end)

  it("goes along with single steps", function()
    local theirs = server()
    local session = session_of(ours, theirs)
    local two = join(ours, theirs, { session = session, early_data = "question" })
    repeat
      local _, why = two.client:step()
    until why == "read"
    two:carry()
    repeat
      local _, why = two.server:step()
    until why == "read"
    assert.equal("question", two.server:read_early())
  end)
end)

describe("early data on a socket that is full", function()
  -- Two sockets of one connection, that take little at once.
  local function connected()
    local listener = assert(socket.bind("127.0.0.1", 0))
    local near = assert(socket.tcp())
    assert(near:connect(listener:getsockname()))
    local far = assert(listener:accept())
    listener:close()
    assert(near:setoption("send-buffer-size", 2048))
    assert(far:setoption("recv-buffer-size", 2048))
    near:settimeout(0)
    far:settimeout(0)
    return near, far
  end

  it("comes once, and whole", function()
    local ours, theirs = contexts.client("1.3"), server({ early_data = 65536 })
    local session, bytes = session_of(ours, theirs), core.random(65536)
    local near, far = connected()
    local client = ours:connection({
      name = "localhost",
      session = session,
      early_data = bytes,
      fd = math.tointeger(near:getfd()),
    })
    local conn = theirs:connection({ fd = math.tointeger(far:getfd()) })
    local parts, waits = {}, 0
    repeat
      local _, want = client:handshake()
      if want == "write" then waits = waits + 1 end
      local part, why = conn:read_early()
      assert(part ~= nil, why)
      parts[#parts + 1] = part or nil
    until part == ""
    assert.is_true(waits > 0)
    assert.is_true(table.concat(parts) == bytes)
    near:close()
    far:close()
  end)
end)

describe("early data that is replayed", function()
  local ours = contexts.client("1.3")

  -- The bytes that a client sends first, as somebody on the way has them.
  local function overhear(theirs)
    local session = session_of(ours, theirs)
    local client =
      ours:connection({ name = "localhost", session = session, early_data = "question" })
    client:handshake()
    return client:drain()
  end

  local function hear(theirs, bytes)
    local conn = theirs:connection()
    conn:feed(bytes)
    return conn:read_early(), conn
  end

  it("is skipped", function()
    local theirs = server()
    local bytes = overhear(theirs)
    assert.equal("question", (hear(theirs, bytes)))
    for _ = 1, 3 do
      local again, conn = hear(theirs, bytes)
      assert.equal("", again)
      assert.equal("rejected", conn:info().early_data)
    end
  end)

  it("is skipped by the context that took the place of the first", function()
    local theirs = server()
    local bytes = overhear(theirs)
    assert.equal("question", (hear(theirs, bytes)))
    assert.equal("", (hear(server({ replaces = theirs }), bytes)))
  end)

  it("is skipped by a process that did not see the tickets of the one before", function()
    local secret = core.random(32)
    local bytes = overhear(server({ ticket_secret = secret }))
    -- The guard counts in milliseconds.
    local later = socket.gettime() + 0.002
    repeat
    until socket.gettime() >= later
    assert.equal("", (hear(server({ ticket_secret = secret }), bytes)))
  end)

  it("is skipped when memory was too short for all", function()
    local theirs = server({ single_use_tickets = 1 })
    local first = overhear(theirs)
    assert.equal("question", (hear(theirs, first)))
    for _ = 1, 3 do
      hear(theirs, overhear(theirs))
    end
    assert.equal("", (hear(theirs, first)))
  end)

  it("is refused with a ticket that is good for one connection", function()
    local theirs = server({ single_use_tickets = true })
    local bytes = overhear(theirs)
    assert.equal("question", (hear(theirs, bytes)))
    assert.equal("", (hear(theirs, bytes)))
  end)

  it("does not keep the client from resuming", function()
    local theirs = server()
    local two, session = come_again(ours, theirs, "question")
    assert.equal("question", two.server:read_early())
    two = come_again(ours, theirs, "question", session)
    assert_rejected(two)
    assert.is_true(two.client:info().resumed)
  end)
end)

describe("early data that is rejected", function()
  local ours = contexts.client("1.3")

  it("is skipped when another protocol is chosen", function()
    local secret = core.random(32)
    local one = server({ ticket_secret = secret, alpn = { "a" } })
    local theirs = server({ replaces = one, alpn = { "b" } })
    local both = contexts.client("1.3", { alpn = { "a", "b" } })
    local two = come_again(both, theirs, "question", session_of(both, one))
    assert_rejected(two)
    assert.is_true(two.client:info().resumed)
    assert.equal("b", two.client:info().alpn)
  end)

  it("is skipped when the server asks for another key exchange", function()
    local theirs = server({ groups = { "secp384r1" } })
    local wide = contexts.client("1.3", { groups = { "x25519", "secp384r1" } })
    assert_rejected(come_again(wide, theirs, core.random(LIMIT)))
  end)

  it("is skipped by a server that takes none any more", function()
    local one = server()
    local two =
      come_again(ours, contexts.server({ replaces = one }), "question", session_of(ours, one))
    assert.is_false((two.server:handshake()))
    two:carry()
    finish(two)
    assert.equal("rejected", two.client:info().early_data)
    assert.is_true(two.client:info().resumed)
  end)

  it("is skipped by a server that takes less now", function()
    local one = server()
    local session = session_of(ours, one)
    assert_rejected(come_again(ours, server({ replaces = one, early_data = 100 }), "x", session))
  end)

  it("is skipped when it is all that a ticket allows", function()
    local theirs = server()
    local two, session = come_again(ours, theirs, core.random(LIMIT))
    two.server:read_early()
    two = come_again(ours, theirs, core.random(LIMIT), session)
    assert_rejected(two)
  end)

  it("is skipped by a server that does not know the ticket", function()
    local session = session_of(ours, server())
    local two = come_again(ours, server(), core.random(LIMIT), session)
    assert_rejected(two)
    assert.is_false(two.client:info().resumed)
    assert.is_true(two.client:info().verified)
  end)

  it("is not skipped for ever", function()
    local two = come_again(ours, server(), "question", session_of(ours, server()))
    assert.equal("", two.server:read_early())
    local junk = "\x17\x03\x03\x40\x00" .. ("x"):rep(0x4000)
    local err
    for _ = 1, 9 do
      two.server:feed(junk)
      local done, why = two.server:handshake()
      if done == nil then err = why end
    end
    assert.equal("unexpected_message", err.alert.name)
  end)
end)

describe("early data that makes no sense", function()
  local ours = contexts.client("1.3")
  local ALERT <const>, HANDSHAKE <const>, DATA <const> = 21, 22, 23
  local ALLOWED <const> = 100

  -- A server that has taken ten bytes from a client, and what the client's next
  -- records are sealed with.
  local function begin()
    local log = secrets.log()
    local chacha = contexts.client("1.3", {
      cipher_suites = { "TLS_CHACHA20_POLY1305_SHA256" },
      keylog = log.sink,
    })
    local two = come_again(chacha, server({ early_data = ALLOWED }), ("x"):rep(10))
    local direction = records.direction("1.3")
    direction:change(secrets.of_early_data(log))
    direction.sequence = 1
    assert.equal(("x"):rep(10), two.server:read_early())
    return two.server, direction
  end

  local function feed(conn, direction, type, bytes)
    local message = { type = type, version = 0x0303, bytes = bytes, is_sealed = true }
    conn:feed(direction:seal(message))
    return conn:read_early()
  end

  local function refused(type, bytes)
    local conn, direction = begin()
    local early, err = feed(conn, direction, type, bytes)
    assert.is_nil(early)
    return err.alert.name
  end

  it("is what is more than the ticket allows", function()
    local conn, direction = begin()
    assert.equal(90, #feed(conn, direction, DATA, ("y"):rep(90)))
    local early, err = feed(conn, direction, DATA, "z")
    assert.is_nil(early)
    assert.equal("unexpected_message", err.alert.name)
    assert.equal("unexpected_message", refused(DATA, ("y"):rep(91)))
  end)

  it("is a handshake message but EndOfEarlyData", function()
    assert.equal("unexpected_message", refused(HANDSHAKE, "\20\0\0\32" .. ("f"):rep(32)))
    assert.equal("unexpected_message", refused(HANDSHAKE, "\24\0\0\1\0"))
    assert.equal("decode_error", refused(HANDSHAKE, "\5\0\0\1\0"))
  end)

  it("is what goes on after its end", function()
    local conn, direction = begin()
    assert.equal("", feed(conn, direction, HANDSHAKE, "\5\0\0\0"))
    local message = { type = DATA, version = 0x0303, bytes = "more", is_sealed = true }
    conn:feed(direction:seal(message))
    local done, err = conn:handshake()
    assert.is_nil(done)
    assert.equal("bad_record_mac", err.alert.name)
  end)

  it("is nothing at all, again and again", function()
    local conn, direction = begin()
    for _ = 1, 32 do
      assert.is_false((feed(conn, direction, DATA, "")))
    end
    local early, err = feed(conn, direction, DATA, "")
    assert.is_nil(early)
    assert.equal("protocol", err.kind)
    assert.equal("unexpected_message", err.alert.name)
  end)

  it("is ended by an alert", function()
    local conn, direction = begin()
    local early, err = feed(conn, direction, ALERT, "\2\90")
    assert.is_nil(early)
    assert.equal("user_canceled", err.alert.name)
  end)

  it("ends the connection", function()
    local two = come_again(ours, server(), "question")
    two.server:feed("\x17\x03\x03\x00\x20" .. ("x"):rep(32))
    assert.equal("question", two.server:read_early())
    local bytes, err = two.server:read_early()
    assert.is_nil(bytes)
    assert.equal("bad_record_mac", err.alert.name)
    assert.equal(err, select(2, two.server:read_early()))
  end)

  it("is what is cut off", function()
    local two = come_again(ours, server(), "question")
    two.server:feed_end()
    assert.equal("question", two.server:read_early())
    local bytes, err = two.server:read_early()
    assert.is_nil(bytes)
    assert.equal("truncated", err.kind)
  end)
end)

describe("early data that is not sent", function()
  local ours = contexts.client("1.3")

  local function check(session, bytes, theirs)
    local two = join(ours, theirs, { session = session, early_data = bytes })
    finish(two)
    assert.equal("not sent", two.client:info().early_data)
    return two
  end

  it("is what no session allows", function()
    local theirs = server()
    assert.equal("not sent", check(nil, "x", theirs).server:info().early_data)
    check(session_of(ours, theirs), ("x"):rep(LIMIT + 1), theirs)
    check(session_of(ours, theirs), "", theirs)
    local plain = contexts.server()
    local two = check(session_of(ours, plain), "x", plain)
    assert.is_true(two.client:info().resumed)
    assert.is_nil(two.server:info().early_data)
  end)

  it("is what a session of TLS 1.2 has", function()
    local old, theirs = contexts.client("1.2"), server()
    local session = session_of(old, theirs)
    local two = join(old, theirs, { session = session, early_data = "x" })
    finish(two)
    assert.equal("not sent", two.client:info().early_data)
    assert.equal("", two.server:read_early())
  end)

  it("is not told of where nobody asked for it", function()
    local theirs = contexts.server()
    local two = join(ours, theirs, { session = session_of(ours, theirs) })
    finish(two)
    assert.same({}, words(two))
  end)
end)

describe("options of early data", function()
  it("are checked", function()
    for _, wrong in ipairs({ 0, 65537, 1.5, true, "x" }) do
      assert.has_error(function()
        server({ early_data = wrong })
      end)
    end
    assert.error_matches(function()
      contexts.client("1.3", { early_data = 5 })
    end, "it is for servers")
    assert.error_matches(function()
      server():connection({ early_data = "x" })
    end, "it is for clients")
    assert.error_matches(function()
      contexts.client("1.3"):connection({ name = "a", early_data = 5 })
    end, "string expected")
    assert.error_matches(function()
      contexts.client("1.3"):connection({ name = "a" }):read_early()
    end, "read_early is for servers")
    assert.error_matches(function()
      server({ tickets = false })
    end, "it comes with tickets")
    assert.error_matches(function()
      server({ max_version = "1.2" })
    end, "it is for TLS 1.3")
    assert.error_matches(function()
      local psk = { device = ("k"):rep(16) }
      core.context({ role = "server", psk = psk, early_data = 5 })
    end, "it comes with tickets")
  end)
end)
