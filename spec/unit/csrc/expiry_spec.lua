-- Sessions, tickets and certificates grow old, by a clock that is put forward.

local process = require("spec.support.process")

describe("time", function()
  for _, version in ipairs({ "1.2", "1.3" }) do
    it("ends sessions of TLS " .. version .. ", and those of peers that expire", function()
      local arguments = { "spec/support/guarded_clock.lua", version }
      local code, text = process.start("luatls-guard", arguments):wait()
      assert.equal(0, code, text)
      assert.matches("^17 checks", text)
    end)
  end
end)
