--- Chains that are built to make a verifier work: webs of authorities that
--- cross-sign each other, very long chains, very many certificates.

local core = require("luatls.core")

local hostile = {}

local keys = {}

-- Few different keys do: what counts is who is named how.
local function key(number)
  keys[number] = keys[number] or assert(core.key.generate())
  return keys[number]
end

-- An authority's own certificate, never sent: what others are issued with.
local function self_signed(subject, number)
  return assert(core.certificate.issue({ subject = subject, key = key(number), usage = "ca" }))
end

local function issue(subject, number, issuer, issuer_number, usage)
  return assert(core.certificate.issue({
    subject = subject,
    key = key(number),
    usage = usage or "ca",
    names = usage and { "www.example.com" } or nil,
    issuer = issuer,
    issuer_key = key(issuer_number),
    extensions = {
      { oid = "2.5.29.14", value = false },
      { oid = "2.5.29.35", value = false },
    },
  }))
end

---@class spec.HostileChain
---@field sent string PEM, leaf first
---@field trust string PEM
---@field count integer of certificates sent

local function finish(texts, trust)
  return { sent = table.concat(texts), trust = trust:pem(), count = #texts }
end

local function level_name(level)
  return "O=Web,CN=Level " .. level
end

--- `levels` of authorities, `width` of each name, each certified by each of the
--- level above, without key identifiers. Nobody trusts the top, unless
--- `is_trusted`, and then only one of the top ones.
---@param levels integer
---@param width integer
---@param is_trusted? boolean
---@return spec.HostileChain
function hostile.web(levels, width, is_trusted)
  local texts, own = {}, {}
  for level = 0, levels do
    for i = 1, width do
      own[level * width + i] = self_signed(level_name(level), level * width + i)
    end
  end
  texts[1] = issue("O=Web,CN=Leaf", 0, own[1], 1, "server"):pem()
  for level = 0, levels - 1 do
    for i = 1, width do
      for j = 1, width do
        local above = (level + 1) * width + j
        local number = level * width + i
        texts[#texts + 1] = issue(level_name(level), number, own[above], above):pem()
      end
    end
  end
  local top = levels * width + width
  return finish(texts, is_trusted and own[top] or self_signed("O=Web,CN=Elsewhere", 1))
end

--- A chain of `count` authorities, one above the other, below a trusted root.
---@param count integer
---@return spec.HostileChain
function hostile.ladder(count)
  local root = self_signed("O=Ladder,CN=Root", 1)
  local texts, above, above_number = {}, root, 1
  for i = 1, count do
    local number = 1 + i % 2
    above = issue("O=Ladder,CN=Rung " .. i, number, above, above_number)
    above_number = number
    table.insert(texts, 1, above:pem())
  end
  local leaf = issue("O=Ladder,CN=Leaf", 3, above, above_number, "server")
  table.insert(texts, 1, leaf:pem())
  return finish(texts, root)
end

--- `count` certificates that are all called what the leaf's issuer is called,
--- with a key that did not sign it, or with keys that all are different; the one
--- that did comes last.
---@param count integer
---@param is_motley? boolean
---@return spec.HostileChain
function hostile.crowd(count, is_motley)
  local root = self_signed("O=Crowd,CN=Root", 1)
  local right = issue("O=Crowd,CN=Issuer", 2, root, 1)
  local leaf = issue("O=Crowd,CN=Leaf", 3, right, 2, "server")
  local texts = { leaf:pem() }
  for i = 1, count do
    texts[#texts + 1] = issue("O=Crowd,CN=Issuer", is_motley and 3 + i or 4, root, 1):pem()
  end
  texts[#texts + 1] = right:pem()
  return finish(texts, root)
end

return hostile
