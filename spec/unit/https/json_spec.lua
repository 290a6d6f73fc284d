-- The module with only these libraries installed.
local function load_with(libraries)
  local saved, searchers = {}, package.searchers
  for _, name in ipairs({ "cjson", "dkjson", "luatls.https.json" }) do
    saved[name], package.loaded[name] = package.loaded[name], nil
  end
  for name, library in pairs(libraries) do
    package.loaded[name] = library
  end
  local json = require("luatls.https.json")
  package.searchers = {}
  return json,
    function()
      package.searchers = searchers
      for _, name in ipairs({ "cjson", "dkjson", "luatls.https.json" }) do
        package.loaded[name] = saved[name]
      end
    end
end

local function with(libraries, test)
  local json, restore = load_with(libraries)
  local ok, err = pcall(test, json)
  restore()
  if not ok then error(err, 0) end
end

describe("JSON", function()
  it("is cjson's where that is installed", function()
    local cjson = {
      encode = function()
        return "by cjson"
      end,
      decode = function(text)
        if text == "bad" then error("at character 1") end
        return { text }
      end,
    }
    with({ cjson = cjson, dkjson = {} }, function(json)
      assert.equal("by cjson", json.encode({}))
      assert.same({ "x" }, json.decode("x"))
      local value, err = json.decode("bad")
      assert.is_nil(value)
      assert.equal("decode", err.kind)
      assert.is_truthy(err.message:find("at character 1", 1, true))
    end)
  end)

  it("is dkjson's elsewhere", function()
    local dkjson = {
      encode = function()
        return "by dkjson"
      end,
      decode = function(text)
        if text == "bad" then return nil, 1, "no value at line 1" end
        if text == "null" then return nil, 5 end
        return text == "true", 5
      end,
    }
    with({ dkjson = dkjson }, function(json)
      assert.equal("by dkjson", json.encode({}))
      assert.is_true(json.decode("true"))
      assert.is_false(json.decode("false"))
      assert.same({}, { json.decode("null") })
      assert.equal("decode", select(2, json.decode("bad")).kind)
    end)
  end)

  it("names both when neither is installed", function()
    with({}, function(json)
      for _, call in ipairs({ json.encode, json.decode }) do
        local value, err = call("x")
        assert.is_nil(value)
        assert.equal("config", err.kind)
        assert.is_truthy(err.message:find("cjson or dkjson", 1, true))
      end
    end)
  end)
end)
