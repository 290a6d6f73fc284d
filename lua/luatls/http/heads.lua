--- What reads the head of a message, line by line as it comes. `read(buffer)`
--- returns an event, or nil (needs more), or nil and a problem; `finish()` says
--- what the end of the connection means here. A line is looked at once.

local grammar = require("luatls.http.grammar")
local headers = require("luatls.http.headers")
local lines = require("luatls.http.lines")
local problem = require("luatls.http.problem")
local target = require("luatls.http.target")

local heads = {}

---@class luatls.http.HeadReader
---@field role luatls.http.side the reader's own role: it reads the other's head
---@field limits luatls.http.Limits
---@field left integer bytes that the head may still have
---@field blank boolean one empty line before the start line was skipped
---@field lines integer field lines seen
---@field event? table the head so far
local Head = {}
Head.__index = Head

local TLS_ALERT <const>, TLS_HANDSHAKE <const> = 0x15, 0x16
local CR <const>, LETTER_H <const> = 13, 72

-- Refuses at the first byte what can be no head: its line might never end.
local function check_first(self, buffer)
  local first = buffer:peek()
  if not first then return nil end
  if first == TLS_HANDSHAKE or first == TLS_ALERT then
    return problem.remote("the peer speaks TLS where plain HTTP was expected")
  end
  if self.role == "client" then
    if first == LETTER_H then return nil end
    return problem.remote("the peer does not speak HTTP/1.1")
  end
  -- A line that begins with CR is the empty line, or is refused as a line.
  if first == CR or grammar.is_token(string.char(first)) then return nil end
  return problem.remote("request line is malformed")
end

local function check_version(version)
  if version == "1.1" or version == "1.0" then return nil end
  return problem.remote("HTTP version " .. version .. " is not supported", 505)
end

local function start_request(line)
  local method, text, version = grammar.request_line(line)
  if not method then return nil, problem.remote("request line is malformed") end
  local event = { type = "request", method = method, target = text }
  event.version, event.headers = version, headers.new()
  return event, check_version(version)
end

local function start_response(line)
  local version, code, reason = grammar.status_line(line)
  if not version then return nil, problem.remote("status line is malformed") end
  local kind = code < 200 and "informational" or "response"
  local event = { type = kind, status = code, reason = reason }
  event.version, event.headers = version, headers.new()
  return event, check_version(version)
end

local function too_long(self)
  local max, status = self.limits.line, 431
  local what = "a line of the head"
  if self.left - 2 < max then
    max, what = self.limits.head, "the head"
  elseif self.role == "server" and not self.event then
    status = 414
  end
  local message = ("%s is longer than %d bytes"):format(what, max)
  return problem.too_large(message, status)
end

local function accept_start(self, line)
  -- RFC 9112, 2.2: one empty line before a request is ignored.
  if line == "" and self.role == "server" and not self.blank then
    self.blank = true
    return nil
  end
  local start = self.role == "server" and start_request or start_response
  local event, why = start(line)
  self.event = event
  return why
end

local function accept_field(self, line)
  self.lines = self.lines + 1
  local max = self.limits.fields
  if self.lines > max then
    local message = "the head has more than %d fields"
    return problem.too_large(message:format(max), 431)
  end
  local added = lines.add_field(self.event.headers, line, self.role == "client")
  if not added then return lines.malformed(line) end
end

local function accept(self, line)
  self.left = self.left - #line - 2
  if not self.event then return accept_start(self, line) end
  return accept_field(self, line)
end

local function complete(self)
  local event = self.event
  if event.type ~= "request" then return event end
  local sound, message =
    target.check(event.method, event.target, event.version, event.headers)
  if not sound then return nil, problem.remote(message) end
  return event
end

---@param buffer luatls.http.Buffer
---@return table? event "request", "response" or "informational"
---@return luatls.http.Problem? problem
function Head:read(buffer)
  while true do
    local why = not self.event and check_first(self, buffer)
    if why then return nil, why end
    local max = math.max(0, math.min(self.limits.line, self.left - 2))
    local line, long
    line, long, why = lines.take(buffer, max, self.role == "client")
    if not line then return nil, long and too_long(self) or why end
    if line == "" and self.event then return complete(self) end
    why = accept(self, line)
    if why then return nil, why end
  end
end

---@return luatls.http.Problem
function Head:finish()
  local what = self.event and "inside a message head" or "before a message came"
  return nil, problem.truncated("connection ended " .. what)
end

--- A reader for one head of the other side.
---@param role luatls.http.side of the reader
---@param limits luatls.http.Limits
---@return luatls.http.HeadReader
function heads.new(role, limits)
  local self = { role = role, limits = limits, left = limits.head }
  self.blank, self.lines = false, 0
  return setmetatable(self, Head)
end

return heads
