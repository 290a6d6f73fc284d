-- Records that are too long, empty, of a wrong type or in a wrong place, alerts that
-- call themselves warnings, and encrypted records with any byte changed.

local records = require("spec.support.records")
local scenes = require("spec.support.scenes")

local CHANGE_CIPHER_SPEC <const>, ALERT <const> = 20, 21
local HANDSHAKE <const>, DATA <const> = 22, 23

local SCENES <const> = {}
for _, scene in ipairs(scenes.all()) do
  SCENES[scene.name] = scene
end

local OLD <const> = SCENES["TLS 1.2, a full handshake"]
local NEW <const> = SCENES["TLS 1.3, a full handshake"]

local function message_of(scene, from, name)
  scene:ready()
  for _, message in ipairs(scene.good.script) do
    if message.from == from and message.name == name then return message end
  end
end

-- A fresh table: a middleman fills in what is missing.
local function copy(fields)
  local other = {}
  for name, value in pairs(fields) do
    other[name] = value
  end
  return other
end

-- Play a scene in which something comes before a message.
local function in_front(scene, from, name, other)
  return scene:play(message_of(scene, from, name), function(_, same)
    return { copy(other), same }
  end)
end

-- RFC 5246, 6.2; RFC 8446, 5.1 and 5.2: in plaintext, encrypted, and once decrypted.
local LONG <const> = {
  { OLD, "client", "client_hello", { type = HANDSHAKE, bytes = ("\1"):rep(16385) } },
  { NEW, "client", "client_hello", { type = HANDSHAKE, bytes = ("\1"):rep(16385) } },
  {
    OLD,
    "server",
    "finished",
    { type = HANDSHAKE, bytes = ("\1"):rep(16384 + 2049), is_sealed = false },
  },
  {
    NEW,
    "server",
    "finished",
    { type = DATA, bytes = ("\1"):rep(16384 + 257), is_sealed = false },
  },
  { OLD, "server", "finished", { type = HANDSHAKE, bytes = ("\1"):rep(16385) } },
  { NEW, "server", "finished", { type = HANDSHAKE, bytes = ("\1"):rep(16385) } },
  { OLD, "client", "data", { type = DATA, bytes = ("\1"):rep(16385) } },
  { NEW, "client", "data", { type = DATA, bytes = ("\1"):rep(16385) } },
}

describe("a record that is too long", function()
  it("is answered with record_overflow", function()
    for i, case in ipairs(LONG) do
      local scene, from, name, other = table.unpack(case)
      other.most = 65535
      local play = in_front(scene, from, name, other)
      scenes.refused(play, "record_overflow", "case " .. i)
      local refuser = from == "client" and play.server or play.client
      assert.matches("a record that is too long", refuser.err.message)
    end
  end)
end)

-- RFC 8446, 5, 5.2 and 5.4.
local STRANGE <const> = {
  ["that is protected and calls itself handshake"] = { type = HANDSHAKE, outer = HANDSHAKE },
  ["that is protected and a ChangeCipherSpec"] = { type = CHANGE_CIPHER_SPEC, bytes = "\1" },
  ["that is protected and of no type"] = { type = 0, bytes = "" },
  ["that is protected and of an unknown type"] = { type = 99 },
  ["that holds no byte of a message"] = { type = HANDSHAKE, bytes = "" },
  ["that holds no byte of an alert"] = { type = ALERT, bytes = "" },
  ["with a ChangeCipherSpec of value 2"] = {
    type = CHANGE_CIPHER_SPEC,
    bytes = "\2",
    is_sealed = false,
  },
  ["with a ChangeCipherSpec of two bytes"] = {
    type = CHANGE_CIPHER_SPEC,
    bytes = "\1\1",
    is_sealed = false,
  },
  ["in plaintext, after the keys"] = { type = HANDSHAKE, is_sealed = false },
  ["of an unknown type, in plaintext"] = { type = 99, is_sealed = false },
}

describe("a record of TLS 1.3", function()
  for name, fields in pairs(STRANGE) do
    it(name .. " is answered with unexpected_message", function()
      for _, from in ipairs({ "server", "client" }) do
        local other = copy(fields)
        other.bytes = other.bytes or "\8\0\0\2\0\0"
        scenes.refused(in_front(NEW, from, "finished", other), "unexpected_message", from)
      end
    end)
  end
end)

describe("a ChangeCipherSpec of TLS 1.3", function()
  local CCS <const> = { type = CHANGE_CIPHER_SPEC, bytes = "\1", is_sealed = false }

  it("means nothing during the handshake", function()
    for _, name in ipairs({ "encrypted_extensions", "certificate_verify", "finished" }) do
      assert.is_true(in_front(NEW, "server", name, CCS).good, name)
    end
    assert.is_true(in_front(NEW, "client", "finished", CCS).good)
  end)

  it("is refused before the first ClientHello, and after Finished", function()
    scenes.refused(in_front(NEW, "client", "client_hello", CCS), "unexpected_message", "before")
    scenes.refused(in_front(NEW, "server", "data", CCS), "unexpected_message", "after")
    scenes.refused(in_front(NEW, "client", "data", CCS), "unexpected_message", "after")
  end)
end)

describe("an alert", function()
  local function told(from, play)
    local err = play[from == "server" and "client" or "server"].err
    assert.equal("alert", err.kind, err.message)
    assert.equal("received", err.alert.direction)
    return err.alert.name
  end

  it("of TLS 1.3 is an error whatever level it claims", function()
    -- RFC 8446, 6: unknown ones as well.
    local names = { [40] = "handshake_failure", [112] = "unrecognized_name", [99] = "unknown" }
    for _, from in ipairs({ "server", "client" }) do
      for code, name in pairs(names) do
        for level = 0, 3 do
          local other = { type = ALERT, bytes = string.char(level, code) }
          assert.equal(name, told(from, in_front(NEW, from, "finished", other)))
          assert.equal(name, told(from, in_front(NEW, from, "data", other)))
        end
      end
    end
  end)

  it("of TLS 1.3 that only says that somebody cancels is none", function()
    local other = { type = ALERT, bytes = "\1\90" }
    assert.is_true(in_front(NEW, "server", "finished", other).good)
  end)

  it("of TLS 1.2 may be a warning", function()
    -- RFC 5246, 7.2.2; a server may say that it does not know a name (RFC 6066, 3).
    local other = { type = ALERT, bytes = "\1\112" }
    assert.is_true(in_front(OLD, "server", "server_hello", other).good)
    assert.is_true(in_front(NEW, "server", "server_hello", other).good)
    other.bytes = "\2\112"
    assert.equal("unrecognized_name", told("server", in_front(OLD, "server", "certificate", other)))
  end)

  it("of one byte or three is refused", function()
    for _, scene in ipairs({ OLD, NEW }) do
      for _, bytes in ipairs({ "\2", "\2\40\2" }) do
        local play = in_front(scene, "server", "finished", { type = ALERT, bytes = bytes })
        scenes.refused(play, "decode_error", ("%d bytes"):format(#bytes))
      end
    end
  end)
end)

-- Encrypted records, as they came, with one byte changed.
local function check_changed(scene, from, name, allowed)
  local message = message_of(scene, from, name)
  for i = 1, #message.record.body do
    local play = scene:play(message, function(_, same)
      local body = same.record.body
      local byte = string.char(body:byte(i) ~ (1 << i % 8))
      local other = { type = same.record.type, version = same.record.version }
      other.body = body:sub(1, i - 1) .. byte .. body:sub(i + 1)
      return { { raw = records.join(other) } }
    end)
    scenes.refused(play, allowed, "byte " .. i)
  end
end

describe("an encrypted record with any byte changed", function()
  for _, scene in ipairs({ OLD, NEW }) do
    it("is answered with bad_record_mac in TLS " .. scene.version, function()
      for _, from in ipairs({ "client", "server" }) do
        check_changed(scene, from, "finished", "bad_record_mac")
        check_changed(scene, from, "data", "bad_record_mac")
      end
    end)
  end
end)

describe("handshake messages", function()
  it("come in pieces of any size", function()
    for _, scene in ipairs({ OLD, NEW }) do
      for _, message in ipairs(scene:messages()) do
        for _, most in ipairs({ 1, 3, 4, 50 }) do
          local play = scene:play(message, function(bytes)
            return { { bytes = bytes, most = most } }
          end)
          assert.is_true(play.good, message.name)
        end
      end
    end
  end)

  -- RFC 8446, 5.1.
  it("of TLS 1.3 are refused when the keys change within a record", function()
    local places = { { "client", "client_hello" }, { "server", "server_hello" } }
    places[3], places[4] = { "server", "finished" }, { "client", "finished" }
    for _, place in ipairs(places) do
      local from, name = table.unpack(place)
      local play = NEW:play(message_of(NEW, from, name), function(bytes)
        return { bytes .. "\8\0\0\2\0\0" }
      end)
      scenes.refused(play, "unexpected_message", name)
    end
  end)

  it("are not to be interrupted by other records", function()
    for _, scene in ipairs({ OLD, NEW }) do
      for _, type in ipairs({ CHANGE_CIPHER_SPEC, DATA }) do
        local play = scene:play(message_of(scene, "server", "certificate"), function(bytes)
          return { bytes:sub(1, 9), { type = type, bytes = "\1" }, bytes:sub(10) }
        end)
        scenes.refused(play, "unexpected_message", "type " .. type)
      end
    end
  end)
end)
