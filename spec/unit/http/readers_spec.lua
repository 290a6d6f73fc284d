local play = require("spec.unit.http.play")

-- What comes after the head: body, trailers, problem.
local function read(make, text)
  local log, problem = play.three_ways(make, text)
  local body, trailers
  for _, event in ipairs(log) do
    if event.type == "data" then body = event.data end
    if event.type == "end" then trailers = event.trailers end
  end
  return body, trailers, problem
end

local function post(fields, body)
  return "POST / HTTP/1.1\r\nHost: a\r\n" .. fields .. "\r\n" .. body
end

local function chunked(body)
  return post("Transfer-Encoding: chunked\r\n", body)
end

describe("a body of a known length", function()
  it("ends where it says", function()
    local cases = { "", "x", "hello\r\n\r\n\0" }
    for _, text in ipairs(cases) do
      local body, trailers, problem =
        read(play.server, post("Content-Length: " .. #text .. "\r\n", text))
      assert.is_nil(problem)
      assert.equal(text, body or "")
      assert.equal("", trailers)
    end
  end)

  it("is truncated when the connection ends before", function()
    for length = 0, 4 do
      local text = post("Content-Length: 5\r\n", ("hello"):sub(1, length))
      local _, _, problem = read(play.server, text)
      assert.equal("truncated", problem.kind)
      assert.matches(("%d bytes"):format(5 - length), problem.message)
    end
  end)

  it("passes through in the pieces it came in", function()
    local m = play.server()
    m:feed(post("Content-Length: 300000\r\n", ""))
    assert.equal("request", m:next_event().type)
    for size = 100000, 100002 do
      m:feed(("x"):rep(size))
    end
    for _, size in ipairs({ 100000, 100001, 99999 }) do
      assert.equal(size, #m:next_event().data)
    end
    assert.equal("end", m:next_event().type)
    assert.equal(3, m:buffered())
  end)
end)

describe("a chunked body", function()
  it("is put together again", function()
    local cases = {
      { "0\r\n\r\n", "" },
      { "5\r\nhello\r\n0\r\n\r\n", "hello" },
      { "1\r\nh\r\n4\r\nello\r\n0\r\n\r\n", "hello" },
      { "00005\r\nhello\r\n000\r\n\r\n", "hello" },
      { "A\r\n0123456789\r\n0\r\n\r\n", "0123456789" },
      { '5;a;b=c;d="e f"\r\nhello\r\n0;last\r\n\r\n', "hello" },
    }
    for _, case in ipairs(cases) do
      local body, _, problem = read(play.server, chunked(case[1]))
      assert.is_nil(problem, case[1])
      assert.equal(case[2], body or "")
    end
  end)

  it("may hold what looks like its own end", function()
    local inner = "0\r\n\r\nGET / HTTP/1.1\r\n\r\n"
    local text = ("%x\r\n%s\r\n0\r\n\r\n"):format(#inner, inner)
    assert.equal(inner, (read(play.server, chunked(text))))
  end)

  it("gives its trailers", function()
    local _, trailers, problem =
      read(play.server, chunked("1\r\nx\r\n0\r\nDigest: abc\r\nX:  y \r\n\r\n"))
    assert.is_nil(problem)
    assert.equal("Digest: abc\r\nX: y\r\n", trailers)
  end)

  it("is truncated wherever the connection ends", function()
    local text = "5;a\r\nhello\r\n0\r\nX: y\r\n\r\n"
    for length = 0, #text - 1 do
      local _, problem = play.pieces(play.server(), { chunked(text:sub(1, length)) })
      assert.equal("truncated", problem and problem.kind, length)
    end
  end)

  it("of a response may have spaces after its sizes, as some servers pad them", function()
    local text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      .. "5   \r\nhello\r\n0  \r\n\r\n"
    assert.equal("hello", (read(play.client, text)))
  end)
end)

describe("a body until the connection ends", function()
  it("is all that comes, and never truncated", function()
    for _, text in ipairs({ "", "hello", "hello\r\n\r\n0\r\n\r\n" }) do
      local body, trailers, problem = read(play.client, "HTTP/1.1 200 OK\r\n\r\n" .. text)
      assert.is_nil(problem)
      assert.equal(text, body or "")
      assert.equal("", trailers)
    end
  end)
end)
