--- Certificate chains told to people: fetched from a file or a server, judged,
--- and written down with a verdict for each certificate. What a server sends is
--- looked at without trusting it; nothing else is ever exchanged with it.

local connect = require("luatls.connect")
local core = require("luatls.core")
local trust = require("luatls.trust")

local inspect = {}

-- Seconds for a server to show its certificates.
local TIMEOUT <const> = 15

---@class luatls.inspect.Options
---@field trust? luatls.chain_source default: the system's roots
---@field name? string who the leaf must be for; default: the server's host
---@field usage? "server"|"client" default "server"
---@field time? integer Unix seconds; default: now
---@field profile? "web"|"rfc5280"|"strict" default "web"

---@class luatls.inspect.Verdict
---@field chain luatls.chain what was found
---@field name? string who the leaf had to be for
---@field verified boolean
---@field path table[] the certificates that were judged, leaf first
---@field err? luatls.Error why not

-- "host:443" and "[::1]:443".
local function endpoint(target)
  local host, port = target:match("^%[(.+)%]:(%d+)$")
  if not host then
    host, port = target:match("^([^:/]+):(%d+)$")
  end
  return host, math.tointeger(tonumber(port))
end

local function is_file(path)
  local file <close> = io.open(path, "rb")
  return file ~= nil
end

local function fetch(host, port, name)
  local stream <close>, err = connect.connect(host, port, {
    insecure_skip_verify = true,
    name = name,
    timeout = TIMEOUT,
  })
  if not stream then return nil, err end
  return stream:peer_chain()
end

--- The chain in a file ("-": the standard input), or the one a server sends.
---@param target string path, or HOST:PORT where there is no such file
---@param name? string whom to ask the server for, default its host
---@return luatls.chain? chain
---@return string|luatls.Error? name_or_err the server's name; why there is none
function inspect.obtain(target, name)
  if target == "-" then return core.chain.parse(io.read("a")) end
  local host, port = endpoint(target)
  if not port or port < 1 or port > 65535 or is_file(target) then
    return core.chain.load(target)
  end
  local chain, err = fetch(host, port, name or host)
  return chain, chain and host or err
end

-- An error of before there were paths: a list of problems by depth.
local function path_of(chain, err)
  if err.path then return err.path end
  local path = {}
  for i, cert in ipairs(chain) do
    path[i] = { subject = cert:subject(), depth = i - 1, problems = {} }
  end
  for _, problem in ipairs(err.problems or {}) do
    local entry = path[(problem.depth or 0) + 1] or path[1]
    entry.problems[#entry.problems + 1] = problem
  end
  return path
end

--- Judge a chain as `chain:verify` does.
---@param chain luatls.chain
---@param options luatls.inspect.Options
---@return luatls.inspect.Verdict? verdict
---@return luatls.Error? err that prevented one: kind "config", "io", "parse"
function inspect.judge(chain, options)
  local ok, result = trust.verify(chain, options)
  if not ok and result.kind ~= "verify" then return nil, result end
  return {
    chain = chain,
    name = options.name,
    verified = ok or false,
    path = ok and result or path_of(chain, result),
    err = not ok and result or nil,
  }
end

-- Days since 1970-01-01 of a day of the Gregorian calendar, whose years are
-- taken to begin in March.
local function days_of(year, month, day)
  if month <= 2 then
    year, month = year - 1, month + 12
  end
  local of_year = (153 * (month - 3) + 2) // 5 + day - 1
  return 365 * year + year // 4 - year // 100 + year // 400 + of_year - 719468
end

--- A time as people write it, in UTC: "2026-01-31", "2026-01-31T12:00:00Z", or
--- Unix seconds.
---@param text string
---@return integer? seconds Unix time; nil: it is none of these
function inspect.time(text)
  local year, month, day, rest = text:match("^(%d%d%d%d)-(%d%d)-(%d%d)(.*)$")
  if not year then return math.tointeger(tonumber(text)) end
  if rest == "" then rest = "T00:00:00Z" end
  local hour, min, sec = rest:match("^T(%d%d):(%d%d):(%d%d)Z$")
  if not hour then return nil end
  local days = days_of(tonumber(year), tonumber(month), tonumber(day))
  local seconds = ((days * 24 + hour) * 60 + min) * 60 + sec
  -- Only a time that exists reads the same again.
  local again = os.date("!%Y-%m-%dT%H:%M:%SZ", math.tointeger(seconds))
  return again == text:sub(1, 10) .. rest and math.tointeger(seconds) or nil
end

---------------------------------------------------------------------- words --

--- Text from elsewhere for a terminal, which obeys control characters.
---@param text string
---@return string clean control characters as hex: "\1B"
function inspect.clean(text)
  local function hex(char)
    return ("\\%02X"):format(utf8.codepoint(char))
  end
  return (text:gsub("\xc2[\x80-\x9f]", hex):gsub("%c", hex))
end

local PAINTS <const> = {
  ok = "\27[32m",
  refused = "\27[31m",
  unused = "\27[90m",
}

local function plain(_, text)
  return text
end

local function paint(word, text)
  return PAINTS[word] .. text .. "\27[0m"
end

-- What a certificate says of itself, without its first line: the subject.
local function details(cert)
  local text = cert and tostring(cert):match("\n(.*)$")
  return text and text:gsub("  ", "    ", 1):gsub("\n  ", "\n    ")
end

local function add_hint(lines, indent, from)
  if from.hint then lines[#lines + 1] = indent .. inspect.clean(from.hint) end
end

local function add_entry(lines, entry, cert, color)
  local word = #entry.problems == 0 and "ok" or "refused"
  local note = entry.trusted and " (trusted)" or ""
  local subject = inspect.clean(cert and cert:subject() or entry.subject)
  if subject == "" then subject = "(no subject)" end
  lines[#lines + 1] = color(word, ("%-8s"):format(word)) .. subject .. note
  lines[#lines + 1] = details(cert)
  for _, problem in ipairs(entry.problems) do
    local text = ("%s [%s]"):format(inspect.clean(problem.text), problem.code)
    lines[#lines + 1] = "    " .. color("refused", text)
    add_hint(lines, "    ", problem)
  end
end

local function add_conclusion(lines, verdict, color)
  local who = verdict.name and " for " .. inspect.clean(verdict.name) or ""
  if verdict.verified then
    lines[#lines + 1] = color("ok", "verified" .. who)
  else
    lines[#lines + 1] = color("refused", "not verified" .. who)
    add_hint(lines, "", verdict.err)
  end
end

--- A verdict in words: every certificate of the path, "ok" or "refused" and
--- why, those that were not used, and what follows.
---@param verdict luatls.inspect.Verdict
---@param has_color? boolean green and red, for terminals
---@return string lines
function inspect.describe(verdict, has_color)
  local color = has_color and paint or plain
  local lines, used = {}, {}
  for _, entry in ipairs(verdict.path) do
    add_entry(lines, entry, entry.index and verdict.chain[entry.index], color)
    if entry.index then used[entry.index] = true end
  end
  for i, other in ipairs(verdict.chain) do
    if not used[i] then
      lines[#lines + 1] = color("unused", "unused  ") .. other:subject()
      lines[#lines + 1] = details(other)
    end
  end
  add_conclusion(lines, verdict, color)
  return table.concat(lines, "\n")
end

return inspect
