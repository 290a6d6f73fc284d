local contexts = require("spec.support.contexts")
local core = require("luatls.core")
local intruder = require("spec.support.intruder")
local pair = require("spec.support.pair")
local secrets = require("spec.support.secrets")
local sockets = require("spec.support.sockets")

local OTHER <const> = { client = "server", server = "client" }
local ROLES <const> = { "client", "server" }

-- A pair whose handshake is done, and whose server has given no tickets.
local function connected(options)
  options = options or {}
  options.server = options.server or {}
  options.server.tickets = false
  local two = pair.new(options)
  assert(two:handshake())
  return two
end

-- Read everything that has been written towards `to`.
local function read_all(two, to)
  local parts = {}
  repeat
    local moved, count = two:carry(), #parts
    local data, err = to:read()
    while data do
      table.insert(parts, data)
      data, err = to:read()
    end
    assert.equal("read", err)
  until #parts == count and moved == 0
  return table.concat(parts)
end

-- What was read before the end that the peer announced.
local function read_to_end(two, to)
  local parts = {}
  two:carry()
  repeat
    local data = to:read()
    parts[#parts + 1] = data
  until not data
  return table.concat(parts)
end

-- How often each side's keys were renewed, as that side sees it.
local function updates(conn)
  local info = conn:info()
  return { info.key_updates_out, info.key_updates_in }
end

local function says(two, from, text)
  assert.equal(#text, two[from]:write(text))
  assert.equal(text, read_all(two, two[OTHER[from]]))
end

for _, role in ipairs(ROLES) do
  local other = OTHER[role]

  describe("the keys of a " .. role, function()
    for _, at_once in ipairs({ 100000, 1 }) do
      it("are renewed on request, " .. at_once .. " bytes at a time", function()
        local two = connected({ at_once = at_once })
        for i = 1, 3 do
          assert.is_true(two[role]:update_keys())
          says(two, role, "under new keys")
          says(two, other, "under the old ones")
          assert.same({ i, 0 }, updates(two[role]))
          assert.same({ 0, i }, updates(two[other]))
        end
      end)

      it("are renewed with the peer's, " .. at_once .. " bytes at a time", function()
        local two = connected({ at_once = at_once })
        assert.is_true(two[role]:update_keys(true))
        says(two, role, "please")
        assert.same({ 0, 1 }, updates(two[other]))
        says(two, other, "there you are")
        says(two, role, "thank you")
        assert.same({ 1, 1 }, updates(two[role]))
        assert.same({ 1, 1 }, updates(two[other]))
      end)
    end

    it("are renewed once for many requests in a row", function()
      local two = connected()
      for _ = 1, 20 do
        two[other]:update_keys(true)
      end
      two:carry()
      assert.same({ false, "read" }, { two[role]:read() })
      assert.equal("", two[role]:drain())
      says(two, role, "here")
      says(two, role, "and here")
      assert.same({ 1, 20 }, updates(two[role]))
    end)

    it("are renewed before as many records as option key_update_after says", function()
      local two = connected({ [role] = { key_update_after = 3 } })
      for i = 1, 10 do
        says(two, role, "record " .. i)
      end
      assert.same({ 3, 0 }, updates(two[role]))
    end)

    it("are renewed in the middle of a large write, and no byte is lost", function()
      local two = connected({ at_once = 100000, [role] = { key_update_after = 7 } })
      local text = core.random(65536):rep(64)
      local got, written = {}, two[role]:write(text)
      while not written do
        table.insert(got, read_all(two, two[other]))
        written = two[role]:write()
      end
      table.insert(got, read_all(two, two[other]))
      assert.is_true(text == table.concat(got))
      assert.is_true(updates(two[role])[1] >= 256 // 7)
    end)

    it("wait for a record that is made and not sent, which is then not sent twice", function()
      local two = connected({ at_once = 100000 })
      local text = core.random(65536):rep(6)
      assert.same({ false, "write" }, { two[role]:write(text) })
      assert.same({ false, "write" }, { two[role]:update_keys(true) })
      assert.same({ 0, 0 }, updates(two[role]))
      local got = { read_all(two, two[other]) }
      assert.is_true(two[role]:update_keys(true))
      assert.equal(#text, two[role]:write())
      table.insert(got, read_all(two, two[other]))
      assert.is_true(text == table.concat(got))
      assert.same({ 1, 0 }, updates(two[role]))
      says(two, other, "and yours")
      assert.same({ 1, 1 }, updates(two[role]))
    end)

    it("are renewed once when the message has to wait", function()
      local two = connected({ at_once = 100000, [role] = { key_update_after = 1 } })
      local record = core.random(16384)
      repeat
        local written = two[role]:write(record)
      until not written
      read_all(two, two[other])
      local before = updates(two[role])[1]
      assert.equal(#record, two[role]:write())
      assert.is_true(updates(two[role])[1] - before <= 1)
      read_all(two, two[other])
      says(two, role, "in order")
    end)

    it("are renewed when the peer has sent too much and this side is silent", function()
      local two = connected({ [role] = { key_update_after = 5 } })
      for i = 1, 16 do
        says(two, other, "record " .. i)
        assert.same({ false, "read" }, { two[other]:read() })
      end
      assert.same({ 2, 2 }, updates(two[role]))
    end)

    it("are asked for once while the peer is silent about it", function()
      local evil = intruder.new("1.3", other, { key_update_after = 2 })
      for _ = 1, 10 do
        evil:say(intruder.DATA, "x")
        assert.equal("x", evil.victim:read())
      end
      local heard = evil:hear()
      assert.equal(1, #heard)
      assert.equal("\24\0\0\1\1", heard[1].bytes)
    end)

    it("are derived as the standard says, and logged", function()
      local log = secrets.log()
      local evil = intruder.new("1.3", other, { keylog = log.sink })
      for i = 1, 3 do
        assert.is_true(evil.victim:update_keys())
        evil.victim:write("generation " .. i)
        local heard = evil:hear()
        assert.same({ "\24\0\0\1\0", "generation " .. i }, { heard[1].bytes, heard[2].bytes })
        evil:say(intruder.HANDSHAKE, "\24\0\0\1\0")
        evil:rekey()
        evil:say(intruder.DATA, "yes")
        assert.equal("yes", evil.victim:read())
        local label = "_TRAFFIC_SECRET_" .. i
        assert.equal(evil.sent_secret, evil.log.lines[other:upper() .. label])
        assert.equal(evil.heard_secret, evil.log.lines[role:upper() .. label])
      end
    end)
  end)

  describe("a " .. role .. " refuses", function()
    -- Messages that follow each other in one record.
    local cases = {
      { "a request that does not exist", "\24\0\0\1\2", "illegal_parameter" },
      { "one of the largest", "\24\0\0\1\255", "illegal_parameter" },
      { "no request", "\24\0\0\0", "decode_error" },
      { "two of them", "\24\0\0\2\0\0", "decode_error" },
      { "a message behind it in its record", "\24\0\0\1\0\24\0\0\1\0", "unexpected_message" },
      { "a part of a message behind it", "\24\0\0\1\0\4\0", "unexpected_message" },
      { "one byte behind it", "\24\0\0\1\0\0", "unexpected_message" },
    }
    for _, case in ipairs(cases) do
      local name, bytes, alert = table.unpack(case)
      for _, most in ipairs({ 16384, 3 }) do
        -- In parts, what follows is only seen when it is in the last one.
        if most > 5 or #bytes <= 6 then
          it(("%s, in records of at most %d bytes"):format(name, most), function()
            local evil = intruder.new("1.3", other)
            evil:say(intruder.HANDSHAKE, bytes, most)
            local data, err = evil.victim:read()
            assert.is_nil(data)
            assert.equal("protocol", err.kind)
            assert.same({ alert, "sent" }, { err.alert.name, err.alert.direction })
            local heard = evil:hear()
            assert.same({ type = 21, bytes = "\2" .. string.char(err.alert.code) }, heard[1])
            assert.same({ 0, 0 }, updates(evil.victim))
          end)
        end
      end
    end

    it("records under the old keys after it", function()
      local evil = intruder.new("1.3", other)
      evil:say(intruder.HANDSHAKE, "\24\0\0\1\0")
      evil:say(intruder.DATA, "old")
      local data, err = evil.victim:read()
      assert.is_nil(data)
      assert.equal("bad_record_mac", err.alert.name)
    end)

    it("it in TLS 1.2, where it does not exist", function()
      local evil = intruder.new("1.2", other)
      evil:say(intruder.HANDSHAKE, "\24\0\0\1\0")
      local data, err = evil.victim:read()
      assert.is_nil(data)
      assert.equal("protocol", err.kind)
    end)
  end)

  describe("a " .. role, function()
    it("takes it cut into pieces, byte by byte", function()
      local evil = intruder.new("1.3", other)
      evil:say(intruder.HANDSHAKE, "\24\0\0\1\1", 1)
      evil:rekey()
      evil:say(intruder.DATA, "new")
      assert.equal("new", evil.victim:read())
      assert.same({ 0, 1 }, updates(evil.victim))
    end)

    it("cannot renew keys in TLS 1.2, and says why", function()
      local two = connected({ [role] = { max_version = "1.2" } })
      local done, err = two[role]:update_keys()
      assert.is_nil(done)
      assert.equal("config", err.kind)
      assert.equal("TLS 1.2 cannot renew its keys", err.message)
      assert.is_string(err.hint)
      says(two, role, "it goes on")
    end)

    it("ends a TLS 1.2 connection that has sent all it may, cleanly", function()
      local two = connected({ [role] = { max_version = "1.2", key_update_after = 4 } })
      local record, sent = core.random(16384), 0
      repeat
        local written, err = two[role]:write(record)
        sent = sent + (written or 0)
        if not written then
          assert.equal("closed", err.kind)
          assert.matches("keys of this connection have protected all", err.message)
          assert.is_string(err.hint)
        end
      until not written
      assert.equal(4 * 16384, sent)
      assert.equal(sent, #read_to_end(two, two[other]))
      two[other]:write("last words")
      assert.equal("last words", read_all(two, two[role]))
      local _, err = two[role]:write("more")
      assert.matches("keys of this connection", err.message)
    end)

    it("may send many small records over TLS 1.2: the limit is about bytes", function()
      local two = connected({ [role] = { max_version = "1.2", key_update_after = 4 } })
      for _ = 1, 100 do
        says(two, role, "tick")
      end
    end)

    it("renews nothing after it has said that it sends no more", function()
      local two = connected()
      two[role]:shutdown()
      local done, err = two[role]:update_keys(true)
      assert.is_nil(done)
      assert.equal("closed", err.kind)
      two[other]:update_keys(true)
      two[other]:write("x")
      two:carry()
      assert.equal("x", two[role]:read())
      assert.equal("", two[role]:drain())
    end)

    it("renews nothing when it is closed, or has failed", function()
      local two = connected()
      two[other]:feed_end()
      two[other]:read()
      two[role]:close()
      assert.equal("closed", select(2, two[role]:update_keys()).kind)
      assert.equal("truncated", select(2, two[other]:update_keys()).kind)
    end)

    it("finishes its handshake first", function()
      local two = pair.new()
      two.client:handshake()
      two:carry()
      assert.same({ false, "read" }, { two[role]:update_keys() })
    end)
  end)
end

describe("new keys", function()
  it("of both sides at once cross, and both get through", function()
    local two = connected()
    for _ = 1, 3 do
      assert.is_true(two.client:update_keys(true))
      assert.is_true(two.server:update_keys(true))
      two.client:write("from the client")
      two.server:write("from the server")
      two:carry()
      assert.equal("from the client", two.server:read())
      assert.equal("from the server", two.client:read())
      says(two, "client", "again")
      says(two, "server", "again")
    end
    assert.same({ 6, 6 }, updates(two.client))
    assert.same({ 6, 6 }, updates(two.server))
  end)

  for _, suite in ipairs({
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
  }) do
    it("are made for " .. suite, function()
      local two = connected({
        client = { cipher_suites = { suite }, min_version = "1.3", key_update_after = 2 },
        server = { key_update_after = 3 },
      })
      for i = 1, 20 do
        says(two, "client", "there " .. i)
        says(two, "server", "back " .. i)
      end
      assert.is_true(updates(two.client)[1] >= 9)
      assert.is_true(updates(two.server)[1] >= 6)
    end)
  end

  it("leave what is exported as it is, and what is resumed", function()
    local two = pair.new()
    assert(two:handshake())
    local before = two.client:export("EXPORTER-test", 32)
    two.server:update_keys(true)
    says(two, "server", "x")
    says(two, "client", "x")
    assert.same({ 1, 1 }, updates(two.client))
    assert.equal(before, two.client:export("EXPORTER-test", 32))
    assert.equal(before, two.server:export("EXPORTER-test", 32))
    assert.is_truthy(two.client:session())
  end)

  it("are told by features", function()
    assert.is_true(core.features.key_update)
  end)
end)

describe("option key_update_after", function()
  for _, value in ipairs({ 0, -1, 2 ^ 37 // 1 | 0, 1.5, "1000", true }) do
    it("is no " .. tostring(value), function()
      assert.error_matches(function()
        contexts.server({ key_update_after = value })
      end, "key_update_after")
    end)
  end
end)

describe("new keys on the descriptor transport", function()
  -- A client and a server on the two ends of a TCP connection over loopback.
  local function joined(options)
    local near, far = sockets.pair()
    local function conn(context, end_of, name)
      return context:connection({ name = name, fd = math.tointeger(end_of:getfd()) })
    end
    local client = conn(contexts.client("1.3", options), near, "localhost")
    local server = conn(contexts.server(options), far)
    local done
    repeat
      done = client:handshake()
      done = server:handshake() and done
    until done
    return client, server, { near, far }
  end

  -- As far as it goes without waiting.
  local function read_what_is_there(conn, parts)
    local size, data, why = 0, conn:read()
    while data do
      parts[#parts + 1], size = data, size + #data
      data, why = conn:read()
    end
    assert.equal("read", why)
    return size
  end

  it("come between records of which the system took only a part", function()
    local client, server, ends = joined({ key_update_after = 11 })
    local text, got, size, asked = core.random(65536):rep(200), {}, 0, 0
    local written, want = client:write(text)
    repeat
      size = size + read_what_is_there(server, got)
      if not written then
        assert.equal("write", want)
        local done, why = client:update_keys(true)
        assert.is_true(done or why == "write")
        asked = asked + (done and 1 or 0)
        written, want = client:write()
      end
      assert.equal(0, read_what_is_there(client, {}))
    until written and size == #text
    assert.is_true(text == table.concat(got))
    assert.is_true(asked > 0)
    assert.equal(client:info().key_updates_out, server:info().key_updates_in)
    assert.equal(2, #ends)
  end)

  it("are not asked for when the peer renews its own in time", function()
    local client, server = joined({ key_update_after = 11 })
    for _ = 1, 200 do
      assert(client:write("tick"))
      while not server:read() do
      end
    end
    assert.same({ 18, 0 }, updates(client))
  end)
end)
