--- Other programs, started for a spec: what they say is waited for, never
--- slept for, and none outlives its spec.

local luv = require("luatls.io.luv")
local pki = require("spec.support.pki")
local uv = require("luv")

local process = {}

---@class spec.Process
---@field code? integer exit code, once it has ended
local Process = {}
Process.__index = Process

-- Seconds that a program may take for anything before the spec fails.
local PATIENCE <const> = 180

-- So much of what it said is worth reading then.
local EXCERPT <const> = 4000

-- Seconds between two looks at what it has written.
local GLANCE <const> = 0.005

local running = {}

local function on_exit(self, code, signal)
  self.code, self.signal = code, signal
  luv.close(self.handle)
  running[self] = nil
end

-- luv loses a handle whose program could not be started, and crashes later.
local function is_installed(name)
  if name:find("/", 1, true) then return uv.fs_access(name, "X") end
  for folder in os.getenv("PATH"):gmatch("[^:]+") do
    if uv.fs_access(folder .. "/" .. name, "X") then return true end
  end
  return false
end

--- Start a program of the path; a spec fails when there is no such program.
--- Its output goes to a file and not through a pipe, so that it never waits
--- for a spec that blocks.
---@param name string
---@param args string[]
---@param options? { env?: string[], cwd?: string }
---@return spec.Process
function process.start(name, args, options)
  if not is_installed(name) then error("there is no program " .. name, 2) end
  local self = setmetatable({ name = name, path = pki.file("") }, Process)
  local output = assert(uv.fs_open(self.path, "a", 384))
  local stdin = uv.new_pipe()
  local handle, pid = uv.spawn(name, {
    args = args,
    stdio = { stdin, output, output },
    env = options and options.env,
    cwd = options and options.cwd,
  }, function(code, signal)
    on_exit(self, code, signal)
  end)
  uv.fs_close(output)
  if not handle then error(("cannot start %s: %s"):format(name, pid), 2) end
  self.handle, self.stdin = handle, stdin
  running[self] = true
  return self
end

--- What it has written so far, to stdout and stderr.
---@return string
function Process:text()
  local file <close> = assert(io.open(self.path, "rb"))
  return file:read("a")
end

local function await(self, what, condition)
  local deadline = luv.now() + PATIENCE
  while true do
    local result = table.pack(condition())
    if result[1] then return table.unpack(result, 1, result.n) end
    if luv.now() >= deadline then
      local text = "%s did not %s within %d s; it said:\n%s"
      error(text:format(self.name, what, PATIENCE, self:text():sub(-EXCERPT)), 0)
    end
    luv.sleep(GLANCE)
  end
end

--- Wait until it has written something that matches.
---@param pattern string
---@return string ... the captures
function Process:expect(pattern)
  return await(self, "say " .. pattern, function()
    local has_ended = self.code
    local result = table.pack(self:text():match(pattern))
    if result[1] then return table.unpack(result, 1, result.n) end
    if has_ended then
      local form = "%s ended (%d) without saying %s:\n%s"
      error(form:format(self.name, self.code, pattern, self:text()), 0)
    end
  end)
end

--- Wait until it has ended.
---@return integer code
---@return string text all that it wrote
function Process:wait()
  await(self, "end", function()
    return self.code
  end)
  return self.code, self:text()
end

--- Write to its standard input.
---@param text string
function Process:write(text)
  self.stdin:write(text)
end

--- End its standard input, once all is written.
function Process:finish_input()
  self.stdin:shutdown(function()
    luv.close(self.stdin)
  end)
end

--- Kill it.
function Process:stop()
  if self.code then return end
  self.handle:kill("sigkill")
  self:wait()
end

--- Kill all that is still running.
function process.stop_all()
  for self in pairs(running) do
    self:stop()
  end
end

--- A loopback port that nobody uses at the moment.
---@return integer
function process.free_port()
  local tcp = uv.new_tcp()
  assert(tcp:bind("127.0.0.1", 0))
  local port = tcp:getsockname().port
  luv.close(tcp)
  return port
end

return process
