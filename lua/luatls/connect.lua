--- From a host name, or from a socket that is connected already, to a stream
--- whose handshake is complete. Nobody gets a stream before that.

local blame = require("luatls.blame")
local channel = require("luatls.channel")
local context = require("luatls.context")
local endpoint = require("luatls.endpoint")
local errors = require("luatls.error")
local io = require("luatls.io")
local options = require("luatls.options")
local stream = require("luatls.stream")
local words = require("luatls.io.words")

local connect = {}

-- Seconds for connecting and the handshake, when no timeout is given: a server
-- that is silent must not stop a program for ever.
local SETUP_TIMEOUT <const> = 30

local CONNECTION <const> = {
  name = "string",
  sni = "string",
  session = "userdata",
  early_data = "string",
  timeout = "number",
}

local CONNECT_KNOWN <const> = options.merge(context.KEYS, CONNECTION, {
  context = "userdata",
  io = "string|table",
})

local WRAP_KNOWN <const> = options.merge(CONNECTION, {
  io = "string|table",
  host = "string",
  port = "integer",
})

---@class luatls.connect.Options: luatls.context.Options
--- Seconds for connecting and handshake together (default 30), then for each
--- operation of the stream (default: for ever).
---@field timeout? number
--- Instead of the options that make one.
---@field context? luatls.context
---@field name? string who the peer must be, default the host
---@field sni? string sent as server name, default `name`
--- A session of the same server, to be resumed if it and the context allow.
---@field session? luatls.session
--- Sent with the first message, if the session allows so much (RFC 8446, 2.3):
--- anybody on the way can send it to the server again. Unless the stream's
--- info().early_data is "accepted" then, the server has seen nothing of it.
---@field early_data? string
--- "luv" (default), "luasocket", or an adapter of your own.
---@field io? string|luatls.io.Adapter

local CLIENT_WRAP_KNOWN <const> = options.merge(CONNECT_KNOWN, WRAP_KNOWN)

---@class luatls.wrap.Options
---@field name? string who the peer must be: a client must say, or skip names
---@field sni? string sent as server name, default `name`
---@field session? luatls.session to be resumed
---@field early_data? string as for `connect`
--- Seconds for the handshake (default 30), then for each operation of the
--- stream (default: for ever).
---@field timeout? number
---@field io? string|luatls.io.Adapter default: the one of the socket's kind
---@field host? string for messages
---@field port? integer for messages

---@class luatls.wrap.ClientOptions: luatls.connect.Options
---@field host? string for messages
---@field port? integer for messages

---@class luatls.handshake.Options: luatls.wrap.Options
---@field deadline? number of the handshake

local function deadline_of(adapter, timeout)
  timeout = timeout or SETUP_TIMEOUT
  if timeout < math.huge then return adapter.now() + timeout end
end

local function peer_of(details)
  if not details.host then return "the peer" end
  return words.endpoint(details.host, details.port or 0)
end

-- The engine's errors say what happened; the others do not know where.
local function explain(err, details)
  details.phase = "handshake"
  if err == errors.TIMEOUT then
    local message = "timed out in the TLS handshake with " .. peer_of(details)
    details.retryable = true
    return errors.new("timeout", message, details)
  elseif err.kind == "io" then
    local form = "the TLS handshake with %s failed: %s"
    local message = form:format(peer_of(details), err.message)
    details.symbol = err.symbol
    return errors.new("io", message, details)
  end
  return errors.annotate(err, details)
end

--- Do the handshake on a connected socket; a server's may go on while early
--- data is read.
---@param adapter luatls.io.Adapter
---@param socket luatls.io.Socket closed when the handshake fails
---@param chosen luatls.context
---@param given luatls.handshake.Options
---@return luatls.Stream? stream
---@return luatls.Error? err
function connect.handshake(adapter, socket, chosen, given)
  local joined = channel.new(chosen, socket, given)
  local started = adapter.now()
  local ok, err = joined:greet(given.deadline)
  if not ok then
    joined:close()
    return nil, explain(err, { host = given.host, port = given.port })
  end
  joined.handshake_seconds = adapter.now() - started
  return stream.new(joined, adapter.now, given)
end

-- What is for the context: early data is a connection's.
local function settings_of(given)
  local settings = options.pick(given, CONNECT_KNOWN)
  settings.early_data = nil
  return settings
end

--- Connect to a TLS server: resolve, connect, handshake, verify.
---
--- The server must show a certificate that the system (or `trust`) vouches for
--- and that is for `name`. Errors tell by `phase` how far it came; their kinds
--- are "resolve", "connect", "timeout", "verify", "alert", "protocol",
--- "truncated", "io", "config" and "parse".
---@param host string name or IP address
---@param port integer
---@param given? luatls.connect.Options
---@return luatls.Stream? stream
---@return luatls.Error? err of these kinds
function connect.connect(host, port, given)
  port = endpoint.check(host, port, 1)
  given = options.check(given, CONNECT_KNOWN)
  local adapter, err = io.adapter(given.io)
  if not adapter then return nil, err end
  local chosen, why = context.choose("client", settings_of(given))
  if not chosen then return nil, why end
  local deadline = deadline_of(adapter, given.timeout)
  local socket, failure = adapter.connect(host, port, deadline)
  if not socket then return nil, failure end
  return connect.handshake(adapter, socket, chosen, {
    name = given.name or host,
    sni = given.sni,
    session = given.session,
    early_data = given.early_data,
    timeout = given.timeout,
    deadline = deadline,
    host = host,
    port = port,
  })
end

-- The context of a `wrap` that was given options only, and the rest of these.
local function context_of(given)
  options.check(given, CLIENT_WRAP_KNOWN)
  local chosen, err = context.choose("client", settings_of(given))
  if not chosen then return nil, err end
  return chosen, options.pick(given, WRAP_KNOWN)
end

--- Make a connected socket a TLS connection (STARTTLS), in the role of the
--- context, or with options alone that of a client, as `tls.connect` does. The
--- socket is taken over: closing the stream closes it, and so does a handshake
--- that fails.
---@param object any a TCP object of LuaSocket or a TCP handle of luv
---@param chosen luatls.context|luatls.wrap.ClientOptions
---@param given? luatls.wrap.Options with a context only
---@return luatls.Stream? stream
---@return luatls.Error? err kinds of `connect` but "resolve" and "connect"
function connect.wrap(object, chosen, given)
  if type(chosen) == "table" and given == nil then
    local rest
    chosen, rest = context_of(chosen)
    if not chosen then return nil, rest end
    given = rest
  elseif type(chosen) ~= "userdata" then
    blame.raise(
      "wrap needs a context, or the options of a client, not a " .. type(chosen)
    )
  end
  options.check(given, WRAP_KNOWN)
  given = given or {}
  local adapter = io.adapter_of(object, given.io)
  if not adapter then
    blame.raise("only TCP sockets of LuaSocket and luv can be wrapped")
  end
  local deadline = deadline_of(adapter, given.timeout)
  local socket, err = adapter.adopt(object)
  if not socket then return nil, err end
  return connect.handshake(adapter, socket, chosen, {
    name = given.name,
    sni = given.sni,
    session = given.session,
    early_data = given.early_data,
    timeout = given.timeout,
    deadline = deadline,
    host = given.host,
    port = given.port,
  })
end

return connect
