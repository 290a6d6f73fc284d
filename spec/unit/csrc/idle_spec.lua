-- Peers that keep a connection busy with what brings nothing.

local contexts = require("spec.support.contexts")
local intruder = require("spec.support.intruder")
local pair = require("spec.support.pair")
local records = require("spec.support.records")

local OTHER <const> = { client = "server", server = "client" }
local MOST <const> = 32 -- in a row
local HIGH_WATER <const> = 256 * 1024 -- bytes that wait unread (docs/closing.md)

local USER_CANCELED <const> = "\1\90" -- a warning that both versions know
local TICKET <const> = "\4\0\0\19\0\0\14\16\0\0\0\0\2xx\0\4tttt\0\0"
local HELLO_REQUEST <const> = "\0\0\0\0"
local CLIENT_HELLO <const> = "\1\0\0\0"

-- What can be sent in a row, by version and the victim's role.
local function kinds(version, role)
  local list = {
    ["empty records"] = function(evil)
      evil:say(intruder.DATA, "")
    end,
    warnings = function(evil)
      evil:say(intruder.ALERT, USER_CANCELED)
    end,
  }
  if version == "1.3" then
    list["new keys"] = function(evil)
      evil:say(intruder.HANDSHAKE, "\24\0\0\1\0")
      evil:rekey()
    end
    list["new keys byte by byte"] = function(evil)
      evil:say(intruder.HANDSHAKE, "\24\0\0\1\0", 1)
      evil:rekey()
    end
  end
  if version == "1.3" and role == "client" then
    list.tickets = function(evil)
      evil:say(intruder.HANDSHAKE, TICKET)
    end
  elseif version == "1.2" then
    list["wishes to renegotiate"] = function(evil)
      evil:say(intruder.HANDSHAKE, role == "client" and HELLO_REQUEST or CLIENT_HELLO)
    end
  end
  return list
end

local function repeated(evil, count, say)
  for _ = 1, count do
    say(evil)
  end
end

local function assert_refused(evil)
  local data, err = evil.victim:read()
  assert.is_nil(data)
  assert.equal("protocol", err.kind)
  assert.matches("more than 32 messages in a row without data", err.message)
  assert.same({ "unexpected_message", "sent" }, { err.alert.name, err.alert.direction })
  local heard = evil:hear()
  assert.same({ type = intruder.ALERT, bytes = "\2\10" }, heard[#heard])
end

local function assert_reads(evil, text)
  evil:say(intruder.DATA, text)
  assert.equal(text, evil.victim:read())
end

for _, version in ipairs({ "1.2", "1.3" }) do
  for role, from in pairs(OTHER) do
    describe(("a %s of TLS %s"):format(role, version), function()
      for name, say in pairs(kinds(version, role)) do
        it(
          ("takes %d %s in a row, and data after them, again and again"):format(MOST, name),
          function()
            local evil = intruder.new(version, from)
            for i = 1, 3 do
              repeated(evil, MOST, say)
              assert_reads(evil, "data " .. i)
            end
          end
        )

        it(("takes no more %s than that"):format(name), function()
          local evil = intruder.new(version, from)
          repeated(evil, MOST + 1, say)
          assert_refused(evil)
        end)

        it(("costs nothing more with 100,000 %s"):format(name), function()
          local evil = intruder.new(version, from)
          repeated(evil, MOST + 1, say)
          assert_refused(evil)
          local _, err = evil.victim:read()
          local before = evil.victim:info().records_in
          local more, taken = evil:seal(intruder.DATA, ""), 0
          for _ = 1, 100000 do
            taken = taken + evil.victim:feed(more)
          end
          assert.equal(err, select(2, evil.victim:read()))
          assert.equal(before, evil.victim:info().records_in)
          assert.is_true(taken <= HIGH_WATER)
        end)

        it(("takes no more %s than that, one at a time"):format(name), function()
          local evil = intruder.new(version, from)
          for _ = 1, MOST do
            say(evil)
            assert.same({ false, "read" }, { evil.victim:read() })
          end
          say(evil)
          assert_refused(evil)
        end)
      end

      it("counts all kinds together", function()
        local evil, list = intruder.new(version, from), {}
        for _, say in pairs(kinds(version, role)) do
          list[#list + 1] = say
        end
        for i = 0, MOST do
          list[i % #list + 1](evil)
        end
        assert_refused(evil)
      end)
    end)
  end
end

describe("a peer that sends 100,000 empty records", function()
  it("is refused after the first few, and costs nothing more", function()
    local evil = intruder.new("1.3", "client")
    local before = evil.victim:info().records_in
    local flood = {}
    for i = 1, 1000 do
      flood[i] = evil:seal(intruder.DATA, "")
    end
    assert(evil.victim:feed(table.concat(flood)) > 0)
    assert_refused(evil)
    assert.is_true(evil.victim:info().records_in - before <= MOST + 2)
  end)
end)

describe("a peer that renews its keys 100,000 times, and says a byte each time", function()
  it("is heard, and nothing gathers", function()
    local two = pair.join(
      contexts.client("1.3"):connection({ name = "localhost" }),
      contexts.server():connection()
    )
    assert(two:handshake())
    assert.same({ false, "read" }, { two.client:read() })
    local client, server = two.client, two.server
    local function renew(count)
      for i = 1, count do
        client:update_keys(i % 100 == 0)
        client:write("x")
        server:feed(client:drain())
        if server:read() ~= "x" then error("it was not heard") end
      end
      collectgarbage()
      return collectgarbage("count")
    end
    local before = renew(1000)
    assert.is_true(renew(99000) - before < 1)
    assert.equal(100000, server:info().key_updates_in)
    assert.equal(0, server:info().key_updates_out)
    assert.equal("", server:drain())
    server:write("y")
    client:feed(server:drain())
    assert.equal("y", client:read())
    assert.equal(1, server:info().key_updates_out)
  end)
end)

describe("messages in one record", function()
  it("are counted one by one", function()
    local evil = intruder.new("1.2", "server")
    evil:say(intruder.HANDSHAKE, HELLO_REQUEST:rep(4096))
    assert_refused(evil)
  end)

  it("are counted as tickets too", function()
    local evil = intruder.new("1.3", "server")
    evil:say(intruder.HANDSHAKE, TICKET:rep(MOST + 1))
    assert_refused(evil)
  end)
end)

describe("before the handshake is done", function()
  local WARNING <const> = records.join({ type = 21, version = 0x0303, body = USER_CANCELED })
  local CHANGE <const> = records.join({ type = 20, version = 0x0303, body = "\1" })

  local function refused(conn, bytes)
    conn:feed(bytes:rep(MOST + 1))
    local done, err = conn:handshake()
    assert.is_nil(done)
    assert.equal("protocol", err.kind)
    assert.matches("more than 32 messages in a row without data", err.message)
  end

  for _, version in ipairs({ "1.2", "1.3" }) do
    it("a client of TLS " .. version .. " takes so many warnings", function()
      local conn = contexts.client(version):connection({ name = "localhost" })
      conn:handshake()
      refused(conn, WARNING)
    end)
  end

  it("a server takes so many warnings", function()
    refused(contexts.server():connection(), WARNING)
  end)

  it("a server of TLS 1.3 takes so many ChangeCipherSpecs", function()
    local client = contexts.client("1.3"):connection({ name = "localhost" })
    local server = contexts.server():connection()
    client:handshake()
    server:feed(client:drain())
    server:handshake()
    refused(server, CHANGE)
  end)
end)
