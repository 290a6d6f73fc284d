local options = require("luatls.options")

local KNOWN <const> = {
  timeout = "number",
  max_waiting = "integer",
  trust = "string|userdata",
  io = "string|table",
  anything = "any",
}

describe("options.check", function()
  it("returns the options, and an empty table for nil", function()
    local given = { timeout = 1.5, trust = "roots.pem", anything = print }
    assert.equal(given, options.check(given, KNOWN))
    assert.same({}, options.check(nil, KNOWN))
  end)

  local refused = {
    { { tiemout = 1 }, 'unknown option "tiemout" (nearest: "timeout")' },
    { { Trust = "x" }, 'unknown option "Trust" (nearest: "trust")' },
    { { maxwaiting = 1 }, 'unknown option "maxwaiting" (nearest: "max_waiting")' },
    { { "timeout" }, 'unknown option "1" (known: anything, io, max_waiting, timeout, trust)' },
    { { Timeouts = 1 }, 'unknown option "Timeouts" (nearest: "timeout")' },
    { { cafile = "x" }, 'unknown option "cafile" (say "trust")' },
    { { CAfile = "x" }, 'unknown option "CAfile" (say "trust")' },
    { { verify = "none" }, 'unknown option "verify" (servers are always verified; ' },
    -- Nothing here is called what others call "certfile".
    { { certfile = "x" }, 'unknown option "certfile" (known: anything, ' },
    { { timeout = "1" }, 'bad option "timeout" (number expected, got string)' },
    { { max_waiting = 1.5 }, 'bad option "max_waiting" (integer expected, got 1.5)' },
    { { trust = true }, 'bad option "trust" (string or userdata expected, got boolean)' },
    { "timeout", "options must be a table, not a string" },
  }

  for _, case in ipairs(refused) do
    it("raises: " .. case[2], function()
      local ok, message = pcall(options.check, case[1], KNOWN)
      assert.is_false(ok)
      assert.matches(case[2], message, 1, true)
    end)
  end

  it("lists no long tables, and names nothing that is far away", function()
    local known = {}
    for i = 1, 17 do
      known["a_long_name_" .. i] = "any"
    end
    local _, message = pcall(options.check, { xyz = 1 }, known)
    assert.matches('unknown option "xyz"$', message)
  end)

  it("blames the caller of the function that checks", function()
    local function connect(given)
      options.check(given, KNOWN)
    end
    local ok, message = pcall(function()
      connect({ tiemout = 1 })
    end)
    assert.is_false(ok)
    assert.matches("^%S*options_spec.lua:%d+: unknown option", message)
  end)
end)

describe("options.nearest", function()
  it("gives the first of the alphabet of those equally near", function()
    assert.equal("ab", options.nearest("aa", { ac = 1, ab = 1 }))
  end)

  it("gives nothing when nothing is known", function()
    assert.is_nil(options.nearest("a", {}))
  end)
end)

describe("options.pick", function()
  it("takes the known ones, and tells whether there were any", function()
    local part, any = options.pick({ timeout = 1, alpn = {} }, KNOWN)
    assert.same({ timeout = 1 }, part)
    assert.is_true(any)
    part, any = options.pick({ alpn = {} }, KNOWN)
    assert.same({}, part)
    assert.is_false(any)
  end)
end)
