-- What an error tells: the best path, its problems in order, and a hint.

local authority = require("spec.support.authority")
local core = require("luatls.core")
local trust = require("luatls.trust")

local DAY <const> = 86400
local now = os.time()
local EXPIRED <const> = { not_before = now - 9 * DAY, not_after = now - DAY }

local function refuse(case, profile)
  local ok, err = authority.verify(case, nil, profile or "web")
  assert.is_nil(ok)
  assert.equal("verify", err.kind)
  return err
end

local function subjects(path)
  local list = {}
  for i, link in ipairs(path) do
    assert.equal(i - 1, link.depth)
    list[i] = link.subject:match("CN=(%w+)") .. (link.trusted and "!" or "")
  end
  return table.concat(list, " ")
end

describe("the path of a verdict", function()
  it("leads from the leaf to the anchor", function()
    local ok, path = authority.verify({})
    assert.is_true(ok)
    assert.equal("Leaf Middle Root!", subjects(path))
    for _, link in ipairs(path) do
      assert.same({}, link.problems)
    end
    assert.equal(path[2].subject, path[1].issuer)
  end)

  it("ends at an intermediate that is trusted", function()
    local _, path = authority.verify({ trust = { "middle" } })
    assert.equal("Leaf Middle!", subjects(path))
  end)

  it("is the leaf alone when that is trusted", function()
    local _, path = authority.verify({ trust = { "leaf" } })
    assert.equal("Leaf!", subjects(path))
  end)

  it("is the shortest to an anchor", function()
    local _, path = authority.verify({ trust = { "root", "middle" } })
    assert.equal("Leaf Middle!", subjects(path))
  end)

  it("is the longest one when none reaches an anchor", function()
    local err = refuse({
      before = { { id = "Other" } },
      more = { { id = "Sub", issuer = "middle" } },
      leaf = { issuer = "Sub" },
      trust = { "Other" },
    })
    assert.equal("Leaf Sub Middle", subjects(err.path))
    assert.same({ code = "untrusted", depth = 2 }, {
      code = err.problems[1].code,
      depth = err.problems[1].depth,
    })
  end)

  it("is the one with the fewest problems when none is good", function()
    local worse = {
      id = "Worse",
      subject = "O=Spec,CN=Middle",
      key = "middle",
      ext = { key_usage = { "cRLSign" }, unknown = {} },
      not_before = EXPIRED.not_before,
      not_after = EXPIRED.not_after,
    }
    for _, sent in ipairs({ { "leaf", "Worse", "middle" }, { "leaf", "middle", "Worse" } }) do
      local err = refuse({ middle = EXPIRED, more = { worse }, sent = sent })
      assert.same({ expired = true }, authority.codes(err))
      assert.equal("Leaf Middle Root!", subjects(err.path))
    end
  end)

  it("has each problem at its certificate", function()
    local err = refuse({ middle = EXPIRED, leaf = EXPIRED, terms = { name = "x.example" } })
    local codes = {}
    for i, link in ipairs(err.path) do
      codes[i] = {}
      for j, problem in ipairs(link.problems) do
        codes[i][j] = problem.code
      end
    end
    assert.same({ { "expired", "name" }, { "expired" }, {} }, codes)
    assert.equal(3, #err.problems)
  end)
end)

describe("the sentence of a verdict", function()
  it("names the authority that has the problem", function()
    local err = refuse({ middle = EXPIRED })
    assert.matches(
      "cannot verify the chain: certificate expired on %d+%-%d+%-%d+ .* %(O=Spec, CN=Middle%)",
      err.message
    )
  end)

  it("tells what the certificate is for", function()
    local err = refuse({ terms = { name = "www.example.org" } })
    assert.matches("cannot verify www%.example%.org: certificate is for www", err.message)
  end)

  it("tells whose key did not sign", function()
    local err = refuse({
      before = { { id = "other" } },
      leaf = { issuer = "middle", signer = "other" },
    })
    assert.matches("not made with the key of O=Spec, CN=Middle", err.message)
  end)

  for _, row in ipairs({
    {
      "excluded",
      { excluded = { { "dns", "example.com" } } },
      "exclude a name of the certificate",
    },
    {
      "permitted",
      { permitted = { { "dns", "x.org" } } },
      "do not permit a name of the certificate",
    },
    { "unknown", { permitted = { { "other", "x" } } }, "of a kind that cannot be checked" },
    { "malformed", { permitted = { { "dns", "*.x" } } }, "cannot be decoded" },
  }) do
    local title, constraints, sentence = table.unpack(row)
    it("tells how name constraints are broken: " .. title, function()
      local names = { { "dns", "www.example.com" }, { "other", "y" } }
      local err = refuse({
        middle = { ext = { constraints = constraints } },
        leaf = { ext = { names = names } },
      })
      assert.matches(sentence, err.message)
    end)
  end
end)

describe("the hint of a verdict", function()
  local URL <const> = "http://ca.example/middle.crt"

  it("is where the missing intermediate is", function()
    local err = refuse({ leaf = { ext = { authority_info = { URL } } }, sent = { "leaf" } })
    assert.equal("the peer sent 1 certificate; the missing issuer is at " .. URL, err.hint)
  end)

  it("is what to trust, where the certificate does not say", function()
    local err = refuse({ sent = { "leaf" } })
    assert.matches("give its authority's certificate as option trust", err.hint)
  end)

  for title, url in pairs({
    ["steers a terminal"] = "http://x/\27[2J",
    ["has a blank"] = "http://x/ y",
    ["is very long"] = "http://x/" .. ("y"):rep(300),
  }) do
    it("never is a URL that " .. title, function()
      local err = refuse({ leaf = { ext = { authority_info = { url } } }, sent = { "leaf" } })
      assert.not_matches("http", err.hint)
    end)
  end
end)

describe("the roots of this machine", function()
  local MAY <const> = { key_usage = true, expired = true }

  it("break no rule of form", function()
    local roots = assert(trust.system())
    local found = {}
    for i = 1, #roots do
      local alone = assert(core.chain.parse(roots[i]:pem()))
      local _, err = alone:verify({ trust = roots[i] })
      for _, problem in ipairs(type(err) == "table" and err.problems or {}) do
        if not MAY[problem.code] then found[#found + 1] = problem.subject .. problem.text end
      end
    end
    assert.is_true(#roots > 50)
    assert.same({}, found)
  end)
end)
