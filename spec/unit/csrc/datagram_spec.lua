-- DTLS 1.2 in memory: what crosses between client and server are datagrams.

local core = require("luatls.core")
local datagrams = require("spec.support.datagrams")
local network = require("spec.support.network")
local pki = require("spec.support.pki")
local signer = require("spec.support.signer")
local tls = require("luatls")

local PEER <const> = "192.0.2.7:50123"
local HELLO_VERIFY_REQUEST <const> = 3

local client, server = datagrams.client(), datagrams.server()

-- Two that have shaken hands.
local function open(options)
  local net = network.new(options or { contexts = { client, server } })
  assert.is_true(net:handshake())
  return net
end

-- The type of the handshake message that a datagram begins with.
local function message(datagram)
  return datagram:byte(14)
end

describe("a context for datagrams", function()
  local function check(options, pattern)
    local complete = { role = "server", transport = "datagram" }
    for key, value in pairs(options) do
      complete[key] = value
    end
    local ok, err = pcall(core.context, complete)
    assert.is_false(ok)
    assert.matches(pattern, err)
  end

  local cases = {
    { { transport = "packet" }, 'bad option "transport"' },
    { { max_version = "1.3" }, "TLS 1.3 is asked for" },
    { { min_version = "1.3" }, "TLS 1.3 is asked for" },
    { { policy = "modern" }, "TLS 1.3 is asked for" },
    { { cipher_suites = { "TLS_AES_128_GCM_SHA256" } }, "none of them is for TLS 1.2" },
    { { hosts = {} }, 'bad option "hosts" %(it is not for datagrams' },
    { { on_client_hello = print }, 'bad option "on_client_hello" %(it is not for datagrams' },
    { { mtu = 507 }, 'bad option "mtu"' },
    { { mtu = 16385 }, 'bad option "mtu"' },
    { { mtu = 1200, transport = "stream" }, 'it is for transport = "datagram"' },
  }
  for i, case in ipairs(cases) do
    it("refuses what is not for them, case " .. i, function()
      check(case[1], case[2])
    end)
  end

  it("tells what it is for", function()
    assert.equal("datagram", client:transport())
    assert.equal(
      "stream",
      core.context({ role = "client", insecure_skip_verify = true }):transport()
    )
    assert.is_true(core.features.dtls)
  end)

  it("is nothing for a stream", function()
    local ok, err = pcall(tls.connect, "localhost", 1, { context = client })
    assert.is_false(ok)
    assert.matches("the context is for datagrams", err)
  end)
end)

describe("a connection over datagrams", function()
  local refused = {
    { server, {}, 'needs option "peer"' },
    { server, { peer = "" }, 'bad option "peer"' },
    { server, { peer = PEER, fd = 0 }, 'bad option "fd"' },
    { client, { name = "localhost", peer = PEER }, 'bad option "peer"' },
    { client, {}, 'needs option "name"' },
  }
  for i, case in ipairs(refused) do
    it("refuses what is not for it, case " .. i, function()
      local ok, err = pcall(case[1].connection, case[1], case[2])
      assert.is_false(ok)
      assert.matches(case[3], err)
    end)
  end

  it("says what it is", function()
    local net = open()
    local info = net.server:info()
    assert.equal("DTLS 1.2", info.version)
    assert.equal("x25519", info.group)
    assert.equal("ecdsa_secp256r1_sha256", info.signature_algorithm)
    assert.equal(PEER, info.peer)
    assert.is_true(info.reachable and info.forward_secrecy)
    assert.is_true(net.client:info().verified)
    assert.equal("luatls.connection (client, DTLS 1.2, open)", tostring(net.client))
    assert.is_nil(net.client:info().reachable)
  end)

  it("reads what was written as it was divided", function()
    local net = open()
    for _, text in ipairs({ "one", "two", ("3"):rep(1000) }) do
      assert.equal(#text, net.client:write(text))
    end
    net:carry()
    assert.equal("one", net.server:read())
    assert.equal("t", net.server:read(1))
    assert.equal("wo", net.server:read())
    assert.equal(("3"):rep(1000), net.server:read())
    assert.same({ false, "read" }, { net.server:read() })
    assert.equal("several strings", net:say("server", "several", " ", "strings"))
  end)

  it("gives one datagram for each drain, none larger than its mtu", function()
    for _, mtu in ipairs({ 508, 1200, 1400 }) do
      local largest = 0
      local net = open({
        client = { mtu = mtu },
        server = { mtu = mtu },
        fate = function(_, datagram)
          largest = math.max(largest, #datagram)
          return datagram
        end,
      })
      local most = net.client:max_message()
      assert.equal(most, #net:say("client", ("x"):rep(most)))
      assert.equal(mtu, largest)
    end
    assert.has_error(function()
      open().client:drain(100)
    end)
  end)

  it("refuses a message that does not fit, and goes on", function()
    local net = open()
    local most = net.client:max_message()
    for _, size in ipairs({ most + 1, 16384, 100000 }) do
      local sent, err = net.client:write(("x"):rep(size))
      assert.is_nil(sent)
      assert.equal("config", err.kind)
      assert.matches("the most is " .. most, err.message)
    end
    assert.equal("", net.client:drain())
    net:check()
    local early = client:connection({ name = "localhost" })
    assert.is_nil(early:max_message())
  end)

  it("has a deadline while it waits for the peer", function()
    local net = network.new()
    assert.is_nil(net.client:deadline())
    net.client:handshake()
    assert.is_true(net.client:deadline() > 0.5 and net.client:deadline() <= 1)
    net:handshake()
    assert.is_nil(net.client:deadline())
    assert.is_nil(net.server:deadline())
    net.client:close()
    assert.is_nil(net.client:deadline())
  end)

  it("ends with close_notify", function()
    local net = open()
    assert.is_true(net.client:shutdown())
    net:carry()
    local data, err = net.server:read()
    assert.is_nil(data)
    assert.equal("closed", err.kind)
    assert.equal("last words", net:say("server", "last words"))
  end)

  it("takes no more than it has room for", function()
    local net = open()
    local total, datagram = 0, ("x"):rep(1000)
    while net.server:feed(datagram) > 0 do
      total = total + #datagram
      assert.is_true(total <= 256 * 1024)
    end
    assert.is_false(net.server:read())
    net:check()
  end)

  it("resumes sessions by ticket and by id, of datagrams only", function()
    for _, tickets in ipairs({ true, false }) do
      local both = { client, datagrams.server({ tickets = tickets }) }
      local session = open({ contexts = both }).client:session()
      local again = open({ contexts = both, session = session })
      assert.is_true(again.client:info().resumed)
      assert.is_true(again.server:info().resumed)
      again:check()
    end
    local session = open().client:session()
    local stream = core.context({
      role = "client",
      trust = pki.root().chain,
      max_version = "1.2",
    })
    local conn = stream:connection({ name = "localhost", session = session })
    local fresh = stream:connection({ name = "localhost" })
    conn:handshake()
    fresh:handshake()
    assert.equal(#fresh:drain(), #conn:drain())
  end)

  it("counts a ticket once that came with two hellos", function()
    local both = { client, datagrams.server({ single_use_tickets = true }) }
    local session = open({ contexts = both }).client:session()
    assert.is_true(open({ contexts = both, session = session }).client:info().resumed)
    local counts = both[2]:statistics().tickets
    assert.same({ 1, 0 }, { counts.taken, counts.replayed })
    assert.is_false(open({ contexts = both, session = session }).client:info().resumed)
  end)

  it("takes client certificates, pre-shared keys and exports secrets", function()
    local me = pki.client()
    local net = open({
      client = { certificate = me.chain, key = me.key },
      server = { client_auth = "required", trust = pki.root().chain },
    })
    assert.equal("CN=Spec Client", net.server:peer_chain()[1]:subject())
    local secret = net.client:export("EXPERIMENTAL spec", 32)
    assert.equal(secret, net.server:export("EXPERIMENTAL spec", 32))
    local key = core.random(32)
    net = open({
      client = { psk = { identity = "me", key = key } },
      server = { psk = { me = key } },
    })
    assert.equal("me", net.server:info().psk_identity)
  end)

  it("has keys elsewhere sign, and clients choose a certificate when asked", function()
    local me = pki.client()
    local asked
    local net = open({
      client = {
        on_certificate_request = function(request)
          asked = request.version
          return me.chain, signer.key(me)
        end,
      },
      server = {
        key = signer.key(pki.server()),
        client_auth = "required",
        trust = pki.root().chain,
      },
    })
    assert.equal("TLS 1.2", asked)
    assert.equal("CN=Spec Client", net.server:peer_chain()[1]:subject())
    net:check()
  end)

  it("negotiates a protocol, and tells who was asked for", function()
    local net = open({
      client = { alpn = { "coap", "stun" } },
      server = { alpn = { "stun" } },
    })
    assert.equal("stun", net.client:info().alpn)
    assert.equal("localhost", net.server:info().server_name)
  end)

  it("comes to an end, or goes on, when any byte of the handshake is wrong", function()
    local kinds = { alert = true, protocol = true, verify = true }
    local sizes = {}
    open({
      contexts = { client, server },
      fate = function(n, datagram)
        sizes[n] = #datagram
        return datagram
      end,
    })
    for victim, size in ipairs(sizes) do
      for place = 1, size, 3 do
        local net = network.new({
          contexts = { client, server },
          fate = function(n, datagram)
            if n ~= victim or place > #datagram then return datagram end
            local wrong = string.char(datagram:byte(place) ~ 1 << place % 8)
            return datagram:sub(1, place - 1) .. wrong .. datagram:sub(place + 1)
          end,
        })
        local _, ours, theirs = net:handshake()
        for _, err in ipairs({ ours or theirs, theirs }) do
          assert.is_true(kinds[err.kind], tostring(err))
        end
      end
    end
  end)

  it("tells of a wrong pre-shared key at once", function()
    local net = network.new({
      client = { psk = { identity = "me", key = core.random(32) } },
      server = { psk = { me = core.random(32) } },
    })
    local _, ours, theirs = net:handshake()
    assert.equal("bad_record_mac", ours.alert.name)
    assert.matches("another key for its PSK identity", theirs.message)
  end)

  it("refuses a server that is somebody else", function()
    local conn = client:connection({ name = "other.example" })
    local net = network.new({ contexts = { client, server } })
    net.client = conn
    local done, err = net:handshake()
    assert.is_false(done)
    assert.equal("verify", err.kind)
  end)
end)

describe("a cookie", function()
  -- A client's hello, and the server's answer to it.
  local function greet(conn, hello)
    conn:feed(hello)
    assert.same({ false, "read" }, { conn:handshake() })
    return conn:drain()
  end

  local function first_hello()
    local conn = client:connection({ name = "localhost" })
    conn:handshake()
    return conn, conn:drain()
  end

  -- A second hello, with the cookie for `peer`.
  local function second_hello(peer)
    local conn, hello = first_hello()
    conn:feed(greet(server:connection({ peer = peer }), hello))
    conn:handshake()
    return conn:drain()
  end

  it("is demanded first, in fewer bytes than came", function()
    local _, hello = first_hello()
    local conn = server:connection({ peer = PEER })
    local answer = greet(conn, hello)
    assert.equal(HELLO_VERIFY_REQUEST, message(answer))
    assert.is_true(#answer < #hello)
    assert.equal("", conn:drain())
    assert.is_false(conn:info().reachable)
    assert.is_nil(conn:deadline())
  end)

  it("is good for any connection of the context, so that none must be kept", function()
    local conn = server:connection({ peer = PEER })
    assert.is_true(#greet(conn, second_hello(PEER)) > 500)
    assert.is_true(conn:info().reachable)
    assert.is_true(conn:deadline() > 0)
  end)

  local function check(hello, ctx)
    local conn = (ctx or server):connection({ peer = PEER })
    for _ = 1, 3 do
      assert.equal(HELLO_VERIFY_REQUEST, message(greet(conn, hello)))
      assert.is_false(conn:info().reachable)
    end
    greet(conn, second_hello(PEER))
  end

  it("is for one address", function()
    check(second_hello("192.0.2.7:50124"))
    check(second_hello("192.0.2.8:50123"))
  end)

  it("is of one context", function()
    check(second_hello(PEER), datagrams.server())
  end)

  it("is not to be guessed", function()
    local hello = second_hello(PEER)
    local _, first = first_hello()
    local at = hello:find("localhost", 1, true) and #first -- it is in the hello's middle
    assert.is_true(at < #hello)
    -- Record, message, version, random, session id: then the cookie and its length.
    local start = 13 + 12 + 2 + 32 + 1 + 1
    assert.equal(32, hello:byte(start))
    for i = start + 1, start + 32 do
      local wrong = string.char(hello:byte(i) ~ 1)
      check(hello:sub(1, i - 1) .. wrong .. hello:sub(i + 1))
    end
  end)

  it("is not replaced by bad hellos, which end nothing", function()
    local _, hello = first_hello()
    local conn = server:connection({ peer = PEER })
    for cut = 26, #hello do
      local body = hello:sub(26, cut)
      local head = string.pack(">BI3I2I3I3", 1, #body, 0, 0, #body)
      local record = string.pack(">BI2I2I6s2", 22, 0xfefd, 0, cut, head .. body)
      conn:feed(record)
      assert.is_false(conn:handshake())
    end
    assert.is_false(conn:info().reachable)
    conn:drain()
    local net = network.new({ contexts = { client, server } })
    net.server = server:connection({ peer = PEER })
    net.server:feed("\21\254\253\0\0\0\0\0\0\0\9\0\2\2\40") -- a fatal alert of anybody
    assert.is_true(net:handshake())
  end)
end)

describe("an open connection over datagrams", function()
  local function unharmed(attack)
    local net = open()
    attack(net)
    assert.same({ false, "read" }, { net.server:read() })
    net:check()
  end

  it("reads a datagram once that comes again", function()
    local net = open()
    net.client:write("once")
    local datagram = net.client:drain()
    for _ = 1, 3 do
      net.server:feed(datagram)
    end
    assert.equal("once", net.server:read())
    assert.is_false(net.server:read())
    net:check()
  end)

  it("reads datagrams that come in another order, unless very late", function()
    local net = open()
    local sent = {}
    for i = 1, 100 do
      net.client:write(tostring(i))
      sent[i] = net.client:drain()
    end
    for i = 100, 1, -1 do
      net.server:feed(sent[i])
    end
    for i = 100, 37, -1 do
      assert.equal(tostring(i), net.server:read())
    end
    assert.is_false(net.server:read()) -- RFC 6347, 4.1.2.6: a window of 64
    net:check()
  end)

  it("drops what was changed or made up, a thousand times", function()
    unharmed(function(net)
      net.client:write("something")
      local datagram = net.client:drain()
      for i = 1, 1000 do
        local place = i % #datagram + 1
        local wrong = string.char(datagram:byte(place) ~ 0x55)
        net.server:feed(datagram:sub(1, place - 1) .. wrong .. datagram:sub(place + 1))
        assert.is_false(net.server:read())
      end
    end)
  end)

  it("drops what is cut off, empty, huge, or no record", function()
    unharmed(function(net)
      net.client:write("something")
      local datagram = net.client:drain()
      for cut = 0, #datagram - 1 do
        net.server:feed(datagram:sub(1, cut))
        net.server:feed(("\23\254\253"):rep(cut))
      end
      net.server:feed(("x"):rep(65535))
      net.server:feed(("x"):rep(100000))
    end)
  end)

  it("drops alerts and hellos of anybody", function()
    unharmed(function(net)
      net.server:feed("\21\254\253\0\0\0\0\0\0\1\0\0\2\2\40")
      net.server:feed("\21\254\253\0\1\0\0\0\0\1\0\0\2\1\0")
      local other = network.new({ contexts = { client, server } })
      other.client:handshake()
      net.server:feed(other.client:drain())
    end)
  end)
end)
