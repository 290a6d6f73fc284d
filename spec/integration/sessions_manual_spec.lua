-- The programs of docs/sessions.md.

local manual = require("spec.support.manual")
local peer = require("spec.support.peer")
local pki = require("spec.support.pki")
local process = require("spec.support.process")
local tls = require("luatls")

describe("the programs about sessions", function()
  local client, server, saved, shared, cached, counted =
    table.unpack(manual.programs("docs/sessions.md"))
  local folder, port

  before_each(function()
    folder, port = manual.folder(), process.free_port()
    pki.file(tls.random(32), "tickets.key")
    os.remove(folder .. "/session.bin")
    os.remove(folder .. "/session.key")
  end)

  after_each(process.stop_all)

  local function serve()
    local program = manual.start(server, port, folder)
    peer.await_port(port)
    return program
  end

  it("resume", function()
    local program = serve()
    local visitor = manual.start(client, port, folder)
    visitor:expect("hello\tfalse\nhello\ttrue\nhello\ttrue\n")
    program:expect("2 resumed\n")
  end)

  it("resume in the next run", function()
    serve()
    manual.start(saved, port, folder):expect("^hello\tfalse\n")
    manual.start(saved, port, folder):expect("^hello\ttrue\n")
    local file <close> = assert(io.open(folder .. "/session.bin", "rb"))
    assert.is_nil(file:read("a"):find("localhost", 1, true))
  end)

  it("share a secret", function()
    local prelude = 'local tls = require("luatls")\n'
    local program = manual.start(prelude .. shared .. 'print("ready")', port, folder)
    program:expect("ready")
  end)

  it("share a cache, and count", function()
    local text = 'local tls = require("luatls")\nlocal secret = tls.random(32)\n'
    text = text .. cached .. 'local context = tls.context({ role = "client", trust = "ca.pem" })\n'
    manual.start(text .. counted, port, folder):expect("0\t0\t0\n0\t0\n")
  end)
end)
