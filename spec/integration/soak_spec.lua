-- "make soak", for a short life.

local process = require("spec.support.process")

describe("make soak", function()
  after_each(process.stop_all)

  it("exchanges what it is told to, in both roles, with new keys in between", function()
    local code, text = process.start("make", { "-s", "soak", "SIZE=48", "EVERY=500" }):wait()
    assert.equal(0, code, text)
    for _, peer in ipairs({ "OpenSSL", "GnuTLS" }) do
      for _, role in ipairs({ "client", "server" }) do
        local sent, received =
          text:match(role .. " of " .. peer .. ": 48 MB in .- key updates: (%d+) sent, (%d+) rec")
        assert.is_true(tonumber(sent) >= 2 and tonumber(received) >= 2, text)
      end
    end
  end)

  it("tells what went wrong, and fails", function()
    local code, text = process.start("make", { "-s", "soak", "SIZE=32", "EVERY=20" }):wait()
    assert.not_equal(0, code)
    assert.matches("client of GnuTLS: .*Too many handshake packets", text)
  end)
end)
