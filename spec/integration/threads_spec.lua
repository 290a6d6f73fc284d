-- The programs of docs/threads.md. Races are looked for by "make tsan".

local luv = require("luatls.io.luv")
local manual = require("spec.support.manual")
local pki = require("spec.support.pki")
local process = require("spec.support.process")
local tls = require("luatls")

local function lines(text)
  local list = {}
  for line in text:gmatch("[^\n]+") do
    list[#list + 1] = line
  end
  table.sort(list)
  return list
end

describe("the programs of docs/threads.md", function()
  local client, engine = table.unpack(manual.programs("docs/threads.md"))

  after_each(process.stop_all)

  it("connect from four threads", function()
    pki.file(pki.root().chain:pem(), "ca.pem")
    local identity = pki.server()
    local listener <close> = assert(tls.listen("127.0.0.1", 0, {
      certificate = identity.chain,
      key = identity.key,
    }))
    luv.spawn(listener.serve, listener, function(stream)
      stream:write(stream:read("l"), "\n")
    end)
    local program = manual.start(client, listener:port(), pki.folder())
    local _, text = program:wait()
    assert.same({ "thread four", "thread one", "thread three", "thread two" }, lines(text))
  end)

  it("work without a socket", function()
    local _, text = manual.start(engine):wait()
    local all = { "hello from four", "hello from one", "hello from three", "hello from two" }
    assert.same(all, lines(text))
  end)
end)
