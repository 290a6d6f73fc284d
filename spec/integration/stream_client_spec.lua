-- Our client and the servers of OpenSSL and GnuTLS.

local peer = require("spec.support.peer")
local pki = require("spec.support.pki")
local process = require("spec.support.process")
local tls = require("luatls")

local BIG <const> = 10 * 1024 * 1024

-- Digits only: a letter at the start of what `s_server` reads is a command.
local function digits(size)
  local block = {}
  for i = 1, 10000 do
    block[i] = ("%d"):format((i * 7919) % 1000003)
  end
  local text = table.concat(block)
  return (text:rep(size // #text + 1)):sub(1, size)
end

local function connect(port, options)
  options.trust = options.trust or pki.root().chain
  options.timeout = options.timeout or 20
  return tls.connect("localhost", port, options)
end

local function each_case(what, test)
  for _, version in ipairs({ "1.2", "1.3" }) do
    for _, type in ipairs({ "ec", "rsa" }) do
      for _, io in ipairs({ "luv", "luasocket" }) do
        local name = "%s (TLS %s, %s key, %s)"
        it(name:format(what, version, type, io), function()
          test({ version = version, identity = pki.server(type) }, { io = io })
        end)
      end
    end
  end
end

describe("a client of openssl s_server", function()
  after_each(process.stop_all)

  each_case("sends 1 byte and 10 MB", function(server_options, options)
    for _, size in ipairs({ 1, BIG }) do
      local server, port = peer.openssl_server(server_options)
      local body = digits(size)
      local stream <close> = assert(connect(port, options))
      assert.equal("TLS " .. server_options.version, stream:info().version)
      assert.is_true(stream:info().verified)
      assert.equal(size, stream:write(body))
      stream:close()
      local _, text = server:wait()
      assert.is_truthy(text:find(body, 1, true), "not what was sent")
    end
  end)

  each_case("receives 1 byte and 10 MB", function(server_options, options)
    server_options.args, server_options.cwd = { "-WWW" }, pki.folder()
    for _, size in ipairs({ 1, BIG }) do
      local body = digits(size)
      pki.file(body, "body")
      local _, port = peer.openssl_server(server_options)
      local stream <close> = assert(connect(port, options))
      assert.equal("TLS " .. server_options.version, stream:info().version)
      assert.is_true(stream:info().verified)
      assert(stream:write("GET /body HTTP/1.0\r\n\r\n"))
      assert.equal("HTTP/1.0 200 ok", stream:read("l"))
      repeat
        local line = assert(stream:read("l"))
      until line == ""
      assert.is_true(assert(stream:read("a")) == body, "not what was sent")
    end
  end)
end)

describe("a client of gnutls-serv", function()
  after_each(process.stop_all)

  -- It sends nothing back before it has the whole line.
  each_case("gets back 1 byte and 10 MB", function(server_options, options)
    local _, port = peer.gnutls_server(server_options)
    local stream <close> = assert(connect(port, options))
    assert.equal("TLS " .. server_options.version, stream:info().version)
    assert.is_true(stream:info().verified)
    for _, size in ipairs({ 1, BIG }) do
      local line = digits(size)
      assert.equal(size + 1, stream:write(line, "\n"))
      assert.is_true(assert(stream:read("l")) == line, "not what was sent")
    end
  end)

  it("shows its certificate when it is asked for one", function()
    local server, port = peer.gnutls_server({
      identity = pki.server(),
      trust = pki.root(),
      args = { "--require-client-cert" },
    })
    local identity = pki.client()
    local options = { certificate = identity.chain, key = identity.key }
    local stream <close> = assert(connect(port, options))
    assert(stream:write("hello\n"))
    assert.equal("hello", stream:read("l"))
    assert.is_truthy(server:text():find("Spec Client", 1, true))
  end)
end)

describe("a stream", function()
  after_each(process.stop_all)

  it("ends with 'closed' when the server says so", function()
    pki.file("last words", "body")
    local options = { identity = pki.server(), args = { "-WWW" }, cwd = pki.folder() }
    local _, port = peer.openssl_server(options)
    local stream <close> = assert(connect(port, {}))
    stream:write("GET /body HTTP/1.0\r\n\r\n")
    assert.matches("last words$", stream:read("a"))
    local data, err = stream:read()
    assert.is_nil(data)
    assert.equal("closed", err.kind)
  end)

  it("ends with 'truncated' when the server does not say so", function()
    local server, port = peer.openssl_server({ identity = pki.server() })
    local stream <close> = assert(connect(port, {}))
    -- At "Q" it closes the socket under the TLS connection.
    server:write("last words\n")
    assert.equal("last words", stream:read())
    server:write("Q\n")
    local data, err = stream:read("a")
    assert.is_nil(data)
    assert.equal("truncated", err.kind)
  end)

  it("reports a server that was killed as 'truncated' or 'io'", function()
    local server, port = peer.openssl_server({ identity = pki.server() })
    local stream <close> = assert(connect(port, {}))
    server:write("half a li")
    assert.equal("half", stream:read(4))
    server:stop()
    local data, err = stream:read()
    assert.is_nil(data)
    assert.is_true(err.kind == "truncated" or err.kind == "io", tostring(err))
  end)

  it("shows the chain that the server sent, and who is connected", function()
    local _, port = peer.openssl_server({ identity = pki.server() })
    local stream <close> = assert(connect(port, {}))
    assert.equal("CN=localhost", stream:peer_chain()[1]:subject())
    assert.same({ "127.0.0.1", port }, { stream:peername() })
    assert.equal("127.0.0.1", (stream:sockname()))
  end)
end)
