local request = require("luatls.https.request")

local function make(method, url, given)
  local made, err = request.new(method, url, given or {})
  return made, err
end

local function fields_of(method, given)
  return assert(make(method, "https://example.org/", given)).headers
end

describe("a request", function()
  it("begins with Host, and says who sends it", function()
    local made = assert(make("GET", "https://Example.ORG:8443/a?b#c"))
    local text = tostring(made.headers)
    assert.is_truthy(text:find("^Host: example%.org:8443\r\n"), text)
    assert.is_truthy(text:find("User%-Agent: luatls/%d"), text)
    assert.is_truthy(text:find("Accept: */*\r\n", 1, true), text)
    assert.is_nil(made.payload)
  end)

  it("keeps what the program says about its fields", function()
    local fields = fields_of("GET", {
      headers = { host = "other.example", accept = "text/html", ["x-a"] = { "1", "2" } },
    })
    assert.equal("other.example", fields.host)
    assert.equal("text/html", fields.accept)
    assert.same({ "1", "2" }, fields:all("x-a"))
    assert.equal(1, #fields:all("host"))
  end)

  it("is framed by its body alone", function()
    local said = { ["content-length"] = "7", ["transfer-encoding"] = "gzip" }
    local read = function() end
    local cases = {
      { "GET", nil, nil, nil },
      { "DELETE", nil, nil, nil },
      { "POST", nil, "0", nil },
      { "PUT", nil, "0", nil },
      { "PATCH", nil, "0", nil },
      { "POST", "", "0", nil },
      { "POST", "abc", "3", nil },
      { "GET", "abc", "3", nil },
      { "POST", read, nil, "chunked" },
      { "POST", { length = 9, read = read }, "9", nil },
    }
    for _, case in ipairs(cases) do
      local fields = fields_of(case[1], { body = case[2], headers = said })
      assert.equal(case[3], fields["content-length"])
      assert.equal(case[4], fields["transfer-encoding"])
    end
  end)

  it("adds its query to that of the URL", function()
    local cases = {
      { "https://a/", { b = "c d" }, "b=c%20d" },
      { "https://a/?x=1", { b = 2 }, "x=1&b=2" },
      { "https://a/?x=1", {}, "x=1" },
      { "https://a/", { { "z", 1 }, { "a", 2 } }, "z=1&a=2" },
      { "https://a/", { a = "&=#\r\n" }, "a=%26%3D%23%0D%0A" },
    }
    for _, case in ipairs(cases) do
      assert.equal(case[3], assert(make("GET", case[1], { query = case[2] })).url.query)
    end
  end)

  it("takes JSON and forms, with their type", function()
    local made = assert(make("POST", "https://a/", { json = { 1, 2 } }))
    assert.equal("[1,2]", made.payload.read())
    assert.equal("application/json", made.headers["content-type"])
    made = assert(make("POST", "https://a/", { json = false }))
    assert.equal("false", made.payload.read())
    made = assert(make("POST", "https://a/", { form = { a = "ä" } }))
    assert.equal("a=%C3%A4", made.payload.read())
    assert.equal("application/x-www-form-urlencoded", made.headers["content-type"])
    local own = { json = {}, headers = { ["content-type"] = "application/ld+json" } }
    assert.equal("application/ld+json", fields_of("POST", own)["content-type"])
  end)

  it("takes credentials from auth, else from the URL, and shows them nowhere", function()
    local basic = { auth = { basic = { "Aladdin", "open sesame" } } }
    assert.equal("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", fields_of("GET", basic).authorization)
    assert.equal("Bearer t.k", fields_of("GET", { auth = { bearer = "t.k" } }).authorization)
    local made = assert(make("GET", "https://me:p%40ss@a/"))
    assert.equal("Basic bWU6cEBzcw==", made.headers.authorization)
    assert.equal("https://a/", tostring(made.url))
    made = assert(make("GET", "https://me:p@a/", { auth = { bearer = "t" } }))
    assert.equal("Bearer t", made.headers.authorization)
  end)

  it("is refused when something could break out of its place", function()
    local cases = {
      { "https://a/\r\nx: y", {}, "parse" },
      { "https://a\r\n/", {}, "parse" },
      { "https://a/", { headers = { x = "a\r\nb: c" } }, "config" },
      { "https://a/", { headers = { x = "a\0" } }, "config" },
      { "https://a/", { headers = { ["x\r\ny"] = "a" } }, "config" },
      { "https://a/", { headers = { ["x y"] = "a" } }, "config" },
      { "https://a/", { headers = { x = {} } }, nil },
      { "https://a/", { headers = { x = { {} } } }, "config" },
      { "https://a/", { auth = { bearer = "a\r\nb: c" } }, "config" },
      { "https://a/", { auth = { basic = { "a:b", "c" } } }, "config" },
      { "https://a%3Ab:c@d/", {}, "config" },
    }
    for _, case in ipairs(cases) do
      local made, err = make("GET", case[1], case[2])
      assert.equal(case[3], err and err.kind, case[1])
      assert.equal(case[3] == nil, made ~= nil)
    end
    local made = assert(make("GET", "https://a/", { auth = { basic = { "a", "\r\nx" } } }))
    assert.is_nil(made.headers.authorization:find("[\r\n]"))
  end)

  it("goes to https only, and says so", function()
    local cases = {
      { "http://a/", "config", "http://a/ is not encrypted" },
      { "HTTP://a/", "config", "is not encrypted" },
      { "ftp://a/", "config", "only https" },
      { "a/b", "parse", "no scheme" },
      { "", "parse", "no scheme" },
      { "https://", "parse", "host" },
      { "https:///a", "parse", "host" },
      { "https://a:0x1/", "parse", "host" },
      { "https://a:99999/", "parse", "host" },
      { " https://a/", "parse", "spaces" },
      { 5, "parse", "a URL is text" },
    }
    for _, case in ipairs(cases) do
      local made, err = make("GET", case[1])
      assert.is_nil(made)
      assert.equal(case[2], err.kind)
      assert.is_truthy(err.message:find(case[3], 1, true), err.message)
    end
    assert(make("GET", "HTTPS://A/"))
  end)

  it("raises for options that make no sense", function()
    local cases = {
      { { auth = {} }, "either bearer or basic" },
      { { auth = { bearer = "a", basic = { "b", "c" } } }, "either bearer or basic" },
      { { auth = { basic = { "a" } } }, "{ user, password }" },
      { { auth = { baerer = "a" } }, 'nearest: "bearer"' },
      { { body = "a", json = 1 }, "one of body, json and form" },
      { { json = 1, form = {} }, "one of body, json and form" },
      { { body = 5 }, "a body is a string" },
    }
    for _, case in ipairs(cases) do
      local ok, message = pcall(make, "POST", "https://a/", case[1])
      assert.is_false(ok)
      assert.is_truthy(message:find(case[2], 1, true), message)
      assert.is_truthy(message:find("request_spec", 1, true), message)
    end
  end)
end)
