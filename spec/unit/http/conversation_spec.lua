local machine = require("luatls.http.machine")
local play = require("spec.unit.http.play")

-- Two machines whose bytes go to each other in pieces of `size`.
local function pair(size)
  local p = {
    client = machine.new({ role = "client" }),
    server = machine.new({ role = "server" }),
  }
  local other = { client = p.server, server = p.client }
  function p.say(who, event)
    local bytes = assert(p[who]:send(event))
    for first = 1, #bytes, size do
      other[who]:feed(bytes:sub(first, first + size - 1))
    end
  end
  return p
end

local FINISH <const> = { type = "end" }

local function exchange(p, request, upload, response, download)
  p.say("client", request)
  for _, piece in ipairs(upload) do
    p.say("client", { type = "data", data = piece })
  end
  p.say("client", FINISH)
  local events, body = play.hear(p.server)
  assert.equal(request.method, events[1].method)
  assert.equal("end", events[#events].type)
  assert.equal(table.concat(upload), body)
  p.say("server", response)
  for _, piece in ipairs(download) do
    p.say("server", { type = "data", data = piece })
  end
  p.say("server", FINISH)
  events, body = play.hear(p.client)
  assert.equal(response.status, events[1].status)
  assert.equal("end", events[#events].type)
  assert.equal(table.concat(download), body)
end

describe("client and server", function()
  local BODY <const> = { "hello", "", " ", ("\r\n0\r\n\r\n"):rep(50), "\0\255" }
  local SIZE <const> = #table.concat(BODY)

  local function response(fields)
    return { type = "response", status = 200, headers = fields }
  end

  it("understand each other, however the bytes are cut", function()
    local length, chunked = { ["content-length"] = SIZE }, { ["transfer-encoding"] = "chunked" }
    for _, size in ipairs({ 1, 2, 3, 7, 100, 100000 }) do
      local p = pair(size)
      local exchanges = {
        { play.request(), {}, response(), BODY },
        { play.request("POST", length), BODY, response(length), BODY },
        { play.request("POST", chunked), BODY, response(chunked), BODY },
        { play.request("HEAD"), {}, response(length), {} },
        { play.request("DELETE"), {}, { type = "response", status = 204 }, {} },
        {
          play.request("GET", { ["if-none-match"] = "x" }),
          {},
          { type = "response", status = 304 },
          {},
        },
        { play.request(), {}, response({ ["content-length"] = 0 }), {} },
      }
      for _, e in ipairs(exchanges) do
        exchange(p, table.unpack(e))
        assert.is_true(p.client:keep_alive())
        assert.is_true(p.server:keep_alive())
        assert.is_true(p.client:start_next_cycle())
        assert.is_true(p.server:start_next_cycle())
      end
    end
  end)

  it("agree that the connection ends", function()
    for _, says in ipairs({ "client", "server" }) do
      local p = pair(10)
      local fields = { client = {}, server = {} }
      fields[says].connection = "close"
      exchange(p, play.request("GET", fields.client), {}, response(fields.server), BODY)
      for _, role in ipairs({ "client", "server" }) do
        assert.is_false(p[role]:keep_alive())
        assert.equal("must_close", p[role]:state())
        local started, problem = p[role]:start_next_cycle()
        assert.is_nil(started)
        assert.equal("local", problem.side)
      end
    end
  end)

  it("send trailers", function()
    local p = pair(1)
    p.say("client", play.request("POST", { ["transfer-encoding"] = "chunked" }))
    p.say("client", { type = "end", trailers = { digest = "abc" } })
    local events = play.hear(p.server)
    assert.equal("abc", events[2].trailers.digest)
  end)

  it("talk about a body that is held back", function()
    local p = pair(5)
    p.say("client", play.request("POST", { expect = "100-continue", ["content-length"] = 5 }))
    assert.is_true(p.client:expects_continue())
    play.hear(p.server)
    assert.is_true(p.server:expects_continue())
    p.say("server", { type = "informational", status = 103 })
    play.hear(p.client)
    assert.is_true(p.server:expects_continue())
    assert.is_true(p.client:expects_continue())
    p.say("server", { type = "informational", status = 100 })
    assert.is_false(p.server:expects_continue())
    assert.equal(100, play.hear(p.client)[1].status)
    assert.is_false(p.client:expects_continue())
    p.say("client", { type = "data", data = "hello" })
    p.say("client", FINISH)
    play.hear(p.server)
    p.say("server", response({ ["content-length"] = 0 }))
    p.say("server", FINISH)
    play.hear(p.client)
    assert.is_true(p.server:keep_alive())
    assert.is_true(p.client:keep_alive())
  end)

  it("switch protocols where both want to", function()
    local p = pair(3)
    p.say("client", play.request("GET", { connection = "upgrade", upgrade = "websocket" }))
    p.say("client", FINISH)
    play.hear(p.server)
    assert.is_true(p.server:is_paused())
    assert.equal("might_switch", p.server:peer_state())
    assert.equal("might_switch", p.client:state())
    p.server:feed("early")
    p.say("server", {
      type = "informational",
      status = 101,
      headers = { connection = "upgrade", upgrade = "websocket" },
    })
    p.client:feed("frames")
    assert.equal(101, play.hear(p.client)[1].status)
    assert.is_nil((p.server:next_event()))
    for _, role in ipairs({ "client", "server" }) do
      assert.equal("switched", p[role]:state())
      assert.is_true(p[role]:is_paused())
      assert.is_false(p[role]:keep_alive())
    end
    assert.equal("frames", p.client:trailing())
    assert.equal("early", p.server:trailing())
  end)

  it("go on with HTTP where the server declines", function()
    local p = pair(3)
    exchange(
      p,
      play.request("GET", { connection = "upgrade", upgrade = "h2c" }),
      {},
      response(),
      BODY
    )
    assert.is_true(p.client:keep_alive())
    assert.is_true(p.server:keep_alive())
  end)

  it("open a tunnel", function()
    local p = pair(4)
    p.say("client", play.request("CONNECT"))
    p.say("client", FINISH)
    play.hear(p.server)
    p.say("server", { type = "response", status = 200, headers = { ["content-length"] = 5 } })
    p.client:feed("tunnelled")
    local events = play.hear(p.client)
    assert.equal(1, #events)
    assert.is_nil(events[1].headers["content-length"])
    assert.equal("tunnelled", p.client:trailing())
    assert.equal("switched", p.server:state())
  end)

  it("close a tunnel that was refused like any response", function()
    local p = pair(4)
    exchange(p, play.request("CONNECT"), {}, { type = "response", status = 407 }, { "no" })
    assert.is_true(p.client:keep_alive())
  end)
end)
