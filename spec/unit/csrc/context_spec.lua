local core = require("luatls.core")
local pki = require("spec.support.pki")

local server, root = pki.server(), pki.root()

local function refuses(options, kind, message)
  local context, err = core.context(options)
  assert.is_nil(context)
  assert.equal(kind, err.kind)
  assert.matches(message, err.message, 1, true)
  return err
end

describe("core.context", function()
  it("makes a client that trusts what it is told to", function()
    for _, trust in ipairs({
      root.chain,
      root.certificate,
      root.certificate:pem(),
      root:chain_path(),
    }) do
      local context = assert(core.context({ role = "client", trust = trust }))
      assert.equal("client", context:role())
      assert.equal("luatls.context (client)", tostring(context))
    end
  end)

  it("makes a server from objects, PEM text and paths", function()
    assert(core.context({ role = "server", certificate = server.chain, key = server.key }))
    assert(core.context({
      role = "server",
      certificate = server.chain:pem(),
      key = server.key:pem(),
    }))
    local context = assert(core.context({
      role = "server",
      certificate = server:chain_path(),
      key = server:key_path(),
    }))
    assert.equal("server", context:role())
  end)

  it("reads an encrypted key with its password", function()
    local path = pki.file("")
    local command = "openssl rsa -aes128 -passout pass:sesame -in %s -out %s 2>/dev/null"
    assert(os.execute(command:format(pki.server("rsa"):key_path(), path)))
    local options = { role = "server", certificate = pki.server("rsa").chain, key = path }
    options.password = "sesame"
    assert(core.context(options))
    for _, wrong in ipairs({ "open", "" }) do
      options.password = wrong
      local err = refuses(options, "parse", "cannot read the key")
      assert.equal("password", err.reason)
    end
  end)

  it("refuses a client without anything to trust", function()
    local err = refuses({ role = "client" }, "config", "there is nothing to trust")
    assert.matches("option trust", err.hint)
  end)

  it("refuses a server that asks for certificates without anything to trust", function()
    for _, mode in ipairs({ "optional", "required" }) do
      refuses({
        role = "server",
        certificate = server.chain,
        key = server.key,
        client_auth = mode,
      }, "config", "there is nothing to trust")
    end
  end)

  it("refuses a server without a certificate, and a certificate without its key", function()
    refuses({ role = "server" }, "config", "a server needs a certificate")
    refuses({ role = "server", certificate = server.chain }, "config", "but no key")
    refuses({
      role = "server",
      certificate = server.chain,
      key = root.key,
    }, "config", "the key is not the certificate's")
    refuses({
      role = "server",
      certificate = server.chain,
      key = server.key:public(),
    }, "config", "it is a public key")
  end)

  it("refuses a server with a certificate that is for clients", function()
    local client = pki.client()
    refuses({
      role = "server",
      certificate = client.chain,
      key = client.key,
    }, "config", "the certificate is not for servers")
  end)

  it("tells which file is missing or broken", function()
    refuses({ role = "client", trust = "/no/ca.pem" }, "io", "cannot read /no/ca.pem")
    refuses({ role = "client", trust = pki.file("rubbish") }, "parse", "cannot read")
    refuses({
      role = "server",
      certificate = server.chain,
      key = "/no/key.pem",
    }, "io", "cannot read /no/key.pem")
  end)

  it("needs no trust when nothing is verified, and says so at the connection", function()
    local context = assert(core.context({ role = "client", insecure_skip_verify = true }))
    local info = context:connection():info()
    assert.same({ "insecure_skip_verify" }, info.insecure)
    assert.is_false(info.verified)
  end)

  it("keeps alive what its connections need", function()
    local conn
    do
      local context = core.context({ role = "client", trust = root.certificate:pem() })
      conn = context:connection({ name = "localhost" })
    end
    collectgarbage()
    collectgarbage()
    assert.same({ false, "read" }, { conn:handshake() })
  end)

  it("does not follow changes of the table that it was made from", function()
    local alpn = { "h2" }
    local context = core.context({ role = "client", trust = root.chain, alpn = alpn })
    alpn[1] = nil
    collectgarbage()
    local conn = context:connection({ name = "localhost" })
    conn:handshake()
    assert.matches("h2", conn:drain(), 1, true)
  end)
end)

describe("ctx:connection", function()
  local context = core.context({ role = "client", trust = root.chain })

  it("raises for a client that does not say who its peer is", function()
    assert.error_matches(function()
      context:connection()
    end, 'needs option "name"')
    assert.error_matches(function()
      context:connection({ sni = "localhost" })
    end, 'needs option "name"')
  end)

  it("raises for options that it does not know", function()
    assert.error_matches(function()
      context:connection({ host = "x" })
    end, 'unknown option "host"')
    assert.error_matches(function()
      context:connection({ name = "x", fd = -1 })
    end, 'bad option "fd"')
    assert.error_matches(function()
      context:connection({ name = 5 })
    end, "string expected")
  end)

  it("never sends an IP address as server name", function()
    for _, name in ipairs({ "127.0.0.1", "::1", "2001:db8::1" }) do
      local conn = context:connection({ name = name })
      conn:handshake()
      assert.is_nil(conn:info().server_name)
      assert.is_nil(conn:drain():find(name, 1, true))
    end
  end)

  it("sends the name without the root's dot, or the one of option sni", function()
    local conn = context:connection({ name = "a.example." })
    assert.equal("a.example", conn:info().server_name)
    conn = context:connection({ name = "a.example", sni = "b.example" })
    conn:handshake()
    local hello = conn:drain()
    assert.is_nil(hello:find("a.example", 1, true))
    assert.is_number(hello:find("b.example", 1, true))
  end)
end)
