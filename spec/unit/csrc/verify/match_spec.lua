-- Names that are asked for, against names of the leaf (RFC 9525, 6). The
-- matrix compares the same table with OpenSSL.

local authority = require("spec.support.authority")
local cases = require("spec.support.chains.names")

local function verdict(case, extra)
  local terms = {}
  for _, source in ipairs({ case.terms, extra or {} }) do
    for key, value in pairs(source) do
      terms[key] = value
    end
  end
  return authority.verify({ case[1], leaf = case.leaf, terms = terms }, nil, "web")
end

describe("a name", function()
  for _, case in ipairs(cases) do
    it(("%s: %s"):format(case.broken and "is another" or "fits", case[1]), function()
      local ok, err = verdict(case)
      assert.equal(not case.broken, ok == true, not ok and err.message)
      if case.broken then assert.same({ name = true }, authority.codes(err)) end
    end)
  end

  it("that has a zero byte is refused when it is asked for", function()
    assert.error_matches(function()
      authority.verify({ terms = { name = "www.example.com\0.evil.example" } })
    end, "bad option")
  end)

  it("is told of, with the ones that the certificate has", function()
    local _, err = authority.verify({ terms = { name = "www.example.org" } })
    assert.matches("certificate is for www%.example%.com", err.message)
    assert.matches("connect by a name that the certificate has", err.hint)
  end)
end)

-- Subject, names, asked for, does it fit with insecure_common_name?
local common_names = {
  { "CN=www.example.com", false, "www.example.com", true },
  { "CN=WWW.example.com", false, "www.EXAMPLE.com", true },
  { "CN=*.example.com", false, "www.example.com", true },
  { "CN=www.example.com", false, "www.example.org", false },
  { "CN=other.example,CN=www.example.com", false, "www.example.com", true },
  { "OU=www.example.com", false, "www.example.com", false },
  { "CN=192.0.2.1", false, "192.0.2.1", false },
  { "CN=2001:db8::1", false, "2001:db8::1", false },
  { "CN=www.example.com", { { "dns", "other.example" } }, "www.example.com", false },
  { "CN=www.example.com", { { "email", "me@example.com" } }, "www.example.com", false },
  { "CN=www.example.com", { { "ip", "\1\2\3\4" } }, "www.example.com", false },
}

describe("a common name", function()
  for _, row in ipairs(common_names) do
    local subject, names, asked, fits = table.unpack(row)
    local case = {
      leaf = { subject = subject, names = false, ext = { names = names } },
      terms = { name = asked },
    }
    local title = ("%s, %s other names, for %s"):format(subject, names and "with" or "no", asked)

    it("never counts: " .. title, function()
      assert.is_nil((verdict(case)))
    end)

    it((fits and "counts" or "does not count") .. " when insecurely asked: " .. title, function()
      local ok = verdict(case, { insecure_common_name = true })
      assert.equal(fits, ok == true)
    end)
  end

  it("that stands in for a host is held to the constraints of hosts", function()
    for base, fits in pairs({ ["example.com"] = true, ["example.org"] = false }) do
      local case = {
        middle = { ext = { constraints = { permitted = { { "dns", base } } } } },
        leaf = { subject = "CN=www.example.com", names = false },
        terms = { name = "www.example.com", insecure_common_name = true },
      }
      local ok = authority.verify(case, nil, "web")
      assert.equal(fits, ok == true)
      case.terms = {}
      assert.is_true((authority.verify(case, nil, "web")))
    end
  end)

  it("is told of, when it is all there is", function()
    local case = { leaf = { names = false }, terms = { name = "www.example.com" } }
    local _, err = verdict(case)
    assert.matches("no subject alternative name %(a common name does not count%)", err.message)
  end)
end)

-- Name, asked for, does it fit?
local uris = {
  { "https://example.com/a", "https://example.com/a", true },
  { "HTTPS://EXAMPLE.com/a", "https://example.com/a", true },
  { "https://example.com/A", "https://example.com/a", false },
  { "https://example.com/a", "https://example.com/a/", false },
  { "https://example.com/a", "https://example.org/a", false },
  { "https://example.com", "https://example.com/a", false },
  { "urn:x:y", "urn:x:y", true },
  { "urn:x:Y", "urn:x:y", false },
  { "https://example.com/a\0b", "https://example.com/a", false },
}

describe("a URI", function()
  for _, row in ipairs(uris) do
    local name, asked, fits = table.unpack(row)
    it(("%s: %q for %s"):format(fits and "fits" or "is another", name, asked), function()
      local ok =
        verdict({ leaf = { ext = { names = { { "uri", name } } } }, terms = { uri = asked } })
      assert.equal(fits, ok == true)
    end)
  end
end)
