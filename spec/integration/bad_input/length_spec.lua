-- Every length in every message of every handshake made wrong: alone, so that it no
-- longer fits, or together with those around it, so that only what it counts is
-- longer, shorter, or gone.

local grammar = require("spec.support.grammar")
local scenes = require("spec.support.scenes")

local put = grammar.put

local function value_of(length)
  return length.to - length.from + 1
end

local WRONG <const> = {
  ["one less"] = function(bytes, length)
    if value_of(length) > 0 then return put(bytes, length, value_of(length) - 1) end
  end,
  ["one more"] = function(bytes, length)
    return put(bytes, length, value_of(length) + 1)
  end,
  ["zero"] = function(bytes, length)
    if value_of(length) > 0 then return put(bytes, length, 0) end
  end,
  ["the greatest"] = function(bytes, length)
    return put(bytes, length, (1 << 8 * length.size) - 1)
  end,
}

-- Other contents; none: there is nothing to change.
local FITTING <const> = {
  ["one byte more"] = function(content)
    return content .. "\0"
  end,
  ["one byte less"] = function(content)
    return content ~= "" and content:sub(1, -2) or nil
  end,
  ["nothing"] = function(content)
    return content ~= "" and "" or nil
  end,
}

local function fitting(change)
  return function(bytes, length, lengths)
    local content = change(bytes:sub(length.from, length.to))
    return content and grammar.fill(bytes, lengths, length, content)
  end
end

for how, change in pairs(FITTING) do
  FITTING[how] = fitting(change)
end

-- What is legitimate beside decode_error, by what the length counts.
local LEGITIMATE <const> = {
  -- The message itself: what is left over is another message, out of order; what is
  -- missing is waited for, and behind EndOfEarlyData has other keys. mbedTLS has no
  -- other word for an empty ServerKeyExchange.
  message = "unexpected_message illegal_parameter bad_record_mac waits",
  -- Contents that RFC 8446 gives no form but a meaning: another value, found when it
  -- is compared (4.1.3), or by what was heard (4.4.4).
  session_id = "illegal_parameter decrypt_error unexpected_message",
  host_name = "decrypt_error unrecognized_name",
  protocol_name = "illegal_parameter no_application_protocol handshake_failure decrypt_error",
  renegotiated_connection = "handshake_failure", -- RFC 5746, 3.4
  key_exchange = "illegal_parameter decrypt_error",
  public = "illegal_parameter decrypt_error",
  signature = "decrypt_error",
  ticket = "decrypt_error",
  cert_data = "bad_certificate unsupported_certificate", -- the second for over 64 KB
  certificate_request_context = "illegal_parameter", -- RFC 8446, 4.3.2
  identity = "decrypt_error",
  psk_identity = "decrypt_error handshake_failure", -- an unknown one, or none
  psk_identity_hint = "decrypt_error illegal_parameter", -- which moves what follows
  identities = "decrypt_error", -- which the binder notices first
  binder = "decrypt_error",
  binders = "decrypt_error",
  -- Exactly one method, null, in TLS 1.3 (4.1.2); any with null among them in 1.2.
  compression_methods = "illegal_parameter decrypt_error",
  -- Fewer or others to choose from: nothing in common, or something else than before.
  cipher_suites = "handshake_failure illegal_parameter decrypt_error",
  named_group_list = "handshake_failure decrypt_error",
  supported_signature_algorithms = "handshake_failure decrypt_error",
  client_shares = "illegal_parameter handshake_failure decrypt_error",
  -- An extension that mbedTLS skips, or has no content, and one that is missing.
  extensions = "illegal_parameter missing_extension handshake_failure unsupported_extension "
    .. "protocol_version decrypt_error",
  session_ticket = "unsupported_extension decrypt_error",
  extended_master_secret = "unsupported_extension",
  renegotiation_info = "handshake_failure",
  -- TLS 1.2, where mbedTLS reads them less strictly, or not at all; what was changed
  -- is found by Finished.
  ec_point_format_list = "handshake_failure decrypt_error",
  server_name_list = "decrypt_error",
  -- Or the client has no certificate for what it hears.
  certificate_types = "decrypt_error handshake_failure",
  certificate_authorities = "decrypt_error handshake_failure certificate_required",
  distinguished_name = "decrypt_error handshake_failure certificate_required",
  authorities = "decrypt_error certificate_required",
  certificate_list = "certificate_required handshake_failure",
  pre_shared_key = "illegal_parameter",
  ke_modes = "decrypt_error",
}

-- In TLS 1.3 these are of a form that leaves nothing to interpret (RFC 8446, 6).
local STRICT <const> = {
  server_name_list = true,
  named_group_list = true,
  supported_signature_algorithms = true,
}

local function allowed(scene, length)
  local is_strict = scene.version == "1.3" and STRICT[length.name]
  return "decode_error " .. (not is_strict and LEGITIMATE[length.name] or "")
end

-- RFC 8446, 4.6.1: what is in a NewSessionTicket is in no transcript.
local OPAQUE <const> = { ticket = true, ticket_nonce = true }

local function lengths_of(scene, message, bytes)
  return grammar.lengths(scene.version, message.name, bytes)
end

local function check(scene, message, i, length, make, how)
  local play = scene:play(message, function(bytes)
    local lengths = lengths_of(scene, message, bytes)
    return { make(bytes, lengths[i], lengths) or bytes }
  end)
  local is_same = make(message.bytes, length, lengths_of(scene, message, message.bytes)) == nil
  if play.good and (is_same or OPAQUE[length.name]) then return end
  scenes.refused(play, allowed(scene, length), ("%s (%s)"):format(length.name, how))
end

local function check_all(scene, message, ways)
  for i, length in ipairs(lengths_of(scene, message, message.bytes)) do
    for how, make in pairs(ways) do
      check(scene, message, i, length, make, how)
    end
  end
end

local HANDSHAKE <const> = 22

for _, scene in ipairs(scenes.all()) do
  describe(scene.name, function()
    for _, message in ipairs(scene:messages()) do
      local name = ("the %s's %s"):format(message.from, message.name)

      if message.type == HANDSHAKE then
        it("refuses " .. name .. " with any length wrong", function()
          check_all(scene, message, WRONG)
        end)

        it("refuses " .. name .. " with more or less behind any length", function()
          check_all(scene, message, FITTING)
        end)
      end
    end
  end)
end
