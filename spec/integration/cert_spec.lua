-- "luatls cert", as people run it.

local der = require("spec.support.der")
local environment = require("spec.support.environment")
local pki = require("spec.support.pki")
local process = require("spec.support.process")
local web = require("spec.support.web")

local DAY <const> = 86400

local function run(...)
  return process.start("luatls", { "cert", ... }):wait()
end

-- A run that must end with this code; its output.
local function expect(code, ...)
  local found, text = run(...)
  assert.equal(code, found, text)
  assert.is_nil(text:find("stack traceback", 1, true), text)
  return text
end

local function has(text, ...)
  for _, part in ipairs({ ... }) do
    assert.is_truthy(text:find(part, 1, true), ("no %q in:\n%s"):format(part, text))
  end
end

local root = pki.root()
local ca = "--trust=" .. root:chain_path()
local middle = pki.make({ subject = "CN=Middle", usage = "ca", issuer = root, days = 20 })
local leaf = pki.make({
  subject = "CN=www.example.org",
  names = { "www.example.org", "10.0.0.1" },
  issuer = middle,
  days = 10,
})
local path = leaf:chain_path()

describe("luatls cert, for a file", function()
  it("tells every certificate and its verdict", function()
    local text = expect(0, path, ca, "--name", "www.example.org")
    has(
      text,
      "ok      CN=www.example.org\n",
      "    issuer  CN=Middle\n",
      "    names   www.example.org, 10.0.0.1\n",
      "    sha256  " .. leaf.certificate:fingerprint(),
      "ok      CN=Middle\n",
      "ok      CN=Spec Root (trusted)\n",
      "\nverified for www.example.org\n"
    )
    assert.is_nil(text:find("\27", 1, true))
  end)

  it("reads the standard input too", function()
    local args = { "-c", 'luatls cert - "$1" <"$2"', "sh", ca, path }
    local code, text = process.start("sh", args):wait()
    assert.equal(0, code, text)
    has(text, "\nverified\n")
  end)

  it("tells what is wrong with which, and ends with code 1", function()
    local text = expect(1, path, ca, "--name=other.example")
    has(text, "refused CN=www.example.org\n", "other.example", "not verified for other.example\n")
    has(text, "ok      CN=Middle\n")
  end)

  it("refuses a chain that leads nowhere", function()
    local alone = pki.file(leaf.certificate:pem())
    has(expect(1, alone, ca), "refused CN=www.example.org\n", "\nnot verified")
    local stranger = "--trust=" .. pki.stranger():chain_path()
    has(expect(1, path, stranger), "refused CN=", "\nnot verified")
  end)

  it("judges at another time, for another usage, by another profile", function()
    local later = os.date("!%Y-%m-%dT%H:%M:%SZ", os.time() + 15 * DAY)
    local text = expect(1, path, ca, "--time", later)
    has(text, "refused CN=www.example.org\n", "ok      CN=Middle\n", "[expired]")
    expect(1, path, ca, "--time", tostring(os.time() + 15 * DAY))
    expect(0, path, ca, "--time", tostring(os.time() + 5 * DAY))
    expect(1, path, ca, "--usage=client")
    expect(0, path, ca, "--profile=rfc5280")
  end)

  it("tells certificates that lead nowhere as unused", function()
    local extra = pki.stranger().certificate
    local both = pki.file(leaf.chain:pem() .. extra:pem())
    local text = expect(0, both, ca)
    has(text, "unused  CN=Unknown Root\n", extra:fingerprint(), "\nverified\n")
  end)

  it("tells names of any length and script in full", function()
    local unit = ("Zertifizierungsstelle für alles und jedes"):rep(4)
    local issuer = pki.make({ subject = "CN=CA,O=Ö,OU=" .. unit, usage = "ca", issuer = root })
    local long = pki.make({ subject = "CN=x", issuer = issuer, days = 5 })
    local text = expect(0, long:chain_path(), ca)
    has(text, "ok      CN=CA, O=Ö, OU=" .. unit .. "\n", issuer.certificate:fingerprint())
    assert.is_nil(text:find("unused", 1, true), text)
  end)

  it("prints nothing that a terminal would obey", function()
    local evil = "\27]0;evil\7\r\n\u{9b}2J"
    local odd = pki.make({
      subject = "",
      issuer = root,
      extensions = { { oid = "2.5.29.17", value = der.sequence(der.context(2, evil)) } },
    })
    local text = expect(1, pki.file(odd.certificate:pem()), ca, "--name=x\27[2J.example")
    assert.is_nil(text:gsub("\n", ""):find("%c"))
    assert.is_nil(text:find("\u{9b}", 1, true))
  end)
end)

describe("luatls cert, on a terminal", function()
  local function on_terminal(variables, ...)
    local words = table.concat({ "luatls cert", path, ca, ... }, " ")
    local args = { "-qec", words, "/dev/null" }
    local options = { env = environment.with(variables) }
    local code, text = process.start("script", args, options):wait()
    return text, code
  end

  it("is green and red", function()
    local text, code = on_terminal({ NO_COLOR = "" })
    assert.equal(0, code, text)
    has(text, "\27[32mok      \27[0mCN=www.example.org", "\27[32mverified\27[0m")
    text, code = on_terminal({ NO_COLOR = "" }, "--name=x.example")
    assert.equal(1, code, text)
    has(text, "\27[31mrefused \27[0mCN=www", "\27[31mnot verified for x.example\27[0m")
  end)

  it("keeps to NO_COLOR, which --color overrides", function()
    assert.is_nil(on_terminal({ NO_COLOR = "1" }):find("\27[3", 1, true))
    has(on_terminal({ NO_COLOR = "" }), "\27[32m")
    has(on_terminal({ NO_COLOR = "1" }, "--color"), "\27[32m")
    has(expect(0, path, ca, "--color"), "\27[32m")
  end)
end)

describe("luatls cert, for a server", function()
  after_each(web.stop_all)

  local function serve(identity)
    local url = web.serve(function() end, { identity = identity })
    return url:match("//(.*)$")
  end

  it("judges what it sends for its host", function()
    local text = expect(0, serve(), ca)
    has(text, "ok      CN=localhost\n", "\nverified for localhost\n")
  end)

  it("takes addresses, also of version 6 in brackets", function()
    local port = serve():match(":(%d+)$")
    has(expect(0, "127.0.0.1:" .. port, ca), "\nverified for 127.0.0.1\n")
    has(expect(1, "[::1]:1", ca), "luatls: ")
  end)

  it("tells a chain that nobody trusts, and why", function()
    has(expect(1, serve(pki.flawed("unknown_ca")), ca), "refused CN=localhost\n")
    local text = expect(1, serve(pki.flawed("expired")), ca)
    has(text, "refused CN=localhost\n", "[expired]", "not verified for localhost\n")
  end)

  it("judges for another name when it is given", function()
    has(expect(1, serve(), ca, "--name=other.example"), "not verified for other.example\n")
  end)

  it("says so when there is no server", function()
    local port = serve():match(":(%d+)$")
    web.stop_all()
    local text = expect(1, "127.0.0.1:" .. port)
    has(text, "luatls: ", "127.0.0.1")
  end)
end)

describe("luatls cert", function()
  local cases = {
    { {}, "cert needs one FILE or HOST:PORT", 2 },
    { { "a", "b" }, "cert needs one FILE or HOST:PORT", 2 },
    { { "--colour", path }, "unknown option --colour", 2 },
    { { path, "--time=yesterday" }, "--time is a date or Unix seconds, not yesterday", 2 },
    { { path, "--time=-1" }, "--time is a date or Unix seconds, not -1", 2 },
    { { path, "--profile=none" }, "--profile cannot be none", 2 },
    { { path, "--usage=mail" }, "--usage cannot be mail", 2 },
    { { path, "--trust" }, "--trust needs a FILE", 2 },
    { { "/nowhere/at/all.pem" }, "luatls: ", 1 },
    { { "localhost:99999" }, "luatls: ", 1 },
    { { path, "--trust=/nowhere/at/all.pem" }, "luatls: ", 1 },
    { { leaf:key_path() }, "it is a private key", 1 },
  }
  for _, case in ipairs(cases) do
    it("ends with a sentence for " .. table.concat(case[1], " "):gsub("/%S*/", ""), function()
      has(expect(case[3], table.unpack(case[1])), case[2])
    end)
  end
end)
