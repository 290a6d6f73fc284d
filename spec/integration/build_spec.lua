-- What the Makefile promises: which mbedTLS it takes, what it installs, the
-- environment of the working tree, and the demo.

local environment = require("spec.support.environment")
local pki = require("spec.support.pki")
local process = require("spec.support.process")

local VERSION <const> = require("luatls.core").VERSION

local function shell(command)
  local code, text = process.start("sh", { "-c", command }):wait()
  return code, text
end

-- Not as a part of the make that may have started the specs.
local MAKE <const> = "env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make "

-- The system's programs only, and nothing of the project in reach.
local CLEAN <const> = "cd / && env -i PATH=/usr/local/bin:/usr/bin:/bin "

-- A folder that looks like an installation of mbedTLS.
local function installation(name, header)
  local folder = ("%s/%s"):format(pki.folder(), name)
  assert(os.execute(("mkdir -p %s/include/mbedtls"):format(folder)))
  if header then pki.file(header, name .. "/include/mbedtls/version.h") end
  return folder
end

local function numbered(name, number)
  local form = "#define MBEDTLS_VERSION_NUMBER 0x%08x\n"
  return installation("mbedtls-" .. name, form:format(number))
end

describe("MBEDTLS_DIR", function()
  local refused = {
    { "2.28.3", 0x021c0300 },
    { "3.5.2", 0x03050200 },
    { "3.6.0", 0x03060000 },
    { "3.6.6", 0x03060600 },
    { "4.0.0", 0x04000000 },
  }

  for _, case in ipairs(refused) do
    it("refuses mbedTLS " .. case[1] .. " with a sentence, and builds nothing", function()
      local given, out = numbered(table.unpack(case)), pki.folder() .. "/refused"
      local code, text = shell(MAKE .. ("core OUT=%s MBEDTLS_DIR=%s"):format(out, given))
      assert.equal(2, code, text)
      local sentence = "MBEDTLS_DIR=%s has mbedTLS %s; luatls needs 3.6.7 or a newer 3.6\n"
      assert.is_truthy(text:find(sentence:format(given, case[1]), 1, true), text)
      assert.is_nil(text:find("CC ", 1, true), text)
    end)
  end

  it("refuses what is no mbedTLS, and says what is missing", function()
    local cases = {
      { installation("empty"), "has no include/mbedtls/version.h" },
      { installation("silent", "/* no number */\n"), "do not tell their version" },
      { installation("broken", "#error no\n"), "do not tell their version" },
      { "/does/not/exist", "has no include/mbedtls/version.h" },
    }
    for _, case in ipairs(cases) do
      local code, text = shell(("deps/check.sh '%s'"):format(case[1]))
      assert.equal(1, code, text)
      assert.is_truthy(text:find(case[2], 1, true), text)
    end
  end)

  it("takes 3.6.7 and what is newer", function()
    for name, number in pairs({ ["3.6.7"] = 0x03060700, ["3.6.12"] = 0x03060c00 }) do
      local code, text = shell(("deps/check.sh '%s'"):format(numbered(name, number)))
      assert.equal(0, code, text)
    end
  end)
end)

describe("make", function()
  it("does nothing when it gets the dependencies for the second time", function()
    local command = MAKE .. "deps"
    shell(command)
    local code, text = shell(command)
    assert.equal(0, code, text)
    assert.is_nil(text:find("mbedtls:", 1, true), text)
  end)

  it("installs what can be required from there", function()
    local root = pki.folder() .. "/root"
    local command = MAKE .. ("install DESTDIR=%s PREFIX=/opt/tls"):format(root)
    local code, text = shell(command)
    assert.equal(0, code, text)
    local prefix = root .. "/opt/tls"
    local paths = ("LUA_PATH='%s/share/lua/5.4/?.lua;%s/share/lua/5.4/?/init.lua' "):format(
      prefix,
      prefix
    ) .. ("LUA_CPATH='%s/lib/lua/5.4/?.so;;' "):format(prefix)
    local program = [[lua5.4 -e '
      print(require("luatls").VERSION, package.searchpath("luatls.core", package.cpath))
      print(require("luatls.https").get ~= nil)']]
    code, text = shell(CLEAN .. paths .. program)
    assert.equal(0, code, text)
    assert.equal(("%s\t%s/lib/lua/5.4/luatls/core.so\ntrue\n"):format(VERSION, prefix), text)
    code, text = shell(CLEAN .. paths .. prefix .. "/bin/luatls --version")
    assert.equal(0, code, text)
    assert.is_truthy(text:find("luatls " .. VERSION, 1, true), text)
  end)

  it("sets an environment in which everything runs from the working tree", function()
    local code, top = shell("pwd")
    assert.equal(0, code)
    local env = 'eval "$(make -s -C %s env)" && lua5.4 -e "print(require([[luatls]]).VERSION)"'
    local command = CLEAN .. "sh -c '" .. env .. " && luatls --version'"
    local text
    code, text = shell(command:format(top:sub(1, -2)))
    assert.equal(0, code, text)
    assert.equal(VERSION .. "\nluatls " .. VERSION, text:match("^.-\n%S+ %S+"))
  end)
end)

describe("the demo", function()
  it("shows what was agreed on, who was verified, and who refused", function()
    local code, text = process.start("lua5.4", { "tools/demo.lua" }):wait()
    assert.equal(0, code, text)
    for _, words in ipairs({
      "version      TLS 1.3\n",
      "cipher suite TLS_AES_128_GCM_SHA256\n",
      "group        x25519\n",
      "certificate  CN=localhost, issued by CN=luatls development CA",
      "luatls refused\n",
      "it says: cannot verify localhost: ",
      "curl refused too\n",
      "\nAll is well.\n",
    }) do
      assert.is_truthy(text:find(words, 1, true), text)
    end
    assert.equal(2, select(2, text:gsub("ok    the server was verified\n", "")))
    assert.is_nil(text:find("FAIL", 1, true))
  end)

  -- curls that are not what the demo needs.
  local broken = {
    ["that verifies nothing"] = { "exec /usr/bin/curl --insecure", "FAIL  curl refused too" },
    ["that fetches nothing"] = { "exit 7 #", "FAIL  the server was verified" },
    ["that fetches something else"] = { "echo other #", "FAIL  the body came whole" },
  }

  for what, case in pairs(broken) do
    it("fails with a curl " .. what, function()
      local curl = pki.file(('#!/bin/sh\n%s "$@"\n'):format(case[1]), "curl")
      assert(os.execute("chmod +x " .. curl))
      local env = environment.with({ PATH = pki.folder() .. ":" .. os.getenv("PATH") })
      local code, text = process.start("lua5.4", { "tools/demo.lua" }, { env = env }):wait()
      assert.equal(1, code, text)
      assert.is_truthy(text:find(case[2], 1, true), text)
    end)
  end
end)
