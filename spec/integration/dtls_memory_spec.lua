-- The memory that a server of datagrams gives to a client, whatever that one sends:
-- docs/dtls.md promises how much.

local process = require("spec.support.process")

-- A sanitizer keeps freed memory: there the programs run, and are not measured.
local is_sanitized <const> = package.cpath:find("/asan/", 1, true) ~= nil

local KB <const> = 1024
local MOST <const> = {
  strangers = 64 * KB,
  parts = 128 * KB,
  floods = (64 + 2 * 512) * KB,
}

describe("a server of datagrams gives no more memory than the manual says", function()
  after_each(process.stop_all)

  for what, most in pairs(MOST) do
    it("to " .. what, function()
      local program = { "spec/support/stuffed_datagrams.lua", what, "40" }
      local code, text = process.start("lua5.4", program):wait()
      assert.equal(0, code, text)
      local each = assert(tonumber(text), text)
      assert.is_true(each <= most or is_sanitized, text)
    end)
  end
end)
