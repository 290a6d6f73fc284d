-- bin/luatls, as people run it.

local environment = require("spec.support.environment")
local pki = require("spec.support.pki")
local process = require("spec.support.process")
local tls = require("luatls")
local uv = require("luv")
local web = require("spec.support.web")

local function luatls(...)
  local code, text = process.start("luatls", { ... }):wait()
  return code, text
end

-- Only what goes to stdout, or only what goes to stderr.
local function output(stream, ...)
  local hide = stream == "stdout" and "2>/dev/null" or "2>&1 >/dev/null"
  local args = { "-c", 'luatls "$@" ' .. hide, "sh", ... }
  local code, text = process.start("sh", args):wait()
  return text, code
end

describe("luatls", function()
  it("tells its version and how it is used", function()
    local code, text = luatls("--version")
    assert.equal(0, code)
    assert.is_truthy(text:find("^luatls %d+%.%d+%.%d+ %(mbedTLS 3%.6%.%d+, Lua 5%.4%)\n$"))
    for _, word in ipairs({ "--help", "-h", "help" }) do
      code, text = luatls(word)
      assert.equal(0, code)
      assert.is_truthy(text:find("usage: luatls get URL", 1, true))
    end
  end)

  it("refuses words that it does not know with code 2 and a sentence", function()
    local cases = {
      { {}, "no command was given" },
      { { "fetch" }, "unknown command fetch (there are cert, get, issue, serve)" },
      { { "issue", "../x" }, "../x is neither a host name nor an address" },
      { { "issue", "--ca" }, "unknown option --ca; see" },
      { { "get", "--trsut=x", "x" }, "--trsut (there are --insecure-skip-verify, --trust, -v)" },
      { { "get" }, "get needs one URL" },
      { { "get", "a", "b" }, "get needs one URL" },
      { { "get", "--color", "x" }, "unknown option --color" },
      { { "get", "x", "--trust" }, "--trust needs a FILE" },
      { { "get", "x", "-v=1" }, "unknown option -v=1" },
      { { "get", "--insecure-skip-verify=no", "x" }, "takes no value" },
      { { "serve", "--port", "eighty" }, "--port is a number" },
      { { "serve", "--port=65536" }, "--port is a number" },
      { { "serve", "a", "b" }, "serve takes one folder" },
    }
    for _, case in ipairs(cases) do
      local text, code = output("stderr", table.unpack(case[1]))
      assert.equal(2, code, case[2])
      assert.is_truthy(text:find(case[2], 1, true), text)
      assert.is_nil(text:find("stack traceback", 1, true))
    end
  end)
end)

describe("luatls get", function()
  after_each(web.stop_all)

  local trust = "--trust=" .. pki.root():chain_path()

  it("writes the body to stdout, and with -v the rest to stderr", function()
    local body = web.noise(100000)
    local url = web.serve(function()
      return body
    end)
    local text, code = output("stdout", "get", "-v", url, trust)
    assert.equal(0, code)
    assert.is_true(text == body)
    text = output("stderr", "get", "-v", url, trust)
    local words = {
      "version:      TLS 1.3",
      "cipher suite: TLS_AES_128_GCM_SHA256",
      "group:        x25519",
      "verified:     yes",
      "certificate:  CN=localhost",
      "issuer:       CN=Spec Root",
      "valid:        20",
      "status:       200 OK",
    }
    for _, word in ipairs(words) do
      assert.is_truthy(text:find(word, 1, true), text)
    end
    assert.equal("", (output("stderr", "get", url, trust)))
  end)

  it("trusts the roots of the system, wherever these are", function()
    local url = web.serve(function()
      return "trusted"
    end)
    local env = environment.with({ SSL_CERT_FILE = pki.root():chain_path() })
    local code, text = process.start("luatls", { "get", url }, { env = env }):wait()
    assert.equal(0, code, text)
    assert.equal("trusted", text)
  end)

  it("fails with code 1 and a sentence", function()
    local url = web.serve(function()
      return { status = 404, body = "not here" }
    end)
    local cut = web.answer("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort")
    local cases = {
      { { url }, "cannot verify localhost" },
      { { url, trust }, "answered with status 404" },
      { { cut, trust }, "was cut off" },
      { { "http://localhost/" }, "is not encrypted" },
      { { "localhost" }, "URL has no scheme" },
      { { "https://localhost:1/" }, "connection refused" },
      { { url, "--trust", "/does/not/exist" }, "/does/not/exist" },
    }
    for _, case in ipairs(cases) do
      local text, code = output("stderr", "get", table.unpack(case[1]))
      assert.equal(1, code, case[2])
      assert.is_truthy(text:find("luatls: ", 1, true), text)
      assert.is_truthy(text:find(case[2], 1, true), text)
      assert.is_nil(text:find("stack traceback", 1, true))
    end
    assert.equal("not here", (output("stdout", "get", url, trust)))
  end)

  it("skips verification when it is told to, and says so", function()
    local url = web.serve(function()
      return "taken on trust"
    end, { identity = pki.flawed("expired") })
    local text, code = output("stdout", "get", url, "--insecure-skip-verify")
    assert.equal(0, code)
    assert.equal("taken on trust", text)
    text = output("stderr", "get", "-v", url, "--insecure-skip-verify")
    assert.is_truthy(text:find("verified:     no", 1, true), text)
  end)
end)

describe("luatls serve", function()
  after_each(process.stop_all)

  local function serve(...)
    local options = { env = environment.with({ XDG_DATA_HOME = pki.folder() .. "/cli" }) }
    return process.start("luatls", { "serve", "--port", "0", ... }, options)
  end

  it("serves a folder by the development CA, and logs", function()
    pki.file("<p>hello</p>", "page.html")
    local child = serve(pki.folder())
    local port = child:expect("on https://127%.0%.0%.1:(%d+)/")
    local ca = child:expect("curl %-%-cacert (%S+) https://localhost:" .. port)
    local url = "https://localhost:" .. port
    local text, code = output("stdout", "get", url .. "/page.html", "--trust", ca)
    assert.equal(0, code)
    assert.equal("<p>hello</p>", text)
    text = output("stderr", "get", url .. "/%2e%2e/etc/passwd", "--trust", ca)
    assert.is_truthy(text:find("status 404", 1, true))
    child:expect("127%.0%.0%.1:%d+ GET /page%.html 200 12\n")
  end)

  it("serves with a certificate that it is given", function()
    local me = pki.server()
    local child = serve(pki.folder(), "--certificate", me:chain_path(), "--key", me:key_path())
    local port = child:expect("on https://127%.0%.0%.1:(%d+)/")
    assert.is_nil(child:text():find("development", 1, true))
    pki.file("mine", "page.txt")
    local url = ("https://localhost:%s/page.txt"):format(port)
    assert.equal("mine", (output("stdout", "get", url, "--trust", pki.root():chain_path())))
  end)

  it("fails with a sentence when it cannot", function()
    local cases = {
      { { "/does/not/exist" }, "there is no folder /does/not/exist" },
      { { ".", "--certificate", "/no.pem", "--key", "/no.pem" }, "/no.pem" },
      { { ".", "--certificate", pki.server():chain_path() }, "key" },
      { { ".", "--host", "192.0.2.1" }, "cannot listen on 192.0.2.1:0" },
    }
    for _, case in ipairs(cases) do
      local code, text = serve(table.unpack(case[1])):wait()
      assert.equal(1, code, text)
      assert.is_truthy(text:find(case[2], 1, true), text)
      assert.is_nil(text:find("stack traceback", 1, true), text)
    end
  end)
end)

describe("luatls issue", function()
  after_each(process.stop_all)

  local function issue(...)
    local folder = pki.folder() .. "/issue"
    assert(os.execute("rm -rf " .. folder .. " && mkdir " .. folder))
    local options = { cwd = folder, env = environment.with({ XDG_DATA_HOME = folder }) }
    local code, text = process.start("luatls", { "issue", ... }, options):wait()
    return folder, code, text, options
  end

  it("writes what a server and its clients need", function()
    local folder, code, text = issue("a.example", "127.0.0.1")
    assert.equal(0, code)
    assert.equal("fullchain.pem\nprivkey.pem\nca.pem\n", text)
    local certificate, key = folder .. "/fullchain.pem", folder .. "/privkey.pem"
    assert(tls.context({ role = "server", certificate = certificate, key = key }))
    local trust = assert(tls.chain.load(folder .. "/ca.pem"))
    for _, name in ipairs({ "a.example", "127.0.0.1" }) do
      assert(tls.chain.load(certificate):verify({ trust = trust, name = name }))
    end
    assert.equal("600", ("%o"):format(uv.fs_stat(key).mode & 511))
  end)

  it("overwrites nothing", function()
    local folder, _, _, options = issue()
    for _, name in ipairs({ "privkey.pem", "fullchain.pem", "ca.pem" }) do
      local code, text = process.start("luatls", { "issue" }, options):wait()
      assert.equal(1, code)
      assert.matches("luatls: %l+.pem is there already", text)
      assert(os.remove(folder .. "/" .. name))
    end
    assert.equal(0, (process.start("luatls", { "issue" }, options):wait()))
  end)
end)
