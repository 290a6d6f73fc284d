--- The adapters that do the waiting, by name. An adapter is loaded when it is
--- first used, so a program needs only the one that it works with.

local blame = require("luatls.blame")
local errors = require("luatls.error")
local options = require("luatls.options")

local io = {}

---@alias luatls.io.done fun(self, deadline?: number): true?, luatls.Error?

--- A stream of bytes to a peer, as an adapter gives it. All deadlines are
--- monotonic seconds of `now`; none: wait for ever. A socket either has `fd`
--- and `wait`, or `receive`, `send` and `settle`.
---@class luatls.io.Socket
--- The engine reads and writes this descriptor itself.
---@field fd? integer
--- Waits until the descriptor can be read, or written.
---@field wait? luatls.wait
--- Some bytes, at least one; `errors.END` at the end of the stream.
---@field receive? fun(self, deadline?: number): string?, luatls.Error?
--- Takes the bytes, never waits.
---@field send? fun(self, bytes: string): true?, luatls.Error?
--- Waits until the system has what was sent.
---@field settle? luatls.io.done
---@field rest fun(self) lets others run, then returns
--- What was sent still goes out; waiters get `errors.CLOSED`.
---@field close fun(self)
---@field abandon fun(self) closes without a word, for finalizers
---@field peername fun(self): string?, integer? address and port of the peer
---@field sockname fun(self): string?, integer? our own

---@class luatls.io.Server
---@field accept fun(self, deadline?: number): luatls.io.Socket?, luatls.Error?
---@field sockname fun(self): string?, integer?
---@field close fun(self) waiters get `errors.CLOSED`

---@alias luatls.io.connect
---| fun(host: string, port: integer, deadline?: number):
---|   luatls.io.Socket?, luatls.Error?

---@alias luatls.io.listen
---| fun(host: string, port: integer, backlog: integer):
---|   luatls.io.Server?, luatls.Error?

---@class luatls.io.Adapter
---@field name string
---@field now fun(): number seconds, monotonic
---@field sleep fun(seconds: number)
---@field connect luatls.io.connect
---@field listen luatls.io.listen
--- Takes over a connected socket of its kind.
---@field adopt fun(object: any): luatls.io.Socket?, luatls.Error?
---@field handles fun(object: any): boolean is it of its kind?
--- Runs `fn(...)` in the background. An adapter without it blocks; one with it
--- also has `wait` and `ring`, for those who wait for another task.
---@field spawn? fun(fn: function, ...)
---@field wait? fun(bell: table, deadline?: number): boolean rung, not late
---@field ring? fun(bell: table) wakes all who wait at `bell`

local ADAPTERS <const> = {
  luv = { module = "luatls.io.luv", needs = "luv" },
  luasocket = { module = "luatls.io.luasocket", needs = "socket" },
}

local HINTS <const> = {
  luv = 'install luv, or say io = "luasocket"',
  luasocket = "install LuaSocket",
}

--- The adapter for an `io` option: "luv" (default), "luasocket", or an adapter
--- of your own.
---@param wanted? string|luatls.io.Adapter
---@return luatls.io.Adapter? adapter
---@return luatls.Error? err kind "config": what it needs is not installed
function io.adapter(wanted)
  if type(wanted) == "table" then return wanted end
  local known = ADAPTERS[wanted or "luv"]
  if not known then
    local nearest = options.nearest(wanted, ADAPTERS)
    local text = 'unknown adapter "%s" for option "io" (nearest: "%s")'
    blame.raise(text:format(wanted, nearest))
  end
  if package.loaded[known.module] or pcall(require, known.needs) then
    return require(known.module)
  end
  local text = "the Lua module %s is not installed"
  local hint = HINTS[wanted or "luv"]
  return nil, errors.new("config", text:format(known.needs), { hint = hint })
end

--- The adapter whose kind of socket this is. Looks only at adapters whose
--- library the program has loaded: else it could not have the socket.
---@param object any
---@param wanted? string|luatls.io.Adapter this one, without looking
---@return luatls.io.Adapter? adapter
function io.adapter_of(object, wanted)
  if wanted then return io.adapter(wanted) end
  for _, known in pairs(ADAPTERS) do
    local adapter = package.loaded[known.needs] and require(known.module)
    if adapter and adapter.handles(object) then return adapter end
  end
end

return io
