-- Pre-shared keys between us and others, in both versions and both directions.

local luv = require("luatls.io.luv")
local manual = require("spec.support.manual")
local peer = require("spec.support.peer")
local pki = require("spec.support.pki")
local process = require("spec.support.process")
local tls = require("luatls")

local KEY <const> = "0123456789abcdef"
local HEX <const> = "30313233343536373839616263646566"
local WRONG_HEX <const> = HEX:reverse()

local NOT_ANY <const> = "NORMAL:-VERS-ALL:+VERS-TLS%s:-KX-ALL:+ECDHE-PSK:+DHE-PSK"

local function ours(version, more)
  local options = { min_version = version, max_version = version, timeout = 10 }
  for name, value in pairs(more or {}) do
    options[name] = value
  end
  return options
end

-- What the server of other people is told, as a client of ours sees it.
local function visit(port, options)
  local stream <close> = assert(tls.connect("127.0.0.1", port, options))
  assert(stream:write("hello\n"))
  return stream:info(), stream
end

local listeners = {}

-- A listener that stays open keeps the loop, and all later specs, waiting.
local function stop_all()
  for _, listener in ipairs(listeners) do
    listener:close()
  end
  listeners = {}
  process.stop_all()
end

-- Our server, that says back one line to every client.
local function listen(options)
  local infos, errors = {}, {}
  options.psk = options.psk or { device = KEY }
  function options.on_error(err)
    table.insert(errors, err)
  end
  local listener = assert(tls.listen("127.0.0.1", 0, options))
  table.insert(listeners, listener)
  luv.spawn(function()
    listener:serve(function(stream)
      table.insert(infos, stream:info())
      stream:write("echo " .. stream:read("l") .. "\n")
    end)
  end)
  return listener, infos, errors
end

local function openssl_client(port, version, hex)
  local args = { "s_client", "-connect", "127.0.0.1:" .. port, "-quiet" }
  local flags =
    { version == "1.2" and "-tls1_2" or "-tls1_3", "-psk_identity", "device", "-psk", hex }
  table.move(flags, 1, #flags, #args + 1, args)
  return process.start("openssl", args)
end

local function gnutls_client(port, version, hex)
  return process.start("gnutls-cli", {
    "--port",
    tostring(port),
    "--priority",
    NOT_ANY:format(version),
    "--pskusername",
    "device",
    "--pskkey",
    hex,
    "127.0.0.1",
  })
end

for _, version in ipairs({ "1.2", "1.3" }) do
  describe("a pre-shared key in TLS " .. version, function()
    local client = ours(version, { psk = { identity = "device", key = KEY } })

    after_each(stop_all)

    local function check_server(server, port)
      local info = visit(port, client)
      assert.equal("device", info.psk_identity)
      assert.equal("TLS " .. version, info.version)
      assert.is_true(info.forward_secrecy)
      server:expect("hello")
    end

    it("is agreed on with openssl s_server", function()
      local args = { "-nocert", "-psk_identity", "device", "-psk", HEX }
      check_server(peer.openssl_server({ version = version, args = args }))
    end)

    it("is agreed on with gnutls-serv", function()
      local passwords = pki.file("device:" .. HEX .. "\n")
      local args = { "--priority", NOT_ANY:format(version), "--pskpasswd", passwords }
      check_server(peer.gnutls_server({ args = args }))
    end)

    it("is refused by openssl s_server when it is another one", function()
      local args = { "-nocert", "-psk_identity", "device", "-psk", WRONG_HEX }
      local _, port = peer.openssl_server({ version = version, args = args })
      local stream, err = tls.connect("127.0.0.1", port, client)
      assert.is_nil(stream)
      assert.equal("alert", err.kind)
      assert.matches("another key", err.hint)
    end)

    it("is not what a server with a certificate only gets", function()
      local _, port = peer.openssl_server({ identity = pki.server(), version = version })
      local stream, err = tls.connect("127.0.0.1", port, client)
      assert.is_nil(stream)
      assert.equal("alert", err.kind)
    end)

    for name, start in pairs({ openssl = openssl_client, gnutls = gnutls_client }) do
      it("is agreed on with a client of " .. name, function()
        local listener, infos = listen(ours(version))
        local program = start(listener:port(), version, HEX)
        program:write("hello\n")
        -- gnutls-cli 3.7 crashes when it has to describe such a connection.
        if name == "gnutls" and version == "1.2" then
          program:wait()
        else
          program:expect("echo hello")
        end
        assert.equal("device", infos[1].psk_identity)
        assert.equal("TLS " .. version, infos[1].version)
        assert.is_true(infos[1].forward_secrecy)
      end)

      it("lets in no client of " .. name .. " with another one", function()
        local listener, infos, errors = listen(ours(version))
        local program = start(listener:port(), version, WRONG_HEX)
        assert.not_equal(0, (program:wait()))
        while not errors[1] do
          luv.sleep(0.01)
        end
        assert.equal("device", errors[1].psk_identity)
        assert.matches("another key", errors[1].message)
        assert.same({}, infos)
      end)
    end

    it("leaves clients that come with a certificate in mind alone", function()
      local identity = pki.server()
      local listener, infos = listen(ours(version, {
        certificate = identity.chain,
        key = identity.key,
        client_auth = "none",
      }))
      local program = peer.openssl_client(listener:port(), {
        version = version,
        trust = pki.root(),
      })
      program:write("hello\n")
      program:expect("echo hello")
      assert.is_nil(infos[1].psk_identity)
    end)
  end)
end

describe("a key without a key exchange", function()
  after_each(stop_all)

  it("is taken in TLS 1.3 only where that is spelled out", function()
    local function start(more)
      local listener, infos = listen(ours("1.3", more))
      local args = { "s_client", "-connect", "127.0.0.1:" .. listener:port(), "-quiet" }
      local flags = { "-tls1_3", "-psk_identity", "device", "-psk", HEX, "-allow_no_dhe_kex" }
      table.move(flags, 1, #flags, #args + 1, args)
      return process.start("openssl", args), infos
    end
    local program, infos = start()
    program:write("hello\n")
    program:expect("echo hello")
    assert.is_true(infos[1].forward_secrecy)
    program, infos = start({ insecure_static_psk = true })
    program:write("hello\n")
    program:expect("echo hello")
    assert.same({ "insecure_static_psk" }, infos[1].insecure)
  end)
end)

describe("the programs of docs/pre-shared-keys.md", function()
  local server, client, engine = table.unpack(manual.programs("docs/pre-shared-keys.md"))

  after_each(stop_all)

  it("talk to each other", function()
    local port = process.free_port()
    manual.start(server, port)
    peer.await_port(port)
    manual.start(client, port):expect("^welcome, device 7\n")
  end)

  it("work without a socket", function()
    manual.start(engine):expect("^device 7\tPSK\n")
  end)
end)
