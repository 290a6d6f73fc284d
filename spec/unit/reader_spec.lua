local errors = require("luatls.error")
local reader = require("luatls.reader")

-- A reader of these pieces, one at a time, and then the failure.
local function read_from(pieces, failure)
  local index = 0
  return reader.new(function()
    index = index + 1
    if pieces[index] then return pieces[index] end
    return nil, failure or errors.END
  end)
end

local function split_everywhere(text)
  local pieces = {}
  for i = 1, #text do
    pieces[i] = text:sub(i, i)
  end
  return pieces
end

-- The same text whole, byte by byte, and cut at every position.
local function each_way(text, check)
  check(read_from({ text }))
  check(read_from(split_everywhere(text)))
  for i = 1, #text - 1 do
    check(read_from({ text:sub(1, i), text:sub(i + 1) }))
  end
end

describe("reading a line", function()
  it("stops at LF and leaves out every CR, as LuaSocket does", function()
    each_way("one\r\nt\rwo\n\nrest", function(source)
      assert.equal("one", (source:read("l")))
      assert.equal("two", (source:read()))
      assert.equal("", (source:read("*l")))
      local line, err, partial = source:read("l")
      assert.is_nil(line)
      assert.equal(errors.END, err)
      assert.equal("rest", partial)
    end)
  end)

  it("puts the prefix first", function()
    local source = read_from({ "lo\nx" })
    assert.equal("hello", (source:read("l", "hel")))
    local _, _, partial = source:read("l", "y")
    assert.equal("yx", partial)
  end)
end)

describe("reading so many bytes", function()
  it("gives exactly so many", function()
    each_way("abcdefgh", function(source)
      assert.equal("abc", (source:read(3)))
      assert.equal("", (source:read(0)))
      assert.equal("d", (source:read(1)))
      assert.equal("efgh", (source:read(4)))
    end)
  end)

  it("counts the prefix, as LuaSocket does", function()
    assert.equal("12345", (read_from({ "345" }):read(5, "12")))
    assert.equal("12345", (read_from({ "x" }):read(5, "12345")))
  end)

  it("gives what there was when the stream ends before", function()
    local source = read_from({ "ab", "c" }, errors.TIMEOUT)
    local data, err, partial = source:read(4)
    assert.is_nil(data)
    assert.equal(errors.TIMEOUT, err)
    assert.equal("abc", partial)
  end)

  it("takes whole floats, as counts from LuaSocket are", function()
    assert.equal("ab", (read_from({ "abc" }):read(2.0)))
  end)

  it("refuses what is no count", function()
    for _, what in ipairs({ -1, 1.5, "*n", "x", {}, true }) do
      assert.has_error(function()
        read_from({}):read(what)
      end)
    end
  end)
end)

describe("reading all", function()
  it("gives everything up to the end", function()
    each_way("all of it\r\n\0", function(source)
      assert.equal("all of it\r\n\0", (source:read("a")))
    end)
  end)

  it("fails as LuaSocket does when there is nothing more", function()
    local source = read_from({ "x" })
    assert.equal("x", (source:read("*a")))
    local data, err, partial = source:read("a")
    assert.is_nil(data)
    assert.equal("closed", err.kind)
    assert.equal("", partial)
  end)

  it("does not take a cut for the end", function()
    for _, kind in ipairs({ "truncated", "timeout", "alert", "io" }) do
      local failure = errors.new(kind, "x")
      local data, err, partial = read_from({ "ab" }, failure):read("a")
      assert.is_nil(data)
      assert.equal(failure, err)
      assert.equal("ab", partial)
    end
  end)

  it("does not take a close on this side for the end", function()
    local data, err, partial = read_from({ "ab" }, errors.CLOSED):read("a")
    assert.is_nil(data)
    assert.equal(errors.CLOSED, err)
    assert.equal("ab", partial)
  end)

  it("needs time in proportion to the size", function()
    local pieces = {}
    for i = 1, 20000 do
      pieces[i] = ("x"):rep(1000)
    end
    local before = os.clock()
    assert.equal(20000000, #read_from(pieces):read("a"))
    assert.is_true(os.clock() - before < 2)
  end)
end)

describe("reading some", function()
  it("gives what there is, up to the maximum", function()
    local source = read_from({ "abcdef", "g" })
    assert.equal("ab", (source:read_some(2)))
    assert.equal(4, source:pending())
    assert.equal("cdef", (source:read_some()))
    assert.equal("g", (source:read_some()))
    local data, err = source:read_some()
    assert.is_nil(data)
    assert.equal(errors.END, err)
  end)
end)
