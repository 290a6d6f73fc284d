-- Servers whose context is replaced while they run, by hand and by their files.

local https = require("luatls.https")
local luv = require("luatls.io.luv")
local manual = require("spec.support.manual")
local peer = require("spec.support.peer")
local pki = require("spec.support.pki")
local process = require("spec.support.process")
local renewal = require("spec.support.renewal")
local tls = require("luatls")

local first, second = renewal.identity(), renewal.identity()

local function subject_of(identity)
  return identity.certificate:subject()
end

local function connect(port, options)
  options = options or {}
  options.trust, options.timeout = pki.root().chain, 20
  return tls.connect("localhost", port, options)
end

-- The subject of the certificate that a port shows.
local function shown(port, options)
  local stream <close> = assert(connect(port, options))
  return stream:peer_chain()[1]:subject()
end

local closing = {}

local function listen(options)
  local listener = assert(tls.listen("127.0.0.1", 0, options))
  table.insert(closing, listener)
  luv.spawn(function()
    listener:serve(function(stream)
      stream:read(1)
    end)
  end)
  return listener
end

local function serve(options)
  options.port = 0
  options.handler = function()
    return "hello"
  end
  local server = assert(https.server(options))
  table.insert(closing, server)
  server:start()
  return server
end

local function await(condition)
  local deadline = luv.now() + 20
  repeat
    luv.sleep(0.01)
  until condition() or luv.now() > deadline
  assert.is_truthy(condition())
end

local function close_all()
  for _, it in ipairs(closing) do
    it:close()
  end
  closing = {}
  process.stop_all()
end

describe("a listener's context", function()
  after_each(close_all)

  it("is replaced for the connections to come, and for no other", function()
    local listener = listen({ certificate = first.chain, key = first.key })
    local port, deadline = listener:port(), luv.now() + 20
    local early = assert(connect(port))
    local waiting = assert(luv.connect("127.0.0.1", port, deadline))
    -- Who came before this one has begun, too.
    assert.equal(subject_of(first), shown(port))
    assert.is_true(listener:replace({ certificate = second.chain, key = second.key }))
    assert.equal(subject_of(second), shown(port))
    local context = assert(tls.context({ role = "client", trust = pki.root().chain }))
    local late = assert(tls.wrap(waiting.tcp, context, { name = "localhost", timeout = 20 }))
    assert.equal(subject_of(first), late:peer_chain()[1]:subject())
    assert(late:write("x"))
    assert(early:write("x"))
    local _, err = early:read(1)
    assert.equal("closed", err.kind)
  end)

  it("may be a context, or a watch, or options again", function()
    local listener = listen({ certificate = first.chain, key = first.key })
    local context =
      assert(tls.context({ role = "server", certificate = second.chain, key = second.key }))
    local site = renewal.folder(first)
    local watched = assert(tls.watch({ certificate = site.certificate, key = site.key }))
    for _, case in ipairs({
      { context, second },
      { watched, first },
      { { context = context }, second },
      { { context = watched }, first },
      { { certificate = second.chain, key = second.key }, second },
      { { certificates = { { certificate = first.chain, key = first.key } } }, first },
      { { certificate = second.chain, key = second.key }, second },
    }) do
      assert.is_true(listener:replace(case[1]))
      assert.equal(subject_of(case[2]), shown(listener:port()))
    end
  end)

  it("keeps what is not replaced", function()
    local refusals = {}
    local listener = listen({
      certificate = first.chain,
      key = first.key,
      client_auth = "required",
      trust = pki.root().chain,
      max_version = "1.2",
      on_error = function(err)
        table.insert(refusals, err)
      end,
    })
    local me = pki.client()
    local known = { certificate = me.chain, key = me.key }
    assert.equal(subject_of(first), shown(listener:port(), known))
    assert.is_true(listener:replace({ certificate = second.chain, key = second.key }))
    assert.equal(subject_of(second), shown(listener:port(), known))
    assert.is_nil((connect(listener:port())))
    assert.equal("verify", refusals[1].kind)
    assert.is_true(listener:replace({ client_auth = "none" }))
    assert.equal(subject_of(second), shown(listener:port()))
  end)

  it("stays when the new one is not good", function()
    local listener = listen({ certificate = first.chain, key = first.key })
    local cases = {
      { { certificate = second.chain }, "config" },
      { { key = second.key }, "config" },
      { { certificate = pki.client().chain, key = pki.client().key }, "config" },
      { { certificate = "/no/such/file" }, "io" },
      { { key = "-----BEGIN nonsense" }, "parse" },
      { { certificate = "/no/such/file", key = "/no/such/key", watch = true }, "io" },
    }
    for _, case in ipairs(cases) do
      local done, err = listener:replace(case[1])
      assert.is_nil(done)
      assert.equal(case[2], err.kind)
    end
    assert.equal(subject_of(first), shown(listener:port()))
  end)

  it("stays at misuse, which raises", function()
    local listener = listen({ certificate = first.chain, key = first.key })
    local client = assert(tls.context({ role = "client", trust = pki.root().chain }))
    local site = renewal.folder(pki.client())
    local watched =
      assert(tls.watch({ role = "client", certificate = site.certificate, key = site.key }))
    for _, case in ipairs({
      { { certifcate = second.chain }, 'nearest: "certificate"' },
      { { timeout = 5 }, 'unknown option "timeout"' },
      { client, "the context is for the other role" },
      { watched, "the context is for the other role" },
      { { context = client, alpn = {} }, 'option "alpn" belongs to the context' },
      { { context = watched, alpn = {} }, 'option "alpn" belongs to the context' },
      { { context = watched, watch = true }, 'option "watch" belongs to options' },
      { { context = {} }, "context or watch expected" },
      { { watch = true }, "nothing to watch" },
      { "fullchain.pem", "options must be a table" },
    }) do
      assert.error_matches(function()
        return (listener:replace(case[1]))
      end, case[2])
    end
    assert.equal(subject_of(first), shown(listener:port()))
  end)

  it("cannot be replaced when the listener is closed", function()
    local listener = listen({ certificate = first.chain, key = first.key })
    listener:close()
    local done, err = listener:replace({})
    assert.is_nil(done)
    assert.equal("closed", err.kind)
  end)

  -- Visits, with the files read again after each, and others after the third.
  local function check_sessions(version, arrange)
    local site = renewal.folder(first)
    local server = serve(arrange({ certificate = site.certificate, key = site.key }))
    local url = ("https://localhost:%d/"):format(server:port())
    local options = { trust = pki.root().chain, timeout = 20, max_version = version }
    local seen = {}
    for i = 1, 5 do
      local response = assert(https.get(url, options))
      response:text()
      seen[i] = response.tls.resumed
      if i == 3 then site:write(second) end
      assert.is_true(server:replace({}))
    end
    assert.same({ false, true, true, false, true }, seen)
  end

  for _, version in ipairs({ "1.2", "1.3" }) do
    it("leaves clients their sessions (TLS " .. version .. ")", function()
      check_sessions(version, function(identity)
        return identity
      end)
    end)

    it("leaves clients of a host their sessions (TLS " .. version .. ")", function()
      check_sessions(version, function(identity)
        return { hosts = { localhost = identity } }
      end)
    end)
  end
end)

describe("a listener that watches its files", function()
  after_each(close_all)

  local function watch(site, errors)
    return assert(tls.watch({
      certificate = site.certificate,
      key = site.key,
      interval = 0.01,
      on_error = function(err)
        table.insert(errors, err)
      end,
    }))
  end

  for _, how in ipairs({ "write", "rename", "link", "link_folder" }) do
    it("takes new ones, in a loop (" .. how .. ")", function()
      local site, errors = renewal.folder(first, how), {}
      local listener = listen({ context = watch(site, errors) })
      assert.equal(subject_of(first), shown(listener:port()))
      site[how](site, second)
      await(function()
        return shown(listener:port()) == subject_of(second)
      end)
      assert.same({}, errors)
    end)
  end

  it("tells what is wrong though nobody connects", function()
    local site, errors = renewal.folder(first), {}
    local listener = listen({ context = watch(site, errors) })
    site:spoil("key", second.key:pem())
    await(function()
      return #errors > 0
    end)
    assert.matches("the key is not the certificate's", errors[1].message)
    assert.equal(subject_of(first), shown(listener:port()))
    assert.equal(1, #errors)
  end)

  it("takes new ones in accept, with LuaSocket", function()
    local site, errors = renewal.folder(first), {}
    local listener <close> =
      assert(tls.listen("127.0.0.1", 0, { context = watch(site, errors), io = "luasocket" }))
    local function expect(identity)
      local options = { trust = pki.root(), args = { "-showcerts" } }
      peer.openssl_client(listener:port(), options)
      local stream <close> = assert(listener:accept(20))
      local binding = stream:channel_binding("tls-server-end-point")
      local hash = identity.certificate:fingerprint():gsub("%x%x", function(digits)
        return string.char(tonumber(digits, 16))
      end)
      assert.equal(hash, binding)
    end
    expect(first)
    site:write(second)
    local stream, err = listener:accept(0.1)
    assert.is_nil(stream)
    assert.equal("timeout", err.kind)
    expect(second)
    site:spoil("certificate", "")
    listener:accept(0.1)
    assert.equal(1, #errors)
    expect(second)
  end)

  it("ends with the listener, and with the watch's replacement", function()
    local program = pki.file(([[
      local luv, tls = require("luv"), require("luatls")
      local options = { certificate = %q, key = %q, watch = true }
      local first = assert(tls.listen("127.0.0.1", 0, options))
      local second = assert(tls.listen("127.0.0.1", 0, options))
      assert(second:replace({ watch = false }))
      assert(second:replace({ watch = true }))
      first:close()
      second:close()
      luv.run()
      print("over")
    ]]):format(pki.server():chain_path(), pki.server():key_path()))
    local code, text = process.start("lua5.4", { program }):wait()
    assert.equal(0, code, text)
    assert.equal("over\n", text)
  end)

  it("needs luv, and says so; a listener that watches nothing does not", function()
    local program = pki.file(([[
      package.preload.luv = function()
        error("not installed")
      end
      local tls = require("luatls")
      local options = { certificate = %q, key = %q, io = "luasocket" }
      assert(tls.listen("127.0.0.1", 0, options)):close()
      options.watch = true
      local listener, err = tls.listen("127.0.0.1", 0, options)
      print(listener, err.kind, err)
    ]]):format(pki.server():chain_path(), pki.server():key_path()))
    local code, text = process.start("lua5.4", { program }):wait()
    assert.equal(0, code, text)
    local expected = "nil\tconfig\tto watch files the Lua module luv must be installed\n"
    assert.equal(expected, text)
  end)

  it("tells on_error of an HTTPS server, too", function()
    local site, errors = renewal.folder(first), {}
    local server = serve({
      certificate = site.certificate,
      key = site.key,
      watch = true,
      on_error = function(err)
        table.insert(errors, err)
      end,
    })
    assert.equal(subject_of(first), shown(server:port()))
    assert.equal(5, server.listener.source.origin.interval)
    server.listener.source.origin.interval, server.listener.source.origin.next_look = 0.01, 0
    site:spoil("key", "nonsense")
    assert.equal(subject_of(first), shown(server:port()))
    await(function()
      return shown(server:port()) == subject_of(first) and #errors > 0
    end)
    assert.matches("^the changed files are not taken: ", errors[1].message)
    site:write(second)
    await(function()
      return shown(server:port()) == subject_of(second)
    end)
  end)
end)

describe("the page about live configuration", function()
  after_each(process.stop_all)

  -- A program of the page, with files and a port of its own.
  local function start(program, site)
    local port = process.free_port()
    program = program:gsub("fullchain%.pem", site.certificate):gsub("privkey%.pem", site.key)
    return manual.start(program, port), port
  end

  local served, listened, watched, by_hand =
    table.unpack(manual.programs("docs/live-configuration.md"))

  it("has programs that serve", function()
    for _, program in ipairs({ served, listened }) do
      local _, port = start(program, renewal.folder(first))
      peer.await_port(port)
      assert.equal(subject_of(first), shown(port))
    end
  end)

  it("has a program that watches", function()
    local code, text = start(watched, renewal.folder(first)):wait()
    assert.equal(0, code, text)
  end)

  it("has a server that reads its files again when it is told to", function()
    local site = renewal.folder(first)
    local server, port = start(by_hand, site)
    server:expect("ready")
    assert.equal(subject_of(first), shown(port))
    site:spoil("key", "nonsense")
    server.handle:kill("sighup")
    server:expect("cannot read")
    assert.equal(subject_of(first), shown(port))
    site:write(second)
    server.handle:kill("sighup")
    server:expect("reloaded")
    assert.equal(subject_of(second), shown(port))
  end)
end)
