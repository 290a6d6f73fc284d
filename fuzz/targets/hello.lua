--- One ClientHello: a value that holds together, or a refusal that says where.
--- What can be told from the bytes without lists is told a second time here.

local core = require("luatls.core")
local outcome = require("fuzz.support.outcome")

local LISTS <const> = {
  "supported_versions",
  "cipher_suites",
  "groups",
  "signature_algorithms",
  "alpn",
  "key_shares",
  "extensions",
}

local function check_refusal(err, data)
  outcome.string("field", err.field)
  local offset = err.offset
  if math.type(offset) ~= "integer" or offset < 0 or offset > #data then
    error(("a fault at %s of %d"):format(tostring(offset), #data))
  end
end

local function check_lists(hello)
  for _, name in ipairs(LISTS) do
    for _, value in ipairs(hello[name] or {}) do
      if outcome.string(name, value) == "" then error(name .. " has a gap") end
    end
  end
  local name = hello.server_name
  if name and (#name > 255 or not name:find("^[!-~]+$")) then
    error(("%q is no server name"):format(name))
  end
end

-- Both counts of JA4 leave out GREASE, and end at 99.
local function count(list)
  local number = 0
  for _, name in ipairs(list) do
    if not name:find("^GREASE:") then number = number + 1 end
  end
  return ("%02d"):format(math.min(number, 99))
end

local function check_ja4(hello)
  local kind, suites, extensions, protocol, rest =
    hello.ja4:match("^t%w%w([di])(%d%d)(%d%d)(%w%w)(_%x+_%x+)$")
  if not kind or #rest ~= 26 then error("JA4 is " .. hello.ja4) end
  if suites ~= count(hello.cipher_suites) then error("suites miscounted") end
  if extensions ~= count(hello.extensions) then
    error("extensions miscounted")
  end
  if hello.server_name and kind ~= "d" then error("JA4 misses the name") end
  if not hello.alpn and protocol ~= "00" then error("JA4 makes up ALPN") end
end

local function check_bytes(hello, data)
  local length, session_id = (">I3"):unpack(data, 2), data:byte(39)
  if length ~= #data - 4 then error("a message of another length") end
  if hello.session_id_length ~= session_id then error("session id") end
  local suites = (">I2"):unpack(data, 40 + session_id)
  if #hello.cipher_suites * 2 ~= suites then error("suites lost") end
  for _, other in ipairs({ data:sub(1, -2), data .. "\0" }) do
    if core.client_hello(other) then error("a message of two lengths") end
  end
end

return function(data)
  local hello, err = outcome.check("client_hello", core.client_hello(data))
  if not hello then return check_refusal(err, data) end
  check_lists(hello)
  check_ja4(hello)
  check_bytes(hello, data)
end
