local inspect = require("luatls.inspect")

describe("inspect.time", function()
  local good = {
    ["1970-01-01"] = 0,
    ["1970-01-01T00:00:01Z"] = 1,
    ["2000-02-29"] = 951782400,
    ["2000-03-01"] = 951868800,
    ["2026-11-21T15:30:59Z"] = 1795275059,
    ["2038-01-19T03:14:08Z"] = 2147483648,
    ["2099-12-31T23:59:59Z"] = 4102444799,
    ["1969-12-31"] = -86400,
    ["951782400"] = 951782400,
  }
  for text, seconds in pairs(good) do
    it("reads " .. text, function()
      assert.equal(seconds, inspect.time(text))
    end)
  end

  local bad = {
    "",
    "now",
    "1.5",
    "2026-1-1",
    "2026-02-29",
    "2026-13-01",
    "2026-00-01",
    "2026-01-00",
    "2026-01-32",
    "2026-01-31 12:00:00",
    "2026-01-31T12:00:00",
    "2026-01-31T24:00:00Z",
    "2026-01-31T12:60:00Z",
    "2026-01-31T12:00:00+01:00",
    "2026-01-31x",
  }
  for _, text in ipairs(bad) do
    it(("refuses %q"):format(text), function()
      assert.is_nil(inspect.time(text))
    end)
  end
end)

describe("inspect.clean", function()
  it("leaves nothing that a terminal obeys", function()
    assert.equal("a\\1B[31m\\0A\\7F", inspect.clean("a\27[31m\n\127"))
    assert.equal("\\9B31m", inspect.clean("\u{9b}31m"))
    assert.equal("Söhne €", inspect.clean("Söhne €"))
  end)
end)
