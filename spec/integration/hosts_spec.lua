-- Servers of many names, on real sockets: our streams, openssl and curl as
-- clients, and the programs of the manual's page.

local core = require("luatls.core")
local hello = require("spec.support.client_hello")
local https = require("luatls.https")
local luv = require("luatls.io.luv")
local manual = require("spec.support.manual")
local pair = require("spec.support.pair")
local pki = require("spec.support.pki")
local process = require("spec.support.process")
local tls = require("luatls")

local PAGE <const> = manual.programs("docs/server-names.md")

local function identity(name)
  return pki.make({
    subject = "CN=" .. name,
    names = { name },
    issuer = pki.root(),
    days = 10,
  })
end

local a, b = identity("a.example"), identity("*.b.example")

local function of(host, more)
  local options = { certificate = host.chain, key = host.key }
  for key, value in pairs(more or {}) do
    options[key] = value
  end
  return options
end

local listeners = {}

-- A server that greets by the name that was asked for.
local function listen(options, io)
  options.io = io
  local listener = assert(tls.listen("127.0.0.1", 0, options))
  table.insert(listeners, listener)
  luv.spawn(listener.serve, listener, function(stream)
    stream:write("you asked for ", tostring(stream:info().server_name), "\n")
  end)
  return listener:port()
end

local function connect(port, name, options)
  options = options or {}
  options.trust, options.name, options.timeout = pki.root().chain, name, 20
  return tls.connect("127.0.0.1", port, options)
end

local function greeted(port, name, options)
  local stream <close> = assert(connect(port, name, options))
  return (stream:read("l"))
end

local function refused(port, name, options)
  local stream, err = connect(port, name, options)
  assert.is_nil(stream)
  return err
end

describe("a listener with hosts", function()
  after_each(function()
    for _, listener in ipairs(listeners) do
      listener:close()
    end
    listeners = {}
    process.stop_all()
  end)

  local function hosts()
    return { ["a.example"] = of(a), ["*.b.example"] = of(b, { policy = "modern" }) }
  end

  it("serves each name with its own certificate", function()
    local port = listen({ hosts = hosts() })
    assert.equal("you asked for a.example", greeted(port, "a.example"))
    assert.equal("you asked for www.b.example", greeted(port, "www.b.example"))
    assert.equal("unrecognized_name", refused(port, "c.example").alert.name)
  end)

  it("gives a host what its table does not say, but for the certificate", function()
    local port = listen({
      certificate = a.chain,
      key = a.key,
      alpn = { "one" },
      hosts = { ["a.example"] = of(a, { alpn = { "two" } }), ["*.b.example"] = of(b) },
    })
    local two <close> = assert(connect(port, "a.example", { alpn = { "two" } }))
    assert.equal("two", two:info().alpn)
    local one <close> = assert(connect(port, "x.b.example", { alpn = { "one" } }))
    assert.equal("one", one:info().alpn)
    local err = refused(port, "x.b.example", { alpn = { "three" } })
    assert.equal("no_application_protocol", err.alert.name)
  end)

  it("keeps the policy of a host", function()
    local port = listen({ hosts = hosts() })
    assert.equal("you asked for a.example", greeted(port, "a.example", { max_version = "1.2" }))
    assert.equal("alert", refused(port, "x.b.example", { max_version = "1.2" }).kind)
  end)

  it("needs a certificate for each host", function()
    local listener, err = tls.listen("127.0.0.1", 0, { hosts = { ["a.example"] = {} } })
    assert.is_nil(listener)
    assert.equal("config", err.kind)
    assert.equal("a.example", err.host)
  end)

  it("names the option that a host has wrong", function()
    assert.error_matches(function()
      tls.listen("127.0.0.1", 0, { hosts = { ["a.example"] = of(a, { polcy = "modern" }) } })
    end, 'unknown option "polcy" (nearest: "policy")', 1, true)
  end)

  it("resumes a session with the host that it is of", function()
    local port = listen({ hosts = hosts() })
    local context = assert(tls.context({ role = "client", trust = pki.root().chain }))
    local function visit(name, session)
      local stream <close> = assert(tls.connect("127.0.0.1", port, {
        context = context,
        name = name,
        session = session,
        timeout = 20,
      }))
      assert(stream:read("l"))
      return stream:info().resumed, stream:session()
    end
    local _, session = visit("a.example")
    assert.is_true((visit("a.example", session)))
  end)

  it("shows openssl s_client the certificate of its -servername", function()
    local port = listen({ hosts = hosts() })
    local function ask(...)
      local arguments = { "s_client", "-connect", "127.0.0.1:" .. port, ... }
      return select(2, process.start("openssl", arguments):wait())
    end
    assert.matches("subject=CN = a.example", ask("-servername", "a.example"), 1, true)
    assert.matches("subject=CN = *.b.example", ask("-servername", "w.b.example"), 1, true)
    assert.matches("unrecognized name", ask("-servername", "c.example"), 1, true)
    assert.matches("unrecognized name", ask("-noservername"), 1, true)
  end)

  it("works with LuaSocket too", function()
    local program = pki.file(([[
      local tls = require("luatls")
      local listener = assert(tls.listen("127.0.0.1", 0, {
        io = "luasocket",
        hosts = { ["a.example"] = { certificate = %q, key = %q } },
      }))
      print("port " .. listener:port())
      io.stdout:flush()
      local stream <close> = assert(listener:accept())
      stream:write("hello ", stream:info().server_name, "\n")
    ]]):format(a:chain_path(), a:key_path()))
    local server = process.start("lua5.4", { program })
    local port = tonumber(server:expect("port (%d+)"))
    assert.equal("hello a.example", greeted(port, "a.example"))
  end)
end)

describe("on_client_hello of a listener", function()
  after_each(function()
    for _, listener in ipairs(listeners) do
      listener:close()
    end
    listeners = {}
  end)

  it("may wait in the loop while others are served", function()
    local context = assert(tls.context({ role = "server", certificate = a.chain, key = a.key }))
    local order, gate = {}, {}
    local port = listen({
      on_client_hello = function(greeting)
        table.insert(order, greeting.alpn and greeting.alpn[1] or "none")
        if greeting.alpn then
          luv.wait(gate)
        else
          luv.ring(gate)
        end
        return context
      end,
    })
    local waited
    luv.spawn(function()
      waited = greeted(port, "a.example", { alpn = { "patient" } })
    end)
    repeat
      luv.sleep(0.001)
    until order[1]
    assert.equal("you asked for a.example", greeted(port, "a.example"))
    repeat
      luv.sleep(0.001)
    until waited
    assert.equal("you asked for a.example", waited)
    assert.same({ "patient", "none" }, order)
  end)

  it("may make contexts as they are asked for", function()
    local made = {}
    local port = listen({
      on_client_hello = function(greeting)
        local name = greeting.server_name
        made[name] = made[name]
          or assert(tls.context({
            role = "server",
            certificate = identity(name).chain,
            key = identity(name).key,
          }))
        return made[name]
      end,
    })
    for _, name in ipairs({ "one.example", "two.example", "one.example" }) do
      assert.equal("you asked for " .. name, greeted(port, name))
    end
  end)

  it("is told by on_error when it raises", function()
    local errors = {}
    local port = listen({
      on_client_hello = function()
        error("no database")
      end,
      on_error = function(err)
        table.insert(errors, err)
      end,
    })
    assert.equal("internal_error", refused(port, "a.example").alert.name)
    assert.equal("internal", errors[1].kind)
    assert.matches("no database", errors[1].message)
  end)
end)

describe("an HTTPS server with hosts", function()
  it("serves them to curl, and issues no certificate of its own", function()
    local server = assert(https.server({
      port = 0,
      hosts = { ["a.example"] = of(a), ["*.b.example"] = of(b) },
      handler = function(request)
        return "hello " .. request.headers:get("host"):match("[^:]+") .. "\n"
      end,
    }))
    server:start()
    assert.is_nil(server.development_ca)
    local function curl(name)
      local place = ("%s:%d"):format(name, server:port())
      return process
        .start("curl", {
          "-sS",
          "--noproxy",
          "*",
          "--cacert",
          pki.root():chain_path(),
          "--resolve",
          place .. ":127.0.0.1",
          "https://" .. place .. "/",
        })
        :wait()
    end
    assert.same({ 0, "hello a.example\n" }, { curl("a.example") })
    assert.same({ 0, "hello www.b.example\n" }, { curl("www.b.example") })
    assert.equal(35, (curl("c.example")))
    server:close()
    process.stop_all()
  end)
end)

describe("the page about server names", function()
  after_each(process.stop_all)

  it("has a server that works", function()
    local port = process.free_port()
    local program = PAGE[1]:gsub("8443", tostring(port))
    for name, host in pairs({ a = a, b = b }) do
      program = program:gsub('"' .. name .. '%.pem"', ("%q"):format(host:chain_path()))
      program = program:gsub('"' .. name .. '%.key"', ("%q"):format(host:key_path()))
    end
    process.start("lua5.4", { pki.file(program) })
    local stream
    repeat
      luv.sleep(0.01)
      stream = connect(port, "a.example")
    until stream
    assert.equal("you asked for a.example", (stream:read("l")))
    stream:close()
    assert.equal("you asked for w.b.example", greeted(port, "w.b.example"))
  end)

  it("has an engine that works", function()
    local own = pki.server()
    local chosen = assert(core.context({ role = "server", certificate = a.chain, key = a.key }))
    local program = PAGE[2]
      :gsub('{ %["a.example"%] = ... }', "...")
      :gsub('"default%.pem"', ("%q"):format(own:chain_path()))
      :gsub('"default%.key"', ("%q"):format(own:key_path()))
    local conn, go_on = assert(load(program .. "return conn, go_on"))({ ["a.example"] = chosen })
    local trust = pki.root().chain
    local client =
      assert(core.context({ role = "client", trust = trust })):connection({ name = "a.example" })
    client:handshake()
    assert.is_false((go_on(client:drain())))
    assert.is_true((pair.join(client, conn):handshake()))
    assert.equal("CN=a.example", client:peer_chain()[1]:subject())
    assert.matches(
      "^\21\3\3\0\2\2p",
      (function()
        local again, feed = assert(load(program .. "return conn, go_on"))({})
        feed(hello.client())
        return again:drain()
      end)()
    )
  end)
end)
