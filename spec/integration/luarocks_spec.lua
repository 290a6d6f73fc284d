-- LuaRocks builds the rock from a copy of the sources into an empty tree; what
-- is required from there must work with nothing else of the project in reach.

local MBEDTLS <const> = os.getenv("MBEDTLS_DIR") or "build/mbedtls"

local function run(command)
  local pipe = assert(io.popen(("{ %s ; } 2>&1 </dev/null"):format(command)))
  local output = pipe:read("a")
  return pipe:close() or false, output
end

local function must(command)
  local done, output = run(command)
  assert(done, output)
  return (output:gsub("%s+$", ""))
end

local folder

-- The system's programs only: LuaRocks looks for Lua's headers beside lua5.4.
local CLEAN <const> = "cd %s && env -i HOME=%s PATH=/usr/local/bin:/usr/bin:/bin %s"

local function luarocks_make(mbedtls)
  local make = "luarocks --lua-version=5.4 make --deps-mode none --tree %s/tree"
    .. " rockspec/luatls-scm-1.rockspec MBEDTLS_DIR=%s"
  return run(CLEAN:format(folder .. "/src", folder, make:format(folder, mbedtls)))
end

-- Runs a command far from the sources, with the tree's modules in reach. (With
-- the dependencies left out, LuaRocks' own wrapper does not name the tree.)
local function elsewhere(command)
  local share, lib = folder .. "/tree/share/lua/5.4", folder .. "/tree/lib/lua/5.4"
  local paths = "LUA_PATH='%s/?.lua;%s/?/init.lua;;' LUA_CPATH='%s/?.so;;'"
  command = paths:format(share, share, lib) .. " " .. command
  return must(CLEAN:format("/", folder, command))
end

local function lua(code)
  return elsewhere(("lua5.4 -e '%s'"):format(code))
end

describe("the rock", function()
  setup(function()
    folder = must("mktemp -d")
    must(("mkdir %s/src && cp -R csrc lua bin rockspec %s/src"):format(folder, folder))
    local done, output = luarocks_make(must("cd " .. MBEDTLS .. " && pwd"))
    assert(done, output)
  end)

  teardown(function()
    must("rm -rf " .. folder)
  end)

  it("has the core and the Lua modules", function()
    local found = lua([[print(package.searchpath("luatls", package.path))]])
    assert.equal(folder .. "/tree/share/lua/5.4/luatls/init.lua", found)
    found = lua([[print(package.searchpath("luatls.core", package.cpath))]])
    assert.equal(folder .. "/tree/lib/lua/5.4/luatls/core.so", found)
  end)

  it("works from there", function()
    local version = require("luatls.core").VERSION
    assert.equal(version, lua([[print(require("luatls").VERSION)]]))
    local code = [[print(require("luatls.core").key.generate():type())]]
    assert.equal("ec", lua(code))
  end)

  it("brings the command", function()
    local version = require("luatls.core").VERSION
    local said = elsewhere(folder .. "/tree/bin/luatls --version")
    assert.matches(version, said, 1, true)
  end)

  it("is not built where there is no mbedTLS, and says what to set", function()
    local done, output = luarocks_make("/nowhere")
    assert.is_false(done)
    assert.matches("MBEDTLS_DIR", output, 1, true)
  end)
end)
