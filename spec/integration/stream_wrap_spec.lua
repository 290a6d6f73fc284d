-- TLS on sockets that are connected already: STARTTLS, both roles, both kinds.

local luv = require("luatls.io.luv")
local peer = require("spec.support.peer")
local pki = require("spec.support.pki")
local process = require("spec.support.process")
local socket = require("socket")
local tls = require("luatls")
local uv = require("luv")

local function client_context()
  return assert(tls.context({ role = "client", trust = pki.root().chain }))
end

local function server_context()
  local identity = pki.server()
  return assert(tls.context({
    role = "server",
    certificate = identity.chain,
    key = identity.key,
  }))
end

describe("tls.wrap", function()
  after_each(process.stop_all)

  it("makes a LuaSocket object a TLS client", function()
    local _, port = peer.gnutls_server({ identity = pki.server() })
    local tcp = assert(socket.connect("127.0.0.1", port))
    local stream <close> = assert(tls.wrap(tcp, client_context(), {
      name = "localhost",
      timeout = 10,
    }))
    assert.is_true(stream:info().verified)
    assert(stream:write("hello\n"))
    assert.equal("hello", stream:read())
    stream:close()
    assert.equal(-1, tcp:getfd())
  end)

  it("makes a TCP handle of luv a TLS client", function()
    local _, port = peer.gnutls_server({ identity = pki.server() })
    local tcp, connected = uv.new_tcp(), {}
    tcp:connect("127.0.0.1", port, function()
      luv.ring(connected)
    end)
    assert.is_true(luv.wait(connected, luv.now() + 10))
    local options = { name = "localhost", timeout = 10 }
    local stream <close> = assert(tls.wrap(tcp, client_context(), options))
    assert(stream:write("hello\n"))
    assert.equal("hello", stream:read())
  end)

  it("takes the options of a client alone, without a context", function()
    local _, port = peer.gnutls_server({ identity = pki.server() })
    local options = { name = "localhost", trust = pki.root():chain_path(), timeout = 10 }
    local tcp = assert(socket.connect("127.0.0.1", port))
    local stream <close> = assert(tls.wrap(tcp, options))
    assert.is_true(stream:info().verified)
    options.name = "mail.example"
    local refused, err = tls.wrap(assert(socket.connect("127.0.0.1", port)), options)
    assert.is_nil(refused)
    assert.equal("verify", err.kind)
  end)

  it("verifies by the system's roots where it is given nothing to trust", function()
    local _, port = peer.gnutls_server({ identity = pki.server() })
    local tcp = assert(socket.connect("127.0.0.1", port))
    local stream, err = tls.wrap(tcp, { name = "localhost", timeout = 10 })
    assert.is_nil(stream)
    assert.equal("verify", err.kind)
  end)

  it("is the server's side of STARTTLS too", function()
    local server = assert(socket.bind("127.0.0.1", 0))
    local _, port = server:getsockname()
    local options = { trust = pki.root(), args = { "-starttls", "smtp" } }
    local client = peer.openssl_client(math.tointeger(port), options)
    server:settimeout(10)
    local tcp = assert(server:accept())
    server:close()
    tcp:settimeout(10)
    tcp:send("220 spec ESMTP\r\n")
    assert.matches("^EHLO", (tcp:receive()))
    tcp:send("250-spec\r\n250 STARTTLS\r\n")
    assert.equal("STARTTLS", (tcp:receive()))
    tcp:send("220 go ahead\r\n")
    local stream <close> = assert(tls.wrap(tcp, server_context(), { timeout = 10 }))
    client:write("hello over TLS\n")
    assert.equal("hello over TLS", stream:read())
  end)

  it("verifies whom it is told to expect", function()
    local _, port = peer.gnutls_server({ identity = pki.server() })
    local tcp = assert(socket.connect("127.0.0.1", port))
    local stream, err = tls.wrap(tcp, client_context(), {
      name = "mail.example",
      timeout = 10,
      host = "127.0.0.1",
      port = port,
    })
    assert.is_nil(stream)
    assert.equal("verify", err.kind)
    assert.matches("mail.example", err.message, 1, true)
    assert.equal(port, err.port)
    assert.equal(-1, tcp:getfd())
  end)

  it("raises when a client does not say whom it expects", function()
    local _, port = peer.gnutls_server({ identity = pki.server() })
    for _, chosen in ipairs({ client_context(), {} }) do
      local tcp = assert(socket.connect("127.0.0.1", port))
      assert.error_matches(function()
        tls.wrap(tcp, chosen)
      end, 'needs option "name"')
      tcp:close()
    end
  end)

  it("raises for options that are not a client's, and before it takes the socket", function()
    local tcp = socket.tcp()
    for wrong, chosen in pairs({
      ["wrap needs a context, or the options of a client, not a nil"] = false,
      ['unknown option "mode"'] = { mode = "server", name = "localhost" },
      ['unknown option "role"'] = { role = "server", name = "localhost" },
      ['bad option "name"'] = { name = 5 },
    }) do
      assert.error_matches(function()
        tls.wrap(tcp, chosen or nil)
      end, wrong, 1, true)
    end
    tcp:close()
  end)

  it("raises for what is no connected TCP socket", function()
    for _, object in ipairs({ 1, "x", {}, io.stdout, socket.udp(), socket.tcp(), uv.new_tcp() }) do
      assert.has_error(function()
        tls.wrap(object, client_context(), { name = "localhost" })
      end)
    end
  end)

  it("does not wait for ever for a silent peer", function()
    local server = assert(socket.bind("127.0.0.1", 0))
    local _, port = server:getsockname()
    local tcp = assert(socket.connect("127.0.0.1", math.tointeger(port)))
    local stream, err = tls.wrap(tcp, client_context(), { name = "localhost", timeout = 0.05 })
    assert.is_nil(stream)
    assert.equal("timeout", err.kind)
    assert.equal("handshake", err.phase)
    server:close()
  end)
end)
