-- The programs of two pages of the manual: keys outside Lua, and client
-- certificates.

local manual = require("spec.support.manual")
local peer = require("spec.support.peer")
local pki = require("spec.support.pki")
local process = require("spec.support.process")
local tls = require("luatls")

-- The programs of the page run in a folder with these files.
local function write_files(type)
  local client = pki.client(type)
  manual.folder(type)
  pki.file(client.chain:pem(), "alice.pem")
  pki.file(client.key:pem(), "alice.key")
  pki.file(pki.root().chain:pem(), "clients-ca.pem")
  for _, kind in ipairs({ "ec", "rsa" }) do
    local name = kind == "ec" and "ecdsa" or "rsa"
    pki.file(pki.server(kind).chain:pem(), name .. ".pem")
    pki.file(pki.server(kind).key:pem(), name .. ".key")
  end
end

local function greeted(port, options)
  options.trust, options.timeout = pki.root().chain, 20
  local stream <close> = assert(tls.connect("localhost", port, options))
  return (stream:read("l"))
end

describe("the programs of docs/external-keys.md", function()
  local blocking, looping, engine = table.unpack(manual.programs("docs/external-keys.md"))

  after_each(process.stop_all)

  for what, program in pairs({ ["that block"] = blocking, ["in a loop"] = looping }) do
    for _, type in ipairs({ "ec", "rsa" }) do
      it(("%s serve with an %s key"):format(what, type), function()
        write_files(type)
        local port = process.free_port()
        manual.start(program, port, pki.folder())
        peer.await_port(port)
        for _, version in ipairs({ "1.2", "1.3" }) do
          assert.equal("hello", greeted(port, { max_version = version }))
        end
      end)
    end
  end

  it("work without a socket", function()
    local _, text = manual.start(engine):wait()
    assert.equal(
      "false\tcallback\n"
        .. "ecdsa_secp256r1_sha256\n"
        .. "the external key gave no signature: the line is dead\n",
      text
    )
  end)
end)

describe("the programs of docs/client-certificates.md", function()
  local server, client, choose, engine, dual, alice =
    table.unpack(manual.programs("docs/client-certificates.md"))

  after_each(process.stop_all)

  it("talk to each other", function()
    write_files("ec")
    local port = process.free_port()
    manual.start(server, port, pki.folder())
    peer.await_port(port)
    manual.start(client, port, pki.folder()):expect("^hello CN=Spec Client\n")
    local _, text = manual.start(choose, port, pki.folder()):wait()
    assert.equal("it takes certificates of CN=Spec Root\nhello CN=Spec Client\n", text)
  end)

  it("talk with the certificate that one of them issues", function()
    write_files("ec")
    assert.equal(0, (manual.start(alice, nil, pki.folder()):wait()))
    local port = process.free_port()
    manual.start(server, port, pki.folder())
    peer.await_port(port)
    manual.start(client, port, pki.folder()):expect("^hello CN=Alice\n")
  end)

  it("work without a socket", function()
    manual.start(engine):expect("^CN=Alice\ttrue\n")
  end)

  it("serve with two certificates", function()
    write_files("ec")
    local port = process.free_port()
    manual.start(dual, port, pki.folder())
    peer.await_port(port)
    for _, algorithm in ipairs({ "ecdsa_secp256r1_sha256", "rsa_pss_rsae_sha256" }) do
      assert.equal("hello", greeted(port, { signature_algorithms = { algorithm } }))
    end
  end)
end)
