-- Messages twice, not at all, after the next one, and others between them: in every
-- handshake, at every place.

local scenes = require("spec.support.scenes")

local CHANGE_CIPHER_SPEC <const>, HANDSHAKE <const>, DATA <const> = 20, 22, 23

-- RFC 8446, 5 and D.4: in TLS 1.3 it means nothing.
local function means_nothing(scene, type)
  return scene.version == "1.3" and type == CHANGE_CIPHER_SPEC
end

-- RFC 8446, 4.6.1: after the handshake, any number of them, or none.
local function is_optional(scene, message)
  return scene.version == "1.3" and message.name == "new_session_ticket"
end

local function is_free(scene, message)
  return means_nothing(scene, message.type) or is_optional(scene, message)
end

-- A second ClientHello answers a HelloRetryRequest that the client does not know of,
-- and has no key share for it (RFC 8446, 4.1.2). A second ChangeCipherSpec of TLS 1.2
-- is read with the new keys.
local TWICE <const> = {
  client_hello = "unexpected_message illegal_parameter handshake_failure",
  change_cipher_spec = "bad_record_mac unexpected_message",
}

local function check_twice(scene, message)
  local play = scene:play(message, function(_, same)
    return { same, same }
  end)
  if play.good and is_free(scene, message) then return end
  scenes.refused(play, TWICE[message.name] or "unexpected_message", "twice")
end

-- Who has sent the last message of a flight waits for an answer. Without a
-- CertificateRequest the client in TLS 1.3 goes on, until it sees that the server has
-- heard something else.
local LOST <const> = { certificate_request = "unexpected_message decrypt_error" }

local function check_lost(scene, message)
  local play = scene:play(message, function()
    return {}
  end)
  if play.good and is_free(scene, message) then return end
  scenes.refused(play, LOST[message.name] or "unexpected_message waits", "lost")
end

-- The message behind one in its flight.
local function next_of(scene, message)
  local is_next
  for _, other in ipairs(scene:messages("all of them")) do
    if is_next then return other.from == message.from and other or nil end
    is_next = other.from == message.from and other.number == message.number
  end
end

-- What the keys are changed by must not come too early: then nothing can be read.
local EXCHANGED <const> = "unexpected_message bad_record_mac"

local function check_exchanged(scene, message)
  local behind, held = next_of(scene, message), nil
  if not behind or is_free(scene, message) or is_free(scene, behind) then return end
  local play = scene:play_with(function(other)
    if other.from ~= message.from then return nil end
    if other.number == message.number then
      held = other
      return {}
    end
    return other.number == behind.number and { other, held } or nil
  end)
  scenes.refused(play, EXCHANGED, "after the next one")
end

local function handshake(type, body)
  return { type = HANDSHAKE, bytes = (">I1s3"):pack(type, body or "") }
end

-- What does not belong there, as far as it is of another type than what does.
local STRAY <const> = {
  hello_request = handshake(0),
  client_hello = handshake(1, ("\3"):rep(40)),
  server_hello = handshake(2, ("\3"):rep(40)),
  new_session_ticket = handshake(4, "\0\0\0\1\0\1x"),
  end_of_early_data = handshake(5),
  encrypted_extensions = handshake(8, "\0\0"),
  certificate = handshake(11, "\0\0\0"),
  server_key_exchange = handshake(12, "\3\0\29"),
  certificate_request = handshake(13, "\0\0\0"),
  server_hello_done = handshake(14),
  certificate_verify = handshake(15, "\4\3\0\0"),
  client_key_exchange = handshake(16, "\0"),
  finished = handshake(20, ("x"):rep(12)),
  key_update = handshake(24, "\0"),
  message_hash = handshake(254, ("x"):rep(32)),
  unknown = handshake(99),
  change_cipher_spec = { type = CHANGE_CIPHER_SPEC, bytes = "\1" },
  data = { type = DATA, bytes = "too early" },
}

-- Messages in whose place another may come.
local INSTEAD <const> = {
  server_hello_done = { certificate_request = true },
  certificate = { certificate_request = true },
  certificate_request = { certificate = true },
  hello_retry_request = { server_hello = true },
  end_of_early_data = { data = true },
}

local function check_stray(scene, message, name, stray)
  local is_place = message.name == name or (INSTEAD[message.name] or {})[name]
  if is_place or is_free(scene, message) then return end
  local play = scene:play(message, function(_, same)
    local other = { type = stray.type, bytes = stray.bytes }
    return { other, same }
  end)
  if play.good and means_nothing(scene, stray.type) then return end
  scenes.refused(play, "unexpected_message", name .. " in front")
end

for _, scene in ipairs(scenes.all()) do
  describe(scene.name, function()
    for _, message in ipairs(scene:messages("all of them")) do
      local name = ("the %s's %s"):format(message.from, message.name)

      it("notices " .. name .. " twice", function()
        check_twice(scene, message)
      end)

      it("notices that " .. name .. " is lost", function()
        check_lost(scene, message)
      end)

      it("notices " .. name .. " after the next one", function()
        check_exchanged(scene, message)
      end)
    end

    for _, message in ipairs(scene:messages()) do
      it(("notices others in front of the %s's %s"):format(message.from, message.name), function()
        for name, stray in pairs(STRAY) do
          check_stray(scene, message, name, stray)
        end
      end)
    end
  end)
end
