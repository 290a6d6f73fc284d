local limits = require("luatls.http.limits")
local machine = require("luatls.http.machine")
local play = require("spec.unit.http.play")

describe("limits.new", function()
  it("has the defaults of the role", function()
    local server, client = limits.new("server"), limits.new("client")
    assert.same({ 32768, 8192, 100 }, { server.head, server.line, server.fields })
    assert.same({ 65536, 200, 8 }, { client.head, client.fields, client.interim })
    assert.equal(16384, server.extras)
  end)

  it("replaces what is given", function()
    assert.equal(5, limits.new("server", { body = 5 }).body)
    assert.equal(32768, limits.new("server", { body = 5 }).head)
  end)

  it("raises for a misspelt name and says what was meant", function()
    local ok, message = pcall(machine.new, { role = "server", limits = { heads = 1 } })
    assert.is_false(ok)
    assert.matches('unknown limit "heads"; did you mean "head"', message)
    ok, message = pcall(machine.new, { roll = "server" })
    assert.is_false(ok)
    assert.matches('unknown option "roll"; did you mean "role"', message)
  end)

  it("raises for what is no number, and for no role", function()
    for _, value in ipairs({ "5", -1, 1.5, true }) do
      assert.is_false((pcall(limits.new, "server", { body = value })))
    end
    assert.has_error(function()
      machine.new({ role = "proxy" })
    end)
    assert.has_error(function()
      machine.new({})
    end)
  end)
end)

local function limited(given)
  return function()
    return play.server(given)
  end
end

local function refuses(given, text, status)
  local _, problem = play.three_ways(limited(given), text)
  assert.is_truthy(problem, ("accepted: %q"):format(text))
  assert.equal("too_large", problem.kind)
  assert.equal(status, problem.status, problem.message)
end

local function accepts(given, text)
  local log, problem = play.three_ways(limited(given), text)
  assert.is_nil(problem, ("refused: %q"):format(text))
  assert.equal("end", log[#log - 1].type)
end

describe("a server's limit", function()
  it("on a line is exact, and tells the request line from the fields", function()
    local text = "GET /123 HTTP/1.1\r\nHost: a\r\n\r\n" -- 17 bytes in the longest line
    accepts({ line = 17 }, text)
    refuses({ line = 16 }, text, 414)
    text = "GET / HTTP/1.1\r\nHost: abcdefghijk\r\n\r\n"
    accepts({ line = 17 }, text)
    refuses({ line = 16 }, text, 431)
  end)

  it("on a head counts lines and their ends", function()
    local text = "GET / HTTP/1.1\r\nHost: a\r\n\r\n" -- 16 + 9 bytes, and the empty line
    accepts({ head = 25 }, text)
    refuses({ head = 24 }, text, 431)
    refuses({ head = 0 }, text, 431)
  end)

  it("on fields counts them", function()
    local text = "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\nX: 2\r\n\r\n"
    accepts({ fields = 3 }, text)
    refuses({ fields = 2 }, text, 431)
  end)

  it("on a body holds for lengths and for chunks", function()
    local head = "POST / HTTP/1.1\r\nHost: a\r\n"
    local text = head .. "Content-Length: 5\r\n\r\nhello"
    accepts({ body = 5 }, text)
    refuses({ body = 4 }, text, 413)
    text = head .. "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"
    accepts({ body = 5 }, text)
    refuses({ body = 4 }, text, 413)
  end)

  it("on extras counts extensions and trailers of all chunks", function()
    local text = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      .. "1;a=b\r\nx\r\n1;c\r\ny\r\n0;d\r\nX: 1\r\n\r\n" -- 4 + 2 + 2 + 6
    accepts({ extras = 14 }, text)
    refuses({ extras = 13 }, text, 431)
    refuses({ extras = 3 }, text, 431)
  end)

  it("stops a line that never ends", function()
    for _, start in ipairs({ "G", "GET /", "GET / HTTP/1.1\r\nX: " }) do
      local m = play.server()
      m:feed(start)
      local problem
      for _ = 1, 100 do
        m:feed(("x"):rep(1000))
        _, problem = m:next_event()
        if problem then break end
      end
      assert.equal("too_large", problem.kind)
      assert.is_true(m:buffered() < 10000)
    end
  end)

  it("stops a chunk size that never ends", function()
    local m = play.server()
    m:feed("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
    assert.equal("request", m:next_event().type)
    local problem
    for _ = 1, 100 do
      m:feed(("0"):rep(1000))
      _, problem = m:next_event()
      if problem then break end
    end
    assert.equal("too_large", problem.kind)
  end)

  it("stops headers without end", function()
    local m = play.server()
    m:feed("GET / HTTP/1.1\r\n")
    local problem
    for _ = 1, 1000 do
      m:feed("X: y\r\n")
      _, problem = m:next_event()
      if problem then break end
    end
    assert.equal(431, problem.status)
  end)
end)

describe("a client's limit", function()
  it("on a body holds until the connection ends", function()
    local text = "HTTP/1.1 200 OK\r\n\r\nhello"
    local function make(body)
      return function()
        return play.client("GET", nil, { body = body })
      end
    end
    local _, problem = play.pieces(make(5)(), { text })
    assert.is_nil(problem)
    _, problem = play.pieces(make(4)(), { text })
    assert.equal("too_large", problem.kind)
  end)

  it("on interim responses is eight", function()
    local interim = "HTTP/1.1 103 Early Hints\r\n\r\n"
    local final = "HTTP/1.1 204 No Content\r\n\r\n"
    local _, problem = play.three_ways(play.client, interim:rep(8) .. final)
    assert.is_nil(problem)
    _, problem = play.three_ways(play.client, interim:rep(9) .. final)
    assert.equal("protocol", problem.kind)
    assert.matches("interim", problem.message)
  end)
end)
