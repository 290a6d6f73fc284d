-- Tickets that are not what they were: changed, cut, of another server, and whole
-- handshakes with them played a second time. session_spec has those of another name
-- and another policy, replay_spec those that are good once.

local contexts = require("spec.support.contexts")
local core = require("luatls.core")
local grammar = require("spec.support.grammar")
local middleman = require("spec.support.middleman")
local resumption = require("spec.support.resumption")
local scenes = require("spec.support.scenes")

-- A session of TLS 1.3 whose ticket a middleman has changed on its way: it is in no
-- transcript, so nobody can notice.
local function spoiled(stage, name, change)
  local play = stage:play(function(message)
    if message.name ~= "new_session_ticket" then return nil end
    return { grammar.change("1.3", message, name, change) }
  end)
  assert.is_true(play.good)
  return assert(play.client.conn:session())
end

local function with_byte_changed(i)
  return function(ticket)
    i = math.min(i, #ticket)
    return ticket:sub(1, i - 1) .. string.char(ticket:byte(i) ~ (1 << i % 8)) .. ticket:sub(i + 1)
  end
end

describe("a ticket of TLS 1.3", function()
  local stage = middleman.stage("1.3")

  local function is_passed_over(session)
    local play = stage:play(nil, { session = session })
    assert.is_true(play.good, scenes.describe(play))
    assert.is_false(play.client.conn:info().resumed)
    assert.is_false(play.server.conn:info().resumed)
  end

  it("with any byte changed leads to a full handshake", function()
    local play = stage:play()
    local size
    for _, message in ipairs(play.script) do
      if message.name == "new_session_ticket" then size = #message.bytes end
    end
    for i = 1, size - 60, 3 do
      is_passed_over(spoiled(stage, "ticket", with_byte_changed(i)))
    end
  end)

  it("that is cut off, or longer, or random, leads to a full handshake", function()
    for _, size in ipairs({ 1, 15, 16, 27, 28, 29, 44, 60, 100 }) do
      is_passed_over(spoiled(stage, "ticket", function(ticket)
        return ticket:sub(1, size)
      end))
      is_passed_over(spoiled(stage, "ticket", function()
        return core.random(size)
      end))
    end
    is_passed_over(spoiled(stage, "ticket", function(ticket)
      return ticket .. "\0"
    end))
  end)

  it("whose nonce was changed has another key: decrypt_error", function()
    -- RFC 8446, 4.2.11.2: its binder does not fit the server's.
    local session = spoiled(stage, "ticket_nonce", with_byte_changed(1))
    scenes.refused(stage:play(nil, { session = session }), "decrypt_error", "nonce")
  end)
end)

for _, version in ipairs({ "1.2", "1.3" }) do
  describe("a handshake of TLS " .. version, function()
    local stage = middleman.stage(version)

    -- All that a client says in a connection.
    local function recorded(session)
      local parts = {}
      local play = stage:play(function(message)
        if message.from ~= "client" then return nil end
        local record = message.record
        parts[#parts + 1] = (">I1I2s2"):pack(record.type, record.version, record.body)
      end, { session = session })
      assert.is_true(play.good)
      return parts, play.client.conn:session()
    end

    -- Said again to the same server, piece by piece.
    local function replayed(parts)
      local conn = stage.server:connection()
      local err
      for _, bytes in ipairs(parts) do
        conn:feed(bytes)
        local data, why = conn:read()
        assert.is_not_string(data)
        err = err or data == nil and why or nil
      end
      assert.is_false(conn:info().handshake_done)
      return err
    end

    local ALERTS <const> = { bad_record_mac = true, decrypt_error = true }

    it("that is played again ends when it comes to the keys", function()
      local err = replayed(recorded())
      assert.equal("protocol", err.kind)
      assert.is_true(ALERTS[err.alert.name], err.message)
    end)

    it("that is resumed and played again does, too", function()
      local _, session = recorded()
      local err = replayed((recorded(session)))
      assert.equal("protocol", err.kind)
      assert.is_true(ALERTS[err.alert.name], err.message)
    end)

    it("with a ticket of another server is a full one", function()
      local ours, theirs = contexts.server(), contexts.server()
      local client = contexts.client(version)
      local session = resumption.session(client, ours)
      assert.is_false(resumption.works(client, theirs, session))
      assert.is_true(resumption.works(client, ours, session))
    end)
  end)
end
