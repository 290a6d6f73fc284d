--- Contexts that follow their files: when these have changed, and been still
--- from one look to the next, a new context is made of them. It takes the place
--- of the one before only when all of them load and fit together.
--
-- A look is a stat of each path, and follows links: what the system would tell
-- of a file is lost when another is renamed over it, or when a link above it is
-- switched. Between the two looks a renewal that replaces several files, or
-- writes one piece by piece, has time to end.

local context = require("luatls.context")
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

local NO_LUV <const> = "to watch files the Lua module luv must be installed"

-- Options that may be paths of files.
local SOURCES <const> = { "certificate", "key", "trust" }

---@class luatls.Watch
---@field private given luatls.context.Options what a context is made of
---@field private paths string[]
---@field private current luatls.context
---@field private loaded string what the files looked like that it is made of
---@field private seen string what they looked like when last looked at
---@field private told? string of which state of the files a failure was told
---@field private next_look number monotonic seconds
---@field private now fun(): number
---@field interval number seconds between two looks
local Watch = { __name = "luatls.watch" }
Watch.__index = Watch

-- As the engine tells a path from the PEM text itself.
local function is_path(value)
  return type(value) == "string" and not value:find("-----BEGIN", 1, true)
end

local function paths_of(given)
  local paths = {}
  for _, name in ipairs(SOURCES) do
    if is_path(given[name]) then paths[#paths + 1] = given[name] end
  end
  if #paths > 0 then return paths end
  local text = "nothing to watch: %s are no paths of files"
  error(text:format(table.concat(SOURCES, ", ")), 3)
end

local function look(paths)
  local files = require("luatls.files")
  local versions = {}
  for i, path in ipairs(paths) do
    versions[i] = files.version(path) or "none"
  end
  return table.concat(versions, "\n")
end

local function on_stderr(err)
  io.stderr:write("luatls: ", tostring(err), "\n")
end

-- A function that raises must not end what watches.
local function tell(fn, value)
  local ok, text = pcall(fn, value)
  if not ok then io.stderr:write("luatls: watch: ", tostring(text), "\n") end
end

local function tell_failure(self, err)
  local state = self.seen .. err.message
  if state == self.told then return end
  self.told = state
  local message = "the changed files are not taken: " .. err.message
  local details = { cause = err, hint = err.hint, paths = self.paths }
  tell(self.on_error, errors.new("config", message, details))
end

-- What failed is tried again at each look: what was wrong need not be in the
-- files.
local function reload(self)
  self.given.replaces = self.given.role == "server" and self.current or nil
  local made, err = context.new(self.given)
  self.given.replaces = nil
  if not made then return tell_failure(self, err) end
  self.current, self.loaded, self.told = made, self.seen, nil
  if self.on_change then tell(self.on_change, made) end
end

local function look_again(self)
  local seen = look(self.paths)
  local is_still = seen == self.seen
  self.seen = seen
  if is_still and seen ~= self.loaded then reload(self) end
end

--- The context of the files as they are now, or as they last were good. Looks
--- at them when the last look is `interval` seconds ago.
---@return luatls.context
function Watch:context()
  if self:remaining() == 0 then
    self.next_look = self.now() + self.interval
    look_again(self)
  end
  return self.current
end

--- How long the next look is away.
---@return number seconds 0: it is due
function Watch:remaining()
  return math.max(0, self.next_look - self.now())
end

---@return "client"|"server"
function Watch:role()
  return self.given.role
end

Watch.__tostring = function(self)
  return ("luatls.watch (%s, %d files)"):format(self:role(), #self.paths)
end

--- Is it a watch?
---@param value any
---@return boolean
function watch.is(value)
  return getmetatable(value) == Watch
end

--- Make a context of files, and anew whenever they change: `certificate`, `key`
--- and `trust`, as far as they are paths. Nothing runs in the background: the
--- files are looked at when the context is asked for, or by the listener that
--- has the watch as its option `context`. A server's ticket secret stays.
---@param given luatls.watch.Options
---@return luatls.Watch? watch
---@return luatls.Error? err kind "config", "io", "parse"
function watch.new(given)
  options.check(given, KNOWN)
  local interval = given.interval or INTERVAL
  if interval <= 0 then error("the interval must be positive", 2) end
  local paths = paths_of(given)
  -- For its clock, and because files are looked at by libuv.
  local adapter = io_adapters.adapter("luv")
  if not adapter then return nil, errors.new("config", NO_LUV) end
  local own = options.pick(given, context.KEYS)
  own.role = given.role or "server"
  local seen = look(paths)
  local made, why = context.new(own)
  if not made then return nil, why end
  own.replaces = nil
  return setmetatable({
    given = own,
    paths = paths,
    current = made,
    loaded = seen,
    seen = seen,
    interval = interval,
    now = adapter.now,
    next_look = adapter.now() + interval,
    on_error = given.on_error or on_stderr,
    on_change = given.on_change,
  }, Watch)
end

return watch
