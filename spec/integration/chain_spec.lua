-- Chains that stock mbedTLS cannot take in a handshake, from real servers.

local core = require("luatls.core")
local der = require("spec.support.der")
local pair = require("spec.support.pair")
local peer = require("spec.support.peer")
local pki = require("spec.support.pki")
local process = require("spec.support.process")
local tls = require("luatls")

local VERSIONS <const> = { "1.2", "1.3" }

-- permittedSubtrees with one DNS name (RFC 5280, 4.2.1.10).
local function permit(name)
  local subtree = der.sequence(der.context(2, name))
  return { oid = "2.5.29.30", critical = true, value = der.sequence(der.wrapped(0, subtree)) }
end

local function authority(extensions)
  return pki.make({
    subject = "CN=Constrained CA",
    usage = "ca",
    key = assert(core.key.generate()),
    issuer = pki.root(),
    extensions = extensions,
  })
end

local function server_of(issuer)
  return pki.make({ subject = "CN=localhost", names = { "localhost" }, issuer = issuer })
end

local function connect(port, version)
  return tls.connect("127.0.0.1", port, {
    name = "localhost",
    trust = pki.root().chain,
    min_version = version,
    max_version = version,
    timeout = 10,
  })
end

describe("this build of mbedTLS", function()
  it("says that it can take such chains", function()
    assert.is_true(tls.features.name_constraints)
    assert.is_true(tls.features.large_certificates)
  end)
end)

for _, version in ipairs(VERSIONS) do
  describe("in a TLS " .. version .. " handshake, an authority with name constraints", function()
    after_each(process.stop_all)

    it("may issue for what they permit", function()
      local identity = server_of(authority({ permit("localhost") }))
      local _, port = peer.openssl_server({ identity = identity, version = version })
      local stream <close> = assert(connect(port, version))
      assert.is_true(stream:info().verified)
    end)

    it("may not issue for anything else", function()
      local identity = server_of(authority({ permit("other.example") }))
      local server, port = peer.openssl_server({ identity = identity, version = version })
      local stream, err = connect(port, version)
      assert.is_nil(stream)
      assert.equal("verify", err.kind)
      assert.equal("name_constraints", err.problems[1].code)
      assert.matches(
        "name constraints do not permit a name of the certificate",
        err.message,
        1,
        true
      )
      assert.equal("bad_certificate", err.alert.name)
      server:expect("alert bad certificate")
    end)

    it("holds for clients too", function()
      local issuer = authority({ permit("localhost") })
      local names = { "other.example" }
      local options = { subject = "CN=c", names = names, usage = "client", issuer = issuer }
      local identity = pki.make(options)
      local joined = pair.new({
        client = {
          certificate = identity.chain,
          key = identity.key,
          min_version = version,
          max_version = version,
        },
        server = { client_auth = "required", trust = pki.root().chain },
      })
      local _, _, err = joined:handshake()
      assert.equal("verify", err.kind)
      assert.equal("name_constraints", err.problems[1].code)
    end)
  end)

  describe("in a TLS " .. version .. " handshake, a chain", function()
    after_each(process.stop_all)

    -- A leaf and its authority, with others around them that make so many bytes.
    local function bulky(size)
      local identity = server_of(authority({}))
      local value = der.element(0x04, ("x"):rep(3000))
      local ballast = { oid = "1.3.6.1.4.1.32473.1", value = value }
      local parts, sum = { identity.chain[1]:pem() }, #identity.chain[1]:der()
      while sum < size do
        local extra = authority({ ballast }).certificate
        table.insert(parts, extra:pem())
        sum = sum + #extra:der() + 3
      end
      table.insert(parts, identity.chain[2]:pem())
      local path = pki.file(table.concat(parts))
      return setmetatable({
        chain_path = function()
          return path
        end,
      }, { __index = identity })
    end

    for _, size in ipairs({ 14000, 20000, 40000, 58000 }) do
      it(("of %d bytes is taken"):format(size), function()
        local _, port = peer.openssl_server({ identity = bulky(size), version = version })
        local stream <close> = assert(connect(port, version))
        assert.is_true(stream:info().verified)
      end)
    end

    it("of more than 64 KB is refused", function()
      local server, port = peer.openssl_server({ identity = bulky(70000), version = version })
      local stream, err = connect(port, version)
      assert.is_nil(stream)
      assert.equal("protocol", err.kind)
      assert.matches("64 KB", err.message, 1, true)
      server:expect("alert decode error")
    end)
  end)
end
