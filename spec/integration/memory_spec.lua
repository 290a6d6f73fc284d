-- Memory over the life of many connections, and of the Lua states around them.

local uv = require("luv")

-- The suite under AddressSanitizer has a core and an interpreter of its own:
-- there the same program runs under that checker.
local is_sanitized <const> = package.cpath:find("/asan/", 1, true) ~= nil

local VALGRIND <const> = "valgrind -q --error-exitcode=9 --leak-check=full"
  .. " --errors-for-leak-kinds=definite,indirect,possible"

-- Whole pages go back to the system: else the process keeps what a crowd of
-- connections once took, in pieces.
local EXACT <const> = "env MALLOC_MMAP_THRESHOLD_=4096 MALLOC_TRIM_THRESHOLD_=0 MALLOC_TOP_PAD_=0"
local ROOM <const> = 3072 -- KB, for pieces that remain; 300 bytes of each connection

-- Both run at once: neither needs more than one core.
local function start(checker, count)
  local command = "LUA_PATH='./?.lua;%s' LUA_CPATH='%s' timeout 300 %s lua5.4 %s %d 2>&1"
  local program = "spec/support/drop.lua"
  return assert(io.popen(command:format(package.path, package.cpath, checker, program, count)))
end

local function finish(pipe)
  local text = pipe:read("a")
  assert.is_true(pipe:close(), text)
  local count, grown = text:match("^(%d+) connections, (%-?%d+) KB more\n$")
  assert.is_truthy(count, text)
  return tonumber(count), tonumber(grown)
end

describe("memory", function()
  local checked, counted

  setup(function()
    -- Sixty stages, a hundred connections in each; valgrind takes too long.
    checked = is_sanitized and start("", 6000) or start(VALGRIND, 100)
    counted = not is_sanitized and start(EXACT, 10000)
  end)

  it("has no error and no leak when connections are dropped in every stage", function()
    assert.is_true(finish(checked) >= 100)
  end)

  -- A sanitizer keeps freed memory, so its process grows.
  if not is_sanitized then
    it("stays flat over 10,000 connections", function()
      local count, grown = finish(counted)
      assert.is_true(count >= 10000)
      assert.is_true(grown < ROOM, grown .. " KB more")
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
