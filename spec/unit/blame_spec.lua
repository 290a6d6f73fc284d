local tls = require("luatls")

-- The line that calls.
local function line()
  return debug.getinfo(2, "l").currentline
end

describe("a call that makes no sense", function()
  local calls = {
    ["tls.context, checked in Lua"] = function()
      return line(), pcall(tls.context, { rol = "client" })
    end,
    ["tls.context, checked by the engine"] = function()
      return line(), pcall(tls.context, { role = "sever" })
    end,
    ["tls.listen, some calls deep"] = function()
      return line(), pcall(tls.listen, "127.0.0.1", 0, { policy = "modren" })
    end,
    ["tls.connect"] = function()
      return line(), pcall(tls.connect, "localhost", 443, { io = "lua-socket" })
    end,
    ["tls.wrap"] = function()
      return line(), pcall(tls.wrap, nil, { name = "localhost", mode = "client" })
    end,
  }
  for name, call in pairs(calls) do
    it("is told of the program: " .. name, function()
      local at, ok, message = call()
      assert.is_false(ok)
      assert.matches("^%S*blame_spec.lua:" .. at .. ": ", message)
    end)
  end

  it("without a program on the stack is told of nobody", function()
    local check = coroutine.wrap(tls.context)
    local ok, message = pcall(check, { role = "sever" })
    assert.is_false(ok)
    assert.matches('^bad option "role"', message)
  end)
end)

describe("what cannot be a host or a port", function()
  local refused = {
    { "https://localhost/", 443, 'and "https://localhost/" is a URL' },
    { "", 443, "not empty" },
    { 443, nil, "not number" },
    { "localhost", nil, "from 1 to 65535, not nil" },
    { "localhost", 0, "from 1 to 65535, not 0" },
    { "localhost", 99999, "from 1 to 65535, not 99999" },
    { "localhost", 443.5, "not 443.5" },
    { "localhost", "https", "not https" },
  }
  for _, case in ipairs(refused) do
    it("raises: " .. case[3], function()
      assert.error_matches(function()
        tls.connect(case[1], case[2])
      end, case[3], 1, true)
    end)
  end

  it("raises in tls.listen too, which takes port 0", function()
    for _, port in ipairs({ -1, 65536, 99999 }) do
      assert.error_matches(function()
        tls.listen("127.0.0.1", port, {})
      end, "from 0 to 65535", 1, true)
    end
  end)
end)
