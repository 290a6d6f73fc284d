-- Memory over the life of many connections, and of the Lua states around them.

local uv = require("luv")

-- The suite under AddressSanitizer has a core and an interpreter of its own:
-- there the same program runs under that checker.
local is_sanitized <const> = package.cpath:find("/asan/", 1, true) ~= nil

local VALGRIND <const> = "valgrind -q --error-exitcode=9 --leak-check=full"
  .. " --errors-for-leak-kinds=definite,indirect,possible"

local function run(checker, count)
  local command = "LUA_PATH='./?.lua;%s' LUA_CPATH='%s' timeout 300 %s lua5.4 %s %d 2>&1"
  local program = "spec/support/drop.lua"
  local pipe =
    assert(io.popen(command:format(package.path, package.cpath, checker, program, count)))
  local text = pipe:read("a")
  local ok = pipe:close()
  return ok, text
end

describe("memory", function()
  it("has no error and no leak when connections are dropped in every stage", function()
    local ok, text = run(is_sanitized and "" or VALGRIND, 100)
    assert.is_true(ok, text)
    assert.matches("^%d%d%d connections", text)
  end)

  -- A sanitizer keeps freed memory, so its process grows.
  if not is_sanitized then
    it("stays flat over 10,000 connections", function()
      local ok, text = run("", 10000)
      assert.is_true(ok, text)
      local count, grown = text:match("^(%d+) connections, (%-?%d+) KB more")
      assert.is_true(tonumber(count) >= 10000)
      assert.is_true(tonumber(grown) < 1024, text)
    end)
  end
end)

-- What each thread does: a whole conversation in a Lua state of its own.
local function converse(path, cpath, rounds)
  package.path, package.cpath = path, cpath
  local pair = require("spec.support.pair")
  for _ = 1, rounds do
    local two = pair.new()
    assert(two:handshake())
    two.client:write("hello")
    two:carry()
    assert(two.server:read() == "hello")
  end
end

describe("Lua states of one process", function()
  it("live and end side by side", function()
    local threads = {}
    for i = 1, 4 do
      local path = "./?.lua;" .. package.path
      threads[i] = uv.new_thread(converse, path, package.cpath, 5 * i)
    end
    converse(package.path, package.cpath, 5)
    for _, thread in ipairs(threads) do
      assert.is_true(thread:join())
    end
    converse(package.path, package.cpath, 5)
  end)
end)
