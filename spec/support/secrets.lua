--- The keys of a connection's records, out of its key log: of suites with
--- ChaCha20-Poly1305 and SHA-256, in both versions.

local sha256 = require("spec.support.sha256")

local secrets = {}

---@class spec.Keys
---@field key string
---@field iv string

-- HKDF-Expand-Label (RFC 8446, 7.1) of at most 32 bytes.
local function expand(secret, label, length)
  local info = (">I2s1s1"):pack(length, "tls13 " .. label, "")
  return sha256.hmac(secret, info .. "\1"):sub(1, length)
end

-- PRF (RFC 5246, 5).
local function prf(secret, seed, length)
  local text, a = "", seed
  while #text < length do
    a = sha256.hmac(secret, a)
    text = text .. sha256.hmac(secret, a .. seed)
  end
  return text:sub(1, length)
end

local function from_hex(text)
  return (text:gsub("%x%x", function(digits)
    return string.char(tonumber(digits, 16))
  end))
end

--- A key log that can be asked; `sink` is for option `keylog`.
---@return { lines: table<string, string>, sink: fun(line: string) }
function secrets.log()
  local log = { lines = {} }
  function log.sink(line)
    local label, _, secret = line:match("^(%S+) (%x+) (%x+)$")
    log.lines[label] = from_hex(secret)
  end
  return log
end

local LABELS <const> = {
  client = { "CLIENT_HANDSHAKE_TRAFFIC_SECRET", "CLIENT_TRAFFIC_SECRET_0" },
  server = { "SERVER_HANDSHAKE_TRAFFIC_SECRET", "SERVER_TRAFFIC_SECRET_0" },
}

--- The keys that a side sends with in TLS 1.3.
---@param log { lines: table<string, string> }
---@param from "client"|"server"
---@param is_finished boolean with those after its Finished
---@return spec.Keys? keys nil: the log does not have them
function secrets.of_tls13(log, from, is_finished)
  local secret = log.lines[LABELS[from][is_finished and 2 or 1]]
  return secret and { key = expand(secret, "key", 32), iv = expand(secret, "iv", 12) }
end

--- The keys that a client sends early data with.
---@param log { lines: table<string, string> }
---@return spec.Keys
function secrets.of_early_data(log)
  local secret = log.lines.CLIENT_EARLY_TRAFFIC_SECRET
  return { key = expand(secret, "key", 32), iv = expand(secret, "iv", 12) }
end

--- The keys that a side sends with in TLS 1.2.
---@param log { lines: table<string, string> }
---@param from "client"|"server"
---@param randoms { client: string, server: string }
---@return spec.Keys? keys nil: the log does not have them
function secrets.of_tls12(log, from, randoms)
  local master = log.lines.CLIENT_RANDOM
  if not master then return nil end
  local bytes = prf(master, "key expansion" .. randoms.server .. randoms.client, 88)
  local client_key, server_key, client_iv, server_iv = ("c32c32c12c12"):unpack(bytes)
  if from == "client" then return { key = client_key, iv = client_iv } end
  return { key = server_key, iv = server_iv }
end

return secrets
