local errors = require("luatls.error")

describe("errors.new", function()
  it("makes an object with a kind, a message and details", function()
    local details = { host = "www.example.org" }
    local err = errors.new("verify", "cannot verify www.example.org", details)
    assert.equal(details, err)
    assert.equal("verify", err.kind)
    assert.equal("cannot verify www.example.org", err.message)
    assert.equal("www.example.org", err.host)
  end)

  it("reads as its message, with the hint in brackets", function()
    local err = errors.new("io", "cannot listen", { hint = "take another port" })
    assert.equal("cannot listen (take another port)", tostring(err))
    assert.equal("error: cannot listen (take another port)", "error: " .. err)
  end)

  it("refuses a kind or message that is no string", function()
    assert.has_error(function()
      errors.new(nil, "message")
    end)
    assert.has_error(function()
      errors.new("io", {})
    end)
  end)
end)

describe("a shared error", function()
  local shared = { errors.TIMEOUT, errors.CLOSED, errors.END }

  it("has a kind of the closed list and a message", function()
    for _, err in ipairs(shared) do
      assert.is_string(errors.KINDS[err.kind])
      assert.equal(err.message, tostring(err))
      assert.equal("! " .. err.message, "! " .. err)
    end
  end)

  it("refuses every write", function()
    for _, err in ipairs(shared) do
      assert.has_error(function()
        err.kind = "io"
      end, "a shared error cannot be changed")
      assert.has_error(function()
        err.host = "example.org"
      end, "a shared error cannot be changed")
    end
    assert.equal("timeout", errors.TIMEOUT.kind)
  end)

  it("can be listed like any other", function()
    local fields = {}
    for name, value in pairs(errors.TIMEOUT) do
      fields[name] = value
    end
    assert.same({ kind = "timeout", message = "timed out" }, fields)
  end)
end)

describe("errors.is_error", function()
  it("knows own and shared errors", function()
    assert.is_true(errors.is_error(errors.new("io", "x")))
    assert.is_true(errors.is_error(errors.TIMEOUT))
  end)

  it("knows what is none", function()
    for _, value in ipairs({ "timeout", 1, {}, { kind = "io" }, print }) do
      assert.is_false(errors.is_error(value))
    end
    assert.is_false(errors.is_error(nil))
  end)
end)

describe("errors.annotate", function()
  it("adds what is not there, and changes nothing else", function()
    local err = errors.new("alert", "refused", { phase = "handshake" })
    assert.equal(err, errors.annotate(err, { phase = "read", host = "h" }))
    assert.equal("handshake", err.phase)
    assert.equal("h", err.host)
  end)

  it("leaves a shared error alone", function()
    assert.equal(errors.TIMEOUT, errors.annotate(errors.TIMEOUT, { host = "h" }))
    assert.is_nil(errors.TIMEOUT.host)
  end)
end)
