-- tools/test.sh counts honestly, however busted ends.

local pki = require("spec.support.pki")
local process = require("spec.support.process")

-- The last line and the exit code for a spec file with this text.
local function run(text)
  local path = pki.file(text, "made_up_spec.lua")
  local code, said = process.start("tools/test.sh", { path }):wait()
  return said:match("([^\n]*)\n$"), code
end

describe("make test", function()
  local cases = {
    { "it('a', function() end) it('b', function() end)", "2 passed, 0 failed", 0 },
    { "it('a', function() end) it('b', error)", "1 passed, 1 failed", 1 },
    { "it('a', function() end) pending('later')", "1 passed, 0 failed, 1 skipped", 0 },
    { "it('a', function() end) os.exit(0)", "0 passed, 1 failed", 1 },
    { "it('a', function() end) it('b', function() os.exit(0) end)", "1 passed, 1 failed", 1 },
    { "it('a', function() end) teardown(error)", "1 passed, 1 failed", 1 },
    { "this is no Lua", "0 passed, 1 failed", 1 },
    { "", "0 passed, 1 failed", 1 },
  }

  for _, case in ipairs(cases) do
    it(("ends with '%s' for: %s"):format(case[2], case[1]), function()
      local line, code = run(case[1])
      assert.equal(case[2], line)
      assert.equal(case[3], code)
    end)
  end
end)
