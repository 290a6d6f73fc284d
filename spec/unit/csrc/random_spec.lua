local core = require("luatls.core")
local process = require("spec.support.process")

describe("core.random", function()
  it("gives as many bytes as asked for", function()
    for _, size in ipairs({ 0, 1, 16, 1024, 1025, 5000, 65536 }) do
      assert.equal(size, #core.random(size))
    end
  end)

  it("never repeats itself", function()
    local seen = {}
    for _ = 1, 1000 do
      local bytes = core.random(16)
      assert.is_nil(seen[bytes])
      seen[bytes] = true
    end
  end)

  -- Servers that fork their workers share the key of tickets.
  it("is another one in a process that is forked off", function()
    local code, text = process.start("luatls-guard", { "spec/support/guarded_fork.lua" }):wait()
    assert.equal(0, code, text)
    assert.matches("^8 compared", text)
  end)

  it("raises for sizes that make no sense", function()
    for _, size in ipairs({ -1, 65537, math.maxinteger }) do
      assert.error_matches(function()
        core.random(size)
      end, "out of range")
    end
  end)
end)
