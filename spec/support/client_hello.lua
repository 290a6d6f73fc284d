--- ClientHello and ServerHello messages made by hand, right or wrong on purpose
--- (RFC 5246, 7.4.1; RFC 8446, 4.1).

local hello = {}

local function vector(size, bytes)
  return string.pack(">s" .. size, bytes)
end

local function numbers(format, list)
  local parts = {}
  for i, number in ipairs(list) do
    parts[i] = string.pack(format, number)
  end
  return table.concat(parts)
end

--- An extension.
---@param type integer
---@param body string
---@return string
function hello.extension(type, body)
  return string.pack(">I2", type) .. vector(2, body)
end

local extension = hello.extension

hello.GROUPS = extension(10, vector(2, numbers(">I2", { 29, 23 })))
hello.POINTS = extension(11, vector(1, "\0"))
hello.SIGNATURES = extension(13, vector(2, numbers(">I2", { 0x0403, 0x0804, 0x0401 })))
-- A public key of x25519 is any 32 bytes; this one is the base point.
hello.SHARE = extension(51, vector(2, string.pack(">I2s2", 29, "\9" .. ("\0"):rep(31))))

--- The extension supported_versions of a client.
---@param ... integer 0x0304
---@return string
function hello.versions(...)
  return extension(43, vector(1, numbers(">I2", { ... })))
end

--- A record.
---@param type integer 22: handshake
---@param body string
---@param version? integer default 0x0303
---@return string
function hello.record(type, body, version)
  return string.pack(">I1I2", type, version or 0x0303) .. vector(2, body)
end

local function message(type, body)
  return string.pack(">I1I3", type, #body) .. body
end

---@class spec.Hello
---@field version? integer default 0x0303
---@field record_version? integer default 0x0301
---@field suites? integer[] default TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
---@field compression? integer[] default null only
---@field extensions? string[]|false default: what TLS 1.2 with ECDHE needs

--- A record with a ClientHello.
---@param given? spec.Hello
---@return string
function hello.client(given)
  given = given or {}
  local extensions = given.extensions
  if extensions == nil then extensions = { hello.GROUPS, hello.POINTS, hello.SIGNATURES } end
  local body = string.pack(">I2", given.version or 0x0303)
    .. ("R"):rep(32)
    .. vector(1, "")
    .. vector(2, numbers(">I2", given.suites or { 0xc02b }))
    .. vector(1, numbers(">I1", given.compression or { 0 }))
  if extensions then body = body .. vector(2, table.concat(extensions)) end
  return hello.record(22, message(1, body), given.record_version or 0x0301)
end

--- The body of an extension of a ClientHello, which is one record.
---@param record string
---@param type integer
---@return string? nil it has none of that type
function hello.body(record, type)
  local at = 1 + 5 + 4 + 2 + 32 -- behind headers, version and random
  local _
  _, _, _, at = string.unpack(">s1s2s1", record, at)
  local all, first = string.unpack(">s2", record, at), 1
  while first <= #all do
    local kind, body
    kind, body, first = string.unpack(">I2s2", all, first)
    if kind == type then return body end
  end
end

--- A record with a ServerHello.
---@param given { version?: integer, suite?: integer, compression?: integer, extensions?: string[] }
---@return string
function hello.server(given)
  local body = string.pack(">I2", given.version or 0x0303)
    .. ("S"):rep(32)
    .. vector(1, "")
    .. string.pack(">I2I1", given.suite or 0xc02b, given.compression or 0)
  if given.extensions then body = body .. vector(2, table.concat(given.extensions)) end
  return hello.record(22, message(2, body))
end

---@class spec.HelloAnswer
---@field alert? integer
---@field version? integer
---@field random? string
---@field suite? integer
---@field compression? integer
---@field extensions? table<integer, string>

--- What a server answered: the fields of its ServerHello, or its alert.
---@param bytes string
---@return spec.HelloAnswer
function hello.answer(bytes)
  if bytes == "" then return {} end
  local type, _, body = string.unpack(">I1I2s2", bytes)
  if type == 21 then return { alert = body:byte(2) } end
  local version, random, _, suite, compression, at = string.unpack(">I2c32s1I2I1", body, 5)
  local extensions = {}
  local length = string.unpack(">I3", body, 2)
  if at <= 4 + length then
    local all = string.unpack(">s2", body, at)
    local next_one = 1
    while next_one <= #all do
      local kind, content
      kind, content, next_one = string.unpack(">I2s2", all, next_one)
      extensions[kind] = content
    end
  end
  return {
    version = version,
    random = random,
    suite = suite,
    compression = compression,
    extensions = extensions,
  }
end

return hello
