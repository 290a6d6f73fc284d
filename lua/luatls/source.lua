--- Where a listener's contexts come from: one that was given, one made of
--- options, or a watch. It is exchanged whole or not at all; connections that
--- have begun keep the context that they have.

local blame = require("luatls.blame")
local context = require("luatls.context")
local errors = require("luatls.error")
local options = require("luatls.options")
local watch = require("luatls.watch")

local source = {}

--- The keys of option tables that are about the context.
---@type table<string, string>
source.KEYS = options.merge(context.KEYS, {
  context = "userdata|table",
  watch = "boolean",
})

---@class luatls.source.Options: luatls.context.Options
--- Instead of the options that make one; a watch's follows its files.
---@field context? luatls.context|luatls.Watch
--- Watch the files of `certificate`, `key` and `trust`, and take them when they
--- have changed; what is wrong with new ones goes to `on_error`.
---@field watch? boolean

---@class luatls.Source
---@field private adapter luatls.io.Adapter
---@field private report fun(err: luatls.Error) of new files that are not taken
---@field private given luatls.source.Options the options it is made of
---@field private origin luatls.context|luatls.Watch
---@field private bell table rings when `origin` is not to be followed any more
local Source = {}
Source.__index = Source

-- A context or a watch.
local function make(self, given)
  local chosen = given.context
  if given.watch and chosen then
    blame.raise('option "watch" belongs to options that make a context')
  elseif type(chosen) == "table" and not watch.is(chosen) then
    blame.raise('bad option "context" (context or watch expected, got table)')
  elseif given.watch then
    local own = options.pick(given, context.KEYS)
    own.on_error = self.report
    return watch.new(own)
  elseif watch.is(chosen) then
    local others = options.pick(given, context.KEYS)
    others.context = chosen:context()
    local fits, err = context.choose("server", others)
    return fits and chosen, err
  end
  return context.choose("server", given)
end

-- The task that looks at the files while nobody connects, so that what is wrong
-- with new ones is told in time.
local function follow(self, watched)
  local adapter = self.adapter
  while self.origin == watched and not self.is_closed do
    watched:context()
    adapter.wait(self.bell, adapter.now() + watched:remaining())
  end
end

local function stop_following(self)
  if self.adapter.ring then self.adapter.ring(self.bell) end
end

local function set_origin(self, origin)
  self.origin = origin
  stop_following(self)
  if watch.is(origin) and self.adapter.spawn then
    self.adapter.spawn(follow, self, origin)
  end
end

--- The context for the next connection.
---@return luatls.context
function Source:context()
  local origin = self.origin
  if watch.is(origin) then return origin:context() end
  return origin
end

--- Seconds until files should be looked at again.
---@return number seconds `math.huge` when none are watched
function Source:remaining()
  local origin = self.origin
  return watch.is(origin) and origin:remaining() or math.huge
end

local function with_those_before(self, given)
  if given.context then return options.pick(given, source.KEYS) end
  local merged = { replaces = self:context() }
  for _, from in ipairs({ self.given, given }) do
    for key, value in pairs(from) do
      merged[key] = value
    end
  end
  merged.context = nil
  if given.certificates then
    merged.certificate, merged.key, merged.password = nil, nil, nil
  elseif given.certificate then
    merged.certificates = nil
  end
  return merged
end

--- Take another context for the connections to come. Of an option table what
--- is not given stays as it was; a context or a watch stands for itself. After
--- an error all is as before.
---@param given luatls.context|luatls.Watch|luatls.source.Options
---@return true? done
---@return luatls.Error? err kind "config", "io", "parse", "closed"
function Source:replace(given)
  if self.is_closed then return nil, errors.CLOSED end
  if type(given) == "userdata" or watch.is(given) then
    given = { context = given }
  end
  given = options.check(given, source.KEYS)
  local own = with_those_before(self, given)
  local origin, err = make(self, own)
  if not origin then return nil, err end
  own.replaces = nil
  self.given = own
  set_origin(self, origin)
  return true
end

--- Look at no files any more.
function Source:close()
  self.is_closed = true
  stop_following(self)
end

--- What the options of a listener ask for.
---@param given luatls.source.Options with other keys among them
---@param adapter luatls.io.Adapter
---@param report fun(err: luatls.Error)
---@return luatls.Source? source
---@return luatls.Error? err kind "config", "io", "parse"
function source.new(given, adapter, report)
  local self = setmetatable({
    adapter = adapter,
    report = report,
    given = options.pick(given, source.KEYS),
    bell = {},
  }, Source)
  local origin, err = make(self, self.given)
  if not origin then return nil, err end
  self.given.replaces = nil
  set_origin(self, origin)
  return self
end

return source
