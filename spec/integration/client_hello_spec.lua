-- The ClientHellos of other people's programs, told what to offer.

local core = require("luatls.core")
local hellos = require("spec.support.hellos")
local process = require("spec.support.process")

local function heard(name, arguments)
  return assert(core.client_hello(hellos.heard(name, arguments)))
end

local function has(list, wanted)
  for _, value in ipairs(list) do
    if value == wanted then return true end
  end
  return false
end

local function openssl(...)
  local more = { ... }
  return heard("openssl", function(port)
    local arguments = { "s_client", "-connect", "127.0.0.1:" .. port }
    return table.move(more, 1, #more, #arguments + 1, arguments)
  end)
end

local function gnutls(...)
  local more = { ... }
  return heard("gnutls-cli", function(port)
    local arguments = { "--port", tostring(port), "--insecure", "127.0.0.1" }
    return table.move(more, 1, #more, #arguments + 1, arguments)
  end)
end

local function curl(host, ...)
  local more = { ... }
  return heard("curl", function(port)
    local arguments = {
      "-s",
      "-k",
      "--noproxy",
      "*",
      "--resolve",
      ("%s:%d:127.0.0.1"):format(host, port),
      ("https://%s:%d/"):format(host, port),
    }
    return table.move(more, 1, #more, #arguments + 1, arguments)
  end)
end

describe("the ClientHello of openssl s_client", function()
  after_each(process.stop_all)

  it("offers in TLS 1.3 what it is told", function()
    local hello = openssl(
      "-tls1_3",
      "-ciphersuites",
      "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384",
      "-groups",
      "P-384:X25519",
      "-sigalgs",
      "ECDSA+SHA256:RSA-PSS+SHA384:ed25519",
      "-alpn",
      "spec,http/1.1",
      "-servername",
      "www.example.org"
    )
    assert.equal("www.example.org", hello.server_name)
    assert.equal("TLS 1.2", hello.legacy_version)
    assert.same({ "TLS 1.3" }, hello.supported_versions)
    assert.same({ "spec", "http/1.1" }, hello.alpn)
    assert.same({ "secp384r1", "x25519" }, hello.groups)
    assert.same({ "secp384r1" }, hello.key_shares)
    assert.same({
      "TLS_CHACHA20_POLY1305_SHA256",
      "TLS_AES_256_GCM_SHA384",
      "TLS_EMPTY_RENEGOTIATION_INFO_SCSV",
    }, hello.cipher_suites)
    assert.same(
      { "ecdsa_secp256r1_sha256", "rsa_pss_rsae_sha384", "ed25519" },
      hello.signature_algorithms
    )
    assert.equal(32, hello.session_id_length)
    assert.is_true(has(hello.extensions, "extended_master_secret"))
    assert.equal("t13d03" .. ("%02d"):format(#hello.extensions) .. "sc_", hello.ja4:sub(1, 11))
  end)

  it("offers in TLS 1.2 what it is told", function()
    local hello = openssl(
      "-tls1_2",
      "-cipher",
      "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305",
      "-noservername",
      "-fallback_scsv"
    )
    assert.is_nil(hello.server_name)
    assert.is_nil(hello.supported_versions)
    assert.is_nil(hello.key_shares)
    assert.same({
      "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
      "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
      "TLS_EMPTY_RENEGOTIATION_INFO_SCSV",
      "TLS_FALLBACK_SCSV",
    }, hello.cipher_suites)
    assert.equal("t12i04", hello.ja4:sub(1, 6))
  end)
end)

describe("the ClientHello of gnutls-cli", function()
  after_each(process.stop_all)

  it("offers in TLS 1.3 what it is told", function()
    local hello = gnutls(
      "--sni-hostname",
      "www.example.org",
      "--alpn",
      "h2",
      "--priority",
      "NONE:+VERS-TLS1.3:+AES-256-GCM:+AEAD:+GROUP-SECP256R1:+GROUP-X448:"
        .. "+SIGN-RSA-PSS-RSAE-SHA256:+SIGN-ECDSA-SECP384R1-SHA384"
    )
    assert.equal("www.example.org", hello.server_name)
    assert.same({ "TLS 1.3" }, hello.supported_versions)
    assert.same({ "TLS_AES_256_GCM_SHA384" }, hello.cipher_suites)
    assert.same({ "secp256r1", "x448" }, hello.groups)
    assert.same({ "rsa_pss_rsae_sha256", "ecdsa_secp384r1_sha384" }, hello.signature_algorithms)
    assert.same({ "h2" }, hello.alpn)
    assert.equal("t13d01" .. ("%02d"):format(#hello.extensions) .. "h2_", hello.ja4:sub(1, 11))
  end)

  it("sends two key shares and the versions by default", function()
    local hello = gnutls()
    assert.equal("TLS 1.3", hello.supported_versions[1])
    assert.is_true(has(hello.supported_versions, "TLS 1.2"))
    assert.equal(2, #hello.key_shares)
    assert.is_nil(hello.server_name)
  end)
end)

describe("the ClientHello of curl", function()
  after_each(process.stop_all)

  it("names the host and the protocols", function()
    local hello = curl("www.example.org")
    assert.equal("www.example.org", hello.server_name)
    assert.is_true(has(hello.alpn, "http/1.1"))
    assert.equal("TLS 1.3", hello.supported_versions[1])
    assert.is_true(has(hello.groups, "x25519"))
  end)

  it("has one fingerprint for all hosts, and another for other suites", function()
    local one, other = curl("www.example.org"), curl("a.example", "--http1.1")
    assert.not_equal(one.server_name, other.server_name)
    assert.equal(one.ja4:sub(12), other.ja4:sub(12))
    local fewer = curl("www.example.org", "--tls13-ciphers", "TLS_AES_128_GCM_SHA256")
    assert.not_equal(one.ja4:sub(12, 23), fewer.ja4:sub(12, 23))
    assert.equal(one.ja4:sub(24), fewer.ja4:sub(24))
  end)
end)
