--- What every failed operation returns: one kind for programs, one sentence
--- for people, and the details as fields. The engine owns the metatable; this
--- module adds the closed list of kinds and the errors that are shared.

local core = require("luatls.core")

local errors = {}

---@class luatls.Error
---@field kind luatls.kind
---@field message string lower case, no file or line
---@field hint? string what to do about it
---@field phase? "resolve"|"connect"|"listen"|"handshake"|"read"|"write"
---@field host? string whom the operation was meant for
---@field port? integer
---@field psk_identity? string of a client that a server refused for its key
---@field retryable? boolean the same call may succeed later

---@alias luatls.kind
---| "closed" the peer said that it sends no more, or the object was closed here
---| "truncated" the peer's bytes ended without a close_notify
---| "timeout" the time allowed for the operation has passed
---| "alert" one side refused with a TLS alert
---| "verify" the peer's certificate is not acceptable
---| "protocol" what the peer sent is against the rules
---| "config" a setting of this side cannot work
---| "parse" a certificate, key or other text cannot be read
---| "io" the operating system refused
---| "memory" there was not enough of it
---| "internal" a fault of this library or of its engine
---| "resolve" a host name has no address
---| "connect" no address of the host took the connection
---| "proxy" the proxy refused
---| "redirect" a redirection cannot be followed
---| "too_large" a limit for sizes was passed
---| "decode" a body is not in the form that was announced
---| "cancelled" the operation was given up on request

--- Every kind, and its meaning in one line.
---@type table<luatls.kind, string>
errors.KINDS = {
  closed = "the peer said that it sends no more, or it was closed here",
  truncated = "the peer's bytes ended without a close_notify",
  timeout = "the time allowed for the operation has passed",
  alert = "one side refused with a TLS alert",
  verify = "the peer's certificate is not acceptable",
  protocol = "what the peer sent is against the rules",
  config = "a setting of this side cannot work",
  parse = "a certificate, key or other text cannot be read",
  io = "the operating system refused",
  memory = "there was not enough of it",
  internal = "a fault of this library or of its engine",
  resolve = "a host name has no address",
  connect = "no address of the host took the connection",
  proxy = "the proxy refused",
  redirect = "a redirection cannot be followed",
  too_large = "a limit for sizes was passed",
  decode = "a body is not in the form that was announced",
  cancelled = "the operation was given up on request",
}

--- Make an error; `details` (kept, not copied) become its fields.
---@type fun(kind: luatls.kind, message: string, details?: table): luatls.Error
errors.new = core.error

local function refuse_write()
  error("a shared error cannot be changed", 2)
end

-- The fields lie behind __index, so that every write meets __newindex.
local function share(kind, message)
  local err = core.error(kind, message)
  local meta = getmetatable(err)
  return setmetatable({}, {
    __name = meta.__name,
    __index = err,
    __newindex = refuse_write,
    __tostring = meta.__tostring,
    __concat = meta.__concat,
    __pairs = function()
      return next, err
    end,
  })
end

-- Made once: the common paths allocate nothing. Read-only.
errors.TIMEOUT = share("timeout", "timed out")
errors.CLOSED = share("closed", "it is already closed on this side")
errors.END = share("closed", "the peer has closed the connection")

local name = getmetatable(errors.TIMEOUT).__name

--- Is this an error object of the library?
---@param value any
---@return boolean
function errors.is_error(value)
  local meta = type(value) == "table" and getmetatable(value)
  return type(meta) == "table" and meta.__name == name
end

--- Add details that are not there yet. A shared error stays as it is.
---@param err luatls.Error
---@param details table
---@return luatls.Error err the same
function errors.annotate(err, details)
  if getmetatable(err).__newindex then return err end
  for field, value in pairs(details) do
    if err[field] == nil then err[field] = value end
  end
  return err
end

return errors
