-- The programs of docs/closing.md, and the memory that it promises.

local core = require("luatls.core")
local manual = require("spec.support.manual")
local pair = require("spec.support.pair")
local peer = require("spec.support.peer")
local pki = require("spec.support.pki")
local process = require("spec.support.process")
local tls = require("luatls")

describe("the programs of docs/closing.md", function()
  local server, client, engine = table.unpack(manual.programs("docs/closing.md"))

  after_each(process.stop_all)

  it("talk to each other", function()
    local port, folder = process.free_port(), manual.folder()
    local listener = manual.start(server, port, folder)
    peer.await_port(port)
    local _, text = manual.start(client, port, folder):wait()
    assert.equal("24 bytes\n", text)

    -- One that stops in the middle of its question.
    local stream = assert(tls.connect("localhost", port, {
      trust = pki.root().chain,
      max_version = "1.2", -- no ticket is unread then: that would be a reset
    }))
    assert(stream:write("half a quest"))
    stream.channel:abandon()
    listener:expect("truncated\n")
  end)

  it("work without a socket", function()
    local _, text = manual.start(engine):wait()
    local form = "^true\nquestion\nnil\tthe peer closed the connection\nanswer\n$"
    assert.matches(form, text)
  end)
end)

-- A sanitizer pads every block, and keeps those that were freed.
local is_sanitized <const> = package.cpath:find("/asan/", 1, true) ~= nil
local MOST <const> = (34 + 2 * 512) * 1024 * (is_sanitized and 3 or 1) -- bytes

describe("a connection whose peer reads nothing", function()
  it("takes no more memory than the manual says", function()
    local _, text = process.start("lua5.4", { "spec/support/stuffed.lua", "40" }):wait()
    local each = assert(tonumber(text), text)
    assert.is_true(each <= MOST, text)
    assert.is_true(each > 256 * 1024, text)
  end)
end)

describe("a long conversation", function()
  it("leaves the Lua heap as it was", function()
    local key = core.random(32)
    local two = pair.join(
      assert(core.context({ role = "client", psk = { identity = "me", key = key } })):connection({
        name = "me",
      }),
      assert(core.context({ role = "server", psk = { me = key } })):connection()
    )
    assert(two:handshake())
    local text = ("x"):rep(100)
    local client, server = two.client, two.server
    local function echo(count)
      for _ = 1, count do
        client:write(text)
        server:feed(client:drain())
        server:write(server:read())
        client:feed(server:drain())
        if client:read() ~= text then error("another text came") end
      end
      collectgarbage()
      return collectgarbage("count")
    end
    echo(1000)
    local before = echo(1000)
    assert.is_true(echo(100000) - before < 1)
  end)
end)
