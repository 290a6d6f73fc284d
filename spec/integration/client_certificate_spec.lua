-- Client certificates and external keys, with OpenSSL and GnuTLS on the other
-- side.

local peer = require("spec.support.peer")
local pki = require("spec.support.pki")
local process = require("spec.support.process")
local signer = require("spec.support.signer")
local tls = require("luatls")

local TIMEOUT <const> = 20

local function each_case(what, test)
  for _, version in ipairs({ "1.2", "1.3" }) do
    for _, type in ipairs({ "ec", "rsa" }) do
      it(("%s (TLS %s, %s key)"):format(what, version, type), function()
        test(version, type)
      end)
    end
  end
end

local function connect(port, options)
  local complete = { trust = pki.root().chain, timeout = TIMEOUT }
  for key, value in pairs(options) do
    complete[key] = value
  end
  return tls.connect("localhost", port, complete)
end

-- The client's first read: in TLS 1.3 that is where a refusal comes.
local function outcome(stream, err)
  if not stream then return nil, err end
  local bytes, why = stream:read_some()
  stream:close()
  return bytes, why
end

local SERVERS <const> = {
  openssl = function(version, args)
    local options = { version = version, identity = pki.server(), args = args }
    return peer.openssl_server(options)
  end,
  gnutls = function(version, args)
    local options = { version = version, identity = pki.server(), args = args }
    return peer.gnutls_server(options)
  end,
}

local REQUIRES <const> = {
  openssl = { "-Verify", "3", "-verify_return_error", "-CAfile", pki.root():chain_path() },
  gnutls = {
    "--require-client-cert",
    "--verify-client-cert",
    "--x509cafile",
    pki.root():chain_path(),
  },
}

-- What each prints of the client's certificate.
local SEEN <const> = { openssl = "subject=CN = Spec Client", gnutls = "Subject: CN=Spec Client" }

for _, program in ipairs({ "openssl", "gnutls" }) do
  describe("a client of " .. program, function()
    after_each(process.stop_all)

    local function check(version, options)
      local server, port = SERVERS[program](version, REQUIRES[program])
      local stream <close> = assert(connect(port, options))
      assert.equal("sent", stream:info().client_certificate)
      stream:write("hello\n")
      server:expect(SEEN[program])
    end

    each_case("shows its certificate", function(version, type)
      check(version, { certificate = pki.client(type).chain, key = pki.client(type).key })
    end)

    each_case("signs with an external key", function(version, type)
      local calls = 0
      local key = signer.key(pki.client(type), function(_, right)
        calls = calls + 1
        return right
      end)
      check(version, { certificate = pki.client(type).chain, key = key })
      assert.equal(1, calls)
    end)

    each_case("chooses its certificate when it is asked", function(version, type)
      local request
      check(version, {
        on_certificate_request = function(asked)
          request = asked
          return pki.client(type).chain, pki.client(type).key
        end,
      })
      assert.equal("CN=Spec Root", request.authorities[1].name)
      assert.equal("TLS " .. version, request.version)
    end)

    for _, version in ipairs({ "1.2", "1.3" }) do
      it(("without a certificate is told what is missing (TLS %s)"):format(version), function()
        local _, port = SERVERS[program](version, REQUIRES[program])
        local _, err = outcome(connect(port, {}))
        assert.equal("alert", err.kind, tostring(err))
        assert.matches("the server asked for a client certificate", err.hint)
        if program == "gnutls" and version == "1.2" then return end -- it says decode_error
        local expected = version == "1.3" and "certificate_required" or "handshake_failure"
        assert.equal(expected, err.alert.name)
      end)

      it(("with a certificate of nobody's is refused (TLS %s)"):format(version), function()
        local stranger = pki.make({
          subject = "CN=Stranger",
          usage = "client",
          issuer = pki.stranger(),
        })
        local _, port = SERVERS[program](version, REQUIRES[program])
        local options = { certificate = stranger.chain, key = stranger.key }
        local _, err = outcome(connect(port, options))
        -- GnuTLS' server says so in its own words, or only closes.
        if program == "openssl" then
          assert.equal("unknown_ca", err.alert.name)
          assert.is_nil(err.hint)
        else
          assert.is_truthy(err)
        end
      end)
    end
  end)
end

describe("a client of a server that names hundreds of authorities", function()
  after_each(process.stop_all)

  -- More than the 16 KB of one record.
  local function crowd()
    local text = {}
    for i = 1, 300 do
      local subject = ("CN=Authority %04d,O=%s"):format(i, ("x"):rep(60))
      text[i] = pki.make({ subject = subject, usage = "ca" }).certificate:pem()
    end
    text[#text + 1] = pki.root().certificate:pem()
    return pki.file(table.concat(text))
  end

  for _, version in ipairs({ "1.2", "1.3" }) do
    it(("reads them all (TLS %s)"):format(version), function()
      local server, port = SERVERS.openssl(version, {
        "-Verify",
        "3",
        "-verify_return_error",
        "-CAfile",
        crowd(),
      })
      local count
      local stream <close> = assert(connect(port, {
        on_certificate_request = function(request)
          count = #request.authorities
          return pki.client().chain, pki.client().key
        end,
      }))
      stream:write("hello\n")
      server:expect(SEEN.openssl)
      assert.equal(301, count)
    end)
  end
end)

describe("a client of a server that takes RSA-PSS alone", function()
  after_each(process.stop_all)

  it("shows its certificate in TLS 1.3, and none in TLS 1.2", function()
    for version, expected in pairs({ ["1.3"] = "sent", ["1.2"] = "none" }) do
      local args = { "-verify", "3", "-client_sigalgs", "RSA-PSS+SHA256" }
      local _, port = SERVERS.openssl(version, args)
      local options = { certificate = pki.client("rsa").chain, key = pki.client("rsa").key }
      local stream <close> = assert(connect(port, options))
      assert.equal(expected, stream:info().client_certificate)
    end
  end)
end)

describe("a server", function()
  after_each(process.stop_all)

  local function listen(options)
    if not options.certificates then
      options.certificate = options.certificate or pki.server().chain
      options.key = options.key or pki.server().key
    end
    return assert(tls.listen("127.0.0.1", 0, options))
  end

  local CLIENTS <const> = {
    openssl = function(port, version, identity)
      local args = { "s_client", "-connect", "127.0.0.1:" .. port }
      args[#args + 1] = version == "1.2" and "-tls1_2" or "-tls1_3"
      local function add(...)
        table.move({ ... }, 1, select("#", ...), #args + 1, args)
      end
      add("-CAfile", pki.root():chain_path())
      if identity then add("-cert", identity:chain_path(), "-key", identity:key_path()) end
      return process.start("openssl", args)
    end,
    gnutls = function(port, version, identity)
      local options = { trust = pki.root(), version = version, identity = identity }
      options.args = { "--verbose" }
      return peer.gnutls_client(port, options)
    end,
  }

  -- What each prints of the names that it is told.
  local NAMES <const> = {
    openssl = "Acceptable client certificate CA names\nCN = Spec Root\n",
    gnutls = "Server's trusted authorities:\n%s+%[0%]: CN=Spec Root\n",
  }

  for _, program in ipairs({ "openssl", "gnutls" }) do
    each_case("with an external key asks for a certificate of " .. program, function(version, type)
      local listener <close> = listen({
        certificate = pki.server(type).chain,
        key = signer.key(pki.server(type)),
        client_auth = "required",
        trust = pki.root().chain,
      })
      local client = CLIENTS[program](listener:port(), version, pki.client(type))
      local stream <close> = assert(listener:accept(TIMEOUT))
      assert.equal("CN=Spec Client", stream:peer_chain()[1]:subject())
      assert.is_true(stream:info().verified)
      assert.equal("TLS " .. version, stream:info().version)
      stream:write("hello\n")
      client:expect(NAMES[program])
      client:expect("hello")
    end)
  end

  for _, version in ipairs({ "1.2", "1.3" }) do
    for _, type in ipairs({ "ec", "rsa" }) do
      it(("shows openssl its %s certificate of two (TLS %s)"):format(type, version), function()
        local listener <close> = listen({
          certificates = {
            { certificate = pki.server("ec").chain, key = pki.server("ec").key },
            { certificate = pki.server("rsa").chain, key = signer.key(pki.server("rsa")) },
          },
        })
        local args = { "s_client", "-connect", "127.0.0.1:" .. listener:port() }
        args[#args + 1] = version == "1.2" and "-tls1_2" or "-tls1_3"
        if version == "1.2" then
          table.move(
            { "-cipher", "a" .. (type == "ec" and "ECDSA" or "RSA") },
            1,
            2,
            #args + 1,
            args
          )
        end
        local schemes = { ec = "ECDSA+SHA256", rsa = "RSA-PSS+SHA256:RSA+SHA256" }
        table.move({ "-sigalgs", schemes[type] }, 1, 2, #args + 1, args)
        local client = process.start("openssl", args)
        local stream <close> = assert(listener:accept(TIMEOUT))
        stream:close()
        client:expect(type == "ec" and "Peer signature type: ECDSA" or "Peer signature type: RSA")
      end)
    end
  end

  it("takes no certificate when it is optional, and tells openssl so", function()
    for _, version in ipairs({ "1.2", "1.3" }) do
      local listener <close> = listen({ client_auth = "optional", trust = pki.root().chain })
      CLIENTS.openssl(listener:port(), version)
      local stream <close> = assert(listener:accept(TIMEOUT))
      assert.equal("none", stream:info().client_certificate)
      assert.is_nil(stream:peer_chain())
    end
  end)

  it("tells openssl what is missing", function()
    local words = { ["1.2"] = "handshake failure", ["1.3"] = "certificate required" }
    for version, expected in pairs(words) do
      local told
      local listener <close> = listen({
        client_auth = "required",
        trust = pki.root().chain,
        on_error = function(err)
          told = err
        end,
      })
      local client = CLIENTS.openssl(listener:port(), version)
      local stream = listener:accept(1)
      assert.is_nil(stream)
      client:expect(expected)
      assert.matches("the client sent no certificate", told.message)
    end
  end)
end)
