-- Early data between us and others, and what becomes of it on streams and in HTTPS.

local contexts = require("spec.support.contexts")
local luv = require("luatls.io.luv")
local manual = require("spec.support.manual")
local peer = require("spec.support.peer")
local pki = require("spec.support.pki")
local process = require("spec.support.process")
local tls = require("luatls")
local web = require("spec.support.web")

local QUESTION <const> = "an early question\n"

local client = contexts.client("1.3")

local function options(more)
  local complete = { context = client, name = "localhost", timeout = 10 }
  for name, value in pairs(more or {}) do
    complete[name] = value
  end
  return complete
end

-- Our server, whose handler is told what came early; it says back everything.
local function listen(more)
  local identity, told = pki.server(), {}
  local settings = {
    certificate = identity.chain,
    key = identity.key,
    min_version = "1.3",
    early_data = 1000,
    timeout = 10,
  }
  for name, value in pairs(more or {}) do
    settings[name] = value
  end
  local listener = assert(tls.listen("127.0.0.1", 0, settings))
  luv.spawn(function()
    listener:serve(function(stream)
      local early, is_done = stream:read_early(), stream:info().handshake_done
      table.insert(told, { early = early, is_done = is_done })
      while early ~= "" do
        stream:write("early: " .. early)
        early = assert(stream:read_early())
      end
      local line = stream:read("l")
      if line then stream:write("late: " .. line .. "\n") end
    end)
  end)
  return listener, told
end

describe("early data with openssl", function()
  after_each(process.stop_all)

  it("is taken by s_server", function()
    local args = { "-naccept", "3", "-early_data", "-max_early_data", "1000" }
    local server, port = peer.openssl_server({ identity = pki.server(), args = args })
    local function visit(more)
      local stream <close> = assert(tls.connect("127.0.0.1", port, options(more)))
      server:write("answer\n")
      assert.equal("answer", stream:read("l"))
      return stream:info(), stream:session()
    end
    local first, session = visit()
    assert.is_nil(first.early_data)
    local second = visit({ session = session, early_data = QUESTION })
    server:expect("an early question")
    assert.equal("accepted", second.early_data)
    assert.is_true(second.verified)
    -- It takes a ticket once too.
    assert.equal("rejected", visit({ session = session, early_data = QUESTION }).early_data)
  end)

  it("is not sent to s_server, or skipped by it, where it takes none", function()
    local args = { "-naccept", "2" }
    local server, port = peer.openssl_server({ identity = pki.server(), args = args })
    local function visit(session)
      local more = { session = session, early_data = QUESTION }
      local stream <close> = assert(tls.connect("127.0.0.1", port, options(more)))
      server:write("answer\n")
      assert.equal("answer", stream:read("l"))
      assert.equal("not sent", stream:info().early_data)
      return stream:session()
    end
    visit(visit())
  end)

  local function s_client(port, ...)
    local args = { "-tls1_3", "-ign_eof", ... }
    return peer.openssl_client(port, { trust = pki.root(), args = args })
  end

  it("is taken from s_client, once", function()
    local listener, told = listen()
    local session, question = pki.file(""), pki.file(QUESTION)
    local first = s_client(listener:port(), "-sess_out", session)
    first:write("hello\n")
    first:expect("late: hello")
    first:wait()
    for round = 1, 2 do
      local again = s_client(listener:port(), "-sess_in", session, "-early_data", question)
      if round == 1 then again:expect("early: an early question") end
      again:write("hello\n")
      again:expect("late: hello")
    end
    assert.same({
      { early = "", is_done = true },
      { early = QUESTION, is_done = false },
      { early = "", is_done = true },
    }, told)
    listener:close()
  end)

  it("is skipped when s_client sends more than the server takes now", function()
    local secret = tls.random(32)
    local one = listen({ ticket_secret = secret })
    local two, told = listen({ ticket_secret = secret, early_data = 1 })
    local session, question = pki.file(""), pki.file(QUESTION)
    local first = s_client(one:port(), "-sess_out", session)
    first:write("hello\n")
    first:expect("late: hello")
    first:wait()
    local again = s_client(two:port(), "-sess_in", session, "-early_data", question)
    again:write("hello\n")
    again:expect("late: hello")
    assert.same({ { early = "", is_done = true } }, told)
    one:close()
    two:close()
  end)
end)

describe("early data with gnutls", function()
  after_each(process.stop_all)

  -- It takes a ticket that is said to be older than it is for a forgery, if only by a
  -- millisecond; so one connection proves nothing.
  it("is taken by gnutls-serv, always", function()
    local args = { "--earlydata", "--maxearlydata", "1000" }
    local settings = { identity = pki.server(), version = "1.3", tickets = true, args = args }
    local _, port = peer.gnutls_server(settings)
    local function visit(more)
      local stream <close> = assert(tls.connect("127.0.0.1", port, options(more)))
      if not more then
        stream:write("hello\n")
        stream:read("l")
      end
      return stream:info().early_data, stream:session()
    end
    for _ = 1, 40 do
      local _, session = visit()
      assert.equal("accepted", (visit({ session = session, early_data = QUESTION })))
    end
  end)

  it("is taken from gnutls-cli", function()
    local listener, told = listen()
    local args = { "--resume", "--waitresumption", "--earlydata", pki.file(QUESTION) }
    local program =
      peer.gnutls_client(listener:port(), { trust = pki.root(), version = "1.3", args = args })
    while not told[1] or not told[2] do
      luv.sleep(0.01)
    end
    assert.equal(QUESTION, told[2].early)
    program:stop()
    listener:close()
  end)
end)

describe("early data on streams", function()
  it("is answered before the handshake is complete, and confirmed later", function()
    local identity, order = pki.server(), {}
    local listener = assert(tls.listen("127.0.0.1", 0, {
      certificate = identity.chain,
      key = identity.key,
      early_data = 1000,
      timeout = 10,
    }))
    luv.spawn(function()
      listener:serve(function(stream)
        table.insert(order, (stream:read_early(5)))
        table.insert(order, stream:info().handshake_done)
        stream:write("answer\n")
        table.insert(order, (stream:confirm()))
        table.insert(order, stream:info().handshake_done)
        table.insert(order, (stream:read_early()))
        table.insert(order, (stream:read_early()))
        table.insert(order, (stream:read("l")))
      end)
    end)
    local function visit(more)
      local stream <close> = assert(tls.connect("127.0.0.1", listener:port(), options(more)))
      stream:write("late\n")
      assert.equal("answer", stream:read("l"))
      return stream:session(), stream:info()
    end
    local session = visit()
    assert.same({ "", true, true, true, "", "", "late" }, order)
    order = {}
    local _, info = visit({ session = session, early_data = "early, indeed" })
    assert.equal("accepted", info.early_data)
    assert.same({ "early", false, true, true, ", indeed", "", "late" }, order)
    listener:close()
  end)

  it("raises where it is not read first", function()
    local identity, raised = pki.server(), {}
    local listener = assert(tls.listen("127.0.0.1", 0, {
      certificate = identity.chain,
      key = identity.key,
      early_data = 1000,
      on_error = function(err)
        table.insert(raised, err.message)
      end,
    }))
    luv.spawn(function()
      listener:serve(function(stream)
        stream:write("answer\n")
        stream:read("l")
      end)
    end)
    local stream = assert(tls.connect("127.0.0.1", listener:port(), options()))
    stream:read("l")
    local more = options({ session = stream:session(), early_data = "x" })
    stream:close()
    stream = assert(tls.connect("127.0.0.1", listener:port(), more))
    stream:read("l")
    while not raised[1] do
      luv.sleep(0.01)
    end
    assert.matches("take it with read_early", raised[1])
    stream:close()
    listener:close()
  end)
end)

describe("early data in HTTPS", function()
  after_each(web.stop_all)

  local function request(method)
    return method .. " / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nbody"
  end

  local function serve()
    local url = web.serve(function(req)
      local text = assert(req:text())
      return ("%s %s %s %s"):format(req.method, text, req.early_data, req.tls.handshake_done)
    end, { early_data = 1000 })
    return math.tointeger(tonumber(url:match(":(%d+)")))
  end

  local function ask(port, bytes, more)
    local stream <close> = assert(tls.connect("127.0.0.1", port, options(more)))
    if stream:info().early_data ~= "accepted" then stream:write(bytes) end
    local answer = stream:read("a")
    return answer:match("\r\n\r\n(.*)$"), stream:session(), stream:info()
  end

  it("is what a handler is told of where it may be a replay", function()
    local port = serve()
    local answer, session = ask(port, request("GET"))
    assert.equal("GET body false true", answer)
    local info
    local again = { session = session, early_data = request("GET") }
    answer, session, info = ask(port, request("GET"), again)
    assert.equal("accepted", info.early_data)
    assert.equal("GET body true false", answer)
    again = { session = session, early_data = request("POST") }
    local _
    answer, _, info = ask(port, request("POST"), again)
    assert.equal("accepted", info.early_data)
    assert.equal("POST body false true", answer)
  end)

  it("may be a part of a request only", function()
    local port = serve()
    local _, session = ask(port, request("PUT"))
    local whole = request("PUT")
    local stream = assert(tls.connect(
      "127.0.0.1",
      port,
      options({
        session = session,
        early_data = whole:sub(1, 20),
      })
    ))
    assert.equal("accepted", stream:info().early_data)
    stream:write(whole:sub(21))
    assert.matches("PUT body false true", stream:read("a"))
    stream:close()
  end)
end)

describe("the programs of docs/early-data.md", function()
  local identity = pki.server()

  local function place(program)
    program = program:gsub("fullchain%.pem", identity:chain_path())
    program = program:gsub("privkey%.pem", identity:key_path())
    return (program:gsub("ca%.pem", pki.root():chain_path()))
  end

  local programs = manual.programs("docs/early-data.md")

  after_each(process.stop_all)

  it("talk to each other", function()
    local port = process.free_port()
    manual.start(place(programs[1]), port)
    peer.await_port(port)
    local code, text = manual.start(place(programs[2]), port):wait()
    assert.equal(0, code, text)
    assert.equal("not sent\tlater: who is there?\naccepted\tat once: again?\n", text)
  end)

  it("work without a socket", function()
    manual.start(place(programs[3])):expect("^who is there%?\tfalse\n")
  end)
end)
