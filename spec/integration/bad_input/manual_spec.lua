-- The programs of docs/bad-input.md.

local manual = require("spec.support.manual")
local peer = require("spec.support.peer")
local pki = require("spec.support.pki")
local process = require("spec.support.process")

describe("the programs of docs/bad-input.md", function()
  local client, engine = table.unpack(manual.programs("docs/bad-input.md"))

  after_each(process.stop_all)

  it("tell why a server refused", function()
    local _, port = peer.openssl_server({ identity = pki.server(), version = "1.2" })
    local program = manual.start(client, port)
    program:expect("localhost sent alert protocol_version %(70%): no protocol version in common")
    program:expect("alert\tserver_hello\treceived\tprotocol_version")
  end)

  it("walk through a handshake, and tell what disturbed it", function()
    local program = manual.start(engine)
    program:expect("client_hello\tclient_hello")
    program:expect("server_hello\tclient_finished")
    program:expect("the peer sent a message out of order")
  end)
end)
