local body = require("luatls.https.body")
local errors = require("luatls.error")

local CUT <const> = errors.new("truncated", "cut off")

-- A body of these pieces; after them comes the end, or an error.
local function make(pieces, err, options)
  local ends, index = 0, 0
  local made = body.new({
    max = options and options.max or 100,
    is_request = options and options.is_request,
    on_end = function()
      ends = ends + 1
    end,
    next = function()
      index = index + 1
      if pieces[index] then return { type = "data", data = pieces[index] } end
      if err then return nil, err end
      return { type = "end" }
    end,
  })
  return made, function()
    return ends
  end
end

describe("a body", function()
  it("is read in the pieces it came in, empty ones left out", function()
    local made, ends = make({ "ab", "", "c" })
    assert.equal("ab", made:read())
    assert.equal("c", made:read())
    assert.equal(0, ends())
    assert.is_nil(made:read())
    assert.is_nil(made:read())
    assert.equal(1, ends())
  end)

  it("is read in smaller pieces on request", function()
    for size = 1, 7 do
      local made, parts = make({ "abc", "defg" }), {}
      for data in
        function()
          return made:read(size)
        end
      do
        assert.is_true(#data <= size)
        table.insert(parts, data)
      end
      assert.equal("abcdefg", table.concat(parts))
    end
    assert.has_error(function()
      make({ "a" }):read(0)
    end, "the size must be at least 1")
  end)

  it("is read as a whole, as often as one likes", function()
    local made = make({ "ab", "c" })
    assert.equal("abc", made:text())
    assert.equal("abc", made:text())
    assert.equal("", make({}):text())
  end)

  it("gives text what read left", function()
    local made = make({ "abc", "d" })
    assert.equal("a", made:read(1))
    assert.equal("bcd", made:text())
  end)

  it("can be loaded, and read after that", function()
    local made, ends = make({ "ab", "c" })
    assert.is_true(made:load())
    assert.equal(1, ends())
    made:close()
    assert.equal("ab", made:read(2))
    assert.equal("abc", made:text())
    assert.equal("c", made:read())
    assert.is_nil(made:read())
  end)

  it("never ends short: the error comes, and stays", function()
    local made, ends = make({ "ab" }, CUT)
    assert.equal("ab", made:read())
    for _ = 1, 2 do
      local data, err = made:read()
      assert.is_nil(data)
      assert.equal(CUT, err)
    end
    assert.equal(1, ends())
    assert.equal(CUT, select(2, (make({ "ab" }, CUT)):text()))
    assert.equal(CUT, select(2, (make({ "ab" }, CUT)):load()))
    assert.equal(CUT, select(2, (make({ '"ab"' }, CUT)):json()))
  end)

  it("raises the error in a loop", function()
    local parts = {}
    local ok, err = pcall(function()
      for data in make({ "ab", "c" }, CUT):iter() do
        table.insert(parts, data)
      end
    end)
    assert.is_false(ok)
    assert.equal(CUT, err)
    assert.same({ "ab", "c" }, parts)
  end)

  it("keeps to its limit, to the byte", function()
    assert.equal("12345", (make({ "12", "345" }, nil, { max = 5 })):text())
    for _, pieces in ipairs({ { "123456" }, { "12345", "6" }, { "1", "2", "3456" } }) do
      local made, ends = make(pieces, nil, { max = 5 })
      local text, err = made:text()
      assert.is_nil(text)
      assert.equal("too_large", err.kind)
      assert.is_nil(err.status)
      assert.equal(1, ends())
    end
    assert.equal("123456", (make({ "123456" }, nil, { max = 5 })):text(6))
  end)

  it("of a request names the status for its sender", function()
    local options = { max = 1, is_request = true }
    assert.equal(413, select(2, (make({ "12" }, nil, options)):text()).status)
    assert.equal(400, select(2, (make({ "{" }, nil, options)):json()).status)
  end)

  it("is read as JSON", function()
    assert.same({ a = { 1, 2 } }, (make({ '{"a":', "[1,2]}" })):json())
    for _, text in ipairs({ "", "{", "nil", "[1,]", "\0" }) do
      local value, err = (make({ text })):json()
      assert.is_nil(value)
      assert.equal("decode", err.kind)
      assert.is_truthy(err.message:find("not valid JSON", 1, true))
    end
  end)

  it("gives no more after it was closed", function()
    local made, ends = make({ "ab", "c" })
    assert.equal("a", made:read(1))
    made:close()
    made:close()
    assert.equal(1, ends())
    assert.equal("b", made:read())
    local data, err = made:read()
    assert.is_nil(data)
    assert.equal("closed", err.kind)
  end)
end)
