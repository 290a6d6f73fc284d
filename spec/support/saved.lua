--- What sessions that were saved without a key hold.

local core = require("luatls.core")

local saved = {}

-- Bytes that mbedTLS puts before it: its version and configuration; then version
-- of TLS, side and suite.
local HEADER <const> = 5 + 4

-- Of TLS 1.2: time and session id. Of TLS 1.3: what hides the age, and flags.
local BEFORE_MASTER <const> = 8 + 1 + 32
local BEFORE_KEY <const> = 4 + 1

--- What the session is resumed with: the master secret of TLS 1.2, or the key of
--- RFC 8446, 4.6.1.
---@param bytes string
---@return string
function saved.secret(bytes)
  local major, minor, patch = core.features.mbedtls:match("^(%d+)%.(%d+)%.(%d+)")
  local start = assert(bytes:find(string.char(major, minor, patch), 1, true))
  local after = start + HEADER
  if bytes:byte(start + 5) == 3 then return (("c48"):unpack(bytes, after + BEFORE_MASTER)) end
  return (("s1"):unpack(bytes, after + BEFORE_KEY))
end

return saved
