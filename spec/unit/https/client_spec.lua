local https = require("luatls.https")

describe("the client", function()
  it("raises for options that it does not know, naming the nearest", function()
    local cases = {
      { { tiemout = 1 }, 'nearest: "timeout"' },
      { { insecure_skip_verfy = true }, 'nearest: "insecure_skip_verify"' },
      { { verify = false }, "unknown option" },
      { { header = {} }, 'nearest: "headers"' },
      { { timeout = "5" }, "number expected" },
      { { stream = 1 }, "boolean expected" },
      { { max_body = 1.5 }, "integer expected" },
      { { method = "PUT" }, "unknown option" },
      { "text", "must be a table" },
    }
    for _, case in ipairs(cases) do
      local ok, message = pcall(function()
        return https.get("https://localhost/", case[1])
      end)
      assert.is_false(ok)
      assert.is_truthy(message:find(case[2], 1, true), message)
    end
  end)

  it("raises for what is natural elsewhere, and says how it is here", function()
    local url = "https://localhost/"
    local cases = {
      ["get takes a URL and options, not a table"] = { https.get, { url = url } },
      ["post takes a URL and options, not a nil"] = { https.post },
      ["a body is { body = text }"] = { https.post, url, "a=b" },
      ["request takes one table with url in it"] = { https.request, url },
    }
    for sentence, call in pairs(cases) do
      local ok, message = pcall(table.unpack(call))
      assert.is_false(ok)
      assert.matches("client_spec.lua:%d+: ", message)
      assert.matches(sentence, message, 1, true)
    end
  end)

  it("blames the line that called it", function()
    local calls = {
      function()
        https.get("https://localhost/", { tiemout = 1 })
      end,
      function()
        https.post("https://localhost/", { body = true })
      end,
      function()
        https.request({ url = "https://localhost/", tiemout = 1 })
      end,
      function()
        https.request({})
      end,
      function()
        https.get("https://localhost/", { auth = {} })
      end,
    }
    for _, call in ipairs(calls) do
      local _, message = pcall(call)
      assert.is_truthy(message:find("client_spec.lua:%d+: "), message)
    end
  end)

  it("fails before it connects when something is not sound", function()
    local cases = {
      { { url = "nonsense" }, "parse" },
      { { url = "http://localhost/" }, "config" },
      { { url = "https://localhost/", headers = { x = "\n" } }, "config" },
      { { url = "https://localhost/", trust = "/does/not/exist" }, "io" },
      { { url = "https://localhost:1/", method = "A B" }, "connect" },
    }
    for _, case in ipairs(cases) do
      local r, err = https.request(case[1])
      assert.is_nil(r)
      assert.equal(case[2], err.kind)
    end
  end)
end)
