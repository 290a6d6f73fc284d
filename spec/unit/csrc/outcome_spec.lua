local core = require("luatls.core")
local pair = require("spec.support.pair")
local pki = require("spec.support.pki")

-- What the first handshake of `conn` says when the peer sends `bytes`.
local function answer(conn, bytes)
  conn:feed(bytes)
  local done, err = conn:handshake()
  assert.is_nil(done)
  return err
end

describe("what is not TLS", function()
  local texts = {
    client = {
      { "HTTP/1.1 400 Bad Request\r\n\r\n", "this port speaks plain HTTP, not TLS" },
      { "220 mail.example ESMTP\r\n", "perhaps it wants STARTTLS first" },
      { "SSH-2.0-OpenSSH_9.2\r\n", "speaks plain text" },
    },
    server = {
      { "GET / HTTP/1.1\r\n\r\n", "the client sent plain HTTP to a TLS port" },
      { "POST /x HTTP/1.1\r\n\r\n", "the client sent plain HTTP to a TLS port" },
      { "CONNECT a:443 HTTP/1.1\r\n\r\n", "the client sent plain HTTP to a TLS port" },
      { "EHLO mail.example\r\n", "plain text" },
    },
  }
  for role, cases in pairs(texts) do
    for _, case in ipairs(cases) do
      it(("is recognized by a %s: %s"):format(role, case[1]:sub(1, 12)), function()
        local err = answer(pair.new()[role], case[1])
        assert.equal("protocol", err.kind)
        assert.matches("not a TLS record", err.message)
        assert.matches(case[2], err.hint, 1, true)
      end)
    end
  end

  it("gets no such hint when it is binary", function()
    local err = answer(pair.new().client, ("\1\2\3\4"):rep(10))
    assert.equal("protocol", err.kind)
    assert.is_nil(err.hint)
  end)
end)

describe("a failure", function()
  it("names an alert, who sent it, and what it means", function()
    local err = answer(pair.new().client, "\21\3\3\0\2\2\40")
    assert.equal("alert", err.kind)
    assert.same({ code = 40, name = "handshake_failure", direction = "received" }, err.alert)
    assert.equal(
      "localhost sent alert handshake_failure (40): no version, cipher suite or group in common",
      err.message
    )
  end)

  it("names alerts that are not assigned", function()
    local err = answer(pair.new().client, "\21\3\3\0\2\2\199")
    assert.same({ code = 199, name = "unknown", direction = "received" }, err.alert)
  end)

  it("tells that there is no version in common", function()
    local two = pair.new({ client = { max_version = "1.2" }, server = { min_version = "1.3" } })
    local _, client, server = two:handshake()
    assert.equal("alert", client.kind)
    assert.equal("protocol", server.kind)
    assert.equal("protocol_version", client.alert.name)
  end)

  it("tells that there is no protocol in common", function()
    local two = pair.new({ client = { alpn = { "h2" } }, server = { alpn = { "x" } } })
    local _, client, server = two:handshake()
    assert.equal("no_application_protocol", client.alert.name)
    assert.matches("no application protocol", server.message)
    assert.equal("sent", server.alert.direction)
  end)

  it("tells the step it happened in", function()
    local err = answer(pair.new().client, "\21\3\3\0\2\2\40")
    assert.equal("handshake", err.phase)
    assert.equal("server_hello", err.step)
  end)

  it("is the same object ever after", function()
    local conn = pair.new().client
    local err = answer(conn, "\21\3\3\0\2\2\40")
    for _, method in ipairs({ "handshake", "step", "read", "write", "shutdown" }) do
      assert.equal(err, select(2, conn[method](conn, method == "write" and "x" or nil)))
    end
    assert.matches("failed", tostring(conn))
  end)

  it("asks whether a silent port is one for TLS", function()
    local conn = pair.new().client
    conn:handshake()
    conn:feed_end()
    local _, err = conn:handshake()
    assert.equal("truncated", err.kind)
    assert.equal("localhost ended the stream during the TLS handshake", err.message)
    assert.matches("is this a TLS port", err.hint)
  end)

  it("asks nothing of the kind about a client that says nothing", function()
    local conn = pair.new().server
    conn:handshake()
    conn:feed_end()
    local _, err = conn:handshake()
    assert.equal("the client ended the stream during the TLS handshake", err.message)
    assert.matches("port scans do so", err.hint)
  end)
end)

-- RSA signatures have one length, so that handshakes of one kind are equally
-- long.
local function fixed_pair(version)
  local identity = pki.server("rsa")
  return pair.new({
    client = { max_version = version },
    server = { certificate = identity.chain, key = identity.key },
  })
end

-- Everything one side says in a handshake, in the order of its bytes.
local function record(version, role)
  local two = fixed_pair(version)
  local from = two[role]
  local said = {}
  local drain = from.drain
  local proxy = setmetatable({
    drain = function(_, max)
      local bytes = drain(from, max)
      table.insert(said, bytes)
      return bytes
    end,
    feed = function(_, ...)
      return from:feed(...)
    end,
    handshake = function()
      return from:handshake()
    end,
  }, { __index = from })
  two[role] = proxy
  assert(two:handshake())
  return table.concat(said)
end

-- A peer that stops after `count` bytes. The other side's answers are real as
-- long as the stopped one would have answered.
local function stop_after(version, role, count)
  local two = fixed_pair(version)
  local speaker, listener = two[role], role == "client" and two.server or two.client
  local sent = 0
  repeat
    speaker:handshake()
    local bytes = speaker:drain()
    bytes = bytes:sub(1, count - sent)
    sent = sent + #bytes
    if #bytes > 0 then listener:feed(bytes) end
    local done, why = listener:handshake()
    if done ~= false then return done, why end
    local back = listener:drain()
    if #back > 0 then speaker:feed(back) end
  until #bytes == 0 and #back == 0
  listener:feed_end()
  return listener:handshake()
end

for _, version in ipairs({ "1.2", "1.3" }) do
  for _, role in ipairs({ "client", "server" }) do
    it(("a %s that stops after any byte of TLS %s is truncated"):format(role, version), function()
      local total = #record(version, role)
      for count = 0, total - 1 do
        local done, err = stop_after(version, role, count)
        if done then
          -- The last message is the other side's; this one was complete.
          assert.is_true(count > total // 2)
        else
          assert.equal("truncated", err.kind, ("after %d of %d bytes"):format(count, total))
          assert.equal("handshake", err.phase)
        end
      end
      assert.is_true((stop_after(version, role, total)))
    end)
  end
end

describe("a handshake with one byte changed", function()
  for _, role in ipairs({ "client", "server" }) do
    it("fails with an error object or succeeds, but never hangs: " .. role, function()
      local kinds = {}
      for position = 1, 400 do
        local two = pair.new()
        local speaker = two[role]
        local seen = 0
        local real = getmetatable(speaker).__index
        two[role] = setmetatable({}, {
          __index = function(_, name)
            return function(_, ...)
              local result, why = real[name](speaker, ...)
              if name ~= "drain" then return result, why end
              local at = position - seen
              seen = seen + #result
              if at < 1 or at > #result then return result end
              local byte = string.char(result:byte(at) ~ 0x55)
              return result:sub(1, at - 1) .. byte .. result:sub(at + 1)
            end
          end,
        })
        local done, client, server = two:handshake()
        for _, err in pairs({ client, server }) do
          kinds[err.kind] = (kinds[err.kind] or 0) + 1
          assert.is_string(err.message)
        end
        assert.is_boolean(done)
      end
      assert.is_true((kinds.protocol or 0) > 0)
    end)
  end
end)

describe("an engine", function()
  it("gives kind io for a descriptor that is none", function()
    local context = core.context({ role = "client", trust = pki.root().chain })
    local conn = context:connection({ name = "localhost", fd = 1000000 })
    local done, err = conn:handshake()
    assert.is_nil(done)
    assert.equal("io", err.kind)
    assert.equal("cannot send to the peer: Bad file descriptor", err.message)
  end)
end)
