local authority = require("spec.support.authority")
local differences = require("spec.support.chains.differences")
local openssl = require("spec.support.openssl")

local MODULES <const> = {
  "certificate",
  "encoding",
  "usage",
  "identity",
  "constraints",
  "policies",
  "paths",
  "names",
}

-- { module, case, code, err, openssl }
local rows = {}

local function judge(module, case)
  local chain = authority.make(case)
  local ok, err = authority.verify(case, chain)
  return {
    module = module,
    case = case,
    codes = not ok and authority.codes(err) or nil,
    err = err,
    question = {
      leaf = authority.pem(chain, { chain.sent[1] }),
      sent = authority.pem(chain, { table.unpack(chain.sent, 2) }),
      trust = authority.pem(chain, chain.trust),
      terms = case.terms or {},
    },
  }
end

local function ask_openssl()
  local questions = {}
  for i, row in ipairs(rows) do
    questions[i] = row.question
  end
  for i, answer in ipairs(openssl.verify(questions)) do
    rows[i].openssl = answer
  end
end

local named = {}
for _, difference in ipairs(differences) do
  for _, title in ipairs(difference.titles) do
    named[title] = difference
  end
end

local function shown(row)
  return row.codes and row.err.message or "accepted"
end

-- What is wrong with our verdict; nil: nothing.
local function complaint(row)
  local broken = row.case.broken
  if not broken and not row.codes or broken and row.codes and row.codes[broken] then return nil end
  return ("%s: %s expected, but %s"):format(row.case[1], broken or "good", shown(row))
end

-- What is wrong with OpenSSL's, where no difference is named.
local function disagreement(row)
  local is_good = not row.codes
  if row.openssl.accepts == is_good or named[row.case[1]] then return nil end
  return ("%s: %s, OpenSSL says %s"):format(row.case[1], shown(row), row.openssl.text)
end

local function check(module, find)
  local found = {}
  for _, row in ipairs(rows) do
    if row.module == module then found[#found + 1] = find(row) end
  end
  assert.same({}, found)
end

describe("the verdict of profile rfc5280", function()
  setup(function()
    for _, module in ipairs(MODULES) do
      for _, case in ipairs(require("spec.support.chains." .. module)) do
        rows[#rows + 1] = judge(module, case)
      end
    end
    ask_openssl()
  end)

  for _, module in ipairs(MODULES) do
    it("is the one that RFC 5280 asks for: " .. module, function()
      check(module, complaint)
    end)

    it("is OpenSSL's but for named differences: " .. module, function()
      check(module, disagreement)
    end)
  end

  it("still differs from OpenSSL's where a difference is named", function()
    local seen, agreeing = {}, {}
    for _, row in ipairs(rows) do
      local difference = named[row.case[1]]
      if difference then
        seen[row.case[1]] = true
        local accepts = difference.openssl == "accepts"
        local is_good = not row.codes
        if row.openssl.accepts ~= accepts or is_good == accepts then
          agreeing[#agreeing + 1] = row.case[1]
        end
      end
    end
    for title in pairs(named) do
      if not seen[title] then agreeing[#agreeing + 1] = title .. " (no such chain)" end
    end
    assert.same({}, agreeing)
  end)

  it("is compared on more than 300 chains, no two of one title", function()
    local titles = {}
    for _, row in ipairs(rows) do
      assert.is_nil(titles[row.case[1]], row.case[1])
      titles[row.case[1]] = true
    end
    assert.is_true(#rows > 300)
  end)

  it("differs only as docs/verification.md says", function()
    local file <close> = assert(io.open("docs/verification.md"))
    local text = file:read("a"):lower()
    for _, difference in ipairs(differences) do
      assert(text:find("**" .. difference.id:lower() .. "**", 1, true), difference.id)
    end
  end)
end)
