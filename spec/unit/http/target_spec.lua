local headers = require("luatls.http.headers")
local target = require("luatls.http.target")

local function check(method, text, host, version)
  return target.check(method, text, version or "1.1", headers.new({ host = host }))
end

describe("target.check", function()
  it("accepts the four forms", function()
    local cases = {
      { "GET", "/", "a" },
      { "GET", "/a/b?c=d&e[]={f}|g%zz\\^`", "a" },
      { "GET", "//a/b", "a" },
      { "GET", "/", "[::1]:8443" },
      { "GET", "http://a", "a" },
      { "GET", "HTTPS://A:8443/b?c", "a:8443" },
      { "GET", "http://a?b", "A" },
      { "OPTIONS", "*", "a" },
      { "OPTIONS", "/", "a" },
      { "CONNECT", "a:443", "a:443" },
      { "CONNECT", "[::1]:443", "a" },
    }
    for _, case in ipairs(cases) do
      local sound, message = check(case[1], case[2], case[3])
      assert.is_true(sound, ("%s %s: %s"):format(case[1], case[2], message))
    end
  end)

  it("lets HTTP/1.0 do without Host", function()
    assert.is_true(check("GET", "/", nil, "1.0"))
    assert.is_true(check("GET", "/", "a", "1.0"))
    assert.is_nil((check("GET", "/", "a b", "1.0")))
  end)

  it("refuses the rest and says why", function()
    local cases = {
      { "GET", "", "a", "target" },
      { "GET", "a", "a", "target" },
      { "GET", "*", "a", "target" },
      { "GET", "/\n", "a", "target" },
      { "GET", "/ ", "a", "target" },
      { "GET", "http://", "a", "target" },
      { "GET", "javascript:alert(1)", "a", "target" },
      { "CONNECT", "a", "a", "target" },
      { "CONNECT", "*", "a", "target" },
      { "GET", "/", nil, "no Host" },
      { "GET", "/", { "a", "b" }, "more than one Host" },
      { "GET", "/", "a,b", "malformed Host" },
      { "GET", "http://a/", "b", "another host" },
      { "GET", "http://a/", "a:80", "another host" },
    }
    for _, case in ipairs(cases) do
      local sound, message = check(case[1], case[2], case[3])
      assert.is_nil(sound, case[2])
      assert.matches(case[4], message)
    end
  end)
end)
