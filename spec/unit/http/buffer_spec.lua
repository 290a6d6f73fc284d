local buffer = require("luatls.http.buffer")

local function filled(...)
  local b = buffer.new()
  for _, piece in ipairs({ ... }) do
    b:feed(piece)
  end
  return b
end

describe("a buffer", function()
  it("gives lines, however they were cut", function()
    local cuts = {
      { "ab\r\ncd\r\n" },
      { "a", "b\r", "\ncd", "\r\n" },
      { "ab\r\nc", "d\r\n" },
    }
    for _, pieces in ipairs(cuts) do
      local b = filled(table.unpack(pieces))
      assert.same({ "ab", true }, { b:line(9) })
      assert.same({ "cd", true }, { b:line(9) })
      assert.is_nil(b:line(9))
      assert.equal(0, b.size)
    end
  end)

  it("tells a line that ended in a bare LF", function()
    assert.same({ "ab", false }, { filled("ab\n"):line(9) })
    assert.same({ "", false }, { filled("\n"):line(9) })
    assert.same({ "a\rb", false }, { filled("a\rb\n"):line(9) })
    assert.same({ "a\r", true }, { filled("a\r\r\n"):line(9) })
  end)

  it("keeps the beginning of a line until its end comes", function()
    local b = filled("ab")
    assert.is_nil(b:line(9))
    b:feed("")
    b:feed("c\r")
    assert.is_nil(b:line(9))
    b:feed("\nd")
    assert.same({ "abc", true }, { b:line(9) })
    assert.equal(1, b.size)
  end)

  it("says that a line is too long, as soon as that is certain", function()
    local cases = {
      { "abc\r\n", 3, "abc", true },
      { "abc\n", 3, "abc", false },
      { "abcd\r\n", 3, nil, true },
      { "abcd\n", 3, nil, true },
      { "abcd", 3, nil, nil },
      { "abcde", 3, nil, true },
      { "\r\n", 0, "", true },
      { "\r", 0, nil, nil },
      { "a\r", 0, nil, true },
    }
    for _, case in ipairs(cases) do
      local line, mark = filled(case[1]):line(case[2])
      assert.equal(case[3], line, ("%q"):format(case[1]))
      assert.equal(case[4], mark, ("%q"):format(case[1]))
    end
  end)

  it("hands data through in the pieces it came in", function()
    local b = filled("abc", "def")
    assert.equal("abc", b:some(9))
    assert.equal("de", b:some(2))
    assert.equal("f", b:some(math.maxinteger))
    assert.is_nil(b:some(9))
    assert.equal(0, b.size)
  end)

  it("gives all that is left", function()
    local b = filled("a\r\nb", "c", "d")
    b:line(9)
    assert.equal("bcd", b:rest())
    assert.equal("", b:rest())
    b:feed("e")
    assert.equal("e", b:rest())
  end)

  it("shows its first byte", function()
    local b = filled("ab")
    assert.equal(97, b:peek())
    b:some(1)
    assert.equal(98, b:peek())
    b:some(1)
    assert.is_nil(b:peek())
  end)

  it("counts what it holds", function()
    local b = filled("ab\r\ncd", "ef")
    assert.equal(8, b.size)
    b:line(9)
    assert.equal(4, b.size)
    b:some(1)
    assert.equal(3, b.size)
  end)

  it("searches each piece once: a line of a million pieces is no square", function()
    local b = buffer.new()
    for _ = 1, 1000000 do
      b:feed("a")
      assert(b:line(math.maxinteger - 1) == nil)
    end
    b:feed("\r\n")
    assert.equal(1000000, #b:line(math.maxinteger - 1))
  end)
end)
