local machine = require("luatls.http.machine")
local play = require("spec.unit.http.play")

local FINISH <const> = { type = "end" }

describe("a server", function()
  it("reads pipelined requests one after the other", function()
    local one = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"
    local two = "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
    local log, problem = play.three_ways(play.server, one .. two .. one)
    assert.is_nil(problem)
    local seen = {}
    for _, event in ipairs(log) do
      seen[#seen + 1] = event.target or event.data or event.type
    end
    assert.same({ "/1", "end", "/2", "hello", "end", "/1", "end", "closed" }, seen)
  end)

  it("is paused between a request and its answer, with the next one kept", function()
    local m = play.server()
    local text = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    m:feed(text .. text)
    assert.equal("request", m:next_event().type)
    assert.is_false(m:is_paused())
    assert.equal("end", m:next_event().type)
    assert.is_true(m:is_paused())
    assert.is_nil((m:next_event()))
    assert.equal(#text, m:buffered())
    assert.is_false(m:keep_alive())
    assert.is_nil((m:start_next_cycle()))
  end)

  it("looks at nothing after a last request", function()
    local text = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    local log, problem = play.three_ways(play.server, text .. text)
    assert.is_nil(problem)
    assert.same({ "request", "end", "closed" }, { log[1].type, log[2].type, log[3].type })
    assert.equal(3, #log)
  end)

  it("answers what it refused, once, and closes", function()
    local m = play.server()
    m:feed("GET / HTTP/1.1\r\n\r\n")
    local event, problem = m:next_event()
    assert.is_nil(event)
    local _, again = m:next_event()
    assert.equal(problem, again)
    local head = assert(m:send({
      type = "response",
      status = problem.status,
      headers = { ["content-length"] = 0 },
    }))
    assert.matches("^HTTP/1.1 400 Bad Request\r\n", head)
    assert.matches("\r\nConnection: close\r\n", head)
    assert.is_string(m:send(FINISH))
    assert.equal("must_close", m:state())
    assert.is_false(m:keep_alive())
  end)

  it("answers in the form that the refused request was in", function()
    local m = play.server()
    m:feed("HEAD / HTTP/1.0\r\nContent-Length: x\r\n\r\n")
    assert.is_nil((m:next_event()))
    assert.not_matches("Transfer", m:send({ type = "response", status = 400 }))
  end)

  it("may answer before the body came, and goes on once it was read", function()
    local m = play.server()
    m:feed("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n")
    assert.equal("request", m:next_event().type)
    assert(m:send({ type = "response", status = 413 }))
    assert(m:send(FINISH))
    assert.is_false(m:keep_alive())
    m:feed("hello")
    assert.equal("hello", m:next_event().data)
    assert.equal("end", m:next_event().type)
    assert.is_true(m:keep_alive())
  end)

  it("closes when it never asked for the body that the client holds back", function()
    local m = play.server()
    m:feed("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    assert.equal("request", m:next_event().type)
    local head = assert(m:send({ type = "response", status = 401 }))
    assert.matches("\r\nConnection: close\r\n", head)
  end)

  it("expects no body to be held back where none can be", function()
    local cases = {
      "GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n",
      "POST / HTTP/1.0\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n",
    }
    for _, text in ipairs(cases) do
      local m = play.server()
      m:feed(text)
      assert.equal("request", m:next_event().type)
      assert.is_false(m:expects_continue())
    end
  end)

  it("stops expecting when the body comes all the same", function()
    local m = play.server()
    m:feed("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-Continue\r\n\r\nh")
    assert.equal("request", m:next_event().type)
    assert.is_true(m:expects_continue())
    assert.equal("data", m:next_event().type)
    assert.is_false(m:expects_continue())
  end)

  it("refuses other expectations", function()
    local m = play.server()
    m:feed("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: tea\r\n\r\n")
    local _, problem = m:next_event()
    assert.equal(417, problem.status)
  end)

  it("switches nothing for HTTP/1.0, or without Connection: upgrade", function()
    local cases = {
      "GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n\r\n",
    }
    for _, text in ipairs(cases) do
      local m = play.server()
      m:feed(text)
      play.hear(m)
      assert.is_nil((m:send({ type = "informational", status = 101 })))
    end
  end)

  it("never keeps a connection of HTTP/1.0", function()
    local m = play.server()
    m:feed("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    play.hear(m)
    assert.matches("Connection: close", m:send({ type = "response", status = 204 }))
    assert(m:send(FINISH))
    assert.is_false(m:keep_alive())
  end)

  it("still answers a client that closed its direction", function()
    local m = play.server()
    m:feed("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    m:feed_end()
    assert.equal("request", m:next_event().type)
    assert.equal("end", m:next_event().type)
    for _ = 1, 3 do
      assert.equal("closed", m:next_event().type)
    end
    assert.is_string(m:send({ type = "response", status = 204 }))
    assert.is_string(m:send(FINISH))
    assert.is_false(m:keep_alive())
  end)

  it("may close instead of saying anything", function()
    local m = play.server()
    assert.equal("", m:send({ type = "closed" }))
    assert.equal("closed", m:state())
    assert.equal("must_close", m:peer_state())
    assert.is_nil((m:send({ type = "response", status = 200 })))
  end)
end)

describe("a client", function()
  it("refuses what comes without a request", function()
    local m = machine.new({ role = "client" })
    assert.is_nil((m:next_event()))
    m:feed("HTTP/1.1 408 Request Timeout\r\n\r\n")
    local _, problem = m:next_event()
    assert.matches("without being asked", problem.message)
    m = machine.new({ role = "client" })
    m:feed_end()
    assert.equal("closed", m:next_event().type)
  end)

  it("does not use a connection again that has bytes left over, or has ended", function()
    local response = "HTTP/1.1 204 No Content\r\n\r\n"
    for _, rest in ipairs({ "", "\r\n", "HTTP/1.1 200 OK\r\n\r\n" }) do
      local m = play.client()
      m:feed(response .. rest)
      play.hear(m)
      assert.equal(rest == "", m:keep_alive())
      assert.equal(rest == "" or nil, (m:start_next_cycle()))
    end
    local m = play.client()
    m:feed(response)
    m:feed_end()
    play.hear(m)
    assert.is_false(m:keep_alive())
  end)

  it("does not use a connection again whose response ended with it", function()
    local m = play.client()
    m:feed("HTTP/1.1 200 OK\r\n\r\nhello")
    m:feed_end()
    local events, body = play.hear(m)
    assert.equal("end", events[#events].type)
    assert.equal("hello", body)
    assert.is_false(m:keep_alive())
  end)

  it("reads a response that comes before the request is complete", function()
    local m = machine.new({ role = "client" })
    assert(m:send(play.request("POST", { ["content-length"] = 5 })))
    m:feed("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n")
    assert.equal(413, play.hear(m)[1].status)
    assert.is_false(m:keep_alive())
    assert.equal("send_body", m:state())
  end)

  it("passes interim responses on and waits for the final one", function()
    local log = play.three_ways(
      play.client,
      "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        .. "HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\n"
        .. "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    )
    local seen = {}
    for _, event in ipairs(log) do
      seen[#seen + 1] = event.status or event.data or event.type
    end
    assert.same({ 103, 100, 200, "ok", "end", "closed" }, seen)
  end)

  it("reads no body after HEAD", function()
    local m = play.client("HEAD")
    m:feed("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
    assert.equal(2, #play.hear(m))
    assert.is_true(m:keep_alive())
  end)
end)

describe("misuse", function()
  it("raises at once", function()
    local m = machine.new({ role = "server" })
    assert.has_error(function()
      m:send({ type = "hello" })
    end)
    assert.has_error(function()
      m:send({})
    end)
    m:feed_end()
    assert.has_error(function()
      m:feed("x")
    end)
    assert.has_error(function()
      machine.new({ role = "client", limit = {} })
    end)
  end)

  it("of the conversation is a problem, and changes nothing", function()
    local m = machine.new({ role = "client" })
    for _, kind in ipairs({ "response", "informational", "data", "end" }) do
      local bytes, problem = m:send({ type = kind, status = 200, data = "" })
      assert.is_nil(bytes)
      assert.equal("local", problem.side)
      assert.matches("client cannot send", problem.message)
    end
    assert.equal("idle", m:state())
    assert(m:send(play.request()))
    assert.is_nil((m:send(play.request())))
    assert.equal("send_body", m:state())
  end)
end)
