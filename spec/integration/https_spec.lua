-- Our HTTPS client and our HTTPS server.

local https = require("luatls.https")
local luv = require("luatls.io.luv")
local pki = require("spec.support.pki")
local process = require("spec.support.process")
local web = require("spec.support.web")

local BIG <const> = 10 * 1024 * 1024

local function get(url, options)
  return https.get(url, web.client(options))
end

local function post(url, options)
  return https.post(url, web.client(options))
end

local function echo(req)
  return assert(req:text(BIG))
end

local function assert_same_bytes(expected, got)
  assert.equal(#expected, #got)
  assert.is_true(expected == got, "the bytes differ")
end

describe("client and server", function()
  after_each(web.stop_all)

  for _, version in ipairs({ "1.2", "1.3" }) do
    for _, type in ipairs({ "ec", "rsa" }) do
      it(("exchange 1 byte and 10 MB (TLS %s, %s key)"):format(version, type), function()
        local url = web.serve(echo, { identity = pki.server(type), max_version = version })
        for _, size in ipairs({ 1, BIG }) do
          local body = web.noise(size)
          local r = assert(post(url, { body = body }))
          assert.equal(200, r.status)
          assert.equal("TLS " .. version, r.tls.version)
          assert.is_true(r.tls.verified)
          assert_same_bytes(body, r:text())
        end
      end)
    end
  end

  it("stream 10 MB both ways in chunks, in flat memory", function()
    local piece, seen = web.noise(64 * 1024), 0
    local url = web.serve(function(req, res)
      for data in req:iter() do
        seen = seen + #data
        assert(res:write(data))
      end
    end)
    local left, received, most = BIG // #piece, 0, 0
    local r <close> = assert(post(url, {
      stream = true,
      body = function()
        left = left - 1
        return left >= 0 and piece or nil
      end,
    }))
    assert.equal("chunked", r.headers["Transfer-Encoding"])
    for data in r:iter() do
      received = received + #data
      most = math.max(most, #data)
    end
    assert.equal(BIG, seen)
    assert.equal(BIG, received)
    assert.is_true(most < BIG / 4)
  end)

  it("send a file with its length, and a pipe in chunks", function()
    local url = web.serve(function(req)
      local framing = req.headers["content-length"] or req.headers["transfer-encoding"]
      return framing .. ":" .. req:text()
    end)
    local file <close> = assert(io.open(pki.file("from a file"), "rb"))
    file:read(5)
    assert.equal("6:a file", assert(post(url, { body = file })):text())
    local pipe <close> = assert(io.popen("printf piped"))
    assert.equal("chunked:piped", assert(post(url, { body = pipe })):text())
  end)

  it("send a body of known length from a reader", function()
    local url = web.serve(function(req)
      return req.headers["content-length"] .. ":" .. req:text()
    end)
    local pieces = { "ab", "cde" }
    local body = {
      length = 5,
      read = function()
        return table.remove(pieces, 1)
      end,
    }
    assert.equal("5:abcde", assert(post(url, { body = body })):text())
  end)

  it("show the request to the handler", function()
    local seen
    local url = web.serve(function(req)
      seen = req
      return { status = 204 }
    end)
    local r = assert(https.delete(
      url .. "/a%20b/c?x=1",
      web.client({
        query = { y = "ä&b", list = { 1, 2 } },
        headers = { ["X-Custom"] = "yes" },
        auth = { basic = { "me", "pass:word" } },
      })
    ))
    assert.equal(204, r.status)
    assert.equal("", r:text())
    assert.equal("DELETE", seen.method)
    assert.equal("/a%20b/c", seen.path)
    assert.same({ x = "1", y = "ä&b", list = "1" }, seen.query)
    assert.equal("2", seen.query_list[3][2])
    assert.equal("yes", seen.headers["x-custom"])
    assert.equal("Basic bWU6cGFzczp3b3Jk", seen.headers.authorization)
    assert.is_truthy(seen.peer:find("^127%.0%.0%.1:%d+$"))
    assert.equal("TLS 1.3", seen.tls.version)
  end)

  it("speak JSON and forms", function()
    local url = web.serve(function(req)
      if req.headers["content-type"] == "application/json" then
        return { status = 201, json = { doubled = req:json().number * 2 } }
      end
      return req:text()
    end)
    local r = assert(post(url, { json = { number = 21 } }))
    assert.equal(201, r.status)
    assert.equal(42, r:json().doubled)
    r = assert(post(url, { form = { a = "1 2", b = "&" } }))
    assert.equal("a=1%202&b=%26", r:text())
    local value, err = r:json()
    assert.is_nil(value)
    assert.equal("decode", err.kind)
  end)

  it("answer HEAD with the length but no body", function()
    local url = web.serve(function()
      return "twelve bytes"
    end)
    local r = assert(https.head(url, web.client()))
    assert.equal("12", r.headers["content-length"])
    assert.equal("", r:text())
  end)

  it("let the client read as much as it wants", function()
    local url = web.serve(function()
      return "0123456789"
    end)
    for _, stream in ipairs({ true, false }) do
      local r <close> = assert(get(url, { stream = stream }))
      assert.equal("012", r:read(3))
      assert.equal("3456789", r:text():sub(stream and 1 or 4))
    end
    local r <close> = assert(get(url, { stream = true }))
    local parts = {}
    repeat
      local data, err = r:read(4)
      assert.is_nil(err)
      parts[#parts + 1] = data
    until not data
    assert.equal("0123456789", table.concat(parts))
  end)

  it("work for a client on LuaSocket", function()
    -- A blocking client stops this process: the server needs one of its own.
    local child = process.start("lua5.4", { "spec/support/echo_server.lua" })
    child:write(pki.server().key:pem() .. pki.server().chain:pem())
    child:finish_input()
    local url = "https://localhost:" .. child:expect("port (%d+)")
    local body = web.noise(100000)
    local r = assert(post(url, { body = body, io = "luasocket" }))
    assert_same_bytes(body, r:text())
    child:stop()
  end)

  it("serve a thousand clients at the same time", function()
    local script = "ulimit -n 4096 && exec lua5.4 spec/support/crowd.lua 1000"
    local child = process.start("sh", { "-c", script })
    for count = 100, 1000, 100 do
      child:expect(("%d at once\n"):format(count))
    end
    child:expect("1000 answered")
    assert.equal(0, (child:wait()))
  end)
end)

describe("a server without a certificate", function()
  after_each(web.stop_all)

  it("gets one from the development CA, and names that CA", function()
    local folder = pki.folder() .. "/development/ca"
    local options = {
      port = 0,
      development = folder,
      handler = function()
        return "ok"
      end,
    }
    local server <close> = assert(https.server(options))
    server:start()
    for _, host in ipairs({ "localhost", "127.0.0.1" }) do
      local url = ("https://%s:%d/"):format(host, server:port())
      assert.equal("ok", assert(https.get(url, { trust = server.development_ca })):text())
    end
  end)
end)

describe("https.serve", function()
  it("serves until the server is closed", function()
    local identity, text = pki.server(), nil
    local options = {
      port = 0,
      certificate = identity.chain,
      key = identity.key,
      handler = function()
        return "hello"
      end,
      on_listening = function(server)
        luv.spawn(function()
          text = assert(get("https://localhost:" .. server:port())):text()
          server:close()
        end)
      end,
    }
    assert.is_true(https.serve(options))
    assert.equal("hello", text)
  end)

  it("fails with a sentence when the port is taken", function()
    local _, server = web.serve(echo)
    local identity = pki.server()
    local done, err = https.serve({
      port = server:port(),
      certificate = identity.chain,
      key = identity.key,
      handler = echo,
    })
    web.stop_all()
    assert.is_nil(done)
    assert.equal("io", err.kind)
    assert.is_truthy(tostring(err):find("already in use", 1, true))
  end)
end)
