--- ClientHellos: made by hand, and heard from other people's programs.

local process = require("spec.support.process")
local socket = require("socket")

local hellos = {}

local PATIENCE <const> = 20 -- seconds

-- By hand ----------------------------------------------------------------------

-- Bytes, with the places of all lengths in them.
local Writer = {}
Writer.__index = Writer

local function writer()
  return setmetatable({ text = "", lengths = {} }, Writer)
end

function Writer:put(bytes)
  self.text = self.text .. bytes
end

-- What `fill` puts, behind its length of `size` bytes.
function Writer:vector(size, fill)
  local length = { at = #self.text + 1, size = size }
  table.insert(self.lengths, length)
  self:put(("\0"):rep(size))
  local start = #self.text
  fill(self)
  length.value = #self.text - start
  local bytes = (">I" .. size):pack(length.value)
  self.text = self.text:sub(1, length.at - 1) .. bytes .. self.text:sub(length.at + size)
end

function Writer:bytes(size, bytes)
  self:vector(size, function()
    self:put(bytes)
  end)
end

function Writer:numbers(size, list)
  self:vector(size, function()
    for _, number in ipairs(list) do
      self:put((">I2"):pack(number))
    end
  end)
end

--- The contents of extensions, as functions to put into `extensions` below.
hellos.extension = {}

function hellos.extension.server_name(...)
  local names = { ... }
  return 0,
    function(w)
      w:vector(2, function()
        for _, name in ipairs(names) do
          w:put("\0")
          w:bytes(2, name)
        end
      end)
    end
end

function hellos.extension.groups(list)
  return 10, function(w)
    w:numbers(2, list)
  end
end

function hellos.extension.signature_algorithms(list)
  return 13, function(w)
    w:numbers(2, list)
  end
end

function hellos.extension.alpn(...)
  local names = { ... }
  return 16,
    function(w)
      w:vector(2, function()
        for _, name in ipairs(names) do
          w:bytes(1, name)
        end
      end)
    end
end

function hellos.extension.supported_versions(list)
  return 43, function(w)
    w:numbers(1, list)
  end
end

--- Each share is { group, key }.
function hellos.extension.key_share(...)
  local shares = { ... }
  return 51,
    function(w)
      w:vector(2, function()
        for _, share in ipairs(shares) do
          w:put((">I2"):pack(share[1]))
          w:bytes(2, share[2])
        end
      end)
    end
end

--- Any other: its bytes as they are.
function hellos.extension.raw(type, bytes)
  return type, function(w)
    w:put(bytes or "")
  end
end

---@class spec.Hello
---@field version? integer
---@field session_id? string
---@field suites? integer[]
---@field compression? string
---@field extensions? table[]|false each { type, fill }, as table.pack of the above; false: no list

local function put_extensions(w, extensions)
  w:vector(2, function()
    for _, extension in ipairs(extensions) do
      w:put((">I2"):pack(extension[1]))
      w:vector(2, extension[2])
    end
  end)
end

--- A handshake message.
---@param parts spec.Hello
---@return string message
---@return { at: integer, size: integer, value: integer }[] lengths
function hellos.make(parts)
  local w = writer()
  w:put("\1")
  w:vector(3, function()
    w:put((">I2"):pack(parts.version or 0x0303))
    w:put(("r"):rep(32))
    w:bytes(1, parts.session_id or "")
    w:numbers(2, parts.suites or { 0x1301 })
    w:bytes(1, parts.compression or "\0")
    if parts.extensions ~= false then put_extensions(w, parts.extensions or {}) end
  end)
  return w.text, w.lengths
end

--- One with everything that is read.
---@return string message
---@return { at: integer, size: integer, value: integer }[] lengths
function hellos.full()
  local extension = hellos.extension
  return hellos.make({
    session_id = ("\xff"):rep(32),
    suites = { 0x0a0a, 0x1301, 0xc02b, 0x00ff },
    extensions = {
      { extension.raw(0x1a1a) },
      { extension.server_name("www.example.org") },
      { extension.raw(23) },
      { extension.groups({ 0x2a2a, 29, 23 }) },
      { extension.signature_algorithms({ 0x0403, 0x0804 }) },
      { extension.alpn("h2", "http/1.1") },
      { extension.raw(42) },
      { extension.supported_versions({ 0x3a3a, 0x0304, 0x0303 }) },
      { extension.key_share({ 0x2a2a, "\0" }, { 29, ("\xff"):rep(32) }) },
      { extension.raw(0x4469, "\0\3\2h2") },
      { extension.raw(41, "\0") },
    },
  })
end

-- By others --------------------------------------------------------------------

--- The handshake message that records begin with.
---@param records string
---@return string? message nil: there is more to come
function hellos.unwrap(records)
  local bytes, at = "", 1
  while #records >= at + 4 do
    local type, _, payload = (">BI2s2"):unpack(records .. ("\0"):rep(65536), at)
    assert(type == 22, "not a handshake record")
    if #records < at + 4 + #payload then break end
    bytes, at = bytes .. payload, at + 5 + #payload
  end
  if #bytes < 4 then return nil end
  local size = 4 + (">I3"):unpack(bytes, 2)
  if #bytes >= size then return bytes:sub(1, size) end
end

--- What a program sends first to whom it connects.
---@param name string of the program
---@param arguments fun(port: integer): string[]
---@return string message
function hellos.heard(name, arguments)
  local server = assert(socket.bind("127.0.0.1", 0))
  server:settimeout(PATIENCE)
  local _, port = server:getsockname()
  local program = process.start(name, arguments(math.tointeger(tonumber(port))))
  local client = assert(server:accept())
  client:settimeout(PATIENCE)
  local records = ""
  repeat
    records = records .. assert(client:receive(1))
    local message = hellos.unwrap(records)
  until message
  client:close()
  server:close()
  program:stop()
  return hellos.unwrap(records)
end

return hellos
