-- RSA-PSS in the signatures of TLS 1.2's clients (RFC 8446, 4.2.3), by OpenSSL.

local contexts = require("spec.support.contexts")
local luv = require("luatls.io.luv")
local pki = require("spec.support.pki")
local process = require("spec.support.process")

local PKCS1 <const> = { "ecdsa_secp256r1_sha256", "rsa_pkcs1_sha256" }

-- A client with an RSA key that signs with nothing else.
local function start_client(port, algorithm)
  local me = pki.client("rsa")
  local at = "127.0.0.1:" .. port
  local args = { "s_client", "-connect", at, "-tls1_2", "-CAfile", pki.root():chain_path() }
  local own = { "-cert", me:chain_path(), "-key", me:key_path(), "-client_sigalgs", algorithm }
  table.move(own, 1, #own, #args + 1, args)
  return process.start("openssl", args)
end

-- Its last flight whole, so that a spec can change it.
local function receive_flight(socket)
  local bytes = ""
  repeat
    bytes = bytes .. assert(socket:receive())
  until bytes:find("\20\3\3\0\1\1", 1, true) or #bytes > 16384
  return bytes
end

-- What our server makes of the client, whose last flight goes through `change`.
local function handshake(algorithm, options, change)
  options = options or {}
  options.client_auth, options.trust = "required", pki.root().chain
  local conn = contexts.server(options):connection()
  local listening = assert(luv.listen("127.0.0.1", 0, 1))
  local client = start_client(select(2, listening:sockname()), algorithm)
  local socket = assert(listening:accept(luv.now() + 20))
  listening:close()
  conn:feed(assert(socket:receive()))
  assert(conn:handshake() == false)
  assert(socket:send(conn:drain()))
  local flight = receive_flight(socket)
  conn:feed(change and change(flight) or flight)
  local done, err = conn:handshake()
  socket:send(conn:drain())
  socket:close()
  return done, err, conn, client
end

-- Changes the last byte of the signature: of the record with CertificateVerify.
local function damage(flight)
  local first = assert(flight:find("\22\3\3..\15"))
  local last = first + 4 + string.unpack(">I2", flight, first + 3)
  local byte = string.char(flight:byte(last) ~ 1)
  return flight:sub(1, last - 1) .. byte .. flight:sub(last + 1)
end

describe("a client of TLS 1.2 that signs with RSA-PSS", function()
  after_each(process.stop_all)

  for _, hash in ipairs({ "SHA256", "SHA384" }) do
    it("is taken, with " .. hash, function()
      local done, err, conn = handshake("RSA-PSS+" .. hash)
      assert.is_true(done, tostring(err))
      assert.equal("CN=Spec Client", conn:peer_chain()[1]:subject())
    end)

    it("is refused when the signature is wrong, with " .. hash, function()
      local done, err, _, client = handshake("RSA-PSS+" .. hash, nil, damage)
      assert.is_nil(done)
      assert.equal("protocol", err.kind)
      assert.matches("signature was not made", err.message)
      client:expect("alert decrypt error")
    end)
  end

  it("with SHA-512 finds that nobody asked for it", function()
    local done, err = handshake("RSA-PSS+SHA512")
    assert.is_nil(done)
    assert.matches("sent no certificate", tostring(err))
  end)

  it("is not asked for what the server's list does not have", function()
    local done, err = handshake("RSA-PSS+SHA256", { signature_algorithms = PKCS1 })
    assert.is_nil(done)
    assert.matches("sent no certificate", tostring(err))
  end)
end)
