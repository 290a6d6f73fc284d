--- TLS records, opened and sealed with ChaCha20-Poly1305 (RFC 7905; RFC 8446,
--- 5.2), one direction of a connection at a time.

local chacha = require("spec.support.chacha")

local records = {}

local MOST <const> = 16384 -- bytes of plaintext in a record
local APPLICATION_DATA <const> = 23

---@class spec.Record
---@field type integer ContentType
---@field version integer
---@field body string

--- The whole records that bytes begin with.
---@param bytes string
---@return spec.Record[]
---@return string rest
function records.split(bytes)
  local list, at = {}, 1
  while #bytes >= at + 4 do
    local type, version, length = (">I1I2I2"):unpack(bytes, at)
    if #bytes < at + 4 + length then break end
    list[#list + 1] = { type = type, version = version, body = bytes:sub(at + 5, at + 4 + length) }
    at = at + 5 + length
  end
  return list, bytes:sub(at)
end

---@param record spec.Record
---@return string bytes
function records.join(record)
  return (">I1I2s2"):pack(record.type, record.version, record.body)
end

---@class spec.Direction
---@field version "1.2"|"1.3"
---@field keys? spec.Keys nil: plaintext
---@field sequence integer
local Direction = {}
Direction.__index = Direction

---@param version "1.2"|"1.3"
---@return spec.Direction
function records.direction(version)
  return setmetatable({ version = version, sequence = 0 }, Direction)
end

--- From now on with these keys.
---@param keys spec.Keys
function Direction:change(keys)
  self.keys, self.sequence = keys, 0
end

function Direction:nonce()
  local high, low = ("<I4I8"):unpack(self.keys.iv)
  local reversed = (">I8"):pack(self.sequence)
  low = low ~ ("<I8"):unpack(reversed)
  self.sequence = self.sequence + 1
  return ("<I4I8"):pack(high, low)
end

-- What is authenticated beside the text.
function Direction:extra(record, length)
  if self.version == "1.3" then
    return (">I1I2I2"):pack(record.type, record.version, length + 16)
  end
  return (">I8I1I2I2"):pack(self.sequence, record.type, record.version, length)
end

function Direction:is_sealed(record)
  if not self.keys then return false end
  return self.version == "1.2" or record.type == APPLICATION_DATA
end

--- The type and the plaintext of a record that was sent in this direction.
---@param record spec.Record
---@return integer? type nil: it cannot be opened
---@return string? text
function Direction:open(record)
  if not self:is_sealed(record) then return record.type, record.body end
  local extra = self:extra(record, #record.body - 16)
  local text = chacha.open(self.keys.key, self:nonce(), extra, record.body)
  if not text or self.version == "1.2" then return text and record.type, text end
  text = text:gsub("\0+$", "")
  return text:byte(-1), text:sub(1, -2)
end

-- A part of a message as one record.
function Direction:seal_one(message, text)
  local record = { type = message.type, version = message.version, body = text }
  if not self.keys or not message.is_sealed then return records.join(record) end
  if self.version == "1.3" then
    record.type = message.outer or APPLICATION_DATA
    text = text .. string.char(message.type)
  end
  local extra = self:extra(record, #text)
  record.body = chacha.seal(self.keys.key, self:nonce(), extra, text)
  return records.join(record)
end

---@class spec.Outgoing
---@field type integer ContentType
---@field version integer of the record
---@field bytes string
---@field is_sealed boolean to be encrypted, when there are keys
---@field outer? integer in TLS 1.3 the type outside, default application_data
---@field most? integer bytes in a record, default 16384

--- What is to be sent in this direction, as records.
---@param message spec.Outgoing
---@return string bytes
function Direction:seal(message)
  local parts, at, most = {}, 1, message.most or MOST
  repeat
    parts[#parts + 1] = self:seal_one(message, message.bytes:sub(at, at + most - 1))
    at = at + most
  until at > #message.bytes
  return table.concat(parts)
end

return records
