local play = require("spec.unit.http.play")

local function first_of(make, text)
  local log, problem = play.three_ways(make, text)
  assert.is_nil(problem, problem and problem.message)
  return log[1], log
end

describe("a request head", function()
  local function read(text)
    return first_of(play.server, text)
  end

  it("gives method, target, version and fields", function()
    assert.same({
      type = "request",
      method = "GET",
      target = "/a?b=c",
      version = "1.1",
      headers = "Host: example.org\r\nX: y\r\n",
    }, read("GET /a?b=c HTTP/1.1\r\nHost: example.org\r\nX:y  \r\n\r\n"))
    assert.equal("1.0", read("GET / HTTP/1.0\r\n\r\n").version)
    assert.equal("get", read("get / HTTP/1.1\r\nHost: a\r\n\r\n").method)
    assert.equal("X: \r\nHost: a\r\n", read("GET / HTTP/1.1\r\nX:\r\nHost: a\r\n\r\n").headers)
  end)

  it("may come after one empty line, which old clients send after a body", function()
    local one = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"
    local _, log = read("\r\n" .. one .. "\r\n" .. one)
    assert.equal("closed", log[#log].type)
    assert.equal(7, #log)
  end)

  it("may be cut off only before it began", function()
    local text = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    for length = 1, #text - 1 do
      local _, problem = play.pieces(play.server(), { text:sub(1, length) })
      assert.equal("truncated", problem.kind, length)
    end
    for _, nothing in ipairs({ "", "\r\n" }) do
      local log, problem = play.pieces(play.server(), { nothing })
      assert.is_nil(problem)
      assert.same({ { type = "closed" } }, log)
    end
  end)

  it("is refused at its first byte when it cannot be one", function()
    for _, byte in ipairs({ " ", "\n", "\0", "\t", "{", "<", "\x80", "\xff", ":" }) do
      local _, problem = play.pieces(play.server(), { byte }, true)
      assert.equal(400, problem.status, ("%q"):format(byte))
    end
  end)

  it("that is a TLS handshake is called that", function()
    local _, problem = play.pieces(play.server(), { "\x16\x03\x01\x02\0\1\0" }, true)
    assert.matches("TLS", problem.message)
  end)
end)

describe("a response head", function()
  local function read(text)
    return first_of(play.client, text)
  end

  it("gives version, status, reason and fields", function()
    assert.same({
      type = "response",
      version = "1.1",
      status = 404,
      reason = "Not Found",
      headers = "X: y\r\n",
    }, read("HTTP/1.1 404 Not Found\r\nX: y\r\n\r\n"))
    assert.equal("1.0", read("HTTP/1.0 200 OK\r\n\r\n").version)
    assert.equal("", read("HTTP/1.1 200\r\n\r\n").reason)
    assert.equal("", read("HTTP/1.1 200 \r\n\r\n").reason)
    assert.equal(999, read("HTTP/1.1 999 No\r\n\r\n").status)
  end)

  it("may have bare LFs, as scripts write them", function()
    assert.equal("X: y\r\n", read("HTTP/1.1 200 OK\nX: y\n\nbody").headers)
  end)

  it("may have folded fields, which become one line", function()
    local fields = "X: a\r\n b\r\n\t  c\r\nY: d\r\n"
    assert.equal("X: a b c\r\nY: d\r\n", read("HTTP/1.1 200 OK\r\n" .. fields .. "\r\n").headers)
  end)

  it("is refused at its first byte when it cannot be one", function()
    for _, text in ipairs({ "\r", "\n", "<", "S", "2", "\0" }) do
      local _, problem = play.pieces(play.client(), { text }, true)
      assert.equal("protocol", problem.kind)
    end
    local _, problem = play.pieces(play.client(), { "\x15\x03\x01" }, true)
    assert.matches("TLS", problem.message)
  end)

  it("may be cut off nowhere", function()
    local text = "HTTP/1.1 200 OK\r\nX: y\r\n\r\n"
    for length = 0, #text - 1 do
      local _, problem = play.pieces(play.client(), { text:sub(1, length) })
      assert.equal("truncated", problem.kind, length)
    end
  end)
end)
