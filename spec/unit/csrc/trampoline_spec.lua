local pair = require("spec.support.pair")
local pki = require("spec.support.pki")

-- The client's failure when its on_verify is `callback`.
local function failure(callback)
  local two = pair.new({ client = { on_verify = callback } })
  local done, err = two:handshake()
  assert.is_false(done)
  assert.equal("verify", err.kind)
  return err, two
end

describe("a callback from inside the handshake", function()
  for _, version in ipairs({ "1.2", "1.3" }) do
    it("sees the chain and the name, once, in TLS " .. version, function()
      local seen = {}
      local two = pair.new({
        client = {
          max_version = version,
          on_verify = function(chain, name)
            table.insert(seen, { chain[1], name })
            return true
          end,
        },
      })
      assert.is_true(two:handshake())
      assert.same({ { pki.server().certificate, "localhost" } }, seen)
      assert.is_true(two.client:info().verified)
    end)
  end

  it("may refuse, with a reason", function()
    local err = failure(function()
      return nil, "not the pinned key"
    end)
    assert.equal("cannot verify localhost: not the pinned key", err.message)
    assert.equal("refused", err.problems[1].code)
  end)

  it("refuses when it returns nothing", function()
    assert.matches("refused by on_verify", failure(function() end).message)
  end)

  it("is not asked when verification failed already", function()
    local asked = false
    local identity = pki.flawed("expired")
    local two = pair.new({
      client = {
        on_verify = function()
          asked = true
          return true
        end,
      },
      server = { certificate = identity.chain, key = identity.key },
    })
    assert.is_false(two:handshake())
    assert.is_false(asked)
  end)

  it("may raise anything; the error is kept as the cause", function()
    local thing = { "anything" }
    for _, value in ipairs({ "text", thing, 42 }) do
      local err = failure(function()
        error(value, 0)
      end)
      assert.matches("on_verify raised an error", err.message)
      assert.equal(value, err.cause)
    end
  end)

  it("may run out of stack", function()
    local function forever()
      return 1 + forever()
    end
    local err = failure(function()
      return forever()
    end)
    assert.matches("stack overflow", err.cause)
  end)

  it("cannot yield: that is an error", function()
    local thread = coroutine.wrap(function()
      return failure(function()
        coroutine.yield()
        return true
      end)
    end)
    assert.matches("attempt to yield across a C%-call boundary", thread().cause)
  end)

  it("cannot use its connection: that is an error", function()
    local methods = { "read", "write", "handshake", "step", "shutdown", "close", "drain", "feed" }
    for _, method in ipairs(methods) do
      local two
      two = pair.new({
        client = {
          on_verify = function()
            two.client[method](two.client, "x")
            return true
          end,
        },
      })
      local done, err = two:handshake()
      assert.is_false(done)
      assert.matches("connection is busy", err.cause)
    end
  end)

  it("may use other connections", function()
    local two = pair.new({
      client = {
        on_verify = function()
          return (pair.new():handshake())
        end,
      },
    })
    assert.is_true(two:handshake())
  end)

  it("may collect garbage", function()
    local two = pair.new({
      client = {
        on_verify = function()
          collectgarbage()
          return true
        end,
      },
    })
    assert.is_true(two:handshake())
  end)

  it("may look at its connection", function()
    local two, state
    two = pair.new({
      client = {
        on_verify = function()
          state = two.client:state()
          return two.client:info().role == "client"
        end,
      },
    })
    assert.is_true(two:handshake())
    assert.equal("server_certificate", state)
  end)
end)
