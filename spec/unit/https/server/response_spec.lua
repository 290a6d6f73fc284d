local connection = require("luatls.https.connection")
local response = require("luatls.https.server.response")

-- A response to one request, and what it puts out.
local function make(method, version)
  local written = {}
  local stream = {
    settimeout = function() end,
    read_some = function()
      return (method or "GET") .. " / HTTP/" .. (version or "1.1") .. "\r\nHost: a\r\n\r\n"
    end,
    write = function(_, bytes)
      table.insert(written, bytes)
      return #bytes
    end,
  }
  local now = function()
    return 0
  end
  local conn = connection.new(stream, now, { role = "server", host = "peer" })
  assert(conn:next("head"))
  return response.new(conn, method or "GET", 1), written
end

local function finish(answer, method, version)
  local made, written = make(method, version)
  assert(made:finish(answer))
  local text = table.concat(written)
  local head, body = text:match("^(.-\r\n)\r\n(.*)$")
  return head, body, #written
end

describe("a response of the server", function()
  it("is made of what the handler returns", function()
    local function read()
      return nil
    end
    local cases = {
      { "hi", "200 OK", "Content%-Length: 2\r\n", "hi" },
      { "hi", "200 OK", "Content%-Type: text/plain; charset=utf%-8\r\n", "hi" },
      { "", "200 OK", "Content%-Length: 0\r\n", "" },
      { {}, "200 OK", "Content%-Length: 0\r\n", "" },
      { { status = 404 }, "404 Not Found", "Content%-Length: 0\r\n", "" },
      { { json = { 1 } }, "200 OK", "Content%-Type: application/json\r\n", "[1]" },
      { { status = 299, body = "x" }, "299 ", "Content%-Length: 1\r\n", "x" },
      { { body = "x", headers = { ["content-type"] = "a/b" } }, "200", "type: a/b\r\n", "x" },
      { { body = read }, "200 OK", "Transfer%-Encoding: chunked\r\n", "0\r\n\r\n" },
    }
    for _, case in ipairs(cases) do
      local head, body, writes = finish(case[1])
      assert.is_truthy(head:find("^HTTP/1%.1 " .. case[2]), head)
      assert.is_truthy(head:find(case[3]), head)
      assert.is_truthy(head:find("Date: %a+, %d%d %a+ %d+ "), head)
      assert.is_truthy(head:find("Connection: close\r\n", 1, true), head)
      assert.equal(case[4], body)
      assert.equal(1, writes)
    end
  end)

  it("keeps several fields of one name", function()
    local head = finish({ headers = { ["set-cookie"] = { "a=1", "b=2" } } })
    assert.is_truthy(head:find("set%-cookie: a=1\r\nset%-cookie: b=2\r\n"), head)
  end)

  it("sends no body where none may be", function()
    local cases = {
      { "hi", "HEAD", "200", "Content%-Length: 2\r\n" },
      { { status = 204, body = "hi" }, "GET", "204", "204 No Content\r\n" },
      { { status = 304, body = "hi" }, "GET", "304", "304 Not Modified\r\n" },
    }
    for _, case in ipairs(cases) do
      local head, body = finish(case[1], case[2])
      assert.is_truthy(head:find(case[4]), head)
      assert.equal("", body)
    end
    assert.is_nil((finish({ status = 204, body = "hi" })):find("Content%-Length"))
    assert.is_nil((finish({ status = 304, body = "hi" })):find("Content%-Length"))
  end)

  it("is streamed with write", function()
    local made, written = make()
    made.status = 201
    made.headers["x-a"] = "b"
    assert(made:write("one", 2))
    assert.is_truthy(written[1]:find("^HTTP/1%.1 201 Created\r\nx%-a: b\r\n"), written[1])
    assert.is_truthy(written[1]:find("\r\n\r\n4\r\none2\r\n$"), written[1])
    assert(made:write(""))
    assert(made:finish(nil))
    assert.equal("0\r\n\r\n", written[2])
    assert.equal(4, made.sent)
  end)

  it("is held to a length that was said", function()
    local made = make()
    made.headers["content-length"] = 3
    assert(made:write("ab"))
    local done, err = made:write("cd")
    assert.is_nil(done)
    assert.equal("config", err.kind)
  end)

  it("blames the handler for what is no response", function()
    local cases = {
      { nil, "returned no response" },
      { 5, "not a number" },
      { true, "not a boolean" },
      { { stauts = 200 }, 'nearest: "status"' },
      { { body = "a", json = 1 }, "either json or body" },
      { { headers = { x = "a\r\nb: c" } }, "control characters" },
      { { body = 5 }, "a body is a string" },
    }
    for _, case in ipairs(cases) do
      local made, written = make()
      local ok, message = pcall(made.finish, made, case[1])
      assert.is_false(ok)
      assert.is_truthy(message:find(case[2], 1, true), message)
      assert.equal(0, #written)
    end
    local made = make()
    assert(made:write("a"))
    assert.has_error(function()
      made:finish("b")
    end, "the handler returned a response after it wrote one")
  end)

  it("says what may not be sent, and can still say something else", function()
    local made, written = make()
    made.headers["x-a"] = "b"
    local done, err = made:finish({ status = 99 })
    assert.is_nil(done)
    assert.equal("config", err.kind)
    assert.equal(0, #written)
    assert(made:refuse(500, "sorry"))
    assert.is_truthy(written[1]:find("^HTTP/1%.1 500 .*\r\n\r\nsorry\n$"), written[1])
    assert.is_nil(written[1]:find("x-a", 1, true))
  end)

  it("passes on why a body source gave up", function()
    local pieces = { "a", "b" }
    local made = make()
    local ok, message = pcall(made.finish, made, {
      body = function()
        local piece = table.remove(pieces, 1)
        if piece then return piece end
        return nil, "disk on fire"
      end,
    })
    assert.is_false(ok)
    assert.equal("disk on fire", message)
  end)

  it("is ended by the end of the connection for HTTP/1.0", function()
    local function read()
      return nil
    end
    local head, body = finish({ body = read }, "GET", "1.0")
    assert.is_nil(head:find("Transfer-Encoding", 1, true))
    assert.equal("", body)
  end)
end)
