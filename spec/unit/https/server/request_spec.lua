local headers = require("luatls.http.headers")
local request = require("luatls.https.server.request")

local STREAM <const> = { host = "::1", port = 5, info = function() end }

local function make(target)
  local event = { method = "GET", target = target, headers = headers.new(), version = "1.1" }
  return request.new({ event = event, stream = STREAM, max_body = 1, next = function() end })
end

describe("a request at the server", function()
  it("has the path and the query of every form of target", function()
    local cases = {
      { "/", "/", {} },
      { "/a%20b", "/a%20b", {} },
      { "/a?b=c&d=%26&b=e", "/a", { b = "c", d = "&" } },
      { "/a?", "/a", {} },
      { "/a?b", "/a", { b = "" } },
      { "/a?b=c?d", "/a", { b = "c?d" } },
      { "https://host:1/a?b=1", "/a", { b = "1" } },
      { "https://host", "/", {} },
      { "https://host?b=1", "/", { b = "1" } },
      { "/x?u=https://a/b", "/x", { u = "https://a/b" } },
      { "*", "*", {} },
    }
    for _, case in ipairs(cases) do
      local made = make(case[1])
      assert.equal(case[2], made.path, case[1])
      assert.same(case[3], made.query, case[1])
      assert.equal(case[1], made.target)
    end
  end)

  it("names its peer and itself", function()
    assert.equal("[::1]:5", make("/").peer)
    assert.equal("GET /a?b", tostring(make("/a?b")))
  end)
end)
