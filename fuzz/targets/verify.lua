--- The search for a path, over certificates whose signatures are all good: the
--- first byte says how to judge, the rest is DER after DER, the anchor last.

local core = require("luatls.core")
local outcome = require("fuzz.support.outcome")
local signature = require("fuzz.signature")

signature.believe(true)

local PROFILES <const> = { "web", "rfc5280", "strict" }
local MAX_CERTIFICATES <const> = 12

-- The elements of `data`, as long as their lengths make sense.
local function split(data)
  local list, first = {}, 1
  while first + 4 <= #data and #list < MAX_CERTIFICATES do
    local size = 4 + string.unpack(">I2", data, first + 2)
    list[#list + 1] = data:sub(first, first + size - 1)
    first = first + size
  end
  return list
end

local function parse_all(data)
  local list = {}
  for _, text in ipairs(split(data)) do
    local certificate = outcome.check("parse", core.certificate.parse(text))
    if certificate then list[#list + 1] = certificate end
  end
  return list
end

local function chain_of(list, last)
  local pem = {}
  for i = 1, last do
    pem[i] = list[i]:pem()
  end
  return assert(core.chain.parse(table.concat(pem)))
end

local function options_of(mode, anchor)
  return {
    trust = anchor,
    profile = PROFILES[mode % 3 + 1],
    usage = mode & 4 ~= 0 and "client" or "server",
    name = mode & 8 ~= 0 and "a.example" or nil,
    require_policy = mode & 16 ~= 0,
    inhibit_policy_mapping = mode & 32 ~= 0,
    inhibit_any_policy = mode & 64 ~= 0,
    policies = mode & 128 ~= 0 and { "1.2.3", "1.2.4" } or nil,
    time = 1767225600,
  }
end

-- A path is never longer than what there is, and ends where it is trusted.
local function check_path(path, count)
  if #path > count then error("the path is longer than the chain") end
  for i, link in ipairs(path) do
    if link.trusted ~= (i == #path) then error("trusted in the middle") end
    if #link.problems > 0 then error("good, with problems") end
  end
end

return function(data)
  if data == "" then return end
  local list = parse_all(data:sub(2))
  if #list < 2 then return end
  local chain = chain_of(list, #list - 1)
  local options = options_of(data:byte(), list[#list])
  local good, result = outcome.check("verify", chain:verify(options))
  if good then check_path(result, #list) end
  if not good and #result.problems == 0 then error("bad without a problem") end
end
