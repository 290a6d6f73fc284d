--- Base64 (RFC 4648, 4), encoding only: for credentials in a header field.

local base64 = {}

local ALPHABET <const> = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
  .. "abcdefghijklmnopqrstuvwxyz0123456789+/"

local function digit(bits, shift)
  local index = (bits >> shift & 63) + 1
  return ALPHABET:sub(index, index)
end

local function encode_group(group)
  local first, second, third = group:byte(1, 3)
  local bits = first << 16 | (second or 0) << 8 | (third or 0)
  return digit(bits, 18)
    .. digit(bits, 12)
    .. (second and digit(bits, 6) or "=")
    .. (third and digit(bits, 0) or "=")
end

--- Encode bytes, with padding.
---@param bytes string
---@return string
function base64.encode(bytes)
  return (bytes:gsub("..?.?", encode_group))
end

return base64
