--- Key logs in the form of NSS, which Wireshark reads to decrypt a capture
--- (RFC 9850). Whoever has the file can read the traffic.

local errors = require("luatls.error")

local keylog = {}

local function open(path)
  local file, text = io.open(path, "a")
  if not file then
    local hint = "set the keylog option or SSLKEYLOGFILE to a writable path"
    local message = "cannot write the key log " .. text
    error(errors.new("config", message, { hint = hint }), 0)
  end
  -- Several processes may share the file: whole lines only.
  file:setvbuf("line")
  return file
end

local function to_file(path)
  local file
  return function(line)
    file = file or open(path)
    file:write(line, "\n")
  end
end

--- What gets the lines of the log. A file is opened when the first line comes
--- and is only ever appended to.
---@param wanted? string|fun(line: string) a path, or a function of your own
---@param environment? fun(name: string): string? default `os.getenv`
---@return fun(line: string)? writer nil: no log is wanted
function keylog.writer(wanted, environment)
  if type(wanted) == "function" then return wanted end
  local path = wanted or (environment or os.getenv)("SSLKEYLOGFILE")
  if path and path ~= "" then return to_file(path) end
end

return keylog
