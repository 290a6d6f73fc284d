--- A listening socket that gives streams whose handshake is complete.
--
-- With an adapter that has tasks the handshakes go on in the background, each
-- with a deadline: a client that is slow, silent or broken delays nobody. A
-- connection whose handshake failed is never seen by the program.

local stderr <const> = io.stderr

local connect = require("luatls.connect")
local endpoint = require("luatls.endpoint")
local errors = require("luatls.error")
local io = require("luatls.io")
local options = require("luatls.options")
local source = require("luatls.source")
local words = require("luatls.io.words")

local listener = {}

---@class luatls.Listener
---@field private adapter luatls.io.Adapter
---@field private server luatls.io.Server
---@field private source luatls.Source
---@field private given luatls.listen.Options
---@field private ready luatls.Stream[] complete, oldest first
---@field private busy integer handshakes, and streams that nobody took yet
---@field private takers table who waits for a stream
---@field private room table who waits for `busy` to fall
local Listener = { __name = "luatls.listener" }
Listener.__index = Listener

---@class luatls.listen.Options: luatls.source.Options
--- Seconds for each operation of the streams, default: for ever.
---@field timeout? number
---@field handshake_timeout? number seconds, default 10
--- Connections in their handshake or waiting for `accept`, default 1024.
---@field max_waiting? integer
--- Connections that the system may hold besides, default 128.
---@field backlog? integer
--- Told of handshakes and handlers that failed; by default only handlers are
--- told of, on stderr.
---@field on_error? fun(err: luatls.Error, peer: string)
--- "luv" (default), "luasocket", or an adapter of your own.
---@field io? string|luatls.io.Adapter

local KNOWN <const> = options.merge(source.KEYS, {
  timeout = "number",
  handshake_timeout = "number",
  max_waiting = "integer",
  backlog = "integer",
  on_error = "function",
  io = "string|table",
})

local DEFAULTS <const> = {
  handshake_timeout = 10,
  max_waiting = 1024,
  backlog = 128,
}

-- Seconds until the next try when the system cannot accept, for want of
-- descriptors say: at once it could not either.
local ACCEPT_PAUSE <const> = 0.1

local function setting(self, name)
  return self.given[name] or DEFAULTS[name]
end

-- Strangers make handshakes fail all day long; a handler that fails is a fault
-- of the program, which must not pass unseen.
local function report_on_stderr(err, peer)
  if err.kind ~= "internal" then return end
  stderr:write("luatls: ", peer, ": ", tostring(err), "\n")
end

local function report(self, err, peer)
  local on_error = self.given.on_error or report_on_stderr
  on_error(err, peer)
end

local function peer_of(socket)
  local host, port = socket:peername()
  return host or "?", port or 0
end

-- The handshake with one client, as its deadline allows.
local function greet(self, socket)
  local host, port = peer_of(socket)
  local limit = setting(self, "handshake_timeout")
  local peer, err =
    connect.handshake(self.adapter, socket, self.source:context(), {
      timeout = self.given.timeout,
      deadline = self.adapter.now() + limit,
      host = host,
      port = port,
    })
  if peer then return peer end
  report(self, err, words.endpoint(host, port))
end

local function release(self)
  self.busy = self.busy - 1
  self.adapter.ring(self.room)
end

local function welcome(self, socket)
  local peer = greet(self, socket)
  if not peer then
    release(self)
  elseif self.is_closed then
    peer:close()
  else
    table.insert(self.ready, peer)
    self.adapter.ring(self.takers)
  end
end

-- The task that takes connections from the system.
local function accept_all(self)
  local most = setting(self, "max_waiting")
  while not self.is_closed do
    local socket, err = self.server:accept()
    if socket then
      self.busy = self.busy + 1
      self.adapter.spawn(welcome, self, socket)
    elseif not self.is_closed then
      report(self, err, "?")
      self.adapter.sleep(ACCEPT_PAUSE)
    end
    while self.busy >= most and not self.is_closed do
      self.adapter.wait(self.room)
    end
  end
end

local function accept_ready(self, deadline)
  while #self.ready == 0 do
    if self.is_closed then return nil, errors.CLOSED end
    local rung = self.adapter.wait(self.takers, deadline)
    if not rung and #self.ready == 0 then return nil, errors.TIMEOUT end
  end
  release(self)
  return table.remove(self.ready, 1)
end

-- The next connection; while it waits, files are looked at that are watched.
local function accept_watching(self, deadline)
  local now = self.adapter.now
  local socket, err
  repeat
    local look = now() + self.source:remaining()
    local ends = math.min(deadline or math.huge, look)
    socket, err = self.server:accept(ends < math.huge and ends or nil)
    self.source:context()
    local is_late = deadline and now() >= deadline
  until socket or err ~= errors.TIMEOUT or is_late
  return socket, err
end

-- Without tasks: one handshake after the other.
local function accept_inline(self, deadline)
  while not self.is_closed do
    local socket, err = accept_watching(self, deadline)
    if not socket then return nil, err end
    local peer = greet(self, socket)
    if peer then return peer end
  end
  return nil, errors.CLOSED
end

--- The next client whose handshake is complete.
---@param timeout? number seconds, default: for ever
---@return luatls.Stream? stream
---@return luatls.Error? err kind "timeout", "closed" (the listener), "io"
function Listener:accept(timeout)
  if timeout ~= nil and type(timeout) ~= "number" then
    error("the timeout must be a number of seconds, or nil", 2)
  end
  local deadline = timeout and self.adapter.now() + timeout
  if self.adapter.spawn then return accept_ready(self, deadline) end
  return accept_inline(self, deadline)
end

-- What was raised may be an error object.
local function explain(raised)
  return debug.traceback(tostring(raised), 2)
end

local function handle(self, handler, peer)
  local ok, text = xpcall(handler, explain, peer)
  -- Closed before that, an answer to early data would look cut off.
  peer:settimeout(setting(self, "handshake_timeout"))
  if ok then peer:confirm() end
  peer:close()
  if ok then return end
  local err = errors.new("internal", "the handler raised an error: " .. text)
  report(self, err, words.endpoint(peer.host, peer.port))
end

--- Call `handler(stream)` for every client until the listener is closed, each
--- in a task of its own where the adapter has tasks, else one after the other.
--- A stream is closed when its handler returns; an error that the handler
--- raises goes to `on_error`, or else to stderr.
---@param handler fun(stream: luatls.Stream)
---@return true
function Listener:serve(handler)
  if type(handler) ~= "function" then
    error("serve needs a function, not a " .. type(handler), 2)
  end
  local adapter = self.adapter
  while not self.is_closed do
    local peer, err = self:accept()
    if not peer and not self.is_closed then
      report(self, err, "?")
      adapter.sleep(ACCEPT_PAUSE)
    elseif peer and adapter.spawn then
      adapter.spawn(handle, self, handler, peer)
    elseif peer then
      handle(self, handler, peer)
    end
  end
  return true
end

--- Take another context, or other options for one, for the connections to come.
--- Those that have begun keep theirs, in their handshake too. Options that are
--- not given stay as they were, and an empty table reads the files again. The
--- ticket secret stays, unless a context or `ticket_secret` brings another one.
--- After an error all is as before.
---@param given luatls.context|luatls.Watch|luatls.source.Options
---@return true? done
---@return luatls.Error? err kind "config", "io", "parse", "closed"
function Listener:replace(given)
  return self.source:replace(given)
end

--- The port that is listened on; the one the system chose, for port 0.
---@return integer? port nil when the listener is closed
function Listener:port()
  if self.is_closed then return nil end
  local _, port = self.server:sockname()
  return math.tointeger(port)
end

--- The address that is listened on.
---@return string? address nil when the listener is closed
function Listener:address()
  if self.is_closed then return nil end
  return (self.server:sockname())
end

--- Stop listening. Streams that were accepted live on; those that nobody took
--- are closed, and who waits in `accept` gets kind "closed".
---@return true
function Listener:close()
  if self.is_closed then return true end
  self.is_closed = true
  self.source:close()
  self.server:close()
  for _, peer in ipairs(self.ready) do
    peer:close()
  end
  self.ready = {}
  if self.adapter.ring then
    self.adapter.ring(self.takers)
    self.adapter.ring(self.room)
  end
  return true
end

Listener.__close = Listener.close

-- Whom a watch tells what is wrong with new files; nil: stderr.
local function teller(given)
  return given.on_error and function(err)
    given.on_error(err, "?")
  end
end

--- Listen for TLS clients.
---@param host string name or IP address of this machine; "*": all addresses
---@param port integer 0: the system chooses, see `listener:port()`
---@param given luatls.listen.Options `certificate` and `key`, or `context`
---@return luatls.Listener? listener
---@return luatls.Error? err kind "io", "resolve", "config", "parse"
function listener.listen(host, port, given)
  port = endpoint.check(host, port, 0)
  given = options.check(given, KNOWN)
  local adapter, err = io.adapter(given.io)
  if not adapter then return nil, err end
  local origin, why = source.new(given, adapter, teller(given))
  if not origin then return nil, why end
  local backlog = given.backlog or DEFAULTS.backlog
  local server, failure = adapter.listen(host, port, backlog)
  if not server then
    origin:close()
    return nil, failure
  end
  local self = setmetatable({
    adapter = adapter,
    server = server,
    source = origin,
    given = given,
    ready = {},
    busy = 0,
    takers = {},
    room = {},
  }, Listener)
  if adapter.spawn then adapter.spawn(accept_all, self) end
  return self
end

return listener
