-- Exported secrets and channel bindings, against what OpenSSL and GnuTLS
-- compute for the same connection.

local peer = require("spec.support.peer")
local pki = require("spec.support.pki")
local process = require("spec.support.process")
local tls = require("luatls")

local LABEL <const> = "EXPERIMENTAL spec"
local BINDINGS <const> = { "tls-exporter", "tls-server-end-point", "tls-unique" }

local function hex(bytes)
  return (bytes:gsub(".", function(byte)
    return ("%02x"):format(byte:byte())
  end))
end

local function connect(port)
  return assert(tls.connect("localhost", port, { trust = pki.root().chain, timeout = 20 }))
end

local function listen(version)
  local identity = pki.server()
  return assert(tls.listen("127.0.0.1", 0, {
    certificate = identity.chain,
    key = identity.key,
    max_version = version,
    timeout = 20,
  }))
end

-- What gnutls-serv and gnutls-cli print of a connection: the bindings only in
-- TLS 1.2.
local function check_gnutls(stream, program, version)
  assert.equal("TLS " .. version, stream:info().version)
  local secret = program:expect("Key material: (%x+)")
  assert.equal(secret, hex(stream:export(LABEL, 40)))
  local text = program:text()
  for _, type in ipairs(version == "1.2" and BINDINGS or {}) do
    local binding = text:match("'" .. type:gsub("%-", "%%-") .. "': (%x+)")
    assert.equal(binding, hex(stream:channel_binding(type)), type)
  end
end

local function check_openssl(stream, program, version)
  assert.equal("TLS " .. version, stream:info().version)
  local secret = program:expect("Keying material: (%x+)\n"):lower()
  assert.equal(secret, hex(stream:export(LABEL, 40)))
end

local OPENSSL_ARGS <const> = { "-keymatexport", LABEL, "-keymatexportlen", "40" }
local GNUTLS_ARGS <const> = { "--keymatexport", LABEL, "--keymatexportsize", "40" }

for _, version in ipairs({ "1.2", "1.3" }) do
  describe("exported secrets in TLS " .. version, function()
    after_each(process.stop_all)

    it("are those of openssl s_server", function()
      local options = { identity = pki.server(), version = version, args = OPENSSL_ARGS }
      local server, port = peer.openssl_server(options)
      local stream <close> = connect(port)
      check_openssl(stream, server, version)
    end)

    it("are those of openssl s_client", function()
      local listener <close> = listen(version)
      local args = { "s_client", "-connect", "127.0.0.1:" .. listener:port() }
      table.move(OPENSSL_ARGS, 1, #OPENSSL_ARGS, #args + 1, args)
      local client = process.start("openssl", args)
      local stream <close> = assert(listener:accept())
      check_openssl(stream, client, version)
    end)

    it("and all channel bindings are those of gnutls-serv", function()
      local options = { identity = pki.server(), version = version, args = GNUTLS_ARGS }
      local server, port = peer.gnutls_server(options)
      local stream <close> = connect(port)
      check_gnutls(stream, server, version)
    end)

    it("and all channel bindings are those of gnutls-cli", function()
      local listener <close> = listen(version)
      local options = { trust = pki.root(), args = { "--verbose", table.unpack(GNUTLS_ARGS) } }
      local client = peer.gnutls_client(listener:port(), options)
      local stream <close> = assert(listener:accept())
      check_gnutls(stream, client, version)
    end)
  end)
end

describe("exported secrets of suites with CBC", function()
  after_each(process.stop_all)

  it("are those of openssl s_server", function()
    for _, suite in ipairs({ "ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA384" }) do
      local args = { "-cipher", suite, table.unpack(OPENSSL_ARGS) }
      local server, port =
        peer.openssl_server({ identity = pki.server(), version = "1.2", args = args })
      local stream <close> = assert(tls.connect("localhost", port, {
        trust = pki.root().chain,
        policy = "compatible",
        timeout = 20,
      }))
      assert.matches("CBC", stream:info().cipher_suite)
      check_openssl(stream, server, "1.2")
    end
  end)
end)

describe("the channel binding tls-exporter", function()
  after_each(process.stop_all)

  it("is what others export in TLS 1.3 under its label", function()
    local args = { "--keymatexport", "EXPORTER-Channel-Binding", "--keymatexportsize", "32" }
    local server, port =
      peer.gnutls_server({ identity = pki.server(), version = "1.3", args = args })
    local stream <close> = connect(port)
    local binding = hex(stream:channel_binding("tls-exporter"))
    assert.equal(binding, (server:expect("Key material: (%x+)")))
  end)
end)

describe("the channel binding tls-server-end-point", function()
  after_each(process.stop_all)

  it("is the fingerprint that openssl prints", function()
    local identity = pki.server("rsa")
    local _, port = peer.openssl_server({ identity = identity })
    local stream <close> = connect(port)
    local args = { "x509", "-noout", "-fingerprint", "-sha256", "-in", identity:chain_path() }
    local _, text = process.start("openssl", args):wait()
    local wanted = text:match("Fingerprint=([%x:]+)"):gsub(":", ""):lower()
    assert.equal(wanted, hex(stream:channel_binding("tls-server-end-point")))
  end)

  -- RFC 5929, 4.1: SHA-1 is no hash to rely on.
  it("is by SHA-256 where the certificate is signed with SHA-1", function()
    local key = pki.file("")
    local path = pki.file("")
    local command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha1"
    command = command .. " -subj /CN=localhost -keyout " .. key .. " -out " .. path
    local code, text = process.start("sh", { "-c", command }):wait()
    assert.equal(0, code, text)
    local chain = assert(tls.chain.load(path))
    assert.equal("ecdsa-with-SHA1", chain[1]:signature_algorithm())
    local listener <close> = assert(tls.listen("127.0.0.1", 0, {
      certificate = chain,
      key = key,
      max_version = "1.2", -- in which gnutls-cli prints it
    }))
    local client = peer.gnutls_client(listener:port(), { args = { "--insecure", "--verbose" } })
    local stream <close> = assert(listener:accept(20))
    local binding = hex(stream:channel_binding("tls-server-end-point"))
    assert.equal(chain[1]:fingerprint("sha256"), binding)
    assert.equal(binding, (client:expect("'tls%-server%-end%-point': (%x+)")))
  end)
end)

describe("without the extended master secret", function()
  after_each(process.stop_all)

  local function check_refusals(stream)
    assert.equal("TLS 1.2", stream:info().version)
    local none, err = stream:export(LABEL, 32)
    assert.is_nil(none)
    assert.equal("config", err.kind)
    assert.matches("RFC 7627", err.message)
    for _, type in ipairs({ "tls-unique", "tls-exporter" }) do
      none, err = stream:channel_binding(type)
      assert.is_nil(none, type)
      assert.matches("RFC 7627", err.message)
    end
    assert.equal(32, #assert(stream:channel_binding("tls-server-end-point")))
  end

  local PRIORITY <const> = "NORMAL:-VERS-ALL:+VERS-TLS1.2:%NO_SESSION_HASH"

  it("a client exports nothing", function()
    local _, port =
      peer.gnutls_server({ identity = pki.server(), args = { "--priority", PRIORITY } })
    local stream <close> = connect(port)
    check_refusals(stream)
  end)

  it("a server exports nothing", function()
    local listener <close> = listen("1.2")
    peer.gnutls_client(listener:port(), { trust = pki.root(), args = { "--priority", PRIORITY } })
    local stream <close> = assert(listener:accept())
    check_refusals(stream)
  end)
end)
