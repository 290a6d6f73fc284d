local core = require("luatls.core")

describe("core.error", function()
  it("makes an object with kind, message and details", function()
    local err = core.error("io", "cannot read", { path = "x" })
    assert.same({ "io", "cannot read", "x" }, { err.kind, err.message, err.path })
  end)

  it("keeps the details table, so that it can be extended", function()
    local details = {}
    assert.equal(details, core.error("io", "no", details))
  end)

  it("reads as its message, and as the hint in brackets", function()
    assert.equal("no", tostring(core.error("io", "no")))
    assert.equal("no (try again)", tostring(core.error("io", "no", { hint = "try again" })))
  end)

  it("joins with strings on both sides", function()
    local err = core.error("io", "no")
    assert.equal("why: no!", "why: " .. err .. "!")
  end)

  it("survives a message that somebody replaced", function()
    local err = core.error("io", "no")
    err.message = nil
    assert.equal("nil", tostring(err))
    err.message = 3
    assert.equal("3", tostring(err))
  end)

  it("passes through error and pcall as an object", function()
    local err = core.error("io", "no")
    local _, caught = pcall(error, err)
    assert.equal(err, caught)
  end)

  it("raises for what is not a kind, a message or details", function()
    assert.error_matches(function()
      core.error()
    end, "bad argument #1")
    assert.error_matches(function()
      core.error("io")
    end, "bad argument #2")
    assert.error_matches(function()
      core.error("io", "no", "details")
    end, "table expected")
  end)
end)
