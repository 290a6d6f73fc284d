-- The rules stand twice: in csrc/rule.c, where they are applied, and in
-- docs/verification.md, where people read them.

local function slurp(path)
  local file <close> = assert(io.open(path))
  return file:read("a")
end

local PLACES <const> = {
  LEAF = { "leaf" },
  CA = { "intermediate" },
  ANCHOR = { "anchor" },
  SOLE = { "trusted leaf" },
  IDLE = { "leaf CA" },
  ISSUER = { "intermediate", "anchor" },
  END = { "leaf", "trusted leaf" },
  ALL = { "all" },
}
local PROFILES <const> = {
  WEB = { "web" },
  RFC = { "rfc5280" },
  STRICT = { "strict" },
  EVER = { "web", "rfc5280", "strict" },
}

-- "LEAF | CA" to "intermediate, leaf".
local function words(expression, meanings)
  local list = {}
  for name in expression:gmatch("%u+") do
    for _, word in ipairs(meanings[name]) do
      list[#list + 1] = word
    end
  end
  table.sort(list)
  return table.concat(list, ", ")
end

local function rules_of_code()
  local body = slurp("csrc/rule.c"):match("} rules%[%] = (%b{});")
  local rules = {}
  for row in body:sub(2, -2):gmatch("%b{}") do
    local code, places, profiles = row:match('^{"([%w_]+)",%s*([%u |]+),%s*([%u |]+),')
    rules[#rules + 1] = {
      code = code,
      places = words(places, PLACES),
      profiles = words(profiles, PROFILES),
    }
  end
  return rules
end

local function sorted_words(text)
  local list = {}
  for word in text:gmatch("[^,]+") do
    list[#list + 1] = word:match("^%s*(.-)%s*$")
  end
  table.sort(list)
  return table.concat(list, ", ")
end

local function rules_of_manual()
  local rules = {}
  local columns = "\n| `([%w_]+)` | ([^|\n]+) | ([^|\n]+) |([^|\n]*)|([^|\n]*)|([^|\n]*)|"
  for code, _, places, web, rfc, strict in slurp("docs/verification.md"):gmatch(columns) do
    local profiles = {
      web:find("✓") and "web" or nil,
      rfc:find("✓") and "rfc5280",
      strict:find("✓") and "strict",
    }
    local names = {}
    for i = 1, 3 do
      if profiles[i] then names[#names + 1] = profiles[i] end
    end
    table.sort(names)
    rules[#rules + 1] = {
      code = code,
      places = sorted_words(places),
      profiles = table.concat(names, ", "),
    }
  end
  return rules
end

describe("the table of rules", function()
  it("is the same in the manual and in the code", function()
    local code = rules_of_code()
    assert.is_true(#code > 40)
    assert.same(code, rules_of_manual())
  end)

  it("tells the limits that the code has", function()
    local code = slurp("csrc/path.c")
      .. slurp("csrc/policy.c")
      .. slurp("csrc/facts.c")
      .. slurp("csrc/case.h")
    local manual = slurp("docs/verification.md")
    local rows = {
      LTLS_MAX_PATH = "certificates on a path | ([%d,]+)",
      MAX_SIGNATURES = "signature checks | ([%d,]+)",
      MAX_STEPS = "candidates looked at | ([%d,]+)",
      MAX_COMPARISONS = "names held against constraints | ([%d,]+)",
      MAX_POLICIES = "valid at one level | ([%d,]+)",
      MAX_EXTENSIONS = "extensions in one certificate | ([%d,]+)",
      MAX_EXPONENT_BITS = "bits of an RSA public exponent | ([%d,]+)",
    }
    for name, pattern in pairs(rows) do
      local told = assert(manual:match(pattern), name):gsub(",", "")
      assert.equal(told, code:match("#define " .. name .. "%s+(%d+)"), name)
    end
  end)
end)
