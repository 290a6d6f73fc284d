-- Another handshake in a connection of TLS 1.2, where both sides allow it.

local contexts = require("spec.support.contexts")
local core = require("luatls.core")
local pair = require("spec.support.pair")
local pki = require("spec.support.pki")

local function allowed(more)
  local options = { max_version = "1.2", renegotiation = true }
  for name, value in pairs(more or {}) do
    options[name] = value
  end
  return options
end

local function connected(options)
  options = options or {}
  local two = pair.new({ client = allowed(options.client), server = allowed(options.server) })
  assert(two:handshake())
  return two
end

local function times(two)
  return { two.client:info().renegotiations, two.server:info().renegotiations }
end

-- Both sides read until nothing moves any more: what came.
local function settle(two)
  local heard = { client = "", server = "" }
  repeat
    for side in pairs(heard) do
      repeat
        local data, why = two[side]:read()
        assert(data ~= nil, why)
        if why == "callback" then two[side]:callback() end
        heard[side] = heard[side] .. (data or "")
      until not data and why ~= "callback"
    end
  until two:carry() == 0
  return heard
end

describe("a server that asks for another handshake", function()
  it("gets it when the client reads", function()
    local two = connected()
    assert.is_true(two.server:renegotiate())
    assert.same({ client = "", server = "" }, settle(two))
    assert.same({ 1, 1 }, times(two))
    assert.is_true(two.client:info().verified)
    two.client:write("after")
    assert.equal("after", settle(two).server)
  end)

  it("gets it again and again", function()
    local two = connected()
    for i = 1, 5 do
      assert.is_true(two.server:renegotiate())
      two.client:write("ping")
      two.server:write("pong")
      assert.same({ server = "ping", client = "pong" }, settle(two))
      assert.same({ i, i }, times(two))
    end
  end)

  it("may be ignored, and is refused by who does not allow it", function()
    local two = pair.new({ client = { max_version = "1.2" }, server = allowed() })
    assert(two:handshake())
    for _ = 1, 20 do
      assert.is_true(two.server:renegotiate())
      two.client:write("still here")
      assert.equal("still here", settle(two).server)
    end
    assert.same({ 0, 0 }, times(two))
  end)

  it("gets byte by byte what it asks for", function()
    local two = connected()
    two.at_once = 1
    two.server:renegotiate()
    settle(two)
    assert.same({ 1, 1 }, times(two))
  end)

  it("gets data that was written before the client knew", function()
    local two = connected()
    two.server:renegotiate()
    two.client:write("on its way")
    assert.equal("on its way", settle(two).server)
    assert.same({ 1, 1 }, times(two))
  end)

  it("gets the client's certificate again, of the function that chooses it", function()
    local asked = 0
    local two = connected({
      client = {
        on_certificate_request = function()
          asked = asked + 1
          return pki.client().chain, pki.client().key
        end,
      },
      server = { client_auth = "required", trust = pki.root().chain },
    })
    two.server:renegotiate()
    settle(two)
    assert.same({ 1, 1 }, times(two))
    assert.equal(2, asked)
    assert.equal(2, #two.server:peer_chain() + 1)
  end)

  it("fails the connection when the verdict is another one now", function()
    local allows = true
    local two = connected({
      client = {
        on_verify = function()
          return allows or nil, "not any more"
        end,
      },
    })
    allows = false
    two.server:renegotiate()
    two:carry()
    two.client:read()
    two:carry()
    two.server:read()
    two:carry()
    local data, err = two.client:read()
    assert.is_nil(data)
    assert.equal("verify", err.kind)
    assert.equal(err, select(2, two.client:write("x")))
  end)
end)

describe("a client that begins another handshake", function()
  it("is done when the handshake is", function()
    local two = connected()
    local done, want
    repeat
      done, want = two.client:renegotiate()
      assert.is_not_nil(done, want)
      two:carry()
      two.server:read()
      two:carry()
    until done
    assert.same({ 1, 1 }, times(two))
    two.server:write("after")
    assert.equal("after", settle(two).client)
  end)

  it("knows at every byte of it who the server is", function()
    local two = connected()
    local leaf = two.client:peer_chain()[1]:fingerprint()
    two.client:renegotiate()
    two:carry()
    two.server:read()
    local bytes = two.server:drain()
    for i = 1, #bytes do
      two.client:feed(bytes:sub(i, i))
      assert.is_false(two.client:read())
      assert.is_true(two.client:info().handshake_done)
      assert.equal(leaf, two.client:peer_chain()[1]:fingerprint())
    end
  end)

  it("reads first what the server had sent", function()
    local two = connected()
    two.server:write(("x"):rep(40000))
    assert.same({ false, "read" }, { two.client:renegotiate() })
    assert.equal(40000, #settle(two).client)
    assert.same({ 1, 1 }, times(two))
  end)

  it("reads it also in pieces", function()
    local two = connected()
    two.server:write("abc")
    two.client:renegotiate()
    two:carry()
    assert.equal("a", two.client:read(1))
    assert.same({ false, "read" }, { two.client:renegotiate() })
    assert.same({ false, "read" }, { two.client:write("x") })
    assert.equal("bc", two.client:read())
    settle(two)
    assert.is_true(two.client:renegotiate())
    assert.equal(1, two.client:write())
    assert.equal("x", settle(two).server)
    assert.same({ 1, 1 }, times(two))
  end)

  it("is told when the server refuses", function()
    local two = pair.new({ client = allowed(), server = { max_version = "1.2" } })
    assert(two:handshake())
    two.client:renegotiate()
    two:carry()
    assert.same({ false, "read" }, { two.server:read() })
    two:carry()
    local done, err = two.client:renegotiate()
    assert.is_nil(done)
    assert.same(
      { "alert", "no_renegotiation", "received" },
      { err.kind, err.alert.name, err.alert.direction }
    )
  end)

  it("can still say goodbye", function()
    local two = connected()
    two.client:renegotiate()
    assert.is_true(two.client:shutdown())
    two:carry()
    local data, err
    repeat
      data, err = two.server:read()
    until data ~= ""
    assert.is_nil(data)
    assert.is_not_nil(err)
  end)

  it("hears that the server says goodbye", function()
    local two = connected()
    two.server:shutdown()
    two.client:renegotiate()
    two:carry()
    local data, err = two.client:read()
    assert.is_nil(data)
    assert.equal("closed", err.kind)
  end)
end)

describe("another handshake", function()
  local function refusal(two, side, message)
    local done, err = two[side]:renegotiate()
    assert.is_nil(done)
    assert.equal("config", err.kind)
    assert.matches(message, err.message, 1, true)
    two[side]:write("goes on")
    two:carry()
    assert.equal("goes on", two[side == "client" and "server" or "client"]:read())
  end

  it("is off by default", function()
    local two = pair.new({ client = { max_version = "1.2" } })
    assert(two:handshake())
    refusal(two, "client", "renegotiation is off")
    refusal(two, "server", "renegotiation is off")
  end)

  it("is not there in TLS 1.3", function()
    local two = pair.new({ client = { renegotiation = true }, server = { renegotiation = true } })
    assert(two:handshake())
    refusal(two, "client", "TLS 1.3 has no renegotiation")
  end)

  it("is refused as an option where it cannot be", function()
    for _, options in ipairs({
      { min_version = "1.3" },
      { transport = "datagram" },
      { renegotiation = "yes" },
    }) do
      options.role, options.trust = "client", pki.root().chain
      if options.renegotiation == nil then options.renegotiation = true end
      assert.has_error(function()
        core.context(options)
      end)
    end
  end)

  it("leaves a session that can be resumed", function()
    local two = connected()
    two.server:renegotiate()
    settle(two)
    local session = assert(two.client:session())
    local client = contexts.client("1.2"):connection({ name = "localhost", session = session })
    assert.is_truthy(client)
  end)

  it("ends after too many without data", function()
    local two = connected()
    local failed
    for _ = 1, 40 do
      two.client:renegotiate()
      two:carry()
      two.server:read()
      two:carry()
      local _, err = two.client:read()
      two:carry()
      failed = failed or type(err) == "table" and err
    end
    assert.equal("protocol", failed and failed.kind)
    assert.matches("without data", failed.message)
  end)
end)
