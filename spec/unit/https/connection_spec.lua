local connection = require("luatls.https.connection")
local errors = require("luatls.error")

local CUT <const> = errors.new("truncated", "no close_notify")
local RESET <const> = errors.new("io", "connection reset by peer", { symbol = "ECONNRESET" })

-- A stream that gives these pieces, then fails as it is told.
local function stream_of(pieces, ending)
  local stream = { written = {}, index = 0 }
  function stream:read_some()
    self.index = self.index + 1
    if pieces[self.index] then return pieces[self.index] end
    return nil, ending or errors.END
  end
  function stream:write(bytes)
    if self.broken then return nil, self.broken, 0 end
    table.insert(self.written, bytes)
    return #bytes
  end
  function stream:settimeout(seconds)
    self.timeout = seconds
  end
  function stream:close()
    self.is_closed = true
  end
  return stream
end

local REQUEST <const> = { type = "request", method = "GET", target = "/", headers = { host = "a" } }

local function client(pieces, ending)
  local stream = stream_of(pieces, ending)
  local now = function()
    return 100
  end
  local side = { role = "client", host = "a.example", port = 443, timeout = 5 }
  local conn = connection.new(stream, now, side)
  assert(conn:send("send", nil, REQUEST, { type = "end" }))
  return conn, stream
end

-- The body up to its end or failure, byte by byte or whole.
local function read_all(conn)
  local parts = {}
  while true do
    local event, err = conn:next("body")
    if not event then return table.concat(parts), err end
    if event.type == "end" then return table.concat(parts) end
    if event.type == "data" then table.insert(parts, event.data) end
  end
end

local function split(text)
  local bytes = {}
  for byte in text:gmatch(".") do
    table.insert(bytes, byte)
  end
  return bytes
end

local HEAD <const> = "HTTP/1.1 200 OK\r\n"

describe("a connection", function()
  it("sends several events in one write", function()
    local _, stream = client({})
    assert.same({ "GET / HTTP/1.1\r\nhost: a\r\n\r\n" }, stream.written)
  end)

  it("says what HTTP does not allow, and sends nothing of it", function()
    local conn, stream = client({})
    local sent, err = conn:send("send", nil, REQUEST)
    assert.is_nil(sent)
    assert.equal("config", err.kind)
    assert.equal(1, #stream.written)
  end)

  it("gives a deadline to the stream as what is left of it", function()
    local conn, stream = client({ HEAD .. "\r\n" })
    assert.is_nil(stream.timeout)
    conn:next("head", 103)
    assert.equal(3, stream.timeout)
    conn:next("body", 99)
    assert.equal(0, stream.timeout)
  end)

  -- The bytes, how they end, the body, and the kind of the error if any.
  local CASES <const> = {
    { HEAD .. "content-length: 3\r\n\r\nabc", errors.END, "abc" },
    { HEAD .. "content-length: 3\r\n\r\nabc", CUT, "abc" },
    { HEAD .. "content-length: 3\r\n\r\nab", errors.END, "ab", "truncated" },
    { HEAD .. "content-length: 3\r\n\r\nab", CUT, "ab", "truncated" },
    { HEAD .. "content-length: 3\r\n\r\nab", RESET, "ab", "io" },
    { HEAD .. "content-length: 3\r\n\r\nab", errors.TIMEOUT, "ab", "timeout" },
    { HEAD .. "content-length: 3\r\n\r\nab", errors.CLOSED, "ab", "closed" },
    { HEAD .. "\r\nabc", errors.END, "abc" },
    { HEAD .. "\r\nabc", CUT, "abc", "truncated" },
    { HEAD .. "\r\nabc", RESET, "abc", "io" },
    { HEAD .. "transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", CUT, "abc" },
    { HEAD .. "transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n", CUT, "abc", "truncated" },
    {
      HEAD .. "transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n",
      errors.END,
      "abc",
      "truncated",
    },
    { HEAD, errors.END, "", "truncated" },
    { "", errors.END, "", "truncated" },
    { "", CUT, "", "truncated" },
    { "garbage", errors.END, "", "protocol" },
  }

  it("never takes the end of the bytes for the end of the body", function()
    for _, case in ipairs(CASES) do
      local bytes, ending, body, kind = table.unpack(case, 1, 4)
      for _, pieces in ipairs({ { bytes }, split(bytes) }) do
        local conn = client(pieces, ending)
        local text, err = read_all(conn)
        assert.equal(body, text, bytes)
        assert.equal(kind, err and err.kind, bytes)
        if err then assert.equal("body", err.phase or "body") end
      end
    end
  end)

  it("says whose message it was, and what was being done", function()
    local conn = client({ HEAD }, RESET)
    local _, err = conn:next("head")
    assert.equal(
      "waiting for the response of a.example failed: connection reset by peer",
      err.message
    )
    assert.equal("ECONNRESET", err.symbol)
    conn = client({}, errors.TIMEOUT)
    _, err = conn:next("head")
    assert.equal("timed out after 5 s waiting for the response of a.example", err.message)
    assert.is_true(err.retryable)
    local broken, stream = client({})
    stream.broken = errors.new("io", "broken pipe")
    broken.machine = require("luatls.http.machine").new({ role = "client" })
    _, err = broken:send("send", nil, REQUEST)
    assert.equal("sending the request to a.example failed: broken pipe", err.message)
    assert.equal("send", err.phase)
  end)

  it("knows whether the peer has said anything", function()
    local conn = client({}, errors.END)
    conn:next("head")
    assert.is_false(conn.heard)
    conn = client({ "H" }, errors.END)
    conn:next("head")
    assert.is_true(conn.heard)
  end)
end)
