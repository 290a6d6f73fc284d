-- The examples, run as their first lines say.

local environment = require("spec.support.environment")
local luv = require("luatls.io.luv")
local pki = require("spec.support.pki")
local process = require("spec.support.process")
local tls = require("luatls")
local web = require("spec.support.web")

local function example(name, ...)
  return process.start("lua5.4", { "examples/" .. name .. ".lua", ... })
end

local function run(name, ...)
  local code, text = example(name, ...):wait()
  assert.equal(0, code, text)
  return text
end

-- A stream server whose clients are handled by `handler`.
local function listen(handler)
  local me = pki.server()
  local options = { certificate = me.chain, key = me.key }
  local listener = assert(tls.listen("127.0.0.1", 0, options))
  luv.spawn(listener.serve, listener, handler)
  return listener
end

-- A mail server, as far as the example goes: plaintext, then TLS.
local function serve_mail(server)
  local socket = assert(server:accept())
  socket:send("220 mail.example ready\r\n")
  assert(socket:receive() == "STARTTLS\r\n")
  socket:send("220 go ahead\r\n")
  local me = pki.server()
  local options = { role = "server", certificate = me.chain, key = me.key }
  local stream <close> = assert(tls.wrap(socket.tcp, assert(tls.context(options))))
  assert(stream:read("l") == "NOOP")
  stream:write("250 ok\r\n")
  -- The client has the last word, so that nothing is lost.
  stream:read("a")
end

describe("the example", function()
  after_each(function()
    web.stop_all()
    process.stop_all()
  end)

  local roots = pki.root():chain_path()

  it("client fetches a page", function()
    local url = web.serve(function(req)
      return "hello " .. req.path .. "\n"
    end)
    local text = run("client", url .. "/", roots)
    assert.equal(
      "200\ttext/plain; charset=utf-8\n"
        .. "TLS 1.3\tTLS_AES_128_GCM_SHA256\tx25519\ttrue\nhello /\n\n",
      text
    )
  end)

  it("client says why it does not", function()
    local url = web.serve(function()
      return "never"
    end)
    assert.is_truthy(run("client", url):find("^cannot verify localhost: "))
  end)

  it("post_json gets its answer from the example server, curl its count", function()
    local folder = pki.folder() .. "/data"
    local server = process.start("lua5.4", { "examples/server.lua", "0" }, {
      env = environment.with({ XDG_DATA_HOME = folder }),
    })
    local port = server:expect("listening on port (%d+)")
    local ca = server:expect("%-%-cacert (%S+)")
    assert.equal(folder .. "/luatls/ca.pem", ca)
    local url = "https://localhost:" .. port
    assert.equal("lua\t1993\n", run("post_json", url, ca))
    local code, text = process.start("curl", { "-sS", "--cacert", ca, url .. "/count" }):wait()
    assert.equal(0, code)
    assert.equal("1\n2\n3\n", text)
  end)

  it("download saves a body", function()
    local body = web.noise(1024 * 1024)
    local url = web.serve(function()
      return body
    end)
    local path = pki.file("")
    assert.equal("1048576 bytes\n", run("download", url, path, roots))
    local file <close> = assert(io.open(path, "rb"))
    assert.is_true(file:read("a") == body)
  end)

  it("stream talks to a server of lines", function()
    local listener <close> = listen(function(stream)
      stream:write("you said ", stream:read("l"), "\n")
      stream:read("a")
    end)
    local text = run("stream", "localhost", listener:port(), roots)
    assert.equal("TLS 1.3\tCN=localhost\nyou said hello\n", text)
  end)

  it("starttls turns a plaintext connection into TLS", function()
    local server = assert(luv.listen("127.0.0.1", 0, 1))
    luv.spawn(serve_mail, server)
    local _, port = server:sockname()
    local text = run("starttls", "localhost", port, roots)
    server:close()
    assert.equal("now TLS 1.3\n250 ok\n", text)
  end)

  it("dtls_echo talks over UDP", function()
    local text = run("dtls_echo")
    local suite = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
    assert.equal(
      "DTLS 1.2\t" .. suite .. "\nyou said hello\nthe peer closed the connection\n",
      text
    )
  end)

  it("mutual_tls tells who has a certificate from who has none", function()
    local text = run("mutual_tls")
    assert.is_truthy(text:find("with a certificate: hello CN=alice\n", 1, true))
    assert.is_truthy(text:find("without one: refused\n", 1, true))
  end)
end)
