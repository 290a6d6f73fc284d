--- What `openssl verify` says of chains, many of them at once: a process for
--- each, and as many at a time as there are processors.

local pki = require("spec.support.pki")
local process = require("spec.support.process")

local openssl = {}

local AT_ONCE <const> = 2
local ANY_POLICY <const> = "2.5.29.32.0"

local function options_of(terms)
  local options = { "-purpose", "ssl" .. (terms.usage or "server") }
  local function add(...)
    table.move({ ... }, 1, select("#", ...), #options + 1, options)
  end
  for _, policy in ipairs(terms.policies or { ANY_POLICY }) do
    add("-policy", policy)
  end
  if terms.require_policy then add("-explicit_policy") end
  if terms.inhibit_policy_mapping then add("-inhibit_map") end
  if terms.inhibit_any_policy then add("-inhibit_any") end
  if terms.email then add("-verify_email", terms.email) end
  if not terms.name then return options end
  local is_address = terms.name:find(":") or terms.name:find("^[%d.]+$")
  add(is_address and "-verify_ip" or "-verify_hostname", terms.name)
  return options
end

---@class spec.OpensslQuestion
---@field leaf string PEM
---@field sent string PEM of the others, or ""
---@field trust string PEM
---@field terms table as for chain:verify

-- A line for the shell, without more processes than the one.
local function command(number, question)
  local words = {
    "openssl verify -x509_strict -policy_check -partial_chain -auth_level 2",
    "-CAfile " .. pki.file(question.trust),
  }
  for _, option in ipairs(options_of(question.terms)) do
    words[#words + 1] = "'" .. option .. "'"
  end
  if question.sent ~= "" then words[#words + 1] = "-untrusted " .. pki.file(question.sent) end
  words[#words + 1] = pki.file(question.leaf)
  return ('%s; echo "exit code $?, number %d"'):format(table.concat(words, " "), number)
end

local function split(questions)
  local scripts = {}
  for number, question in ipairs(questions) do
    local part = number % AT_ONCE + 1
    scripts[part] = scripts[part] or {}
    table.insert(scripts[part], command(number, question))
  end
  return scripts
end

--- Ask it about all of them.
---@param questions spec.OpensslQuestion[]
---@return { accepts: boolean, text: string }[]
function openssl.verify(questions)
  local running, answers = {}, {}
  for part, lines in ipairs(split(questions)) do
    local script = pki.file(table.concat(lines, "\n") .. "\n")
    running[part] = process.start("sh", { script })
  end
  for _, shell in ipairs(running) do
    local code, text = shell:wait()
    assert(code == 0, text)
    for answer, number in text:gmatch("(.-)exit code %d+, number (%d+)\n") do
      answers[tonumber(number)] = { accepts = answer:find(": OK\n") ~= nil, text = answer }
    end
  end
  return answers
end

return openssl
