-- What must not work, with real programs at the other end: the kind of the
-- error, and that its sentence says what is wrong.

local luv = require("luatls.io.luv")
local peer = require("spec.support.peer")
local pki = require("spec.support.pki")
local process = require("spec.support.process")
local tls = require("luatls")

local ADAPTERS <const> = { "luv", "luasocket" }

local PLAIN_SERVER <const> = [[
  local server = assert(require("socket").bind("127.0.0.1", 0))
  io.stderr:write("PORT ", math.tointeger(select(2, server:getsockname())))
  local client = server:accept()
  client:receive(100)
  client:send("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
  client:receive("*a")
]]

local function refused_by_client(port, options)
  options.trust = options.trust or pki.root().chain
  options.timeout = options.timeout or 10
  local stream, err = tls.connect("localhost", port, options)
  assert.is_nil(stream)
  assert.equal("localhost", err.host)
  assert.equal(port, err.port)
  return err
end

describe("a client", function()
  after_each(process.stop_all)

  local flaws = {
    { "expired", "expired" },
    { "early", "not valid before" },
    { "self_signed", "self%-signed" },
    { "unknown_ca", "authority that is not trusted %(CN=Unknown Root%)" },
    { "wrong_name", "certificate is for other%.example" },
  }

  for _, flaw in ipairs(flaws) do
    for _, io in ipairs(ADAPTERS) do
      for _, version in ipairs({ "1.2", "1.3" }) do
        local name = "refuses a server whose certificate is %s (TLS %s, %s)"
        it(name:format(flaw[1]:gsub("_", " "), version, io), function()
          local _, port = peer.openssl_server({
            identity = pki.flawed(flaw[1]),
            version = version,
          })
          local err = refused_by_client(port, { io = io })
          assert.equal("verify", err.kind)
          assert.equal("handshake", err.phase)
          assert.matches("localhost", err.message, 1, true)
          assert.matches(flaw[2], err.message)
        end)
      end
    end
  end

  for _, flaw in ipairs(flaws) do
    local name = "refuses gnutls-serv when its certificate is %s"
    it(name:format((flaw[1]:gsub("_", " "))), function()
      local _, port = peer.gnutls_server({ identity = pki.flawed(flaw[1]) })
      local err = refused_by_client(port, {})
      assert.equal("verify", err.kind)
      assert.matches(flaw[2], err.message)
    end)
  end

  it("does not trust a private authority by default", function()
    local _, port = peer.openssl_server({ identity = pki.server() })
    local stream, err = tls.connect("localhost", port, { timeout = 10 })
    assert.is_nil(stream)
    assert.equal("verify", err.kind)
    assert.matches("CN=Spec Root", err.message, 1, true)
  end)

  it("accepts a flawed server only when told so, and remembers it", function()
    local _, port = peer.openssl_server({ identity = pki.flawed("expired") })
    local options = { insecure_skip_verify = true, timeout = 10 }
    local stream <close> = assert(tls.connect("localhost", port, options))
    assert.is_false(stream:info().verified)
    assert.same({ "insecure_skip_verify" }, stream:info().insecure)
  end)

  it("says that a server has no version in common", function()
    local _, port = peer.openssl_server({ identity = pki.server(), version = "1.2" })
    local err = refused_by_client(port, { min_version = "1.3" })
    assert.is_true(err.kind == "alert" or err.kind == "protocol", tostring(err))
    assert.matches("version", err.message)
  end)

  it("hears that the server wants a certificate", function()
    local _, port = peer.openssl_server({
      identity = pki.server(),
      trust = pki.root(),
      version = "1.2",
      args = { "-Verify", "2" },
    })
    local err = refused_by_client(port, {})
    assert.equal("alert", err.kind)
  end)

  it("hears it by reading, in TLS 1.3, where it comes after the handshake", function()
    local _, port = peer.openssl_server({
      identity = pki.server(),
      trust = pki.root(),
      version = "1.3",
      args = { "-Verify", "2" },
    })
    local options = { trust = pki.root().chain, timeout = 10 }
    local stream <close> = assert(tls.connect("localhost", port, options))
    local data, err = stream:read()
    assert.is_nil(data)
    assert.equal("alert", err.kind)
    assert.matches("certificate", err.message)
  end)

  for _, io in ipairs(ADAPTERS) do
    it("recognizes a server that does not speak TLS, " .. io, function()
      local server = process.start("lua5.4", { "-e", PLAIN_SERVER })
      local port = math.tointeger(tonumber((server:expect("PORT (%d+)"))))
      local err = refused_by_client(port, { io = io })
      assert.equal("protocol", err.kind)
      assert.matches("HTTP", tostring(err))
    end)
  end
end)

describe("a listener", function()
  local listener, errors

  local function listen(options)
    local identity = options.identity or pki.server()
    options.identity = nil
    options.certificate, options.key = identity.chain, identity.key
    options.on_error = function(err)
      table.insert(errors, err)
    end
    listener = assert(tls.listen("127.0.0.1", 0, options))
    return listener:port()
  end

  before_each(function()
    errors = {}
  end)

  after_each(function()
    listener:close()
    process.stop_all()
  end)

  local function await_error()
    local deadline = luv.now() + 20
    while #errors == 0 and luv.now() < deadline do
      luv.sleep(0.005)
    end
    return assert(errors[1], "no error was reported")
  end

  it("recognizes a client that speaks plain HTTP", function()
    local url = ("http://127.0.0.1:%d/"):format(listen({}))
    process.start("curl", { "-s", "--max-time", "10", url }):wait()
    local err = await_error()
    assert.equal("protocol", err.kind)
    assert.matches("HTTP", tostring(err), 1, true)
  end)

  for _, version in ipairs({ "1.2", "1.3" }) do
    it("hears why a client refuses it in TLS " .. version, function()
      local options = { trust = pki.stranger(), version = version }
      local client = peer.openssl_client(listen({}), options)
      client:wait()
      local err = await_error()
      assert.equal("alert", err.kind)
      assert.matches("unknown_ca", tostring(err), 1, true)
    end)
  end

  local starters = { openssl = peer.openssl_client, gnutls = peer.gnutls_client }
  for name, start in pairs(starters) do
    for _, flaw in ipairs({ "expired", "early", "self_signed", "unknown_ca", "wrong_name" }) do
      local what = "is refused by the client of %s when its certificate is %s"
      it(what:format(name, (flaw:gsub("_", " "))), function()
        local port = listen({ identity = pki.flawed(flaw) })
        local code = start(port, { trust = pki.root(), version = "1.2" }):wait()
        assert.not_equal(0, code)
        local kind = await_error().kind
        assert.is_true(kind == "alert" or kind == "truncated" or kind == "closed", kind)
      end)
    end
  end

  local DAY <const> = 86400

  local function client_identity(changes)
    local options = { subject = "CN=Spec Client", usage = "client", issuer = pki.root() }
    for key, value in pairs(changes) do
      options[key] = value
    end
    return pki.make(options)
  end

  local clients = {
    ["none"] = { nil, "no certificate" },
    ["one that is expired"] = {
      { not_before = os.time() - 3 * DAY, not_after = os.time() - DAY },
      "expired",
    },
    ["one of an unknown authority"] = {
      { issuer = pki.stranger() },
      "authority that is not trusted %(CN=Unknown Root%)",
    },
    ["one for servers"] = { { usage = "server", names = { "localhost" } }, "client" },
  }

  for what, case in pairs(clients) do
    for _, version in ipairs({ "1.2", "1.3" }) do
      local form = "refuses a client whose certificate is %s (TLS %s)"
      it(form:format(what, version), function()
        local port = listen({ client_auth = "required", trust = pki.root().chain })
        local identity = case[1] and client_identity(case[1])
        peer.openssl_client(port, { trust = pki.root(), identity = identity, version = version })
        local err = await_error()
        assert.equal("verify", err.kind)
        assert.equal("handshake", err.phase)
        assert.matches(case[2], err.message)
      end)
    end
  end

  it("reports a client that goes away without a word", function()
    local socket = assert(luv.connect("127.0.0.1", listen({})))
    socket:close()
    assert.equal("truncated", await_error().kind)
  end)
end)
