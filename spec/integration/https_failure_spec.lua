-- What goes wrong between an HTTPS client and a server, and what each side is
-- told. The raw servers here say exactly what the case says.

local https = require("luatls.https")
local luv = require("luatls.io.luv")
local pki = require("spec.support.pki")
local tls = require("luatls")
local web = require("spec.support.web")

local HEAD <const> = "HTTP/1.1 200 OK\r\n"

-- busted's own `assert` wraps what it raises.
local function must(value, err)
  if value == nil then error(err, 0) end
  return value
end

local function get(url, options)
  return https.get(url, web.client(options))
end

describe("a client refuses a response", function()
  after_each(web.stop_all)

  -- What the server sends, how it ends, and what the client makes of it.
  local CASES <const> = {
    { "of which nothing comes", "", "goodbye", "truncated", "before a message came" },
    { "of which nothing comes and no goodbye", "", "cut", "truncated", "was cut off" },
    { "cut off in its head", HEAD .. "a: b\r\n", "goodbye", "truncated", "inside a message head" },
    {
      "shorter than its length",
      HEAD .. "content-length: 9\r\n\r\nshort",
      "goodbye",
      "truncated",
      "4 bytes before the end",
    },
    {
      "shorter than its length without a goodbye",
      HEAD .. "content-length: 9\r\n\r\nshort",
      "cut",
      "truncated",
      "4 bytes before the end",
    },
    {
      "without its last chunk",
      HEAD .. "transfer-encoding: chunked\r\n\r\n5\r\nshort\r\n",
      "goodbye",
      "truncated",
      "inside a chunked body",
    },
    {
      "that only the end of the connection ends, without a goodbye",
      HEAD .. "\r\nall of it?",
      "cut",
      "truncated",
      "without a goodbye",
    },
    { "that is no HTTP", "SSH-2.0-x\r\n", "goodbye", "protocol", "does not speak HTTP" },
    {
      "with two lengths",
      HEAD .. "content-length: 1\r\ncontent-length: 2\r\n\r\nab",
      "goodbye",
      "protocol",
      "more than one Content-Length",
    },
    {
      "with a bad chunk size",
      HEAD .. "transfer-encoding: chunked\r\n\r\nxyz\r\n",
      "goodbye",
      "protocol",
      "chunk size is malformed",
    },
    {
      "larger than max_body by its length",
      HEAD .. "content-length: 101\r\n\r\n",
      "open",
      "too_large",
      "100 bytes",
    },
    {
      "larger than max_body by its chunks",
      HEAD .. "transfer-encoding: chunked\r\n\r\n65\r\n",
      "open",
      "too_large",
      "100 bytes",
    },
    {
      "larger than max_body without a length",
      HEAD .. "\r\n" .. ("x"):rep(101),
      "open",
      "too_large",
      "100 bytes",
    },
    { "with an endless head", HEAD .. ("a: b\r\n"):rep(300), "open", "too_large", "200 fields" },
    {
      "after too many interim ones",
      ("HTTP/1.1 103 Early Hints\r\n\r\n"):rep(9),
      "open",
      "protocol",
      "more than 8 interim",
    },
  }

  for _, case in ipairs(CASES) do
    local what, answer, ending, kind, words = table.unpack(case)
    it(what, function()
      local url = web.answer(answer, ending)
      local r, err = get(url, { max_body = 100 })
      assert.is_nil(r)
      assert.equal(kind, err.kind)
      assert.is_truthy(err.message:find(words, 1, true), err.message)
      assert.is_truthy(err.message:find("localhost", 1, true), err.message)
      assert.equal("localhost", err.host)
    end)
  end

  it("but takes one that a goodbye ends", function()
    local url = web.answer(HEAD .. "\r\nall of it", "goodbye")
    assert.equal("all of it", assert(get(url)):text())
  end)

  it("but takes one that is complete, whatever comes after it", function()
    local url = web.answer(HEAD .. "content-length: 2\r\n\r\nok", "cut")
    assert.equal("ok", assert(get(url)):text())
    url = web.answer("HTTP/1.1 103 Early Hints\r\n\r\n" .. HEAD .. "content-length: 2\r\n\r\nok")
    assert.equal("ok", assert(get(url)):text())
  end)
end)

describe("a client that streams", function()
  after_each(web.stop_all)

  it("gets what came before the cut, then the error, again and again", function()
    local url = web.answer(HEAD .. "content-length: 9\r\n\r\nshort", "goodbye")
    local r = assert(get(url, { stream = true }))
    assert.equal("short", r:read())
    for _ = 1, 2 do
      local data, err = r:read()
      assert.is_nil(data)
      assert.equal("truncated", err.kind)
      assert.equal("body", err.phase)
    end
  end)

  it("gets the error raised in a loop", function()
    local url = web.answer(HEAD .. "\r\nall of it?", "cut")
    local r = assert(get(url, { stream = true }))
    local ok, err = pcall(function()
      for _ in r:iter() do
      end
    end)
    assert.is_false(ok)
    assert.equal("truncated", err.kind)
  end)

  it("can give up", function()
    local url = web.answer(HEAD .. "content-length: 9\r\n\r\nshort", "open")
    local r = assert(get(url, { stream = true }))
    r:close()
    local data, err = r:read()
    assert.is_nil(data)
    assert.equal("closed", err.kind)
  end)

  it("keeps to max_body in text", function()
    local url = web.answer(HEAD .. "content-length: 9\r\n\r\nnine byte", "open")
    local r <close> = assert(get(url, { stream = true, max_body = 8 }))
    local text, err = r:text()
    assert.is_nil(text)
    assert.equal("too_large", err.kind)
    assert.is_truthy(err.hint:find("max_body", 1, true))
  end)
end)

describe("a client's time limit", function()
  after_each(web.stop_all)

  it("covers the head, the body and the whole", function()
    local cases = {
      { "", "waiting for the response of localhost", "head" },
      { HEAD .. "content-length: 9\r\n\r\nshort", "reading the response of localhost", "body" },
    }
    for _, case in ipairs(cases) do
      local url = web.answer(case[1], "open")
      local r, err = get(url, { timeout = 0.2 })
      assert.is_nil(r)
      assert.equal("timeout", err.kind)
      assert.equal(case[3], err.phase)
      assert.equal("timed out after 0.2 s " .. case[2], err.message)
    end
  end)

  it("covers a server that takes no more of the body", function()
    local url = web.serve(function()
      luv.sleep(1)
      return "late"
    end)
    local left = 1000
    local r, err = https.post(
      url,
      web.client({
        timeout = 0.3,
        body = function()
          left = left - 1
          return left >= 0 and web.noise(65536) or nil
        end,
      })
    )
    assert.is_nil(r)
    assert.equal("timeout", err.kind)
    assert.equal("send", err.phase)
  end)
end)

describe("a client", function()
  after_each(web.stop_all)

  it("refuses a server that it cannot verify, saying why", function()
    local words = {
      expired = "expired",
      early = "not valid",
      self_signed = "self",
      unknown_ca = "not trusted",
      wrong_name = "other.example",
    }
    for flaw, word in pairs(words) do
      local url = web.serve(function()
        return "never"
      end, { identity = pki.flawed(flaw) })
      local r, err = get(url)
      assert.is_nil(r, flaw)
      assert.equal("verify", err.kind, flaw)
      assert.equal("localhost", err.host)
      assert.is_truthy(tostring(err):find(word, 1, true), tostring(err))
    end
  end)

  it("verifies another name on request, and skips it on request only", function()
    local url = web.serve(function()
      return "ok"
    end, { identity = pki.flawed("wrong_name") })
    assert.equal("ok", assert(get(url, { name = "other.example" })):text())
    local r = assert(get(url, { insecure_skip_name = true }))
    assert.is_false(r.tls.verified)
    assert.same({ "insecure_skip_name" }, r.tls.insecure)
  end)

  it("tells how far it came", function()
    local cases = {
      { "https://does-not-exist.invalid/", "resolve", "resolve" },
      { "https://localhost:1/", "connect", "connect" },
    }
    for _, case in ipairs(cases) do
      local r, err = get(case[1])
      assert.is_nil(r)
      assert.equal(case[2], err.kind)
      assert.equal(case[3], err.phase)
    end
  end)

  it("shows a certificate to a server that asks for one", function()
    local options = { client_auth = "required", trust = pki.root().chain }
    local url = web.serve(function(req)
      return req:peer_chain()[1]:subject()
    end, options)
    local me = pki.client()
    local r = assert(get(url, { certificate = me.chain, key = me.key }))
    assert.equal("CN=Spec Client", r:text())
  end)

  it("is refused when it does not show one", function()
    local options = { client_auth = "required", trust = pki.root().chain }
    local url, _, errors = web.serve(function()
      return "never"
    end, options)
    assert.is_nil(get(url))
    assert.equal("verify", errors[1].kind)
    assert.is_truthy(errors[1].message:find("sent no certificate", 1, true))
  end)

  it("prefers a refusal to the failure to send", function()
    local url = web.serve(function()
      return { status = 413, body = "too much" }
    end)
    local left = 2000
    local r, err = https.post(
      url,
      web.client({
        body = function()
          left = left - 1
          return left >= 0 and web.noise(65536) or nil
        end,
      })
    )
    assert(r, err)
    assert.equal(413, r.status)
    assert.equal("too much", r:text())
  end)

  it("reports a body source that fails, and lets its errors through", function()
    local url = web.serve(function(req)
      return req:text()
    end)
    local r, err = https.post(
      url,
      web.client({
        body = function()
          return nil, "no more disk"
        end,
      })
    )
    assert.is_nil(r)
    assert.equal("io", err.kind)
    assert.is_truthy(err.message:find("no more disk", 1, true))
    assert.has_error(function()
      https.post(
        url,
        web.client({
          body = function()
            error("mine", 0)
          end,
        })
      )
    end, "mine")
  end)

  it("reports a body that is not as long as it said", function()
    local url = web.serve(function(req)
      return req:text()
    end)
    local body = {
      length = 5,
      read = function()
        return nil
      end,
    }
    local r, err = https.post(url, web.client({ body = body }))
    assert.is_nil(r)
    assert.equal("config", err.kind)
    assert.is_truthy(err.message:find("shorter", 1, true))
  end)
end)

describe("a server", function()
  after_each(web.stop_all)

  local function check_answer(server, bytes, status, words)
    local answer = web.talk(server, bytes)
    assert.is_truthy(answer:find("^HTTP/1%.1 " .. status .. " "), answer)
    assert.is_truthy(answer:find(words, 1, true), answer)
    assert.is_truthy(answer:find("Connection: close", 1, true), answer)
  end

  it("answers requests that break the rules with the right status", function()
    local _, server, errors = web.serve(function(req)
      return must(req:text())
    end, { max_body = 100 })
    local host = "Host: localhost\r\n"
    local cases = {
      { "GET / HTTP/1.1\r\n\r\n", 400, "no Host" },
      { "GET / HTTP/1.1\r\n" .. host .. "bad field\r\n\r\n", 400, "malformed" },
      { "GET / HTTP/3.0\r\n" .. host .. "\r\n", 505, "not supported" },
      { "GET /" .. ("a"):rep(9000) .. " HTTP/1.1\r\n" .. host .. "\r\n", 414, "longer" },
      { "GET / HTTP/1.1\r\n" .. ("a: b\r\n"):rep(101) .. "\r\n", 431, "100 fields" },
      { "POST / HTTP/1.1\r\n" .. host .. "Transfer-Encoding: gzip\r\n\r\n", 501, "coding" },
      { "POST / HTTP/1.1\r\n" .. host .. "Content-Length: 101\r\n\r\n" .. ("x"):rep(101), 413, "" },
      { "POST / HTTP/1.1\r\n" .. host .. "Transfer-Encoding: chunked\r\n\r\nx\r\n", 400, "chunk" },
      { "GET / HTTP/1.1\r\n" .. host .. "Expect: magic\r\n\r\n", 417, "expectation" },
      { "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", 501, "no proxy" },
    }
    for _, case in ipairs(cases) do
      check_answer(server, table.unpack(case))
    end
    assert.is_true(#errors >= 9)
    for _, err in ipairs(errors) do
      assert.is_truthy(err.kind == "protocol" or err.kind == "too_large", err.kind)
    end
  end)

  it("answers a head that does not come in time, but not silence", function()
    local _, server = web.serve(function()
      return "never"
    end, { head_timeout = 0.2 })
    check_answer(server, "GET / HTTP/1.1\r\n", 408, "timed out")
    local stream <close> = assert(tls.connect("localhost", server:port(), web.client()))
    assert.equal("", select(3, stream:read("a")))
  end)

  it("gives up on a body that does not come", function()
    local _, server = web.serve(function(req)
      return must(req:text())
    end, { body_timeout = 0.2 })
    local head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nab"
    check_answer(server, head, 408, "timed out")
  end)

  it("survives a handler that fails, tells nobody but on_error", function()
    local url, _, errors = web.serve(function(req)
      if req.path == "/text" then error("secret detail") end
      if req.path == "/table" then error({}) end
      if req.path == "/nothing" then return nil end
      if req.path == "/number" then return 5 end
      if req.path == "/injection" then
        return { headers = { ["x"] = "a\r\nSet-Cookie: b" }, body = "" }
      end
      if req.path == "/option" then return { sattus = 200 } end
      return "well"
    end)
    local paths = { "/text", "/table", "/nothing", "/number", "/injection", "/option" }
    for index, path in ipairs(paths) do
      local r = assert(get(url .. path))
      assert.equal(500, r.status, path)
      assert.equal("internal server error\n", r:text())
      assert.equal(index, #errors)
      assert.is_nil(r.headers["set-cookie"])
    end
    assert.is_truthy(errors[1].message:find("secret detail", 1, true))
    assert.is_truthy(errors[6].message:find('nearest: "status"', 1, true))
    assert.equal("well", assert(get(url)):text())
  end)

  it("leaves a streamed response incomplete when its handler fails", function()
    local url = web.serve(function(_, res)
      res:write("half of")
      error("the other half is missing")
    end)
    local r, err = get(url)
    assert.is_nil(r)
    assert.equal("truncated", err.kind)
  end)

  it("answers bad JSON with 400 when the handler asserts", function()
    local url = web.serve(function(req)
      return { json = must(req:json()) }
    end)
    local r = assert(https.post(url, web.client({ body = "{" })))
    assert.equal(400, r.status)
    assert.is_truthy(r:text():find("not valid JSON", 1, true))
  end)

  it("asks for a body that the client holds back, when the handler reads it", function()
    local _, server = web.serve(function(req)
      return req.path == "/read" and req:text() or "no need"
    end)
    local form = "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n"
      .. "Expect: 100-continue\r\n\r\n"
    local answer = web.talk(server, form:format("/skip"))
    assert.is_truthy(answer:find("^HTTP/1%.1 200 OK\r\n"), answer)
    local options = web.client()
    local stream <close> = assert(tls.connect("localhost", server:port(), options))
    stream:write(form:format("/read"))
    assert.equal("HTTP/1.1 100 Continue", stream:read("l"))
    stream:write("ok")
    assert.is_truthy(assert(stream:read("a")):find("\r\n\r\nok$"))
  end)

  it("answers HTTP/1.0 without chunks", function()
    local _, server = web.serve(function(_, res)
      res:write("piece ")
      res:write("by piece")
    end)
    local answer = web.talk(server, "GET / HTTP/1.0\r\n\r\n")
    assert.is_truthy(answer:find("\r\n\r\npiece by piece$"), answer)
  end)

  it("tells who speaks plain HTTP to it that this is an HTTPS port", function()
    local _, server, errors = web.serve(function()
      return "never"
    end)
    local socket = assert(luv.connect("localhost", server:port()))
    socket:send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    local answer = assert(socket:receive())
    socket:close()
    assert.is_truthy(answer:find("^HTTP/1%.1 400 "), answer)
    assert.is_truthy(answer:find("This is an HTTPS port", 1, true))
    assert.equal("protocol", errors[1].kind)
    assert.is_truthy(errors[1].peer:find("^127%.0%.0%.1:"))
  end)

  it("keeps a log", function()
    local entries = {}
    local url = web.serve(function()
      return { status = 201, body = "12345" }
    end, {
      log = function(entry)
        table.insert(entries, entry)
      end,
    })
    assert(get(url .. "/a?b=c"))
    luv.sleep(0)
    local entry = entries[1]
    assert.equal("GET", entry.method)
    assert.equal("/a?b=c", entry.target)
    assert.equal(201, entry.status)
    assert.equal(5, entry.bytes)
    assert.is_truthy(entry.user_agent:find("^luatls/"))
    assert.is_true(entry.seconds >= 0 and entry.seconds < 20)
  end)
end)
