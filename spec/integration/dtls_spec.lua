-- DTLS 1.2 over UDP: with OpenSSL and GnuTLS as peers, and the manual's programs.

local datagrams = require("spec.support.datagrams")
local manual = require("spec.support.manual")
local peer = require("spec.support.peer")
local pki = require("spec.support.pki")
local process = require("spec.support.process")
local udp = require("spec.support.udp")

local GNUTLS <const> = "NORMAL:-VERS-ALL:+VERS-DTLS1.2"

describe("DTLS 1.2 over UDP", function()
  local side

  after_each(function()
    if side then side:close() end
    side = nil
    process.stop_all()
  end)

  local function open(made)
    side = made
    assert(side:await("handshake"))
    assert.equal("DTLS 1.2", side.conn:info().version)
    return side
  end

  local function identities()
    return coroutine.wrap(function()
      for _, kind in ipairs({ "ec", "rsa" }) do
        coroutine.yield(kind, pki.server(kind))
      end
    end)
  end

  for kind, identity in identities() do
    it("reaches OpenSSL's server with its " .. kind .. " certificate", function()
      local args = { "-dtls1_2", "-listen" }
      local server, port = peer.openssl_server({ identity = identity, args = args })
      open(udp.client(datagrams.client(), port))
      side:await("write", "hello\n")
      server:expect("hello")
      server:write("answer\n")
      assert.equal("answer\n", (side:await("read")))
      side:await("shutdown")
      assert.equal(0, server:wait()) -- it takes one client
    end)

    it("reaches GnuTLS' server with its " .. kind .. " certificate", function()
      local args = { "--udp", "--priority", GNUTLS, "--mtu", "600" }
      local _, port = peer.gnutls_server({ identity = identity, args = args })
      open(udp.client(datagrams.client({ mtu = 508 }), port))
      side:await("write", "hello\n")
      assert.equal("hello\n", (side:await("read")))
    end)

    it("is reached by OpenSSL's client with an " .. kind .. " certificate", function()
      local me = { certificate = identity.chain, key = identity.key }
      side = udp.server(datagrams.server(me))
      local options = { trust = pki.root(), args = { "-dtls1_2", "-mtu", "1200" } }
      local client = peer.openssl_client(side.port, options)
      open(side)
      client:write("hello\n")
      assert.equal("hello\n", (side:await("read")))
      side:await("write", "answer\n")
      client:expect("answer")
      side:await("shutdown")
      assert.equal(0, client:wait())
    end)

    it("is reached by GnuTLS' client with an " .. kind .. " certificate", function()
      local me = { certificate = identity.chain, key = identity.key, mtu = 508 }
      side = udp.server(datagrams.server(me))
      local options = { trust = pki.root(), args = { "--udp", "--priority", GNUTLS } }
      local client = peer.gnutls_client(side.port, options)
      open(side)
      client:write("hello\n")
      assert.equal("hello\n", (side:await("read")))
      side:await("write", "answer\n")
      client:expect("answer")
    end)
  end

  it("is refused where OpenSSL does not trust the server", function()
    side = udp.server(datagrams.server())
    local options = { trust = pki.client(), args = { "-dtls1_2" } }
    peer.openssl_client(side.port, options)
    local done, err = side:await("handshake")
    assert.is_nil(done)
    assert.equal("unknown_ca", err.alert.name)
  end)
end)

describe("the programs of docs/dtls.md", function()
  after_each(process.stop_all)

  it("talk to each other", function()
    local client, server = table.unpack(manual.programs("docs/dtls.md"))
    local port, folder = process.free_port(), manual.folder()
    manual.start(server, port, folder):expect("ready")
    for _ = 1, 3 do
      local _, text = manual.start(client, port, folder):wait()
      assert.equal("DTLS 1.2\thello hello\n", text)
    end
  end)
end)
