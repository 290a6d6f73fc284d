-- Which context a server's connection gets: by name, or by a function of the
-- user, before mbedTLS has seen a byte.

local core = require("luatls.core")
local contexts = require("spec.support.contexts")
local hello = require("spec.support.client_hello")
local pair = require("spec.support.pair")
local pki = require("spec.support.pki")

local function identity(name)
  return pki.make({
    subject = "CN=" .. name,
    names = { name },
    issuer = pki.root(),
    days = 10,
  })
end

local function host(name, options)
  local own = identity(name)
  local complete = { role = "server", certificate = own.chain, key = own.key }
  for key, value in pairs(options or {}) do
    complete[key] = value
  end
  return assert(core.context(complete))
end

local a, b = host("a.example"), host("*.b.example")

local function server(options)
  options.role = "server"
  return assert(core.context(options))
end

local function client(name, version, options)
  return contexts.client(version or "1.3", options):connection({ name = name })
end

local function subject(conn)
  return conn:peer_chain()[1]:subject()
end

-- A handshake; what both sides failed with, or what the server showed.
local function meet(context, name, version, options)
  local joined = pair.join(client(name, version, options), context:connection())
  local done, client_err, server_err = joined:handshake()
  if done then return subject(joined.client), nil, joined end
  return nil, { client = client_err, server = server_err }, joined
end

local function sent(context, bytes)
  local conn = context:connection()
  conn:feed(bytes)
  local done, why = conn:handshake()
  while why == "callback" do
    conn:callback()
    done, why = conn:handshake()
  end
  return conn, done, why
end

describe("a server with hosts", function()
  local context = server({ hosts = { ["a.example"] = a, ["*.b.example"] = b } })

  for _, version in ipairs({ "1.2", "1.3" }) do
    it("shows the certificate of the name that is asked for, in TLS " .. version, function()
      assert.equal("CN=a.example", (meet(context, "a.example", version)))
      assert.equal("CN=*.b.example", (meet(context, "www.b.example", version)))
    end)
  end

  it("compares without case, as the client wrote it", function()
    assert.equal("CN=a.example", (meet(context, "A.Example")))
    local shouting = server({ hosts = { ["A.EXAMPLE"] = a } })
    assert.equal("CN=a.example", (meet(shouting, "a.example")))
  end)

  it("tells the name in info", function()
    local _, _, joined = meet(context, "a.example")
    assert.equal("a.example", joined.server:info().server_name)
    assert.equal("TLS 1.3", joined.server:info().version)
  end)

  for _, name in ipairs({ "c.example", "b.example", "x.y.b.example", "xa.example" }) do
    it("refuses " .. name .. " with unrecognized_name", function()
      local shown, errs = meet(context, name)
      assert.is_nil(shown)
      assert.equal("unrecognized_name", errs.client.alert.name)
      assert.equal("received", errs.client.alert.direction)
      assert.equal("protocol", errs.server.kind)
      assert.equal("unrecognized_name", errs.server.alert.name)
      assert.matches(name .. ", which is not among the hosts", errs.server.message, 1, true)
      assert.matches("certificate and key", errs.server.hint, 1, true)
    end)
  end

  it("refuses a client that names nobody", function()
    local _, errs = meet(context, "127.0.0.1")
    assert.equal("unrecognized_name", errs.client.alert.name)
    assert.matches("named no server", errs.server.message)
  end)

  it("falls back to its own certificate when it has one", function()
    local own = pki.server()
    local both = server({ certificate = own.chain, key = own.key, hosts = { ["a.example"] = a } })
    assert.equal("CN=localhost", (meet(both, "localhost")))
    assert.equal("CN=localhost", (meet(both, "127.0.0.1")))
    assert.equal("CN=a.example", (meet(both, "a.example")))
  end)

  it("prefers the exact name", function()
    local exact = host("www.b.example")
    local both = server({ hosts = { ["*.b.example"] = b, ["www.b.example"] = exact } })
    assert.equal("CN=www.b.example", (meet(both, "www.b.example")))
    assert.equal("CN=*.b.example", (meet(both, "mail.b.example")))
  end)

  it("gives every host its own settings", function()
    local strict = host("s.example", { client_auth = "required", trust = pki.root().chain })
    local mixed = server({ hosts = { ["a.example"] = a, ["s.example"] = strict } })
    assert.equal("CN=a.example", (meet(mixed, "a.example", "1.2")))
    local _, errs = meet(mixed, "s.example", "1.2")
    assert.matches("sent no certificate", errs.server.message)
    local visitor = pki.client()
    local known = { certificate = visitor.chain, key = visitor.key }
    local _, _, joined = meet(mixed, "s.example", "1.3", known)
    assert.equal("CN=Spec Client", subject(joined.server))
  end)

  it("writes the key log and asks on_verify of the host that was chosen", function()
    local lines, asked = 0, 0
    local chosen = host("s.example", {
      client_auth = "required",
      trust = pki.root().chain,
      keylog = function()
        lines = lines + 1
      end,
      on_verify = function()
        asked = asked + 1
        return true
      end,
    })
    local visitor = pki.client()
    local known = { certificate = visitor.chain, key = visitor.key }
    meet(server({ hosts = { ["s.example"] = chosen } }), "s.example", "1.3", known)
    assert.is_true(lines > 0)
    assert.equal(1, asked)
  end)

  it("keeps the chosen context alive", function()
    local joined = pair.join(client("a.example"), nil)
    do
      local fleeting = server({ hosts = { ["a.example"] = host("a.example") } })
      joined.server = fleeting:connection()
    end
    joined.client:handshake()
    joined:carry()
    joined.server:handshake()
    collectgarbage()
    collectgarbage()
    assert.is_true((joined:handshake()))
    assert.equal("CN=a.example", subject(joined.client))
  end)

  it("takes the hello in any pieces", function()
    for _, at_once in ipairs({ 1, 2, 7, 100 }) do
      local joined = pair.join(client("www.b.example"), context:connection())
      joined.at_once = at_once
      assert.is_true((joined:handshake()))
      assert.equal("CN=*.b.example", subject(joined.client))
    end
  end)

  for _, version in ipairs({ "1.2", "1.3" }) do
    it("takes a hello in records of one byte each, in TLS " .. version, function()
      local joined = pair.join(client("a.example", version), context:connection())
      joined.client:handshake()
      joined.server:feed((joined.client:drain():sub(6):gsub(".", "\22\3\1\0\1%0")))
      assert.is_true((joined:handshake()))
      assert.equal("CN=a.example", subject(joined.client))
    end)
  end

  it("is wiped and closed before a hello came", function()
    local conn = context:connection()
    assert.equal("start", conn:state())
    assert.is_false(conn:info().handshake_done)
    assert.equal(0, conn:pending())
    assert.matches("handshake", tostring(conn))
    assert.is_true(conn:shutdown())
    assert.is_nil(conn:peer_chain())
    conn:close()
    assert.equal("closed", select(2, conn:handshake()).kind)
  end)
end)

describe("option hosts", function()
  local REFUSED <const> = {
    { "an address", { ["127.0.0.1"] = a }, "clients send names only" },
    { "an IPv6 address", { ["::1"] = a }, "clients send names only" },
    { "an empty name", { [""] = a }, "is no host name" },
    { "a star in the middle", { ["a.*.example"] = a }, "is no host name" },
    { "a star with more beside it", { ["w*.example"] = a }, "is no host name" },
    { "a star alone", { ["*"] = a }, "is no host name" },
    { "a star with nothing behind it", { ["*."] = a }, "is no host name" },
    { "a name that ends with a dot", { ["a.example."] = a }, "is no host name" },
    { "a name with two dots", { ["a..example"] = a }, "is no host name" },
    { "a name outside of ASCII", { ["bücher.example"] = a }, "is no host name" },
    { "a name with a zero byte", { ["a\0.example"] = a }, "is no host name" },
    { "a name that is too long", { [("a."):rep(127) .. "example"] = a }, "is no host name" },
    { "a name twice", { ["a.example"] = a, ["A.example"] = a }, "stands there twice" },
    { "a list", { a }, "by host names" },
    { "something else than contexts", { ["a.example"] = "a.pem" }, "server contexts expected" },
    { "a client's context", { ["a.example"] = contexts.client("1.3") }, "server contexts" },
    { "no table", "a.example", "table expected" },
  }
  for _, case in ipairs(REFUSED) do
    it("raises for " .. case[1], function()
      local ok, text = pcall(core.context, { role = "server", hosts = case[2] })
      assert.is_false(ok)
      assert.matches(case[3], text, 1, true)
    end)
  end

  it("raises for hosts that choose again", function()
    local inner = server({ hosts = { ["a.example"] = a } })
    assert.error_matches(function()
      server({ hosts = { ["a.example"] = inner } })
    end, "without hosts and on_client_hello")
  end)

  it("is for servers, as on_client_hello is", function()
    for _, option in ipairs({ { hosts = {} }, { on_client_hello = print } }) do
      option.role, option.trust = "client", pki.root().chain
      assert.error_matches(function()
        core.context(option)
      end, "it is for servers")
    end
  end)

  it("is not needed to have a certificate, but one of both is", function()
    assert.is_truthy(core.context({ role = "server", hosts = { ["a.example"] = a } }))
    local context, err = core.context({ role = "server" })
    assert.is_nil(context)
    assert.equal("config", err.kind)
  end)
end)

describe("on_client_hello", function()
  local function asking(on_client_hello, more)
    local options = more or {}
    options.on_client_hello = on_client_hello
    return server(options)
  end

  for _, version in ipairs({ "1.2", "1.3" }) do
    it("chooses the context, in TLS " .. version, function()
      local seen
      local context = asking(function(greeting)
        seen = greeting
        return a
      end)
      assert.equal("CN=a.example", (meet(context, "a.example", version, { alpn = { "h2" } })))
      assert.equal("a.example", seen.server_name)
      assert.same({ "h2" }, seen.alpn)
      assert.matches("^t1[23]d", seen.ja4)
    end)
  end

  it("runs once, also when a HelloRetryRequest brings a second hello", function()
    local count = 0
    local picky = host("a.example", { groups = { "secp384r1" } })
    local context = asking(function()
      count = count + 1
      return picky
    end)
    local _, _, joined = meet(context, "a.example", "1.3", { groups = { "x25519", "secp384r1" } })
    assert.equal("secp384r1", joined.client:info().group)
    assert.equal(1, count)
  end)

  it("does not let the second hello ask for another name", function()
    local picky = host("a.example", { groups = { "secp384r1" } })
    for _, context in ipairs({ picky, server({ hosts = { ["a.example"] = picky } }) }) do
      local groups = { "x25519", "secp384r1" }
      local visitor = client("a.example", "1.3", { groups = groups })
      local joined = pair.join(visitor, context:connection())
      joined.client:handshake()
      joined:carry()
      joined.server:handshake()
      joined:carry()
      joined.client:handshake()
      local second, count = joined.client:drain():gsub("a%.example", "b.example")
      assert.equal(1, count)
      joined.server:feed(second)
      local done, err = joined.server:handshake()
      assert.is_nil(done)
      assert.equal("unrecognized_name", err.alert.name)
    end
  end)

  it("leaves the choice to hosts by returning nil", function()
    local context = asking(function() end, { hosts = { ["a.example"] = a } })
    assert.equal("CN=a.example", (meet(context, "a.example")))
    local _, errs = meet(context, "c.example")
    assert.equal("unrecognized_name", errs.client.alert.name)
  end)

  it("leaves it to the server's own certificate by returning nil", function()
    local own = pki.server()
    local context = asking(function() end, { certificate = own.chain, key = own.key })
    assert.equal("CN=localhost", (meet(context, "localhost")))
  end)

  for _, name in ipairs({ "unrecognized_name", "access_denied", "handshake_failure" }) do
    it("refuses a client with " .. name, function()
      local context = asking(function()
        return nil, name
      end)
      local _, errs = meet(context, "a.example")
      assert.equal(name, errs.client.alert.name)
      assert.equal("protocol", errs.server.kind)
      assert.equal(name, errs.server.alert.name)
      assert.matches("on_client_hello refused the client", errs.server.message)
    end)
  end

  local NONSENSE <const> = {
    {
      "raises",
      function()
        error("no database")
      end,
      "on_client_hello raised an error: .*no database",
    },
    {
      "raises a table",
      function()
        error({})
      end,
      "on_client_hello raised an error: table",
    },
    {
      "returns a number",
      function()
        return 1
      end,
      "must return a server context",
    },
    {
      "returns true",
      function()
        return true
      end,
      "must return a server context",
    },
    {
      "returns a client's context",
      function()
        return contexts.client("1.3")
      end,
      "must return",
    },
    {
      "returns a context that chooses again",
      function()
        return server({ hosts = {} })
      end,
      "that chooses no further",
    },
    {
      "returns no alert",
      function()
        return nil, "go_away"
      end,
      '"go_away", which is no alert',
    },
    {
      "returns a number for an alert",
      function()
        return nil, 40
      end,
      "must return",
    },
  }
  for _, case in ipairs(NONSENSE) do
    it("fails the handshake with internal_error when it " .. case[1], function()
      local _, errs = meet(asking(case[2]), "a.example")
      assert.equal("internal_error", errs.client.alert.name)
      assert.equal("internal", errs.server.kind)
      assert.equal("internal_error", errs.server.alert.name)
      assert.matches(case[3], errs.server.message)
    end)
  end

  it("keeps what it raised", function()
    local cause = {}
    local _, errs = meet(
      asking(function()
        error(cause)
      end),
      "a.example"
    )
    assert.equal(cause, errs.server.cause)
  end)

  it("may yield, while nothing but close may use the connection", function()
    local context = asking(function()
      return coroutine.yield("waiting")
    end)
    local joined = pair.join(client("a.example"), context:connection())
    joined.client:handshake()
    joined:carry()
    assert.same({ false, "callback" }, { joined.server:handshake() })
    local run = coroutine.wrap(function()
      joined.server:callback()
    end)
    assert.equal("waiting", run())
    for _, method in ipairs({ "handshake", "read", "callback", "shutdown", "step" }) do
      assert.error_matches(function()
        joined.server[method](joined.server)
      end, "busy")
    end
    run(a)
    assert.is_true((joined:handshake()))
    assert.equal("CN=a.example", subject(joined.client))
  end)

  it("is dropped with a connection that closes meanwhile", function()
    local context = asking(function()
      return coroutine.yield()
    end)
    local joined = pair.join(client("a.example"), context:connection())
    joined.client:handshake()
    joined:carry()
    joined.server:handshake()
    local run = coroutine.wrap(function()
      joined.server:callback()
    end)
    run()
    joined.server:close()
    run(a)
    local _, err = joined.server:handshake()
    assert.equal("closed", err.kind)
  end)

  it("cannot use its connection", function()
    local conn
    local context = asking(function()
      conn:handshake()
    end)
    conn = context:connection()
    local joined = pair.join(client("a.example"), conn)
    local _, _, err = joined:handshake()
    assert.matches("connection is busy", err.message)
  end)

  it("is only run when it is time", function()
    local conn = asking(function() end):connection()
    assert.error_matches(function()
      conn:callback()
    end, "no callback to run")
  end)
end)

describe("a server that chooses by the hello", function()
  local called = 0
  local own = pki.server()
  local context = server({
    certificate = own.chain,
    key = own.key,
    on_client_hello = function()
      called = called + 1
    end,
  })
  before_each(function()
    called = 0
  end)

  local good = hello.client()
  local function message(body)
    return hello.record(22, body)
  end

  local REFUSED <const> = {
    { "a warning alert before the hello", "\21\3\1\0\2\1\90" .. good, "unexpected_message" },
    { "a ChangeCipherSpec before it", "\20\3\1\0\1\1" .. good, "unexpected_message" },
    { "application data before it", "\23\3\3\0\1x", "unexpected_message" },
    { "heartbeat before it", "\24\3\3\0\3\1\64\0", "unexpected_message" },
    { "an empty record before it", "\22\3\1\0\0" .. good, "unexpected_message" },
    { "a record over 16 KB", "\22\3\1\64\1", "record_overflow" },
    { "a record of SSL 4", "\22\4\0" .. good:sub(4), "protocol_version" },
    { "another handshake message", message("\2\0\0\0"), "unexpected_message" },
    { "a hello over 64 KB", message("\1\1\0\0" .. ("x"):rep(100)), "decode_error" },
    { "a hello that is cut off inside", message("\1\0\0\3\3\3x"), "decode_error" },
    { "an empty hello", message("\1\0\0\0"), "decode_error" },
    {
      "records in the middle of the hello",
      message("\1\0") .. "\21\3\1\0\2\1\90",
      "unexpected_message",
    },
    {
      "an extension twice",
      hello.client({ extensions = { hello.GROUPS, hello.GROUPS } }),
      "illegal_parameter",
    },
  }
  for _, case in ipairs(REFUSED) do
    it("refuses " .. case[1], function()
      local conn, done, err = sent(context, case[2])
      assert.is_nil(done)
      assert.equal("protocol", err.kind)
      assert.equal(case[3], err.alert.name)
      assert.equal("sent", err.alert.direction)
      assert.equal("\21\3\3\0\2\2" .. string.char(err.alert.code), conn:drain())
      assert.equal(0, called)
    end)
  end

  it("says who speaks no TLS at all", function()
    local conn, done, err = sent(context, "GET / HTTP/1.1\r\n\r\n")
    assert.is_nil(done)
    assert.equal("protocol", err.kind)
    assert.matches("https://", err.hint, 1, true)
    assert.equal("", conn:drain())
  end)

  it("says so when the client ends before its hello is complete", function()
    for _, bytes in ipairs({ "", good:sub(1, 3), good:sub(1, -2) }) do
      local conn = context:connection()
      conn:feed(bytes)
      conn:feed_end()
      local _, err = conn:handshake()
      assert.equal("truncated", err.kind)
    end
  end)

  it("waits for every byte, and asks when the last one came", function()
    local conn = context:connection()
    for i = 1, #good - 1 do
      conn:feed(good:sub(i, i))
      assert.same({ false, "read" }, { conn:handshake() })
    end
    conn:feed(good:sub(-1))
    assert.same({ false, "callback" }, { conn:handshake() })
  end)

  it("refuses a hello in more records than anybody needs", function()
    local tiny = message("\1\0\255\0") .. message("x"):rep(30000)
    local conn = context:connection()
    local taken = 1
    while taken <= #tiny do
      local count = conn:feed(tiny, taken)
      assert.is_true(count > 0)
      taken = taken + count
      local done, err = conn:handshake()
      if done == nil then
        assert.matches("too many records", err.message)
        return
      end
    end
    error("it was taken")
  end)

  it("fails the same way when it is asked again", function()
    local conn, _, err = sent(context, "\20\3\1\0\1\1")
    assert.equal(err, select(2, conn:handshake()))
    assert.equal(err, select(2, conn:read()))
  end)
end)
