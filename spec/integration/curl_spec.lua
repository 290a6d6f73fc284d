-- curl and our HTTPS server.

local pki = require("spec.support.pki")
local process = require("spec.support.process")
local web = require("spec.support.web")

local BIG <const> = 10 * 1024 * 1024

local function read_file(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read("a")
end

-- Runs curl, trusting the specs' root; its answer's body goes to a file.
local function curl(url, ...)
  local output = pki.file("")
  local args = { "--silent", "--show-error", "--max-time", "20" }
  local report = "%{http_code} %{ssl_verify_result} %{http_version}\n"
  local more = { "--cacert", pki.root():chain_path(), "--output", output, "--write-out", report }
  for _, list in ipairs({ more, { ... }, { url } }) do
    table.move(list, 1, #list, #args + 1, args)
  end
  local child = process.start("curl", args)
  local code, said = child:wait()
  return { code = code, said = said, body = read_file(output) }
end

local function assert_ok(got, body)
  assert.equal("200 0 1.1\n", got.said)
  assert.equal(0, got.code)
  assert.equal(#body, #got.body)
  assert.is_true(body == got.body, "the bytes differ")
end

local function echo(req)
  return req:text(BIG)
end

-- How curl is told to speak one version only.
local VERSIONS <const> = { ["1.2"] = { "--tls-max", "1.2" }, ["1.3"] = { "--tlsv1.3" } }

local function each_case(what, test)
  for version, flags in pairs(VERSIONS) do
    for _, type in ipairs({ "ec", "rsa" }) do
      it(("%s (TLS %s, %s key)"):format(what, version, type), function()
        test({ identity = pki.server(type) }, version, table.unpack(flags))
      end)
    end
  end
end

describe("curl", function()
  after_each(function()
    web.stop_all()
    process.stop_all()
  end)

  each_case("gets 1 byte and 10 MB", function(options, version, ...)
    local bodies, seen = { web.noise(1), web.noise(BIG) }, nil
    local url = web.serve(function(req)
      seen = req.tls.version
      return bodies[tonumber(req.path:sub(2))]
    end, options)
    for index, body in ipairs(bodies) do
      assert_ok(curl(url .. "/" .. index, ...), body)
    end
    assert.equal("TLS " .. version, seen)
  end)

  -- From 1 MB on it sends "Expect: 100-continue".
  each_case("posts 1 byte and 10 MB", function(options, version, ...)
    local seen
    local url = web.serve(function(req)
      seen = req.tls.version
      return echo(req)
    end, options)
    for _, size in ipairs({ 1, BIG }) do
      local body = web.noise(size)
      assert_ok(curl(url, "--data-binary", "@" .. pki.file(body), ...), body)
      assert.equal("TLS " .. version, seen)
    end
  end)

  each_case("uploads 10 MB in chunks", function(options, _, ...)
    local seen
    local url = web.serve(function(req)
      seen = req
      return echo(req)
    end, options)
    local body = web.noise(BIG)
    local chunked = "Transfer-Encoding: chunked"
    local got = curl(url, "--header", chunked, "--upload-file", pki.file(body), ...)
    assert_ok(got, body)
    assert.equal("PUT", seen.method)
    assert.equal("chunked", seen.headers["transfer-encoding"])
  end)

  it("uploads its standard input", function()
    local url = web.serve(echo)
    local output = pki.file("")
    local child = process.start("curl", {
      "--silent",
      "--cacert",
      pki.root():chain_path(),
      "--output",
      output,
      "--upload-file",
      "-",
      url .. "/",
    })
    child:write("from standard input")
    child:finish_input()
    assert.equal(0, (child:wait()))
    assert.equal("from standard input", read_file(output))
  end)

  it("gets a streamed body in chunks", function()
    local url = web.serve(function(_, res)
      for i = 1, 100 do
        res:write("piece ", i, "\n")
      end
    end)
    local got = curl(url)
    assert.equal("200 0 1.1\n", got.said)
    assert.is_truthy(got.body:find("^piece 1\n.*piece 100\n$"))
  end)

  it("gets the head alone", function()
    local url = web.serve(function()
      return { headers = { ["x-one"] = "1" }, body = "12345" }
    end)
    local got = curl(url, "--head")
    assert.equal("200 0 1.1\n", got.said)
    assert.is_truthy(got.body:find("X-One: 1", 1, true) or got.body:find("x-one: 1", 1, true))
    assert.is_truthy(got.body:find("Content-Length: 5", 1, true))
  end)

  it("offers HTTP/2 and is content with HTTP/1.1", function()
    local url = web.serve(function()
      return "one"
    end)
    assert_ok(curl(url, "--http2"), "one")
  end)

  it("takes the development CA's word", function()
    local https = require("luatls.https")
    local server <close> = assert(https.server({
      port = 0,
      development = pki.folder() .. "/curl-development",
      handler = function()
        return "developed"
      end,
    }))
    server:start()
    for _, name in ipairs({ "localhost", "127.0.0.1" }) do
      local url = ("https://%s:%d/"):format(name, server:port())
      assert_ok(curl(url, "--cacert", server.development_ca), "developed")
    end
  end)

  it("refuses a server that is not what it should be", function()
    for _, flaw in ipairs({ "expired", "self_signed", "unknown_ca", "wrong_name" }) do
      local url = web.serve(echo, { identity = pki.flawed(flaw) })
      assert.equal(60, curl(url).code, flaw)
    end
  end)

  it("sees that a streamed body is not complete", function()
    local url = web.serve(function(_, res)
      res:write("half")
      error("no more")
    end)
    assert.equal(18, curl(url).code) -- 18: a partial file
  end)

  it("speaks plain HTTP to the port and is told that it is HTTPS", function()
    local url = web.serve(echo)
    local got = curl((url:gsub("^https", "http")))
    assert.equal("400 0 1.1\n", got.said)
    assert.is_truthy(got.body:find("This is an HTTPS port", 1, true))
  end)
end)
