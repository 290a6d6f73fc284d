local play = require("spec.unit.http.play")

local machine = require("luatls.http.machine")
local writers = require("luatls.http.writers")

-- A server that has read a whole request and owes the response.
local function asked(method, version, fields)
  local m = play.server()
  m:feed(
    ("%s / HTTP/%s\r\nHost: a\r\n%s\r\n"):format(method or "GET", version or "1.1", fields or "")
  )
  assert.equal("request", m:next_event().type)
  assert.equal("end", m:next_event().type)
  return m
end

local function refused(m, event, pattern)
  local state = m:state()
  local bytes, problem = m:send(event)
  assert.is_nil(bytes)
  assert.equal("protocol", problem.kind)
  assert.equal("local", problem.side)
  assert.is_nil(problem.status)
  assert.matches(pattern, problem.message)
  assert.equal(state, m:state())
end

describe("a request that is sent", function()
  local function send(event)
    event.type = "request"
    return machine.new({ role = "client" }):send(event)
  end

  it("is written as it was given", function()
    assert.equal(
      "PUT /a?b HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
      send({
        method = "PUT",
        target = "/a?b",
        headers = { { "Host", "a" }, { "Content-Length", 0 } },
      })
    )
  end)

  it("is refused when it would be another one on the wire", function()
    local host = { host = "a" }
    local cases = {
      { "GET", "/ HTTP/1.1\r\nX: y", host, "target" },
      { "GET", "/a b", host, "target" },
      { "GET", "/\0", host, "target" },
      { "GET", "", host, "target" },
      { "GET", nil, host, "target" },
      { "GET", "*", host, "target" },
      { "GET /x HTTP/1.1\r\nX:", "/", host, "method" },
      { "", "/", host, "method" },
      { nil, "/", host, "method" },
      { "GET", "/", nil, "no Host" },
      { "GET", "/", { host = { "a", "b" } }, "more than one Host" },
      { "GET", "/", { host = "a\r\nX: y" }, "control characters" },
      { "GET", "/", { host = "a", ["x\r\ny"] = "z" }, "name" },
      { "GET", "/", { host = "a", x = "y\r\nz: 1" }, "control characters" },
      { "GET", "/", { host = "a", x = "y\nz: 1" }, "control characters" },
      { "GET", "/", { host = "a", ["content-length"] = "x" }, "Content%-Length" },
      { "GET", "/", { host = "a", ["content-length"] = -1 }, "Content%-Length" },
      { "GET", "/", { host = "a", ["transfer-encoding"] = "gzip" }, "chunked" },
      {
        "GET",
        "/",
        { host = "a", ["content-length"] = 1, ["transfer-encoding"] = "chunked" },
        "both",
      },
    }
    for _, case in ipairs(cases) do
      local m = machine.new({ role = "client" })
      refused(m, {
        type = "request",
        method = case[1],
        target = case[2],
        headers = case[3],
      }, case[4])
      -- Nothing was sent: the connection is as good as new.
      assert.is_string(m:send({
        type = "request",
        method = "GET",
        target = "/",
        headers = host,
      }))
    end
  end)
end)

describe("a response that is sent", function()
  local function head(m, status, fields)
    return (assert(m:send({ type = "response", status = status, headers = fields })))
  end

  it("gets the framing that it lacks", function()
    local chunked, close = "Transfer-Encoding: chunked\r\n", "Connection: close\r\n"
    local length = "content-length: 5\r\n"
    local cases = {
      { "GET", "1.1", 200, {}, chunked },
      { "GET", "1.1", 200, { ["content-length"] = 5 }, length },
      {
        "GET",
        "1.1",
        200,
        { ["transfer-encoding"] = "chunked" },
        "transfer-encoding: chunked\r\n",
      },
      { "GET", "1.0", 200, {}, close },
      { "GET", "1.0", 200, { ["content-length"] = 5 }, length .. close },
      { "GET", "1.0", 200, { ["transfer-encoding"] = "chunked" }, close },
      { "HEAD", "1.1", 200, {}, "" },
      { "HEAD", "1.1", 200, { ["content-length"] = 5 }, length },
      { "GET", "1.1", 204, { ["content-length"] = 5 }, "" },
      { "GET", "1.1", 204, { ["transfer-encoding"] = "chunked" }, "" },
      { "GET", "1.1", 304, { ["content-length"] = 5 }, length },
      { "GET", "1.1", 304, {}, "" },
    }
    for _, case in ipairs(cases) do
      local text = head(asked(case[1], case[2]), case[3], case[4])
      assert.equal(case[5], text:match("^[^\n]*\n(.*)\r\n$"), text)
    end
  end)

  it("says that the connection ends, where it does", function()
    local m = asked("GET", "1.1", "Connection: close\r\n")
    assert.matches("\r\nConnection: close\r\n", head(m, 204))
    m = asked("GET", "1.1", "Connection: close\r\n")
    assert.not_matches("keep", head(m, 204, { connection = "keep-alive" }))
    m = asked()
    head(m, 204, { connection = "Close" })
    assert.is_string(m:send({ type = "end" }))
    assert.is_false(m:keep_alive())
    assert.equal("must_close", m:state())
  end)

  it("has the registered phrase, or the one that is given", function()
    assert.matches("^HTTP/1.1 404 Not Found\r\n", head(asked(), 404))
    assert.matches("^HTTP/1.1 299 \r\n", head(asked(), 299))
    local given = { type = "response", status = 200, reason = "Fine" }
    assert.matches("^HTTP/1.1 200 Fine\r\n", asked():send(given))
  end)

  it("leaves the given table alone", function()
    local fields = { ["content-type"] = "text/plain" }
    head(asked(), 200, fields)
    assert.same({ ["content-type"] = "text/plain" }, fields)
  end)

  it("is refused when it would be another one on the wire", function()
    local cases = {
      { { status = 200, headers = { location = "/\r\nSet-Cookie: a=b" } }, "control" },
      { { status = 200, headers = { ["a:b"] = "c" } }, "name" },
      { { status = 200, reason = "OK\r\nX: y" }, "reason" },
      { { status = 99 }, "status" },
      { { status = 1000 }, "status" },
      { { status = 100 }, "status" },
      { { status = "200" }, "status" },
      { { status = 200.5 }, "status" },
      { {}, "status" },
      { { status = 200, headers = { ["content-length"] = { 1, 2 } } }, "Content%-Length" },
      { { status = 200, headers = { ["transfer-encoding"] = "gzip" } }, "chunked" },
      {
        {
          status = 200,
          headers = { ["content-length"] = 1, ["transfer-encoding"] = "chunked" },
        },
        "both",
      },
    }
    for _, case in ipairs(cases) do
      local m = asked()
      case[1].type = "response"
      refused(m, case[1], case[2])
      assert.is_string(m:send({ type = "response", status = 500 }))
    end
  end)
end)

describe("an interim response", function()
  it("has no body and changes nothing", function()
    local m = asked()
    assert.equal(
      "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
      m:send({
        type = "informational",
        status = 103,
        headers = { { "Link", "</a>" }, { "Content-Length", "5" } },
      })
    )
    assert.equal("send_response", m:state())
  end)

  it("is refused with another status, or a switch that was not asked for", function()
    refused(asked(), { type = "informational", status = 200 }, "interim")
    refused(asked(), { type = "informational", status = 101 }, "other protocol")
    refused(asked(), { type = "informational", status = 103, headers = { a = "\n" } }, "control")
    refused(asked(), { type = "informational", status = 103, reason = "\r" }, "reason")
    refused(asked(), { type = "informational" }, "interim")
  end)
end)

describe("a body that is sent", function()
  local function begun(fields, version)
    local m = asked("GET", version)
    assert(m:send({ type = "response", status = 200, headers = fields }))
    return m
  end

  local function data(m, text)
    return m:send({ type = "data", data = text })
  end

  it("is chunked, and empty pieces do not end it", function()
    local m = begun()
    assert.equal("5\r\nhello\r\n", data(m, "hello"))
    assert.equal("", data(m, ""))
    assert.equal("400\r\n" .. ("x"):rep(1024) .. "\r\n", data(m, ("x"):rep(1024)))
    assert.equal("0\r\nX: y\r\n\r\n", m:send({ type = "end", trailers = { X = "y" } }))
    assert.is_true(m:keep_alive())
  end)

  it("is as long as its head says", function()
    local m = begun({ ["content-length"] = 5 })
    assert.equal("hel", data(m, "hel"))
    refused(m, { type = "end" }, "2 bytes shorter")
    refused(m, { type = "data", data = "lo!" }, "1 bytes longer")
    assert.equal("lo", data(m, "lo"))
    refused(m, { type = "end", trailers = { x = "y" } }, "trailers")
    assert.equal("", m:send({ type = "end" }))
  end)

  it("is plain for HTTP/1.0, and the connection closes after it", function()
    local m = begun(nil, "1.0")
    assert.equal("hello", data(m, "hello"))
    refused(m, { type = "end", trailers = { x = "y" } }, "trailers")
    assert.equal("", m:send({ type = "end" }))
    assert.equal("must_close", m:state())
  end)

  it("is refused where none may be", function()
    local m = asked("HEAD")
    assert(m:send({ type = "response", status = 200, headers = { ["content-length"] = 5 } }))
    refused(m, { type = "data", data = "hello" }, "longer")
    m = asked()
    refused(m, { type = "data", data = "hello" }, "cannot send")
    refused(begun(), { type = "data" }, "string")
    refused(begun(), { type = "end", trailers = { ["a b"] = "" } }, "name")
  end)

  it("has a writer of its own for each framing", function()
    assert.equal("a", writers.body("length", 1):data("a"))
    assert.equal("1\r\na\r\n", writers.body("chunked"):data("a"))
    assert.equal("a", writers.body("close"):data("a"))
  end)
end)
