--- The HTTPS server: listens, and gives every client a conversation of its own
--- in a task of its own. A server without a certificate gets one for this
--- machine's own names, by the development CA.

local blame = require("luatls.blame")
local conversation = require("luatls.https.server.conversation")
local development = require("luatls.development")
local doorman = require("luatls.https.server.doorman")
local errors = require("luatls.error")
local io_adapters = require("luatls.io")
local listener = require("luatls.listener")
local options = require("luatls.options")
local source = require("luatls.source")
local words = require("luatls.io.words")

local server = {}

---@class luatls.https.server.Options: luatls.source.Options
---@field handler luatls.https.handler
---@field host? string default "127.0.0.1"; "*": all addresses
---@field port? integer default 8443; 0: the system chooses
--- Chain and key; without them the development CA issues some for localhost.
---@field certificate? luatls.chain_source
---@field key? luatls.key_source
---@field development? string folder of the development CA
---@field head_timeout? number seconds for a whole request head, default 10
---@field body_timeout? number seconds in which some of a body moves, default 30
---@field handshake_timeout? number seconds, default 10
---@field max_body? integer bytes that `req:text` takes, default 1 MiB
---@field max_waiting? integer as for `luatls.listen`
---@field backlog? integer as for `luatls.listen`
--- Told of handlers, requests and handshakes that failed; by default only
--- handlers are told of, on stderr.
---@field on_error? fun(err: luatls.Error, req?: luatls.https.server.Request)
---@field log? fun(entry: luatls.https.LogEntry)
--- Called by `serve` once clients can connect.
---@field on_listening? fun(server: luatls.https.Server)
---@field io? string|luatls.io.Adapter "luv" (default), "luasocket", or your own

local LISTENING <const> = options.merge(source.KEYS, {
  handshake_timeout = "number",
  max_waiting = "integer",
  backlog = "integer",
})

local KNOWN <const> = options.merge(LISTENING, {
  handler = "function|table",
  host = "string",
  port = "integer",
  development = "string",
  head_timeout = "number",
  body_timeout = "number",
  max_body = "integer",
  on_error = "function",
  log = "function",
  on_listening = "function",
  io = "string|table",
})

-- Options by which a program says who the server is.
local OF_IDENTITY <const> = {
  "context",
  "certificate",
  "certificates",
  "key",
  "psk",
  "hosts",
  "on_client_hello",
}

local HOST <const>, PORT <const> = "127.0.0.1", 8443
local HEAD_TIMEOUT <const>, BODY_TIMEOUT <const> = 10, 30
local MAX_BODY <const> = 1024 * 1024

local ALPN <const> = { "http/1.1" }

---@class luatls.https.Server
---@field private adapter luatls.io.Adapter
---@field private listener luatls.Listener
---@field private settings luatls.https.server.Settings
--- Path of the development CA's certificate, when the server began with one
--- that this CA issued.
---@field development_ca? string
local Server = { __name = "luatls.https.server" }
Server.__index = Server

local function report_on_stderr(err, req)
  if err.kind ~= "internal" and err.kind ~= "config" then return end
  local where = req and tostring(req) or "server"
  io.stderr:write("luatls: ", where, ": ", tostring(err), "\n")
end

local function settings_of(given, adapter)
  return {
    now = adapter.now,
    handler = given.handler,
    head_timeout = given.head_timeout or HEAD_TIMEOUT,
    body_timeout = given.body_timeout or BODY_TIMEOUT,
    max_body = given.max_body or MAX_BODY,
    report = given.on_error or report_on_stderr,
    log = given.log,
  }
end

-- What the listener needs: a context, or the options for one.
local function listening_of(given, adapter, identity)
  local chosen = options.pick(given, LISTENING)
  local report = given.on_error or report_on_stderr
  if identity then
    chosen.certificate, chosen.key = identity.chain, identity.key
  end
  if not given.context then chosen.alpn = chosen.alpn or ALPN end
  chosen.io = doorman.watch(adapter)
  function chosen.on_error(err, peer)
    report(errors.annotate(err, { peer = peer }))
  end
  return chosen
end

-- An identity by the development CA, unless the program has its own.
local function identity_of(given)
  for _, name in ipairs(OF_IDENTITY) do
    if given[name] then return nil end
  end
  return development.identity({ folder = given.development })
end

--- Make a server that listens, and serves once it is started or run.
---
--- Without `certificate` and `key` the development CA issues a certificate for
--- localhost, 127.0.0.1 and ::1; `server.development_ca` tells clients whom to
--- trust then.
---@param given luatls.https.server.Options
---@return luatls.https.Server? server
---@return luatls.Error? err kind "io", "resolve", "config", "parse"
function server.new(given)
  given = options.check(given, KNOWN)
  if not given.handler then blame.raise("a server needs a handler") end
  local adapter, err = io_adapters.adapter(given.io)
  if not adapter then return nil, err end
  local identity, why = identity_of(given)
  if why then return nil, why end
  local host, port = given.host or HOST, given.port or PORT
  local listening = listening_of(given, adapter, identity)
  local listens, failure = listener.listen(host, port, listening)
  if not listens then return nil, failure end
  return setmetatable({
    adapter = adapter,
    listener = listens,
    settings = settings_of(given, adapter),
    development_ca = identity and identity.ca_path,
  }, Server)
end

--- Serve until the server is closed.
---@return true
function Server:run()
  local settings = self.settings
  return self.listener:serve(function(stream)
    conversation.run(settings, stream)
  end)
end

--- Serve in the background, in a task of the loop that already runs (or that
--- the next blocking call turns).
function Server:start()
  if not self.adapter.spawn then
    error(("the adapter %s has no tasks: use run"):format(self.adapter.name), 2)
  end
  self.adapter.spawn(self.run, self)
end

--- Take another context, or other options for one, for the connections to come,
--- as `listener:replace` does.
---@param given luatls.context|luatls.Watch|luatls.source.Options
---@return true? done
---@return luatls.Error? err kind "config", "io", "parse", "closed"
function Server:replace(given)
  return self.listener:replace(given)
end

--- The port that is listened on; the one the system chose, for port 0.
---@return integer? port nil when the server is closed
function Server:port()
  return self.listener:port()
end

--- The address that is listened on.
---@return string? address nil when the server is closed
function Server:address()
  return self.listener:address()
end

--- Take no more clients. Requests that came already are answered.
---@return true
function Server:close()
  return self.listener:close()
end

Server.__close = Server.close

local function announce(self)
  local address, port = self:address(), self:port()
  local is_local = address == "127.0.0.1" or address == "::1"
  local name = is_local and "localhost" or address
  local form = "luatls: the development CA vouches for this server; try\n"
    .. "luatls:   curl --cacert %s https://%s/\n"
  io.stderr:write(form:format(self.development_ca, words.endpoint(name, port)))
end

--- Serve HTTPS; returns when the server is closed. The options are those of
--- `https.server`; `on_listening` gets the server. With the development CA two
--- lines on stderr tell how to connect.
---@param given luatls.https.server.Options
---@return true? done
---@return luatls.Error? err kind "io", "resolve", "config", "parse"
function server.serve(given)
  local self, err = server.new(given)
  if not self then return nil, err end
  if self.development_ca then announce(self) end
  if given.on_listening then given.on_listening(self) end
  return self:run()
end

return server
