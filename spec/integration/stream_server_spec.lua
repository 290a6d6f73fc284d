-- Our listener and the clients of OpenSSL and GnuTLS.

local luv = require("luatls.io.luv")
local peer = require("spec.support.peer")
local pki = require("spec.support.pki")
local process = require("spec.support.process")
local tls = require("luatls")

local BIG <const> = 10 * 1024 * 1024

local function lines(size)
  local text = (("0123456789"):rep(100) .. "\n"):rep(size // 1001 + 1)
  return text:sub(1, size - 1) .. "\n"
end

local function listen(type, options)
  options = options or {}
  local identity = pki.server(type)
  options.certificate, options.key = identity.chain, identity.key
  return assert(tls.listen("127.0.0.1", 0, options))
end

-- Calls `fn` for every version and kind of key.
local function each_pair(fn)
  for _, version in ipairs({ "1.2", "1.3" }) do
    for _, type in ipairs({ "ec", "rsa" }) do
      fn(version, type)
    end
  end
end

local function each_case(what, name, start, test)
  each_pair(function(version, type)
    it(("%s (%s, TLS %s, %s key)"):format(what, name, version, type), function()
      test(type, function(port)
        return start(port, { trust = pki.root(), version = version })
      end, "TLS " .. version)
    end)
  end)
end

describe("a listener", function()
  after_each(process.stop_all)

  local function receive(type, start, version)
    local listener <close> = listen(type)
    for _, size in ipairs({ 1, BIG }) do
      local body = lines(size)
      local client = start(listener:port())
      local stream <close> = assert(listener:accept(20))
      assert.equal(version, stream:info().version)
      client:write(body)
      assert.is_true(assert(stream:read(size)) == body, "not what was sent")
    end
  end

  each_case("receives 1 byte and 10 MB", "openssl", peer.openssl_client, receive)
  each_case("receives 1 byte and 10 MB", "gnutls", peer.gnutls_client, receive)

  local function expect_body(client, body)
    client:finish_input()
    local _, text = client:wait()
    assert.is_truthy(text:find(body, 1, true), "not what was sent")
  end

  local function send(type, start, version)
    local listener <close> = listen(type)
    for _, size in ipairs({ 1, BIG }) do
      local body = lines(size)
      local client = start(listener:port())
      local stream <close> = assert(listener:accept(20))
      assert.equal(version, stream:info().version)
      assert.equal(size, stream:write(body))
      stream:close()
      expect_body(client, body)
    end
  end

  each_case("sends 1 byte and 10 MB", "openssl", peer.openssl_client, send)

  -- gnutls-cli makes a system call of every byte that it prints, so all of them
  -- do that at the same time.
  for what, size in pairs({ ["1 byte"] = 1, ["10 MB"] = BIG }) do
    it(("sends %s (gnutls, TLS 1.2 and 1.3, ec and rsa key)"):format(what), function()
      local body, clients, sent = lines(size), {}, {}
      each_pair(function(version, type)
        local listener <close> = listen(type)
        local options = { trust = pki.root(), version = version }
        local client = peer.gnutls_client(listener:port(), options)
        local stream = assert(listener:accept(20))
        assert.equal("TLS " .. version, stream:info().version)
        luv.spawn(function()
          local count = stream:write(body)
          table.insert(sent, count)
          stream:close()
        end)
        table.insert(clients, client)
      end)
      for _, client in ipairs(clients) do
        expect_body(client, body)
      end
      assert.same({ size, size, size, size }, sent)
    end)
  end

  it("serves many clients at once", function()
    local listener <close> = listen("ec")
    luv.spawn(function()
      listener:serve(function(stream)
        stream:write((stream:read()):upper(), "\n")
      end)
    end)
    local clients = {}
    for i = 1, 8 do
      clients[i] = peer.openssl_client(listener:port(), { trust = pki.root() })
    end
    for i, client in ipairs(clients) do
      client:write("client " .. i .. "\n")
    end
    for i, client in ipairs(clients) do
      client:expect("CLIENT " .. i .. "\n")
    end
  end)

  it("with LuaSocket serves one client after the other", function()
    local listener <close> = listen("ec", { io = "luasocket" })
    for i = 1, 2 do
      local client = peer.openssl_client(listener:port(), { trust = pki.root() })
      client:write("hello " .. i .. "\n")
      local stream <close> = assert(listener:accept(20))
      stream:settimeout(20)
      assert.equal("hello " .. i, stream:read())
      assert(stream:write("bye\n"))
      stream:close()
      client:expect("bye\n")
    end
  end)

  it("asks for a certificate, and sees whose it is", function()
    local listener <close> = listen("ec", {
      client_auth = "required",
      trust = pki.root().chain,
    })
    peer.openssl_client(listener:port(), { trust = pki.root(), identity = pki.client() })
    local stream <close> = assert(listener:accept(20))
    assert.equal("CN=Spec Client", stream:peer_chain()[1]:subject())
  end)

  it("tells stderr of a handler that raises, where nobody else is told", function()
    local form = [[
      local tls = require("luatls")
      local listener = assert(tls.listen("127.0.0.1", 0, {
        certificate = %q,
        key = %q,
        io = %q,
      }))
      print("port " .. listener:port())
      io.stdout:flush()
      local is_text = true
      listener:serve(function()
        is_text = not is_text
        if is_text then error("a mistake of the program") end
        error(tls.error.new("io", "a thing that went wrong"))
      end)
    ]]
    local server = pki.server()
    for _, io in ipairs({ "luv", "luasocket" }) do
      local program = form:format(server:chain_path(), server:key_path(), io)
      local running = process.start("lua5.4", { "-e", program })
      local port = math.tointeger(running:expect("port (%d+)"))
      for _, said in ipairs({ "a thing that went wrong", "a mistake of the program" }) do
        local stream <close> =
          assert(tls.connect("localhost", port, { trust = pki.root().chain, timeout = 10 }))
        stream:read()
        running:expect("luatls: %S+: the handler raised an error: .*" .. said)
      end
    end
  end)
end)
