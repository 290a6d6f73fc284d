-- Secrets and bindings of connections that resumed, against what OpenSSL and
-- GnuTLS compute for the same connection.

local peer = require("spec.support.peer")
local pki = require("spec.support.pki")
local process = require("spec.support.process")
local tls = require("luatls")

local LABEL <const> = "EXPERIMENTAL spec"
-- GnuTLS knows no server certificate on a connection that resumed.
local BINDINGS <const> = { "tls-unique", "tls-exporter" }
local OPENSSL_ARGS <const> = { "-keymatexport", LABEL, "-keymatexportlen", "40" }
local GNUTLS_ARGS <const> = { "--keymatexport", LABEL, "--keymatexportsize", "40" }
local UNBOUND <const> = "NORMAL:-VERS-ALL:+VERS-TLS1.2:%NO_SESSION_HASH"

local function hex(bytes)
  return (bytes:gsub(".", function(byte)
    return ("%02x"):format(byte:byte())
  end))
end

-- Two connections to a server, which `poke` makes say something; what `check`
-- gets is the second one, resumed.
local function visit_twice(port, version, poke, check)
  local context = assert(tls.context({
    role = "client",
    trust = pki.root().chain,
    max_version = version,
  }))
  local session
  for i = 1, 2 do
    local stream <close> = assert(tls.connect("localhost", port, {
      context = context,
      session = session,
      timeout = 20,
    }))
    poke(stream)
    assert(stream:read_some())
    session = assert(stream:session())
    assert.equal(i == 2, stream:info().resumed)
    if i == 2 then check(stream) end
  end
end

-- Ask a server that echoes.
local function ask(stream)
  stream:write("x\r\n")
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

-- The second of what a program prints of its connections.
local function second(program, title)
  local line = title .. "(%x+)\n"
  return (select(2, program:expect(line .. ".-" .. line))):lower()
end

local function second_binding(program, type)
  return second(program, "'" .. type:gsub("%-", "%%-") .. "': ")
end

for _, version in ipairs({ "1.2", "1.3" }) do
  describe("secrets of a resumed connection in TLS " .. version, function()
    after_each(process.stop_all)

    it("are those of openssl s_server", function()
      local args = { "-naccept", "2", table.unpack(OPENSSL_ARGS) }
      local options = { identity = pki.server(), version = version, args = args }
      local server, port = peer.openssl_server(options)
      local function poke()
        server:write("x\n")
      end
      visit_twice(port, version, poke, function(stream)
        local secret = second(server, "Keying material: ")
        assert.equal(secret, hex(stream:export(LABEL, 40)))
      end)
    end)

    it("and bindings are those of gnutls-serv", function()
      local options =
        { identity = pki.server(), version = version, args = GNUTLS_ARGS, tickets = true }
      local server, port = peer.gnutls_server(options)
      visit_twice(port, version, ask, function(stream)
        local secret = second(server, "Key material: ")
        assert.equal(secret, hex(stream:export(LABEL, 40)))
        local certificate = hex(stream:channel_binding("tls-server-end-point"))
        assert.equal(pki.server().certificate:fingerprint("sha256"), certificate)
        for _, type in ipairs(version == "1.2" and BINDINGS or {}) do
          assert.equal(second_binding(server, type), hex(stream:channel_binding(type)), type)
        end
      end)
    end)

    it("are those of openssl s_client", function()
      local listener <close> = listen(version)
      local path = pki.file("")
      for i, option in ipairs({ "-sess_out", "-sess_in" }) do
        local args = { "s_client", "-connect", "127.0.0.1:" .. listener:port(), option, path }
        table.move(OPENSSL_ARGS, 1, #OPENSSL_ARGS, #args + 1, args)
        local client = process.start("openssl", args)
        local stream <close> = assert(listener:accept(20))
        assert.equal(i == 2, stream:info().resumed)
        local secret = client:expect("Keying material: (%x+)\n"):lower()
        assert.equal(secret, hex(stream:export(LABEL, 40)))
        stream:write("that is all\n")
        client:expect("that is all")
        client:finish_input()
        client:wait()
      end
    end)

    it("and bindings are those of gnutls-cli", function()
      local listener <close> = listen(version)
      local args = { "--resume", "--verbose", table.unpack(GNUTLS_ARGS) }
      local client = peer.gnutls_client(listener:port(), { trust = pki.root(), args = args })
      local first <close> = assert(listener:accept(20))
      first:write("x")
      client:finish_input()
      first:read("a")
      first:close()
      local stream <close> = assert(listener:accept(20))
      assert.is_true(stream:info().resumed)
      local secret = second(client, "Key material: ")
      assert.equal(secret, hex(stream:export(LABEL, 40)))
      for _, type in ipairs(version == "1.2" and BINDINGS or {}) do
        assert.equal(second_binding(client, type), hex(stream:channel_binding(type)), type)
      end
    end)
  end)
end

describe("a resumed connection without the extended master secret", function()
  after_each(process.stop_all)

  it("exports nothing", function()
    local args = { "--priority", UNBOUND }
    local _, port = peer.gnutls_server({ identity = pki.server(), tickets = true, args = args })
    visit_twice(port, "1.2", ask, function(stream)
      for _, failed in ipairs({
        { stream:export(LABEL, 32) },
        { stream:channel_binding("tls-unique") },
        { stream:channel_binding("tls-exporter") },
      }) do
        assert.is_nil(failed[1])
        assert.matches("RFC 7627", failed[2].message)
      end
      assert.equal(32, #stream:channel_binding("tls-server-end-point"))
    end)
  end)
end)
