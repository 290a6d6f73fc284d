local payload = require("luatls.https.payload")
local pki = require("spec.support.pki")

local function drain(made)
  local parts = {}
  for piece in made.read do
    table.insert(parts, piece)
  end
  return table.concat(parts)
end

describe("a payload", function()
  it("of a string knows its length", function()
    for _, text in ipairs({ "", "a", "a\0b" }) do
      local made = payload.new(text)
      assert.equal(#text, made.length)
      assert.equal(text, drain(made))
    end
  end)

  it("of a function does not", function()
    local left = 3
    local made = payload.new(function()
      left = left - 1
      return left >= 0 and "x" or nil
    end)
    assert.is_nil(made.length)
    assert.equal("xxx", drain(made))
  end)

  it("of a file begins where the file stands", function()
    local file <close> = assert(io.open(pki.file(("0123456789"):rep(20000)), "rb"))
    file:seek("set", 10)
    local made = payload.new(file)
    assert.equal(199990, made.length)
    assert.equal(("0123456789"):rep(19999), drain(made))
  end)

  it("of a pipe has no length", function()
    local pipe <close> = assert(io.popen("printf abc"))
    local made = payload.new(pipe)
    assert.is_nil(made.length)
    assert.equal("abc", drain(made))
  end)

  it("of a table has the length that the program says", function()
    local read = function() end
    assert.same({ length = 5, read = read }, payload.new({ length = 5, read = read }))
    assert.same({ read = read }, payload.new({ read = read }))
  end)

  it("is made of nothing else", function()
    local closed = io.tmpfile()
    closed:close()
    local cases = {
      { 5, "not a number" },
      { true, "not a boolean" },
      { closed, "not a closed file" },
      { {}, "has a function read" },
      { { length = 5 }, "has a function read" },
      { { length = -1, read = print }, "number of bytes" },
      { { length = 1.5, read = print }, "number of bytes" },
      { { length = "5", read = print }, "number of bytes" },
    }
    for _, case in ipairs(cases) do
      local ok, message = pcall(payload.new, case[1])
      assert.is_false(ok)
      assert.is_truthy(message:find(case[2], 1, true), message)
    end
  end)
end)
