-- Chains that are built to cost time and memory: each verdict comes soon, and
-- is the right one or `too_complex`.

local authority = require("spec.support.authority")
local core = require("luatls.core")
local hostile = require("spec.support.hostile")
local sorted = require("spec.support.sorted")

-- Seconds of processor time; many times what it takes.
local SOON <const> = 2

-- Kilobytes; the address sanitizer keeps what is freed.
local ROOM <const> = os.getenv("ASAN_OPTIONS") and 512 * 1024 or 4096

local function verify(made)
  local chain = assert(core.chain.parse(made.sent))
  assert.equal(made.count, #chain)
  local began = os.clock()
  local ok, err = chain:verify({ trust = made.trust, name = "www.example.com" })
  assert.is_true(os.clock() - began < SOON, "took " .. os.clock() - began)
  return ok, err
end

-- How many kilobytes the process has ever occupied.
local function peak()
  local file <close> = assert(io.open("/proc/self/status"))
  return tonumber(file:read("a"):match("VmHWM:%s*(%d+) kB"))
end

local function code_of(made)
  local ok, err = verify(made)
  if ok then return "good" end
  return err.problems[1].code
end

describe("a web of look-alikes", function()
  it("of 6 levels of 8 is given up, when nobody trusts it", function()
    local made = hostile.web(6, 8)
    local before = peak()
    assert.equal("too_complex", code_of(made))
    assert.is_true(peak() - before < ROOM)
  end)

  it("of 12 levels of 2 is given up, when nobody trusts it", function()
    assert.equal("too_complex", code_of(hostile.web(12, 2)))
  end)

  it("of 3 levels of 4 is searched to its end", function()
    assert.equal("untrusted", code_of(hostile.web(3, 4)))
  end)

  it("is no obstacle when its top is trusted", function()
    assert.equal("good", code_of(hostile.web(6, 8, true)))
    assert.equal("good", code_of(hostile.web(12, 2, true)))
  end)
end)

describe("a chain", function()
  it("may have 100 certificates", function()
    assert.equal("good", code_of(hostile.ladder(98)))
  end)

  it("must not have more", function()
    for _, count in ipairs({ 99, 150, 999 }) do
      local ok, err = verify(hostile.ladder(count))
      assert.is_nil(ok)
      assert.equal("too_complex", err.problems[1].code)
      assert.matches("too many ways", err.message)
    end
  end)

  it("of 1,000 certificates of one name finds the one that fits", function()
    assert.equal("good", code_of(hostile.crowd(998)))
  end)

  it("of 1,000 different keys of one name is given up", function()
    assert.equal("too_complex", code_of(hostile.crowd(998, true)))
  end)
end)

local function big(count, make)
  local list = {}
  for i = 1, count do
    list[i] = make(i)
  end
  return list
end

local function host(i)
  return { "dns", ("host%d.example.com"):format(i) }
end

local function elsewhere(i)
  return { "dns", ("host%d.example.org"):format(i) }
end

-- The code, or "good".
local function judge(case)
  local began = os.clock()
  local ok, err = authority.verify(case, nil, "web")
  assert.is_true(os.clock() - began < SOON)
  if ok then return "good" end
  return next(authority.codes(err)), err
end

describe("a certificate", function()
  local LONG <const> = ("a"):rep(64 * 1024)

  for kind, name in sorted({ dns = LONG, email = LONG .. "@x", uri = "https://" .. LONG }) do
    it("may have a name of 64 KB: " .. kind, function()
      local names = { { kind, name }, { "dns", "www.example.com" } }
      local case = { leaf = { ext = { names = names } }, terms = { name = "www.example.com" } }
      assert.equal("good", (judge(case)))
      case.terms.name = "www.example.org"
      assert.equal("name", (judge(case)))
      case.terms = {}
      case.middle = { ext = { constraints = { permitted = { { kind, "x.example" } } } } }
      assert.equal("name_constraints", (judge(case)))
    end)
  end

  it("may have 2,000 names, within 50 constraints", function()
    local case = {
      middle = { ext = { constraints = { excluded = big(50, elsewhere) } } },
      leaf = { ext = { names = big(2000, host) } },
    }
    assert.equal("good", (judge(case)))
  end)

  it("has too many names for too many constraints", function()
    local code, err = judge({
      middle = { ext = { constraints = { excluded = big(2000, elsewhere) } } },
      leaf = { ext = { names = big(2000, host) } },
    })
    assert.equal("name_constraints", code)
    assert.matches("too many to be checked", err.message)
  end)

  it("must not have more than 100 extensions", function()
    local function with(count)
      local extensions = big(count, function(i)
        return { oid = "1.2.3.4." .. i, value = "\5\0" }
      end)
      local root = authority.key("root")
      local certificate = assert(core.certificate.issue({
        subject = "CN=x",
        names = { "x.example" },
        key = root,
        extensions = extensions,
      }))
      local chain = core.chain.parse(certificate:pem())
      return chain:verify({ trust = certificate })
    end
    assert.is_true(with(90))
    local _, err = with(101)
    assert.equal("malformed", err.problems[1].code)
  end)
end)

describe("policies", function()
  local ANY <const> = "2.5.29.32.0"

  local function policy(i)
    return "1.2.3." .. i
  end

  -- Authorities that map every policy to every other: the tree of RFC 5280
  -- would have a node for every way through them (RFC 9618, 2).
  local function doubling(depth, width)
    local mappings = {}
    for i = 1, width do
      for j = 1, width do
        mappings[#mappings + 1] = { policy(i), policy(j) }
      end
    end
    local more, above = {}, "middle"
    for i = 1, depth do
      local policies = big(width, policy)
      more[i] =
        { id = "sub" .. i, issuer = above, ext = { policies = policies, mappings = mappings } }
      above = "sub" .. i
    end
    return {
      middle = { ext = { policies = { ANY } } },
      more = more,
      leaf = { issuer = above, ext = { policies = { policy(1) } } },
      terms = { require_policy = true },
    }
  end

  it("may be mapped to each other on twenty levels", function()
    assert.equal("good", (judge(doubling(20, 8))))
  end)

  it("may be 256 at one level, and not more", function()
    local function of(count)
      local all = { policies = big(count, policy) }
      return {
        middle = { ext = { policies = { ANY } } },
        leaf = { ext = all },
        terms = { require_policy = true },
      }
    end
    assert.equal("good", (judge(of(256))))
    assert.equal("policy", (judge(of(257))))
  end)
end)
