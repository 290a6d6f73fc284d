-- ClientHellos as values (RFC 8446, 4.1.2): what is read, and what is refused.

local core = require("luatls.core")
local hellos = require("spec.support.hellos")
local pair = require("spec.support.pair")
local pki = require("spec.support.pki")
local process = require("spec.support.process")

local extension = hellos.extension

local function read(parts)
  return assert(core.client_hello((hellos.make(parts))))
end

local function check_refused(message, field, offset)
  local hello, err = core.client_hello(message)
  assert.is_nil(hello)
  assert.equal("parse", err.kind)
  assert.matches("^malformed ClientHello: field " .. err.field .. " ", err.message)
  assert.is_true(err.offset >= 0 and err.offset <= #message)
  if field then assert.equal(field, err.field) end
  if offset then assert.equal(offset, err.offset) end
end

describe("a ClientHello", function()
  it("tells everything in the order of the client", function()
    local hello = assert(core.client_hello((hellos.full())))
    hello.ja4 = nil
    assert.same({
      server_name = "www.example.org",
      legacy_version = "TLS 1.2",
      session_id_length = 32,
      supported_versions = { "GREASE:0x3a3a", "TLS 1.3", "TLS 1.2" },
      cipher_suites = {
        "GREASE:0x0a0a",
        "TLS_AES_128_GCM_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        "TLS_EMPTY_RENEGOTIATION_INFO_SCSV",
      },
      groups = { "GREASE:0x2a2a", "x25519", "secp256r1" },
      signature_algorithms = { "ecdsa_secp256r1_sha256", "rsa_pss_rsae_sha256" },
      alpn = { "h2", "http/1.1" },
      key_shares = { "GREASE:0x2a2a", "x25519" },
      has_early_data = true,
      has_pre_shared_key = true,
      extensions = {
        "GREASE:0x1a1a",
        "server_name",
        "extended_master_secret",
        "supported_groups",
        "signature_algorithms",
        "application_layer_protocol_negotiation",
        "early_data",
        "supported_versions",
        "key_share",
        "0x4469",
        "pre_shared_key",
      },
    }, hello)
  end)

  it("may have no extensions at all", function()
    for _, extensions in ipairs({ false, {} }) do
      local hello = read({ extensions = extensions or false, version = 0x0301 })
      assert.same({
        legacy_version = "TLS 1.0",
        session_id_length = 0,
        cipher_suites = { "TLS_AES_128_GCM_SHA256" },
        extensions = {},
        has_early_data = false,
        has_pre_shared_key = false,
        ja4 = "t10i010000_0f2cb44170f4_000000000000",
      }, hello)
    end
  end)

  it("may offer no key share yet", function()
    assert.same({}, read({ extensions = { { extension.key_share() } } }).key_shares)
    assert.is_nil(read({}).key_shares)
  end)

  it("may have names of types that nobody has assigned", function()
    local data = "\0\17\7\0\3odd\0\0\8a.exampl"
    assert.equal("a.exampl", read({ extensions = { { extension.raw(0, data) } } }).server_name)
  end)

  it("may have every GREASE place filled", function()
    local places = {}
    for high = 0, 15 do
      places[high + 1] = high << 12 | 0x0a00 | high << 4 | 0x0a
    end
    local list = {}
    for i, place in ipairs(places) do
      list[i] = { extension.raw(place, ("x"):rep(i % 3)) }
    end
    table.insert(list, { extension.supported_versions(places) })
    table.insert(list, { extension.groups(places) })
    table.insert(list, { extension.alpn("\x0a\x0a", "h2") })
    local hello = read({ suites = places, extensions = list })
    for _, name in ipairs({ "cipher_suites", "groups", "supported_versions" }) do
      assert.equal(16, #hello[name])
      for i, place in ipairs(places) do
        assert.equal(("GREASE:0x%04x"):format(place), hello[name][i])
      end
    end
    assert.equal("t00i0003h2_000000000000", hello.ja4:sub(1, 23))
    -- Not GREASE: the two bytes differ, or their low half does.
    local others = read({ suites = { 0x0a1a, 0x1a0a, 0x0b0b, 0xfafb } })
    assert.same({ "0x0a1a", "0x1a0a", "0x0b0b", "0xfafb" }, others.cipher_suites)
  end)

  it("may be as long as its lengths allow, and is read", function()
    local suites, types = {}, {}
    for i = 1, 32767 do
      suites[i] = 0xffff - i
    end
    for i = 1, 16000 do
      types[i] = (">I2I2"):pack(0x1000 + i, 0)
    end
    local head = hellos.make({ suites = suites, extensions = false })
    local body = head:sub(5) .. (">s2"):pack(table.concat(types))
    local hello = assert(core.client_hello("\1" .. (">I3"):pack(#body) .. body))
    assert.equal(32767, #hello.cipher_suites)
    assert.equal(16000, #hello.extensions)
    assert.equal("t12i9999", hello.ja4:sub(1, 8))
  end)
end)

describe("a malformed ClientHello", function()
  local message, lengths = hellos.full()

  it("is refused wherever it is cut off", function()
    for i = 0, #message - 1 do
      check_refused(message:sub(1, i), i == 0 and "msg_type" or "length")
    end
    check_refused(message .. "\0", "length", 1)
  end)

  it("is refused wherever it is cut off with a length that fits", function()
    local read_whole = {}
    for i = 4, #message - 1 do
      local cut = "\1" .. (">I3"):pack(i - 4) .. message:sub(5, i)
      local hello = core.client_hello(cut)
      if hello then
        read_whole[#read_whole + 1] = i
      else
        check_refused(cut)
      end
    end
    -- Only before the extensions may it end.
    assert.same({ 4 + 2 + 32 + 1 + 32 + 2 + 8 + 2 }, read_whole)
  end)

  it("is refused with any length wrong", function()
    assert.is_true(#lengths > 20)
    for _, length in ipairs(lengths) do
      local most = (1 << 8 * length.size) - 1
      for _, value in ipairs({ 0, 1, length.value - 1, length.value + 1, most }) do
        if value ~= length.value and value >= 0 then
          local bytes = (">I" .. length.size):pack(value)
          local wrong = message:sub(1, length.at - 1)
            .. bytes
            .. message:sub(length.at + length.size)
          check_refused(wrong)
        end
      end
    end
  end)

  it("is a value or a refusal with any byte another", function()
    local read_count, fields = 0, {}
    for i = 1, #message do
      for byte = 0, 255 do
        local text = message:sub(1, i - 1) .. string.char(byte) .. message:sub(i + 1)
        local hello, err = core.client_hello(text)
        if hello then
          read_count = read_count + 1
          assert.equal(36, #hello.ja4)
        else
          assert.equal("parse", err.kind)
          fields[err.field] = true
        end
      end
    end
    assert.is_true(read_count > 20000)
    for _, field in ipairs({ "session_id", "key_share", "early_data", "extensions" }) do
      assert.is_true(fields[field], field)
    end
  end)

  local function with(...)
    return { extensions = { ... } }
  end

  local REFUSED <const> = {
    { "with an extension twice", with({ extension.raw(23) }, { extension.raw(23) }), "extensions" },
    {
      "with an unknown extension twice",
      with({ extension.raw(0x4469) }, { extension.raw(5) }, { extension.raw(0x4469, "x") }),
      "extensions",
    },
    {
      "with a GREASE extension twice",
      with({ extension.raw(0xfafa) }, { extension.raw(0xfafa) }),
      "extensions",
    },
    {
      "with pre_shared_key before the end",
      with({ extension.raw(41) }, { extension.raw(23) }),
      "extensions",
    },
    { "without suites", { suites = {} }, "cipher_suites" },
    { "without compression", { compression = "" }, "compression_methods" },
    { "with a long session id", { session_id = ("x"):rep(33) }, "session_id" },
    { "with an empty server name list", with({ extension.server_name() }), "server_name" },
    { "with an empty server name", with({ extension.server_name("") }), "server_name" },
    { "with no server name list", with({ extension.raw(0) }), "server_name" },
    { "with two server names", with({ extension.server_name("a", "b") }), "server_name" },
    {
      "with a zero in the server name",
      with({ extension.server_name("www.bank.example\0.evil.example") }),
      "server_name",
    },
    { "with a space in it", with({ extension.server_name("a b") }), "server_name" },
    { "with a line in it", with({ extension.server_name("a\nb") }), "server_name" },
    { "with UTF-8 in it", with({ extension.server_name("söhne.example") }), "server_name" },
    {
      "with a server name that is too long",
      with({ extension.server_name(("a"):rep(256)) }),
      "server_name",
    },
    { "without versions", with({ extension.supported_versions({}) }), "supported_versions" },
    { "with half a version", with({ extension.raw(43, "\3\3\4\3") }), "supported_versions" },
    { "without groups", with({ extension.groups({}) }), "supported_groups" },
    { "with half a group", with({ extension.raw(10, "\0\1\0") }), "supported_groups" },
    {
      "without signature algorithms",
      with({ extension.signature_algorithms({}) }),
      "signature_algorithms",
    },
    { "without protocols", with({ extension.alpn() }), "application_layer_protocol_negotiation" },
    {
      "with an empty protocol",
      with({ extension.alpn("h2", "") }),
      "application_layer_protocol_negotiation",
    },
    { "with an empty key", with({ extension.key_share({ 29, "" }) }), "key_share" },
    { "with early data in it", with({ extension.raw(42, "x") }), "early_data" },
  }

  for _, case in ipairs(REFUSED) do
    local what, parts, field = table.unpack(case)
    it("is refused " .. what, function()
      check_refused((hellos.make(parts)), field)
    end)
  end

  it("is refused when it is another message, and tells where", function()
    for type = 0, 255 do
      if type ~= 1 then check_refused(string.char(type) .. message:sub(2), "msg_type", 0) end
    end
    local bad = hellos.make({ extensions = { { extension.server_name("ab\0c") } } })
    check_refused(bad, "server_name", assert(bad:find("ab\0c", 1, true)) + 1)
  end)

  it("is never read beyond its end", function()
    local path = pki.file(message)
    local arguments = { "spec/support/guarded_hello.lua", path }
    local code, text = process.start("luatls-guard", arguments):wait()
    assert.equal(0, code, text)
    assert.matches("^%d%d%d+ read, %d%d%d+ refused", text)
  end)

  it("is a mistake of the program when it is no string", function()
    assert.error_matches(function()
      core.client_hello(nil)
    end, "string expected")
  end)
end)

describe("the JA4 fingerprint", function()
  -- The example of FoxIO's technical_details/JA4.md, with GREASE strewn in.
  local EXAMPLE <const> = {
    suites = {
      0x5a5a,
      0x1301,
      0x1302,
      0x1303,
      0xc02b,
      0xc02f,
      0xc02c,
      0xc030,
      0xcca9,
      0xcca8,
      0xc013,
      0xc014,
      0x009c,
      0x009d,
      0x002f,
      0x0035,
    },
    signatures = { 0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601 },
  }

  local function example(signatures)
    local list = {
      { extension.raw(0x2a2a) },
      { extension.raw(0x001b, "x") },
      { extension.server_name("www.example.org") },
      { extension.key_share({ 29, "k" }) },
      { extension.alpn("h2", "http/1.1") },
      { extension.raw(0x4469) },
      { extension.raw(0x0017) },
      { extension.raw(0x002d) },
      { extension.raw(0x0005) },
      { extension.raw(0x0023) },
      { extension.raw(0x0012) },
      { extension.supported_versions({ 0xaaaa, 0x0303, 0x0304 }) },
      { extension.raw(0xff01) },
      { extension.raw(0x000b) },
      { extension.groups({ 29 }) },
      { extension.raw(0x0015) },
      { extension.raw(0xcaca) },
      signatures and { extension.signature_algorithms(signatures) },
    }
    return read({ suites = EXAMPLE.suites, extensions = list })
  end

  it("is that of the published example", function()
    assert.equal("t13d1516h2_8daaf6152771_e5627efa2ab1", example(EXAMPLE.signatures).ja4)
  end)

  it("does not depend on GREASE among the signature algorithms", function()
    local signatures = { 0x1a1a, table.unpack(EXAMPLE.signatures) }
    assert.equal(example(EXAMPLE.signatures).ja4, example(signatures).ja4)
  end)

  it("depends on the order of signature algorithms only", function()
    local list = { { extension.raw(23) }, { extension.groups({ 29, 23 }) } }
    local one = read({ suites = { 0x1301, 0x1302 }, extensions = list })
    local other = read({ suites = { 0x1302, 0x1301 }, extensions = { list[2], list[1] } })
    assert.equal(one.ja4, other.ja4)
    local signatures = { EXAMPLE.signatures[2], EXAMPLE.signatures[1] }
    assert.not_equal(example(signatures).ja4, example({ signatures[2], signatures[1] }).ja4)
  end)

  -- The same text: first and last character of the first protocol.
  it("writes the first protocol as the text has it", function()
    local cases = {
      { "h2", "h2" },
      { "http/1.1", "h1" },
      { "x", "xx" },
      { "\xab", "ab" },
      { "\xab\xcd", "ad" },
      { "\x30\xab", "3b" },
      { "\x30\x31\xab\xcd", "3d" },
      { "\x30\xab\xcd\x31", "01" },
      { "a-", "6d" },
    }
    for _, case in ipairs(cases) do
      local hello = read({ extensions = { { extension.alpn(case[1], "zz") } } })
      assert.equal(case[2], hello.ja4:sub(9, 10), case[1])
    end
    assert.equal("00", read({}).ja4:sub(9, 10))
  end)

  it("has the highest version that is offered", function()
    local cases = { [0x0002] = "s2", [0x0300] = "s3", [0x0302] = "11", [0x7f1c] = "00" }
    for version, text in pairs(cases) do
      assert.equal(text, read({ version = version }).ja4:sub(2, 3))
      local list = { { extension.supported_versions({ 0x0001, version }) } }
      assert.equal(text, read({ extensions = list }).ja4:sub(2, 3))
    end
  end)
end)

describe("our own ClientHello", function()
  local function own(options)
    local two = pair.new(options)
    two.client:handshake()
    return assert(core.client_hello(hellos.unwrap(two.client:drain())))
  end

  it("offers what the context says", function()
    local hello = own({ client = { alpn = { "h2", "http/1.1" } } })
    assert.equal("localhost", hello.server_name)
    assert.same({ "TLS 1.3", "TLS 1.2" }, hello.supported_versions)
    assert.same({ "h2", "http/1.1" }, hello.alpn)
    assert.equal("x25519", hello.groups[1])
    assert.same({ "x25519" }, hello.key_shares)
    assert.is_false(hello.has_early_data)
    for _, name in ipairs(hello.cipher_suites) do
      assert.matches("^TLS_", name)
    end
  end)

  it("has no supported_versions in TLS 1.2 alone", function()
    local hello = own({ client = { max_version = "1.2" } })
    assert.is_nil(hello.supported_versions)
    assert.equal("t12d", hello.ja4:sub(1, 4))
  end)

  it("names no address", function()
    local hello = own({ name = "127.0.0.1" })
    assert.is_nil(hello.server_name)
    assert.equal("t13i", hello.ja4:sub(1, 4))
  end)
end)
