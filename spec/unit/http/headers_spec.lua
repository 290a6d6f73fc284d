local headers = require("luatls.http.headers")

local function listed(fields)
  local list = {}
  for index, name, value in fields:each() do
    list[index] = name .. "=" .. value
  end
  return list
end

describe("headers", function()
  it("find a field in any case", function()
    local fields = headers.new({ ["Content-Type"] = "text/plain" })
    for _, name in ipairs({ "content-type", "Content-Type", "CONTENT-TYPE" }) do
      assert.equal("text/plain", fields[name])
      assert.is_true(fields:has(name))
    end
    assert.is_nil(fields["content"])
    assert.is_nil(fields[1])
  end)

  it("find a field by a plain key", function()
    assert.equal("a", headers.new({ Host = "a" }).host)
  end)

  it("keep order and spelling", function()
    local fields = headers.new()
    fields:add("B", "1")
    fields:add("a", "2")
    fields:add("b", "3")
    assert.same({ "B=1", "a=2", "b=3" }, listed(fields))
    assert.equal("B: 1\r\na: 2\r\nb: 3\r\n", tostring(fields))
    assert.equal(3, #fields)
  end)

  it("join several values, and list them", function()
    local fields = headers.new({ accept = { "a", "b" } })
    assert.equal("a, b", fields.accept)
    assert.same({ "a", "b" }, fields:all("Accept"))
    assert.same({}, fields:all("nothing"))
  end)

  it("never join Set-Cookie, whose values have commas", function()
    local fields = headers.new({ ["set-cookie"] = { "a=1", "b=2" } })
    assert.equal("a=1", fields["Set-Cookie"])
    assert.same({ "a=1", "b=2" }, fields:all("set-cookie"))
  end)

  it("set replaces all values at the place of the first", function()
    local fields = headers.new({ { "x", "1" }, { "y", "2" }, { "X", "3" }, { "x", "4" } })
    fields:set("X", "5")
    assert.same({ "x=5", "y=2" }, listed(fields))
    fields.z = 6
    fields["Y"] = "7"
    assert.same({ "x=5", "y=7", "z=6" }, listed(fields))
  end)

  it("remove all values of a name", function()
    local fields = headers.new({ { "x", "1" }, { "y", "2" }, { "X", "3" }, { "z", "4" } })
    fields:remove("x")
    assert.same({ "y=2", "z=4" }, listed(fields))
    fields.y = nil
    assert.same({ "z=4" }, listed(fields))
    fields:remove("nothing")
    fields:remove("z")
    assert.equal(0, #fields)
  end)

  it("find tokens in lists", function()
    local fields = headers.new({ { "Connection", "keep-alive, Upgrade" }, { "connection", "x" } })
    assert.is_true(fields:lists("connection", "upgrade"))
    assert.is_true(fields:lists("Connection", "X"))
    assert.is_false(fields:lists("connection", "close"))
  end)

  it("get a field whose name is that of a method", function()
    local fields = headers.new({ { "All", "1" }, { "get", "2" } })
    assert.equal("1", fields:get("all"))
    assert.equal("2", fields:get("get"))
    assert.is_function(fields.all)
  end)

  it("copy into an object of its own", function()
    local fields = headers.new({ a = "1" })
    local copy = headers.from(fields)
    copy:set("a", "2")
    assert.equal("1", fields.a)
    assert.equal("2", copy.a)
    assert.equal("1", fields:copy().a)
  end)

  it("come from a plain table in the same order every time", function()
    assert.same({ "a=1", "b=2", "c=3" }, listed(headers.new({ c = 3, a = 1, b = 2 })))
  end)

  it("refuse a name that is no token, or a value that ends its line", function()
    local cases = {
      { "", "a" },
      { "a b", "a" },
      { "a:", "a" },
      { "a\r\nb", "a" },
      { "a\0", "a" },
      { "\u{e9}", "a" },
      { "a", "b\r\nc: d" },
      { "a", "b\n" },
      { "a", "b\r" },
      { "a", "\0" },
      { "a", "\27" },
      { "a", "\127" },
      { "a", true },
      { "a", { { "b" } } },
    }
    for _, case in ipairs(cases) do
      local name, value = case[1], case[2]
      local made, message = headers.from({ [name] = value })
      assert.is_nil(made, name)
      assert.is_string(message)
      local fields = headers.new({ before = "1" })
      assert.has_error(function()
        fields:add(name, value)
      end)
      assert.has_error(function()
        fields:set(name, value)
      end)
      assert.has_error(function()
        fields[name] = value
      end)
      assert.has_error(function()
        headers.new({ { name, value } })
      end)
      assert.same({ "before=1" }, listed(fields))
    end
  end)

  it("say whose line it was that set a bad field", function()
    local _, message = pcall(function()
      headers.new():add("a b", "c")
    end)
    assert.matches('headers_spec.lua:%d+: "a b" is no name', message)
  end)

  it("refuse a list that holds no pairs", function()
    assert.is_nil((headers.from({ "a: b" })))
    assert.is_nil((headers.from({ 5 })))
  end)

  it("take numbers as values", function()
    assert.equal("5", headers.new({ ["content-length"] = 5 })["content-length"])
  end)
end)
