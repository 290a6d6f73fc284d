-- Every message of every handshake with one byte changed, or cut off behind any
-- byte: nobody ever takes it. A middleman who knows all keys does it, so it is the
-- handshake that must notice, not the records.

local scenes = require("spec.support.scenes")

-- Another type; another length, which leaves something behind or has to wait.
local HEADER <const> = "unexpected_message decode_error waits "

-- What else a changed byte may mean (RFC 5246, 7.2.2; RFC 8446, 6.2): lengths inside
-- make decode_error; values that are out of range, illegal_parameter; a signature or
-- Finished over what was heard, decrypt_error.
local BYTE <const> = {
  client_hello = "protocol_version illegal_parameter handshake_failure missing_extension "
    .. "no_application_protocol unrecognized_name decrypt_error",
  server_hello = "protocol_version illegal_parameter handshake_failure unsupported_extension "
    .. "decrypt_error",
  hello_retry_request = "protocol_version illegal_parameter unsupported_extension",
  encrypted_extensions = "illegal_parameter unsupported_extension decrypt_error",
  -- Or the client has no certificate for what it hears.
  certificate_request = "illegal_parameter unsupported_extension handshake_failure "
    .. "certificate_required decrypt_error",
  certificate = "bad_certificate unsupported_certificate unknown_ca certificate_expired",
  certificate_verify = "illegal_parameter decrypt_error",
  server_key_exchange = "illegal_parameter decrypt_error",
  server_hello_done = "",
  client_key_exchange = "illegal_parameter decrypt_error",
  -- RFC 8446, 5 has unexpected_message; RFC 5246 none of its own.
  change_cipher_spec = "",
  new_session_ticket = "illegal_parameter decrypt_error",
  -- What comes behind it has other keys.
  end_of_early_data = "bad_record_mac",
  finished = "decrypt_error",
}

-- What cutting off may mean beside decode_error. A hello of TLS 1.2 may end before
-- its extensions: then there is nothing in common, or another version than before,
-- or than the client wants. mbedTLS has no other word for a ServerKeyExchange that
-- ends within its key, and takes a NewSessionTicket of no length for none.
local CUT <const> = {
  ["1.2"] = {
    client_hello = "handshake_failure decrypt_error",
    server_hello = "decrypt_error handshake_failure", -- the latter by RFC 7627, 5.3
    server_key_exchange = "illegal_parameter",
  },
  ["1.3"] = {
    client_hello = "handshake_failure illegal_parameter",
    server_hello = "illegal_parameter",
    hello_retry_request = "illegal_parameter",
    new_session_ticket = "unexpected_message",
  },
}

-- A certificate is swept byte by byte in damage_spec, and a ticket has nothing in it
-- for a client: their bytes are tried in steps, and all that stands around them.
local STEP <const> = 23
local STEPPED <const> = { certificate = true, new_session_ticket = true }

local function places(message)
  local list, size = {}, #message.bytes
  for i = 1, size do
    local is_inside = STEPPED[message.name] and i > 24 and i < size - 8
    if not is_inside or i % STEP == 0 then list[#list + 1] = i end
  end
  return list
end

-- A signature may be shorter than the one that the places were chosen for.
local function with_byte_changed(i)
  return function(bytes)
    i = math.min(i, #bytes)
    local byte = bytes:byte(i) ~ (1 << i % 8)
    return { bytes:sub(1, i - 1) .. string.char(byte) .. bytes:sub(i + 1) }
  end
end

local function cut_off(i)
  return function(bytes)
    i = math.min(i, #bytes - 1)
    return { bytes:sub(1, 1) .. (">I3"):pack(i - 4) .. bytes:sub(5, i) }
  end
end

-- RFC 8446, 4.6.1: the ticket is in no transcript, and its bytes mean nothing to the
-- client, nor do age_add and nonce.
local function is_opaque(scene, message)
  return scene.version == "1.3" and message.name == "new_session_ticket"
end

local function check_byte(scene, message)
  local allowed = HEADER .. BYTE[message.name]
  for _, i in ipairs(places(message)) do
    local play = scene:play(message, with_byte_changed(i))
    if not (play.good and is_opaque(scene, message)) then
      scenes.refused(play, allowed, "byte " .. i)
    end
  end
end

local function check_cut(scene, message)
  local allowed = "decode_error " .. (CUT[scene.version][message.name] or "")
  for _, i in ipairs(places(message)) do
    if i >= 4 and i < #message.bytes then
      scenes.refused(scene:play(message, cut_off(i)), allowed, "cut behind byte " .. i)
    end
  end
end

-- Of TLS records, not handshake messages: one byte each, and none in front.
local CUTTABLE <const> = 22

for _, scene in ipairs(scenes.all()) do
  describe(scene.name, function()
    for _, message in ipairs(scene:messages()) do
      local name = ("the %s's %s"):format(message.from, message.name)

      it("refuses " .. name .. " with any byte changed", function()
        check_byte(scene, message)
      end)

      if message.type == CUTTABLE and #message.bytes > 4 then
        it("refuses " .. name .. " cut off behind any byte", function()
          check_cut(scene, message)
        end)
      end
    end
  end)
end
