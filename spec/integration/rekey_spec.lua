-- New keys in the middle of a connection, with the programs of OpenSSL and
-- GnuTLS at its other end. A line that is a command to them is not sent.

local luv = require("luatls.io.luv")
local manual = require("spec.support.manual")
local peer = require("spec.support.peer")
local pki = require("spec.support.pki")
local process = require("spec.support.process")
local tls = require("luatls")

local talk <const> = peer.talk
local ADAPTERS <const> = { "luv", "luasocket" }

local function connect(port, io, key_update_after)
  local options = { trust = pki.root().chain, io = io, timeout = 20 }
  options.key_update_after = key_update_after
  return assert(tls.connect("localhost", port, options))
end

local function listen(options)
  local identity = pki.server()
  options = options or {}
  options.certificate, options.key, options.timeout = identity.chain, identity.key, 20
  return assert(tls.listen("127.0.0.1", 0, options))
end

local function updates(stream)
  local info = stream:info()
  return { info.key_updates_out, info.key_updates_in }
end

local function each_adapter(what, test)
  for _, io in ipairs(ADAPTERS) do
    it(what .. " (" .. io .. ")", function()
      test(io)
    end)
  end
end

-- Give a command, and read until it has renewed the program's keys. OpenSSL's
-- programs lose what comes together with a command.
local function renew(stream, program, command)
  local before = stream:info().key_updates_in
  local deadline = luv.now() + 20
  program:write(command .. "\n")
  stream:settimeout(0.02)
  repeat
    assert.equal("timeout", select(2, stream:read_some()).kind)
  until stream:info().key_updates_in > before or luv.now() > deadline
  stream:settimeout(20)
end

-- What both programs of OpenSSL can: "k" renews, "K" also asks us to.
local function check_openssl(stream, program)
  renew(stream, program, "k")
  talk(stream, program, "first")
  assert.same({ 0, 1 }, updates(stream))
  renew(stream, program, "K")
  talk(stream, program, "second")
  assert.same({ 1, 2 }, updates(stream))
  assert(stream:update_keys())
  talk(stream, program, "third")
  assert.same({ 2, 2 }, updates(stream))
  assert(stream:update_keys(true))
  assert(stream:write("please\n"))
  program:expect("please")
  talk(stream, program, "fourth")
  assert.same({ 3, 3 }, updates(stream))
end

describe("new keys with openssl", function()
  after_each(process.stop_all)

  each_adapter("s_server", function(io)
    local server, port = peer.openssl_server({ identity = pki.server(), version = "1.3" })
    local stream <close> = connect(port, io)
    check_openssl(stream, server)
  end)

  it("s_client", function()
    local listener <close> = listen()
    local port = listener:port()
    local args = { "s_client", "-connect", "127.0.0.1:" .. port, "-tls1_3" }
    local client = process.start("openssl", args)
    local stream <close> = assert(listener:accept())
    check_openssl(stream, client)
  end)

  it("are refused by a stream that was closed", function()
    local _, port = peer.openssl_server({ identity = pki.server(), version = "1.3" })
    local stream = connect(port, "luv")
    stream:close()
    assert.equal("closed", select(2, stream:update_keys()).kind)
  end)

  it("s_server, which does not listen while it sends", function()
    local body = ("0123456789"):rep(400000)
    pki.file(body, "body")
    local options = { identity = pki.server(), version = "1.3", cwd = pki.folder() }
    options.args = { "-WWW" }
    local _, port = peer.openssl_server(options)
    local stream <close> = connect(port, "luv", 20)
    assert(stream:write("GET /body HTTP/1.0\r\n\r\n"))
    assert.is_true(body == stream:read("a"):match("\r\n\r\n(.*)"))
    assert.same({ 1, 0 }, updates(stream))
  end)
end)

describe("new keys with", function()
  after_each(process.stop_all)

  each_adapter("gnutls-serv", function(io)
    local _, port = peer.gnutls_server({ identity = pki.server(), version = "1.3" })
    local stream <close> = connect(port, io)
    for i = 1, 4 do
      assert(stream:update_keys(i % 2 == 0))
      assert(stream:write("line " .. i .. "\n"))
      assert.equal("line " .. i, stream:read("l"))
    end
    assert.same({ 4, 2 }, updates(stream))
  end)

  it("gnutls-cli", function()
    local listener <close> = listen()
    local port = listener:port()
    local client = peer.gnutls_client(port, {
      trust = pki.root(),
      version = "1.3",
      args = { "--inline-commands" },
    })
    local stream <close> = assert(listener:accept())
    renew(stream, client, "^rekey1^")
    talk(stream, client, "first")
    assert.same({ 0, 1 }, updates(stream))
    renew(stream, client, "^rekey^")
    talk(stream, client, "second")
    assert.same({ 1, 2 }, updates(stream))
    assert(stream:update_keys(true))
    assert(stream:write("please\n"))
    client:expect("please")
    talk(stream, client, "third")
    assert.same({ 2, 3 }, updates(stream))
  end)
end)

describe("the programs of docs/key-update.md", function()
  local blocking, engine = table.unpack(manual.programs("docs/key-update.md"))

  after_each(process.stop_all)

  it("renew keys over a socket", function()
    local listener <close> = listen()
    local trust = ("%q"):format(pki.root():chain_path())
    local program = blocking:gsub('"ca.pem"', trust)
    local client = manual.start(program, listener:port())
    local stream <close> = assert(listener:accept())
    assert.equal("before", stream:read("l"))
    assert.equal("after", stream:read("l"))
    renew(stream, client, "")
    assert(stream:write("hello\n"))
    client:expect("^hello\n2\t1\n")
    assert.same({ 1, 2 }, updates(stream))
  end)

  it("renew keys without a socket", function()
    manual.start(engine):expect("^new keys\t1\n")
  end)
end)
