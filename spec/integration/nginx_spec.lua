-- Our HTTPS client and nginx; and nginx as a client of our HTTPS server.

local https = require("luatls.https")
local luv = require("luatls.io.luv")
local nginx = require("spec.support.nginx")
local pki = require("spec.support.pki")
local process = require("spec.support.process")
local web = require("spec.support.web")

local BIG <const> = 10 * 1024 * 1024

local function at(port, path)
  return ("https://localhost:%d%s"):format(port, path or "/")
end

local function get(url, options)
  return https.get(url, web.client(options))
end

local function assert_same_bytes(expected, got)
  assert.equal(#expected, #got)
  assert.is_true(expected == got, "the bytes differ")
end

-- Directives that hand requests on to our server, which is verified.
local function proxy_to(url)
  local form = [[
    client_max_body_size 20m;
    location / {
      proxy_pass %s;
      proxy_http_version 1.1;
      proxy_set_header Host localhost;
      proxy_request_buffering off;
      proxy_ssl_verify on;
      proxy_ssl_name localhost;
      proxy_ssl_trusted_certificate %s;
      proxy_ssl_protocols TLSv1.2 TLSv1.3;
    }
  ]]
  return form:format(url:gsub("localhost", "127.0.0.1"), pki.root():chain_path())
end

describe("nginx", function()
  after_each(function()
    web.stop_all()
    process.stop_all()
  end)

  for _, version in ipairs({ "1.2", "1.3" }) do
    for _, type in ipairs({ "ec", "rsa" }) do
      local name = "(TLS %s, %s key)"
      it("sends us 1 byte and 10 MB " .. name:format(version, type), function()
        local port = nginx.start({ { identity = pki.server(type), version = version } })
        for _, size in ipairs({ 1, BIG }) do
          local body = web.noise(size)
          pki.file(body, "served")
          local r = assert(get(at(port, "/served")))
          assert.equal(200, r.status)
          assert.equal("TLS " .. version, r.tls.version)
          assert.is_truthy(r.headers.server:find("^nginx"))
          assert_same_bytes(body, r:text())
        end
      end)

      it("takes 1 byte and 10 MB for our server " .. name:format(version, type), function()
        local identity = pki.server(type)
        local url = web.serve(function(req)
          return { headers = { ["x-version"] = req.tls.version }, body = req:text(BIG) }
        end, { identity = identity, max_version = version })
        local port =
          nginx.start({ { identity = identity, version = version, inside = proxy_to(url) } })
        for _, size in ipairs({ 1, BIG }) do
          local body = web.noise(size)
          local r = assert(https.post(at(port), web.client({ body = body })))
          assert.equal(200, r.status)
          assert.equal("TLS " .. version, r.headers["x-version"])
          assert_same_bytes(body, r:text())
        end
      end)
    end
  end

  it("passes chunks on, both ways", function()
    local has_begun, begun = false, {}
    local url = web.serve(function(req, res)
      has_begun = true
      luv.ring(begun)
      res.headers["x-request"] = req.headers["transfer-encoding"]
      for data in req:iter() do
        res:write(data)
      end
    end)
    local port = nginx.start({ { identity = pki.server(), inside = proxy_to(url) } })
    local pieces = { "one ", "two ", "three" }
    -- Of a body that is complete at once nginx would tell the length.
    local function read()
      if #pieces < 3 and not has_begun then luv.wait(begun, luv.now() + 20) end
      return table.remove(pieces, 1)
    end
    local r = assert(https.post(at(port), web.client({ body = read })))
    assert.equal("chunked", r.headers["transfer-encoding"])
    assert.equal("chunked", r.headers["x-request"])
    assert.equal("one two three", r:text())
  end)

  it("answers HEAD, and paths that are not there", function()
    pki.file("12345", "five")
    local port = nginx.start({ { identity = pki.server() } })
    local r = assert(https.head(at(port, "/five"), web.client()))
    assert.equal("5", r.headers["content-length"])
    assert.equal("", r:text())
    r = assert(get(at(port, "/missing")))
    assert.equal(404, r.status)
    assert.is_false(r.ok)
  end)

  it("refuses a body that is too large while we send it", function()
    local inside = "client_max_body_size 1k;"
    local port = nginx.start({ { identity = pki.server(), inside = inside } })
    local r = assert(https.post(at(port), web.client({ body = web.noise(BIG) })))
    assert.equal(413, r.status)
  end)

  it("asks for a certificate, and gets ours", function()
    local inside = ("ssl_client_certificate %s; ssl_verify_client on; "):format(
      pki.root():chain_path()
    ) .. 'location /who { return 200 "$ssl_client_s_dn"; }'
    local port = nginx.start({ { identity = pki.server(), inside = inside } })
    local me = pki.client()
    local r = assert(get(at(port, "/who"), { certificate = me.chain, key = me.key }))
    assert.equal("CN=Spec Client", r:text())
    assert.equal(400, assert(get(at(port, "/who"))).status)
  end)

  it("is refused when its certificate is not good", function()
    local words = {
      { "expired", "expired" },
      { "self_signed", "self%-signed" },
      { "unknown_ca", "not trusted" },
      { "wrong_name", "other%.example" },
    }
    local servers = {}
    for index, case in ipairs(words) do
      servers[index] = { identity = pki.flawed(case[1]) }
    end
    local ports = { nginx.start(servers) }
    for index, case in ipairs(words) do
      local r, err = get(at(ports[index]))
      assert.is_nil(r, case[1])
      assert.equal("verify", err.kind)
      assert.is_truthy(tostring(err):find(case[2]), tostring(err))
    end
  end)

  it("is not mistaken for HTTPS on its plain port", function()
    local port = nginx.start({ {} })
    local r, err = get(at(port))
    assert.is_nil(r)
    assert.equal("protocol", err.kind)
    assert.is_truthy(tostring(err):find("TLS", 1, true), tostring(err))
    assert.equal("localhost", err.host)
  end)

  it("tells a plain client that its port is HTTPS", function()
    local port = nginx.start({ { identity = pki.server() } })
    local r, err = get("http://localhost:" .. port .. "/")
    assert.is_nil(r)
    assert.equal("config", err.kind)
    assert.is_truthy(tostring(err):find("not encrypted", 1, true))
  end)
end)
