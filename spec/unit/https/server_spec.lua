local https = require("luatls.https")
local pki = require("spec.support.pki")

local function make(options)
  local me = pki.server()
  options.certificate = options.certificate or me.chain
  options.key = options.key or me.key
  options.port = options.port or 0
  return https.server(options)
end

local function nothing()
  return ""
end

describe("the server", function()
  it("raises for options that it does not know, naming the nearest", function()
    local cases = {
      { { handler = nothing, prot = 1 }, 'nearest: "port"' },
      { { handler = nothing, on_eror = print }, 'nearest: "on_error"' },
      { { handler = 5 }, "function or table expected" },
      { { handler = nothing, port = "8443" }, "integer expected" },
      { {}, "a server needs a handler" },
    }
    for _, case in ipairs(cases) do
      local ok, message = pcall(https.server, case[1])
      assert.is_false(ok)
      assert.is_truthy(message:find(case[2], 1, true), message)
    end
  end)

  it("fails with an error object when a setting cannot work", function()
    local cases = {
      { { certificate = "/does/not/exist" }, "io" },
      { { certificate = "-----BEGIN nonsense" }, "parse" },
      { { key = pki.client().key }, "config" },
      { { host = "192.0.2.1" }, "io" },
      { { host = "does-not-exist.invalid" }, "resolve" },
    }
    for _, case in ipairs(cases) do
      case[1].handler = nothing
      local server, err = make(case[1])
      assert.is_nil(server)
      assert.equal(case[2], err.kind, tostring(err))
    end
  end)

  it("tells where it listens, until it is closed", function()
    local server <close> = assert(make({ handler = nothing }))
    assert.equal("127.0.0.1", server:address())
    assert.is_true(server:port() > 0)
    assert.is_nil(server.development_ca)
    server:close()
    assert.is_nil(server:port())
  end)

  it("needs an adapter with tasks to serve in the background", function()
    local server <close> = assert(make({ handler = nothing, io = "luasocket" }))
    assert.has_error(function()
      server:start()
    end, "the adapter luasocket has no tasks: use run")
  end)
end)
