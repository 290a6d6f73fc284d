local framing = require("luatls.http.framing")
local headers = require("luatls.http.headers")

local CHUNKED <const> = { ["Transfer-Encoding"] = "chunked" }
local LENGTH <const> = { ["Content-Length"] = "5" }

describe("framing.of_request", function()
  it("reads what the fields declare", function()
    local cases = {
      { "GET", {}, "length", 0 },
      { "POST", {}, "length", 0 },
      { "GET", LENGTH, "length", 5 },
      { "POST", LENGTH, "length", 5 },
      { "POST", CHUNKED, "chunked" },
      { "POST", { ["transfer-encoding"] = "CHUNKED" }, "chunked" },
      { "CONNECT", {}, "length", 0 },
      { "CONNECT", { ["content-length"] = "0" }, "length", 0 },
    }
    for _, case in ipairs(cases) do
      local kind, size = framing.of_request(case[1], "1.1", headers.new(case[2]))
      assert.same({ case[3], case[4] }, { kind, size })
    end
  end)

  it("refuses what is not sound, with the status that says why", function()
    local cases = {
      { 400, "1.1", { ["content-length"] = "x" } },
      { 400, "1.1", { ["content-length"] = { "5", "5" } } },
      { 400, "1.1", { ["content-length"] = "5", ["transfer-encoding"] = "chunked" } },
      { 400, "1.1", { ["transfer-encoding"] = { "chunked", "chunked" } } },
      { 400, "1.1", { ["transfer-encoding"] = "" } },
      { 400, "1.1", { ["transfer-encoding"] = "identity" } },
      { 501, "1.1", { ["transfer-encoding"] = "gzip, chunked" } },
      { 400, "1.0", CHUNKED },
    }
    for _, case in ipairs(cases) do
      local kind, message, status = framing.of_request("POST", case[2], headers.new(case[3]))
      assert.is_nil(kind)
      assert.is_string(message)
      assert.equal(case[1], status, message)
    end
    assert.is_nil((framing.of_request("CONNECT", "1.1", headers.new(LENGTH))))
    assert.is_nil((framing.of_request("CONNECT", "1.1", headers.new(CHUNKED))))
  end)

  it("takes a time that does not explode with the list of codings", function()
    local list = ("a, "):rep(300000) .. "chunked"
    local kind = framing.of_request("POST", "1.1", headers.new({ ["transfer-encoding"] = list }))
    assert.is_nil(kind)
  end)
end)

describe("framing.of_response", function()
  it("follows RFC 9112, 6.3", function()
    local cases = {
      { 200, "GET", {}, "close" },
      { 200, "GET", LENGTH, "length", 5 },
      { 200, "GET", CHUNKED, "chunked" },
      { 200, "HEAD", LENGTH, "length", 0 },
      { 200, "HEAD", CHUNKED, "length", 0 },
      { 204, "GET", LENGTH, "length", 0 },
      { 304, "GET", LENGTH, "length", 0 },
      { 103, "GET", LENGTH, "length", 0 },
      { 404, "CONNECT", LENGTH, "length", 5 },
      { 200, "CONNECT", LENGTH, "length", 0 },
      { 400, nil, {}, "close" },
      { 200, nil, LENGTH, "length", 5 },
    }
    for _, case in ipairs(cases) do
      local fields = headers.new(case[3])
      local kind, size = framing.of_response(case[1], case[2], "1.1", fields)
      assert.same({ case[4], case[5] }, { kind, size }, case[1])
    end
  end)
end)
