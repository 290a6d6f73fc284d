-- What a client makes of a CertificateRequest: on_certificate_request, and what
-- it does by itself.

local core = require("luatls.core")
local pair = require("spec.support.pair")
local pki = require("spec.support.pki")

local VERSIONS <const> = { "1.2", "1.3" }

-- A client with `options`, and a server that asks for a certificate.
local function new_pair(version, options, more)
  local client = { min_version = version, max_version = version }
  for key, value in pairs(options) do
    client[key] = value
  end
  local server = { client_auth = "optional", trust = pki.root().chain }
  for key, value in pairs(more or {}) do
    server[key] = value
  end
  return pair.new({ client = client, server = server })
end

local function shown(joined)
  local done, client, server = joined:handshake()
  assert.is_true(done, tostring(client or server))
  local chain = joined.server:peer_chain()
  return chain and chain[1]:subject()
end

local function answer_with(version, ...)
  local answers = table.pack(...)
  return new_pair(version, {
    on_certificate_request = function()
      return table.unpack(answers, 1, answers.n)
    end,
  })
end

local function has(list, wanted)
  for _, value in ipairs(list) do
    if value == wanted then return true end
  end
  return false
end

describe("on_certificate_request", function()
  for _, version in ipairs(VERSIONS) do
    local function title(text)
      return ("%s in TLS %s"):format(text, version)
    end

    it(title("is told what the server wants"), function()
      local requests = {}
      local joined = new_pair(version, {
        on_certificate_request = function(...)
          requests[#requests + 1] = table.pack(...)
        end,
      })
      assert.is_nil(shown(joined))
      assert.equal(1, #requests)
      assert.equal(1, requests[1].n)
      local request = requests[1][1]
      assert.equal("TLS " .. version, request.version)
      assert.equal("localhost", request.name)
      assert.equal(1, #request.authorities)
      assert.equal("CN=Spec Root", request.authorities[1].name)
      local subject = "0\20" .. "1\18" .. "0\16\6\3\85\4\3\12\9Spec Root"
      assert.equal(subject, request.authorities[1].der)
      assert.is_true(has(request.signature_algorithms, "ecdsa_secp256r1_sha256"))
      if version == "1.2" then
        assert.same({ "rsa_sign", "ecdsa_sign" }, request.certificate_types)
      else
        assert.is_nil(request.certificate_types)
        assert.is_true(has(request.signature_algorithms, "rsa_pss_rsae_sha256"))
      end
    end)

    it(title("is not asked when the server asks for nothing"), function()
      local joined = new_pair(version, { on_certificate_request = error }, { client_auth = "none" })
      assert.is_nil(shown(joined))
    end)

    it(title("gives chain and key as objects, PEM and files"), function()
      local client = pki.client()
      local answers = {
        { client.chain, client.key },
        { client.certificate, client.key },
        { client.certificate:pem(), client.key:pem() },
        { client:chain_path(), client:key_path() },
      }
      for _, answer in ipairs(answers) do
        local joined = answer_with(version, table.unpack(answer))
        assert.equal("CN=Spec Client", shown(joined))
        assert.is_true(joined.server:info().verified)
        assert.equal("sent", joined.client:info().client_certificate)
      end
    end)

    it(title("gives an RSA key"), function()
      local client = pki.client("rsa")
      assert.equal("CN=Spec Client", shown(answer_with(version, client.chain, client.key)))
    end)

    it(title("says that there is none"), function()
      for _, answer in ipairs({ { n = 0 }, { nil, nil, n = 2 }, { false, n = 1 } }) do
        local joined = answer_with(version, table.unpack(answer, 1, answer.n))
        assert.is_nil(shown(joined))
        assert.equal("none", joined.client:info().client_certificate)
      end
    end)

    it(title("may yield"), function()
      local client = pki.client()
      local joined = new_pair(version, {
        on_certificate_request = function(request)
          return coroutine.yield(request.version)
        end,
      })
      local whole = coroutine.wrap(function()
        return shown(joined)
      end)
      assert.equal("TLS " .. version, whole())
      assert.equal("CN=Spec Client", whole(client.chain, client.key))
    end)

    it(title("keeps what it gave alive"), function()
      local joined = new_pair(version, {
        on_certificate_request = function()
          local copy = pki.client()
          return assert(core.chain.parse(copy.chain:pem())), assert(core.key.parse(copy.key:pem()))
        end,
      })
      joined.client:handshake()
      joined:carry()
      joined.server:handshake()
      joined:carry()
      assert.same({ false, "callback" }, { joined.client:handshake() })
      joined.client:callback()
      collectgarbage()
      collectgarbage()
      assert.equal("CN=Spec Client", shown(joined))
    end)

    -- What it returns -> what the error says.
    local nonsense = {
      { "a number", { 5, pki.client().key }, 'bad option "certificate"' },
      { "a key first", { pki.client().key, pki.client().chain }, 'bad option "certificate"' },
      { "a table", { {} }, 'bad option "certificate"' },
      { "true", { true }, 'bad option "certificate"' },
      { "a chain without a key", { pki.client().chain }, "a certificate but no key" },
      { "a public key", { pki.client().chain, pki.client().key:public() }, "it is a public key" },
      { "somebody else's key", { pki.client().chain, pki.root().key }, "public halves differ" },
      { "a file that is not there", { "/nowhere", pki.client().key }, "cannot read /nowhere" },
    }
    for _, case in ipairs(nonsense) do
      it(title("ends the handshake by giving " .. case[1]), function()
        local joined = answer_with(version, table.unpack(case[2]))
        local _, client, server = joined:handshake()
        assert.equal("internal", client.kind)
        assert.matches("what on_certificate_request returned cannot be used: ", client.message)
        assert.matches(case[3], client.message)
        assert.equal("internal_error", client.alert.name)
        assert.equal("internal_error", server.alert.name)
      end)
    end

    it(title("ends the handshake by raising"), function()
      local joined = new_pair(version, {
        on_certificate_request = function()
          error({ "cause" })
        end,
      })
      local _, client, server = joined:handshake()
      assert.matches("on_certificate_request raised an error", client.message)
      assert.same({ "cause" }, client.cause)
      assert.equal("internal_error", server.alert.name)
    end)

    it(title("ends the handshake with a key that cannot sign for the server"), function()
      local rsa = pki.client("rsa")
      local joined = new_pair(version, {
        on_certificate_request = function()
          return rsa.chain, rsa.key
        end,
      }, { signature_algorithms = { "ecdsa_secp256r1_sha256" } })
      local _, client = joined:handshake()
      assert.matches("its key cannot sign by an algorithm that the server takes", client.message)
    end)

    it(title("cannot use its connection"), function()
      local joined
      joined = new_pair(version, {
        on_certificate_request = function()
          joined.client:read()
        end,
      })
      local _, client = joined:handshake()
      assert.matches("busy", client.message)
    end)
  end
end)

describe("a client with certificates", function()
  local function issued_by(issuer, name, type)
    return pki.make({ subject = "CN=" .. name, usage = "client", issuer = issuer, type = type })
  end

  local function own(...)
    local list = {}
    for i, identity in ipairs({ ... }) do
      list[i] = { certificate = identity.chain, key = identity.key }
    end
    return { certificates = list }
  end

  for _, version in ipairs(VERSIONS) do
    local function title(text)
      return ("%s in TLS %s"):format(text, version)
    end

    it(title("shows the first that the server takes"), function()
      local ec, rsa = pki.client(), issued_by(pki.root(), "RSA", "rsa")
      assert.equal("CN=Spec Client", shown(new_pair(version, own(ec, rsa))))
      assert.equal("CN=RSA", shown(new_pair(version, own(rsa, ec))))
    end)

    it(title("shows one that can sign for the server"), function()
      local ec, rsa = pki.client(), issued_by(pki.root(), "RSA", "rsa")
      local more = { signature_algorithms = { "rsa_pkcs1_sha256", "rsa_pss_rsae_sha256" } }
      more.certificate, more.key = pki.server("rsa").chain, pki.server("rsa").key
      local client = own(ec, rsa)
      assert.equal("CN=RSA", shown(new_pair(version, client, more)))
    end)

    it(title("shows one of a named authority"), function()
      local wrong, right = issued_by(pki.stranger(), "Wrong"), issued_by(pki.root(), "Right")
      assert.equal("CN=Right", shown(new_pair(version, own(wrong, right))))
    end)

    it(title("finds the named authority up the chain"), function()
      local middle = pki.make({ subject = "CN=Middle", usage = "ca", issuer = pki.root() })
      local wrong, right = issued_by(pki.stranger(), "Wrong"), issued_by(middle, "Below")
      assert.equal("CN=Below", shown(new_pair(version, own(wrong, right))))
    end)

    it(title("shows what it has when no authority fits"), function()
      local joined =
        new_pair(version, own(pki.client()), { client_ca_names = pki.stranger().chain })
      assert.equal("CN=Spec Client", shown(joined))
    end)

    it(title("shows none that it cannot sign for"), function()
      local joined = new_pair(
        version,
        own(pki.client("rsa")),
        { signature_algorithms = { "ecdsa_secp256r1_sha256" } }
      )
      assert.is_nil(shown(joined))
      assert.equal("none", joined.client:info().client_certificate)
    end)
  end

  it("shows none in TLS 1.2 when the server wants another hash than the suite's", function()
    local suite = { "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256" }
    local more = { signature_algorithms = { "ecdsa_secp384r1_sha384" }, max_version = "1.2" }
    more.cipher_suites = suite
    assert.is_nil(shown(new_pair("1.2", own(pki.client()), more)))
    more.cipher_suites = { "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384" }
    assert.equal("CN=Spec Client", shown(new_pair("1.2", own(pki.client()), more)))
  end)

  it("cannot choose for itself and be told", function()
    local options = own(pki.client())
    options.role, options.trust = "client", pki.root().chain
    options.on_certificate_request = print
    assert.error_matches(function()
      core.context(options)
    end, "there is a certificate already")
  end)
end)

describe("a CertificateRequest of TLS 1.2", function()
  -- The server's flight with the body of its request replaced.
  local function with_body(body)
    local joined = new_pair("1.2", { on_certificate_request = print })
    joined.client:handshake()
    joined:carry()
    joined.server:handshake()
    local flight = joined.server:drain()
    local out, at = {}, 1
    while at <= #flight do
      local head = flight:sub(at, at + 4)
      local payload
      payload, at = string.unpack(">s2", flight, at + 3)
      if head:byte(1) == 22 and payload:byte(1) == 13 then
        payload = string.pack(">Bs3", 13, body)
        head = head:sub(1, 3) .. string.pack(">I2", #payload)
      end
      out[#out + 1] = head .. payload
    end
    joined.client:feed(table.concat(out))
    return joined.client:handshake()
  end

  local types, algorithms = string.pack(">s1", "\1\64"), string.pack(">s2", "\4\3")
  local function names(...)
    local list = {}
    for i, name in ipairs({ ... }) do
      list[i] = string.pack(">s2", name)
    end
    return string.pack(">s2", table.concat(list))
  end

  it("is taken with no name, and with several", function()
    for _, list in ipairs({ names(), names("0\0"), names("0\0", "0\0") }) do
      assert.same({ false, "callback" }, { with_body(types .. algorithms .. list) })
    end
  end)

  local malformed = {
    { "nothing in it", "" },
    { "nothing but types", types },
    { "no type", "\0" .. algorithms .. names() },
    { "no algorithm", types .. "\0\0" .. names() },
    { "half an algorithm", types .. "\0\3\4\3\4" .. names() },
    { "no names", types .. algorithms },
    { "bytes behind it", types .. algorithms .. names() .. "\0" },
    { "too short a list of names", types .. algorithms .. "\0\1" },
    { "a name that goes beyond the list", types .. algorithms .. "\0\4\0\9\48\0" },
    { "half a length of a name", types .. algorithms .. "\0\1\0" },
    { "an empty name", types .. algorithms .. names("") },
    { "a name that is no SEQUENCE", types .. algorithms .. names("1\0") },
    { "a name that is cut off", types .. algorithms .. names("0\1") },
    { "a name with bytes behind it", types .. algorithms .. names("0\0\0") },
    { "a good name and a bad one", types .. algorithms .. names("0\0", "0\5") },
  }
  for _, case in ipairs(malformed) do
    it("is refused with " .. case[1], function()
      local done, err = with_body(case[2])
      assert.is_nil(done)
      assert.equal("protocol", err.kind)
      assert.equal("decode_error", err.alert.name)
    end)
  end

  it("is refused where it is cut off", function()
    local whole = types .. algorithms .. names("0\0", "0\0")
    for length = 0, #whole - 1 do
      local _, err = with_body(whole:sub(1, length))
      assert.equal("decode_error", err.alert.name)
    end
  end)
end)
