--- Where the lengths stand in handshake messages (RFC 5246, 7.4; RFC 8446, 4):
--- for specs that make each of them wrong. It reads what is well formed.

local grammar = {}

---@class spec.Length
---@field name string of what it is the length of: "extensions", "key_share", …
---@field at integer index of its first byte in the message, which has a header
---@field size integer bytes
---@field from integer index of the first byte that it counts
---@field to integer of the last one, from - 1 when there is none
---@field inside integer[] indexes of the lengths around it, in this list

local Walk = {}
Walk.__index = Walk

function Walk:skip(bytes)
  self.at = self.at + bytes
end

function Walk:number(size)
  local value = (">I" .. size):unpack(self.text, self.at)
  self.at = self.at + size
  return value
end

function Walk:more()
  return self.at <= self.last
end

-- A vector, whose bytes `read` reads.
function Walk:vector(name, size, read)
  local at = self.at
  local length = self:number(size)
  local found = { name = name, at = at, size = size, from = self.at, to = self.at + length - 1 }
  found.inside = table.move(self.stack, 1, #self.stack, 1, {})
  table.insert(self.found, found)
  table.insert(self.stack, #self.found)
  local last = self.last
  self.last = found.to
  if read then read(self) end
  self.last = last
  self.at = found.to + 1
  table.remove(self.stack)
end

-- A vector of vectors.
local function list(name, size, item, item_size)
  return function(w)
    w:vector(name, size, function()
      while w:more() do
        w:vector(item, item_size)
      end
    end)
  end
end

local function flat(name, size)
  return function(w)
    w:vector(name, size)
  end
end

-- RFC 5489, 2: with a pre-shared key a name comes first, of less than 256 bytes;
-- else a type or a length that is not zero.
local function has_psk(w)
  return w.text:byte(w.at) == 0
end

local function names(w)
  w:vector("server_name_list", 2, function()
    while w:more() do
      w:skip(1)
      w:vector("host_name", 2)
    end
  end)
end

local function share(w)
  w:skip(2)
  w:vector("key_exchange", 2)
end

local function shares(w)
  w:vector("client_shares", 2, function()
    while w:more() do
      share(w)
    end
  end)
end

local function offered_psks(w)
  w:vector("identities", 2, function()
    while w:more() do
      w:vector("identity", 2)
      w:skip(4)
    end
  end)
  list("binders", 2, "binder", 1)(w)
end

-- By message, the contents of its extensions; others are opaque.
local HELLO <const> = {
  [0] = { "server_name", names },
  [10] = { "supported_groups", flat("named_group_list", 2) },
  [11] = { "ec_point_formats", flat("ec_point_format_list", 1) },
  [13] = { "signature_algorithms", flat("supported_signature_algorithms", 2) },
  [16] = { "alpn", list("protocol_name_list", 2, "protocol_name", 1) },
  [22] = { "encrypt_then_mac" },
  [23] = { "extended_master_secret" },
  [28] = { "record_size_limit" },
  [35] = { "session_ticket" },
  [41] = { "pre_shared_key", offered_psks },
  [43] = { "supported_versions", flat("versions", 1) },
  [45] = { "psk_key_exchange_modes", flat("ke_modes", 1) },
  [47] = { "certificate_authorities", list("authorities", 2, "distinguished_name", 2) },
  [51] = { "key_share", shares },
  [0xff01] = { "renegotiation_info", flat("renegotiated_connection", 1) },
}

local ANSWER <const> = setmetatable({
  [41] = { "pre_shared_key" },
  [43] = { "supported_versions" },
  [51] = { "key_share", share },
}, { __index = HELLO })

local RETRY <const> = setmetatable({ [51] = { "key_share" } }, { __index = ANSWER })

local function extensions(known)
  return function(w)
    w:vector("extensions", 2, function()
      while w:more() do
        local kind = known[w:number(2)] or { "an extension" }
        w:vector(kind[1], 2, kind[2])
      end
    end)
  end
end

local function hello(known)
  return function(w)
    w:skip(2 + 32)
    w:vector("session_id", 1)
    w:skip(2 + 1)
    if w:more() then extensions(known)(w) end
  end
end

local function certificates(with_extensions)
  return function(w)
    if with_extensions then w:vector("certificate_request_context", 1) end
    w:vector("certificate_list", 3, function()
      while w:more() do
        w:vector("cert_data", 3)
        if with_extensions then extensions({})(w) end
      end
    end)
  end
end

local function signed(w)
  w:skip(2)
  w:vector("signature", 2)
end

local BOTH <const> = {
  client_hello = function(w)
    w:skip(2 + 32)
    w:vector("session_id", 1)
    w:vector("cipher_suites", 2)
    w:vector("compression_methods", 1)
    if w:more() then extensions(HELLO)(w) end
  end,
  server_hello = hello(ANSWER),
  certificate_verify = signed,
}

local MESSAGES <const> = {
  ["1.2"] = setmetatable({
    certificate = certificates(false),
    server_key_exchange = function(w)
      local is_psk = has_psk(w)
      if is_psk then w:vector("psk_identity_hint", 2) end
      w:skip(1 + 2)
      w:vector("public", 1)
      if not is_psk then signed(w) end
    end,
    certificate_request = function(w)
      w:vector("certificate_types", 1)
      w:vector("supported_signature_algorithms", 2)
      list("certificate_authorities", 2, "distinguished_name", 2)(w)
    end,
    client_key_exchange = function(w)
      if has_psk(w) then w:vector("psk_identity", 2) end
      w:vector("public", 1)
    end,
    new_session_ticket = function(w)
      w:skip(4)
      w:vector("ticket", 2)
    end,
  }, { __index = BOTH }),
  ["1.3"] = setmetatable({
    hello_retry_request = hello(RETRY),
    encrypted_extensions = extensions(HELLO),
    certificate = certificates(true),
    certificate_request = function(w)
      w:vector("certificate_request_context", 1)
      extensions(HELLO)(w)
    end,
    new_session_ticket = function(w)
      w:skip(4 + 4)
      w:vector("ticket_nonce", 1)
      w:vector("ticket", 2)
      extensions({})(w)
    end,
  }, { __index = BOTH }),
}

--- All lengths of a message, that of the message itself first.
---@param version "1.2"|"1.3"
---@param name string of the message
---@param bytes string the message
---@return spec.Length[]
function grammar.lengths(version, name, bytes)
  local walk = setmetatable({ text = bytes, at = 2, last = #bytes, found = {}, stack = {} }, Walk)
  walk:vector("message", 3, MESSAGES[version][name])
  return walk.found
end

--- A message with another value in the place of a length.
---@param bytes string
---@param length spec.Length
---@param value integer
---@return string
function grammar.put(bytes, length, value)
  local field = (">I" .. length.size):pack(value)
  return bytes:sub(1, length.at - 1) .. field .. bytes:sub(length.at + length.size)
end

--- A message in which other bytes stand behind a length; it, and those around it, fit.
---@param bytes string
---@param lengths spec.Length[] all of the message
---@param length spec.Length
---@param content string
---@return string
function grammar.fill(bytes, lengths, length, content)
  local more = #content - (length.to - length.from + 1)
  for _, i in ipairs(length.inside) do
    local outer = lengths[i]
    bytes = grammar.put(bytes, outer, outer.to - outer.from + 1 + more)
  end
  bytes = grammar.put(bytes, length, #content)
  return bytes:sub(1, length.from - 1) .. content .. bytes:sub(length.to + 1)
end

--- Change what stands behind the first length of a name.
---@param version "1.2"|"1.3"
---@param message spec.Message
---@param name string of the length
---@param change fun(content: string): string
---@return string bytes
function grammar.change(version, message, name, change)
  local lengths = grammar.lengths(version, message.name, message.bytes)
  for _, length in ipairs(lengths) do
    if length.name == name then
      local content = change(message.bytes:sub(length.from, length.to))
      return grammar.fill(message.bytes, lengths, length, content)
    end
  end
  error(("%s has no %s"):format(message.name, name))
end

return grammar
