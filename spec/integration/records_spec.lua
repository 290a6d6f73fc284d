-- The records that others receive, and the sizes that they ask for.

local luv = require("luatls.io.luv")
local manual = require("spec.support.manual")
local peer = require("spec.support.peer")
local pki = require("spec.support.pki")
local process = require("spec.support.process")
local tls = require("luatls")

local PAGE <const> = manual.programs("docs/records.md")

-- A server that writes so many bytes to a client, and tells how many records
-- of data they were.
local function serve(size, version)
  local identity, seen = pki.server(), {}
  local listener = assert(tls.listen("127.0.0.1", 0, {
    certificate = identity.chain,
    key = identity.key,
    max_version = version,
  }))
  luv.spawn(listener.serve, listener, function(stream)
    local before = stream:info().records_out
    stream:write(("x"):rep(size))
    seen.records = stream:info().records_out - before
    stream:shutdown()
    stream:read("a")
  end)
  return listener, seen
end

for _, version in ipairs({ "1.2", "1.3" }) do
  describe("a client that asks for small records, in TLS " .. version, function()
    after_each(process.stop_all)

    it("gets them, and all that was written", function()
      local listener, seen = serve(50000, version)
      local options = { trust = pki.root(), version = version, args = { "--recordsize", "1024" } }
      local client = peer.gnutls_client(listener:port(), options)
      local _, text = client:wait()
      assert.equal(50000, select(2, text:gsub("x", "", 50000)))
      assert.is_true(seen.records >= 49, tostring(seen.records))
      listener:close()
    end)
  end)
end

-- gnutls-serv drops a client whose records are larger than it asked for.
for _, version in ipairs({ "1.2", "1.3" }) do
  describe("a server that asks for small records, in TLS " .. version, function()
    after_each(process.stop_all)

    it("gets them, and we what it sends back", function()
      local args = { "--recordsize", "1024" }
      local options = { identity = pki.server(), version = version, args = args }
      local _, port = peer.gnutls_server(options)
      local text = ("x"):rep(4999) .. "\n"
      local stream = assert(tls.connect("localhost", port, {
        trust = pki.root().chain,
        record_size_limit = 600,
      }))
      local limit = version == "1.3" and 1025 or 1024 -- with the type
      assert.equal(limit, stream:info().peer_record_size_limit)
      local before = stream:info()
      assert(stream:write(text))
      assert.equal(text, stream:read(#text))
      local after = stream:info()
      assert.equal(5, after.records_out - before.records_out)
      assert.is_true(after.records_in - before.records_in >= 9)
      stream:close()
    end)
  end)
end

describe("the page about records", function()
  it("has programs that work", function()
    local listener, seen = serve(20000, "1.3")
    local stream = assert(tls.connect("localhost", listener:port(), { trust = pki.root().chain }))
    assert.equal(20000, #assert(stream:read(20000)))
    assert.equal(11, seen.records)
    for _, program in ipairs(PAGE) do
      assert(load(program))
    end
    stream:close()
    listener:close()
  end)
end)
