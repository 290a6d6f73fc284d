-- What the table says that peers cannot do, they cannot: no way to it is in them.

local uv = require("luv")

local function slurp_program(name)
  for folder in os.getenv("PATH"):gmatch("[^:]+") do
    local path = folder .. "/" .. name
    if uv.fs_access(path, "X") then
      local file <close> = assert(io.open(path, "rb"))
      return file:read("a")
    end
  end
  error("there is no program " .. name)
end

local function mentions(name, word)
  return slurp_program(name):find(word, 1, true) ~= nil
end

describe("a cell is left out because", function()
  it("NSS' tstclnt does not call what sets protocols; selfserv does", function()
    assert.is_true(mentions("selfserv", "SSL_SetNextProtoNego"))
    assert.is_false(mentions("tstclnt", "SSL_SetNextProtoNego"))
    assert.is_false(mentions("tstclnt", "SSL_SetNextProtoCallback"))
  end)

  it("nginx' proxy has directives for TLS, and none for ALPN", function()
    assert.is_true(mentions("nginx", "proxy_ssl_name"))
    assert.is_false(mentions("nginx", "proxy_ssl_alpn"))
  end)
end)
