--- Contexts that follow their files: when these have changed, and been still
--- from one look to the next, a new context is made of them. It takes the place
--- of the one before only when all of them load and fit together; of a server
--- with hosts, each host for itself.

local blame = require("luatls.blame")
local context = require("luatls.context")
local core = require("luatls.core")
local errors = require("luatls.error")
local io_adapters = require("luatls.io")
local options = require("luatls.options")

local watch = {}

---@class luatls.watch.Options: luatls.context.Options
---@field role? "client"|"server" default "server"
---@field interval? number seconds between two looks at the files, default 5
--- Told, once for each state of the files, why they are not taken: kind
--- "config", with the reason as `cause`. Default: a line on stderr.
---@field on_error? fun(err: luatls.Error)
---@field on_change? fun(context: luatls.context) told of each new context

local KNOWN <const> = options.merge(context.KEYS, {
  role = "string",
  interval = "number",
  on_error = "function",
  on_change = "function",
})

local INTERVAL <const> = 5

local NO_FILES <const> = "nothing to watch: certificate, key and trust are no "
  .. "paths"

local NO_LUV <const> = "to watch files the Lua module luv must be installed"

-- Options that may be paths of files, and what reads them.
local READERS <const> = {
  certificate = core.chain.load,
  key = core.key.load,
  trust = core.chain.load,
}

-- What a context is made of: the server's own, or a host's.
---@class luatls.watch.Part
---@field host? string nil: the server, or client, itself
---@field given luatls.context.Options with paths
---@field loaded luatls.context.Options the same with what the paths led to
---@field files luatls.FileSet
---@field context luatls.context
---@field told? string which state of the files a failure was told of

---@class luatls.Watch
---@field private own luatls.watch.Part
---@field private parts luatls.watch.Part[] of hosts that have files
---@field private hosts? table<string, luatls.context>
---@field private next_look number monotonic seconds
---@field private now fun(): number
---@field interval number seconds between two looks
local Watch = { __name = "luatls.watch" }
Watch.__index = Watch

-- As the engine tells a path from the PEM text itself.
local function is_path(value)
  return type(value) == "string" and not value:find("-----BEGIN", 1, true)
end

-- Those in the option `certificates` too.
local function paths_of(given)
  local paths = {}
  for name in pairs(READERS) do
    if is_path(given[name]) then paths[#paths + 1] = given[name] end
  end
  for _, credential in ipairs(given.certificates or {}) do
    local own = paths_of(credential)
    table.move(own, 1, #own, #paths + 1, paths)
  end
  return paths
end

-- Is there anything to watch?
local function has_files(given)
  if #paths_of(given) > 0 then return true end
  for _, host in pairs(given.hosts or {}) do
    if type(host) == "table" and #paths_of(host) > 0 then return true end
  end
  return false
end

-- `read` has what others have read at the same time: hosts may share files.
local function load_file(name, given, read)
  local path, password = given[name], nil
  if name == "key" then password = given.password end
  local id = table.concat({ name, path, password }, "\0")
  if read[id] then return read[id] end
  local value, err = READERS[name](path, password)
  if not value then
    err.message = ("option %s: %s"):format(name, err.message)
    return nil, errors.annotate(err, { path = path, option = name })
  end
  read[id] = value
  return value
end

-- The options with what their paths lead to, those of each of `certificates`
-- too.
local function load_files(given, read)
  local loaded = options.pick(given, given)
  loaded.certificates = given.certificates and {}
  for i, credential in ipairs(given.certificates or {}) do
    local own, err = load_files(credential, read)
    if not own then return nil, err end
    loaded.certificates[i] = own
  end
  for name in pairs(READERS) do
    if is_path(given[name]) then
      local value, err = load_file(name, given, read)
      if not value then return nil, err end
      loaded[name] = value
    end
  end
  return loaded
end

-- A context that takes the place of `before`.
local function make(loaded, before)
  loaded.replaces = before
  local made, err = context.new(loaded)
  loaded.replaces = nil
  return made, err
end

local function on_stderr(err)
  io.stderr:write("luatls: ", tostring(err), "\n")
end

-- A function that raises must not end what watches.
local function tell(fn, value)
  local ok, text = pcall(fn, value)
  if not ok then io.stderr:write("luatls: watch: ", tostring(text), "\n") end
end

local function tell_failure(self, part, err)
  local state = part.files:state() .. err.message
  if state == part.told then return end
  part.told = state
  local whose = part.host and " of " .. part.host or ""
  local form = "the changed files%s are not taken: %s"
  local details = { cause = err, hint = err.hint, host = part.host }
  local message = form:format(whose, err.message)
  tell(self.on_error, errors.new("config", message, details))
end

-- What failed is tried again at each look: what was wrong need not be in the
-- files.
local function refresh(self, part, read)
  local loaded, made, err
  loaded, err = load_files(part.given, read)
  if loaded then
    loaded.hosts = not part.host and self.hosts or nil
    made, err = make(loaded, self:role() == "server" and part.context or nil)
  end
  if not made then
    tell_failure(self, part, err)
    return false
  end
  part.loaded, part.context, part.told = loaded, made, nil
  part.files:accept()
  return true
end

local function refresh_hosts(self, read)
  local any = false
  for _, part in ipairs(self.parts) do
    if part.files:has_changed() and refresh(self, part, read) then
      self.hosts[part.host], any = part.context, true
    end
  end
  return any
end

-- With the new hosts, and the files that were good before.
local function join_hosts(self)
  local own = self.own
  local made, err = make(own.loaded, own.context)
  if not made then
    tell_failure(self, own, err)
    return false
  end
  own.context = made
  return true
end

local function look_again(self)
  local read, own = {}, self.own
  local has_new_hosts = refresh_hosts(self, read)
  local is_new = own.files:has_changed() and refresh(self, own, read)
  if not is_new and has_new_hosts then is_new = join_hosts(self) end
  if is_new and self.on_change then tell(self.on_change, own.context) end
end

--- The context of the files as they are now, or as they last were good. Looks
--- at them when the last look is `interval` seconds ago.
---@return luatls.context
function Watch:context()
  if self:remaining() == 0 then
    self.next_look = self.now() + self.interval
    look_again(self)
  end
  return self.own.context
end

--- How long the next look is away.
---@return number seconds 0: it is due
function Watch:remaining()
  return math.max(0, self.next_look - self.now())
end

---@return "client"|"server"
function Watch:role()
  return self.own.given.role
end

Watch.__tostring = function(self)
  return ("luatls.watch (%s)"):format(self:role())
end

--- Is it a watch?
---@param value any
---@return boolean
function watch.is(value)
  return getmetatable(value) == Watch
end

-- A part with its first context.
local function new_part(given, read, before)
  -- Not above: programs that watch nothing need no luv.
  local file_set = require("luatls.file_set")
  local set = file_set.new(paths_of(given))
  local loaded, err = load_files(given, read)
  if not loaded then return nil, err end
  local made, why = make(loaded, before)
  if not made then return nil, why end
  return { given = given, loaded = loaded, files = set, context = made }
end

-- The parts of hosts that are tables, and the contexts of all hosts. They share
-- their ticket secret with the server, so that it can outlive each of them.
local function host_parts(own, read)
  local parts, hosts, first = {}, {}, own.replaces
  for name, host in pairs(own.hosts) do
    hosts[name] = host
    if type(host) == "table" then
      local given = context.of_host(own, host)
      local part, err = new_part(given, read, given.replaces or first)
      if not part then return nil, context.of_whom(err, name) end
      given.replaces = nil
      part.host, hosts[name] = name, part.context
      first = first or part.context
      if #paths_of(given) > 0 then parts[#parts + 1] = part end
    end
  end
  return parts, hosts, first
end

-- All that is watched.
local function new_parts(own)
  local read, parts, hosts, first = {}, {}, nil, own.replaces
  if own.hosts then
    parts, hosts, first = host_parts(own, read)
    if not parts then return nil, hosts end
  end
  own.hosts, own.replaces = hosts, nil
  local part, err = new_part(own, read, first)
  if not part then return nil, err end
  return { own = part, parts = parts, hosts = hosts }
end

--- Make a context of files, and anew whenever they change: `certificate`, `key`
--- and `trust`, as far as they are paths, and those of `certificates` and of
--- `hosts`. Nothing runs in
--- the background: the files are looked at when the context is asked for, or by
--- the listener that has the watch as its option `context`. A server's ticket
--- secret stays.
---@param given luatls.watch.Options
---@return luatls.Watch? watch
---@return luatls.Error? err kind "config", "io", "parse"
function watch.new(given)
  given = options.check(given, KNOWN)
  local interval = given.interval or INTERVAL
  if interval <= 0 then blame.raise("the interval must be positive") end
  -- For its clock, and because files are looked at by libuv.
  local adapter = io_adapters.adapter("luv")
  if not adapter then return nil, errors.new("config", NO_LUV) end
  local own = options.pick(given, context.KEYS)
  own.role = given.role or "server"
  if not has_files(own) then blame.raise(NO_FILES) end
  local self, err = new_parts(own)
  if not self then return nil, err end
  self.interval = interval
  self.now = adapter.now
  self.next_look = adapter.now() + interval
  self.on_error = given.on_error or on_stderr
  self.on_change = given.on_change
  return setmetatable(self, Watch)
end

return watch
