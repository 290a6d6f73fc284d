-- Another handshake in a connection of TLS 1.2, with the programs of OpenSSL and
-- GnuTLS at its other end, and those of the manual.

local luv = require("luatls.io.luv")
local manual = require("spec.support.manual")
local peer = require("spec.support.peer")
local pki = require("spec.support.pki")
local process = require("spec.support.process")
local tls = require("luatls")

local talk <const> = peer.talk

local function connect(port, renegotiation)
  return assert(tls.connect("localhost", port, {
    trust = pki.root().chain,
    max_version = "1.2",
    renegotiation = renegotiation,
    timeout = 20,
  }))
end

local function listen(renegotiation)
  local identity = pki.server()
  return assert(tls.listen("127.0.0.1", 0, {
    certificate = identity.chain,
    key = identity.key,
    max_version = "1.2",
    renegotiation = renegotiation,
    timeout = 20,
  }))
end

-- Read until so many handshakes are done. Programs lose what comes together with a
-- command.
local function await(stream, count)
  local deadline = luv.now() + 20
  stream:settimeout(0.02)
  repeat
    assert.equal("timeout", select(2, stream:read_some()).kind)
  until stream:info().renegotiations == count or luv.now() > deadline
  stream:settimeout(20)
  assert.equal(count, stream:info().renegotiations)
end

local function openssl_client(port)
  local args = { "s_client", "-connect", "127.0.0.1:" .. port, "-tls1_2" }
  return process.start("openssl", args)
end

describe("another handshake with openssl", function()
  after_each(process.stop_all)

  it("s_server, which asks for it", function()
    local server, port = peer.openssl_server({ identity = pki.server(), version = "1.2" })
    local stream <close> = connect(port, true)
    talk(stream, server, "first")
    for i = 1, 3 do
      server:write("r\n")
      await(stream, i)
      talk(stream, server, "after " .. i)
    end
  end)

  it("s_server, which is asked for it and allows it", function()
    local options = { identity = pki.server(), version = "1.2" }
    options.args = { "-client_renegotiation" }
    local server, port = peer.openssl_server(options)
    local stream <close> = connect(port, true)
    assert.is_true(stream:renegotiate())
    assert.equal(1, stream:info().renegotiations)
    talk(stream, server, "after")
  end)

  it("s_server, which refuses", function()
    local _, port = peer.openssl_server({ identity = pki.server(), version = "1.2" })
    local stream <close> = connect(port, true)
    local done, err = stream:renegotiate()
    assert.is_nil(done)
    assert.same({ "alert", "no_renegotiation" }, { err.kind, err.alert.name })
  end)

  it("s_client, which asks for it", function()
    local listener <close> = listen(true)
    local client = openssl_client(listener:port())
    local stream <close> = assert(listener:accept())
    talk(stream, client, "first")
    client:write("R\n")
    await(stream, 1)
    talk(stream, client, "after")
  end)

  it("s_client, which is asked for it", function()
    local listener <close> = listen(true)
    local client = openssl_client(listener:port())
    local stream <close> = assert(listener:accept())
    assert(stream:renegotiate())
    await(stream, 1)
    talk(stream, client, "after")
  end)
end)

describe("another handshake with", function()
  after_each(process.stop_all)

  it("gnutls-serv", function()
    local _, port = peer.gnutls_server({ identity = pki.server(), version = "1.2" })
    local stream <close> = connect(port, true)
    for i = 1, 3 do
      assert.is_true(stream:renegotiate())
      assert(stream:write("line " .. i .. "\n"))
      assert.equal("line " .. i, stream:read("l"))
      assert.equal(i, stream:info().renegotiations)
    end
  end)

  it("gnutls-cli", function()
    local listener <close> = listen(true)
    local client = peer.gnutls_client(listener:port(), {
      trust = pki.root(),
      version = "1.2",
      args = { "--inline-commands" },
    })
    local stream <close> = assert(listener:accept())
    client:write("^renegotiate^\n")
    await(stream, 1)
    talk(stream, client, "first")
    assert(stream:renegotiate())
    talk(stream, client, "second")
  end)
end)

describe("the programs of docs/renegotiation.md", function()
  local server, client, engine = table.unpack(manual.programs("docs/renegotiation.md"))

  after_each(process.stop_all)

  it("talk to each other", function()
    local port, folder = process.free_port(), manual.folder()
    local listener = manual.start(server, port, folder)
    local deadline = luv.now() + 20
    local text
    repeat
      text = select(2, manual.start(client, port, folder):wait())
    until not text:find("refused", 1, true) or luv.now() > deadline
    assert.equal("and who are you?\t1\n", text)
    assert.equal("hello\t1\n", select(2, listener:wait()))
  end)

  it("work without a socket", function()
    assert.equal("sent before\n1\t1\n", select(2, manual.start(engine):wait()))
  end)
end)
