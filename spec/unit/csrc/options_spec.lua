local core = require("luatls.core")

-- Options are read by one set of functions; context and issue show them.
local cases = {
  { { role = "client\0" }, "zero byte" },
  { { role = "client", trsut = "x" }, 'unknown option "trsut" %(nearest: "trust"%)' },
  { { role = "client", verify = false }, 'unknown option "verify"' },
  { { role = "client", "trust" }, 'unknown option "1"' },
  { { role = "client", psk = { "who", ("k"):rep(32) } }, '"1" %(known: identity, key, or_cert' },
  { { role = "client", psk = { id = "who" } }, '"id" %(known: identity, key, or_certificate%)' },
  { { role = "client", client_auth = "required" }, "it is for servers" },
  { { role = "sideways" }, '"sideways" is none of its words' },
  { { role = "srever" }, 'nearest: "server"' },
  { { role = 5 }, 'bad option "role" %(string expected, got number%)' },
  { {}, 'bad option "role" %(client or server expected%)' },
  { { role = "client", min_version = "1.1" }, 'nearest: "1.2"' },
  { { role = "client", min_version = "1.3", max_version = "1.2" }, "higher than max_version" },
  { { role = "client", trust = 7 }, 'bad option "trust"' },
  { { role = "client", trust = true }, "chain, certificate, PEM text or path expected" },
  { { role = "client", insecure_skip_verify = 1 }, "boolean expected, got number" },
  { { role = "client", insecure_skip_name = "yes" }, "boolean expected, got string" },
  { { role = "client", client_auth = "none" }, "it is for servers" },
  { { role = "client", keylog = "file" }, "function expected" },
  { { role = "client", on_verify = {} }, "function expected" },
  { { role = "client", insecure_skip_verify = true, alpn = "h2" }, "array expected" },
  { { role = "client", insecure_skip_verify = true, alpn = { "" } }, "1 to 255 bytes" },
  { { role = "client", insecure_skip_verify = true, alpn = { 1 } }, "strings expected" },
  { { role = "client", insecure_skip_verify = true, alpn = { "a\0b" } }, "1 to 255 bytes" },
  {
    { role = "client", insecure_skip_verify = true, alpn = { ("x"):rep(256) } },
    "1 to 255 bytes",
  },
}

describe("option tables", function()
  for _, case in ipairs(cases) do
    local options, expected = case[1], case[2]
    it("raise for a mistake: " .. expected, function()
      assert.error_matches(function()
        core.context(options)
      end, expected)
    end)
  end

  it("raise for no table at all", function()
    assert.error_matches(function()
      core.context()
    end, "table expected")
  end)

  it("name a known option for a name of any length", function()
    assert.error_matches(function()
      core.context({ [("x"):rep(10000)] = 1 })
    end, "unknown option")
  end)

  it("tell where the mistake is", function()
    local ok, err = pcall(function()
      core.context({ role = "x" })
    end)
    assert.is_false(ok)
    assert.matches("options_spec.lua:%d+:", err)
  end)
end)
