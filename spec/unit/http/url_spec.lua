local url = require("luatls.http.url")

describe("url.parse", function()
  local function check(text, expected)
    local parts, problem = url.parse(text)
    assert.is_nil(problem, text)
    assert.same(expected, setmetatable(parts, nil), text)
  end

  it("takes a URL apart", function()
    check("https://example.org/a/b?c=d#e", {
      scheme = "https",
      host = "example.org",
      port = 443,
      path = "/a/b",
      query = "c=d",
      fragment = "e",
    })
    check("HTTP://User:pw@Example.ORG:8080", {
      scheme = "http",
      userinfo = "User:pw",
      host = "example.org",
      port = 8080,
      path = "/",
    })
    check("https://[2001:DB8::1]:8443/", {
      scheme = "https",
      host = "2001:db8::1",
      port = 8443,
      path = "/",
    })
    check("https://a?b", { scheme = "https", host = "a", port = 443, path = "/", query = "b" })
    check("https://a:/?", { scheme = "https", host = "a", port = 443, path = "/", query = "" })
    check("https://a/b@c:d", { scheme = "https", host = "a", port = 443, path = "/b@c:d" })
    check("https://a/?b?c/d", {
      scheme = "https",
      host = "a",
      port = 443,
      path = "/",
      query = "b?c/d",
    })
    check("mailto:me@example.org", { scheme = "mailto", path = "me@example.org" })
    check("ftp://a/b", { scheme = "ftp", host = "a", path = "/b" })
  end)

  it("encodes what may not stand in a message but does no harm", function()
    check('https://a/b c"<>\\^`{|}?d e\u{e9}#f g', {
      scheme = "https",
      host = "a",
      port = 443,
      path = "/b%20c%22%3C%3E%5C%5E%60%7B%7C%7D",
      query = "d%20e%C3%A9",
      fragment = "f%20g",
    })
    check("https://a/100%?b=%zz&c=%2&d=%41%", {
      scheme = "https",
      host = "a",
      port = 443,
      path = "/100%25",
      query = "b=%25zz&c=%252&d=%41%25",
    })
    check("https://a/%2f?x[]=1", {
      scheme = "https",
      host = "a",
      port = 443,
      path = "/%2f",
      query = "x[]=1",
    })
  end)

  it("refuses what is no URL or has a doubtful host", function()
    local cases = {
      "",
      "/",
      "a",
      "example.org",
      "//example.org/",
      "https:",
      "https://",
      "https:///a",
      "https:a",
      "https:/a",
      "https://:80/",
      "https://a:b/",
      "https://a:0/",
      "https://a:65536/",
      "https://a:80:80/",
      "https://a b/",
      "https://a\\@b/",
      "https://a@b@c:d/",
      "https://u\\p@a/",
      "https://u p@a/",
      "https://\u{e9}.example/",
      "https://a%2eb/",
      "https://[::1/",
      "https://[a]/",
      "https://[::1%25eth0]/",
      "https://::1/",
      "https://a/\r\nX: y",
      "https://a/\0",
      "https://a\r\n/",
      "https://a/\tb",
      "ht tp://a/",
      " https://a/",
      "https://a/ ",
      "1https://a/",
      "https//a",
      "https://a,b/",
      "https://*/",
    }
    for _, text in ipairs(cases) do
      local parts, problem = url.parse(text)
      assert.is_nil(parts, ("%q"):format(text))
      assert.equal("parse", problem.kind)
    end
    assert.is_nil((url.parse(nil)))
  end)
end)

describe("url.resolve", function()
  it("follows the examples of RFC 3986, 5.4", function()
    local base = "http://a/b/c/d;p?q"
    local cases = {
      ["g:h"] = "g:h",
      ["g"] = "http://a/b/c/g",
      ["./g"] = "http://a/b/c/g",
      ["g/"] = "http://a/b/c/g/",
      ["/g"] = "http://a/g",
      ["//g"] = "http://g/",
      ["?y"] = "http://a/b/c/d;p?y",
      ["g?y"] = "http://a/b/c/g?y",
      ["#s"] = "http://a/b/c/d;p?q#s",
      ["g#s"] = "http://a/b/c/g#s",
      ["g?y#s"] = "http://a/b/c/g?y#s",
      [";x"] = "http://a/b/c/;x",
      ["g;x"] = "http://a/b/c/g;x",
      ["g;x?y#s"] = "http://a/b/c/g;x?y#s",
      [""] = "http://a/b/c/d;p?q",
      ["."] = "http://a/b/c/",
      ["./"] = "http://a/b/c/",
      [".."] = "http://a/b/",
      ["../"] = "http://a/b/",
      ["../g"] = "http://a/b/g",
      ["../.."] = "http://a/",
      ["../../"] = "http://a/",
      ["../../g"] = "http://a/g",
      ["../../../g"] = "http://a/g",
      ["../../../../g"] = "http://a/g",
      ["/./g"] = "http://a/g",
      ["/../g"] = "http://a/g",
      ["g."] = "http://a/b/c/g.",
      [".g"] = "http://a/b/c/.g",
      ["g.."] = "http://a/b/c/g..",
      ["..g"] = "http://a/b/c/..g",
      ["./../g"] = "http://a/b/g",
      ["./g/."] = "http://a/b/c/g/",
      ["g/./h"] = "http://a/b/c/g/h",
      ["g/../h"] = "http://a/b/c/h",
      ["g;x=1/./y"] = "http://a/b/c/g;x=1/y",
      ["g;x=1/../y"] = "http://a/b/c/y",
      ["g?y/./x"] = "http://a/b/c/g?y/./x",
      ["g#s/../x"] = "http://a/b/c/g#s/../x",
    }
    for reference, expected in pairs(cases) do
      assert.equal(expected, tostring(url.resolve(base, reference)), reference)
    end
  end)

  it("keeps host and port of the base, and the port of the reference's own", function()
    local base = url.parse("https://u@a:8443/b")
    assert.equal("https://u@a:8443/c", tostring(url.resolve(base, "c")))
    assert.equal("https://d/", tostring(url.resolve(base, "//d")))
    assert.equal(443, url.resolve(base, "//d").port)
    assert.equal(80, url.resolve(base, "http://a").port)
  end)

  it("encodes what servers write into Location", function()
    assert.equal("https://a/b%20c%C3%A9", tostring(url.resolve("https://a/", "/b c\u{e9}")))
  end)

  it("refuses a reference that would break out of its line", function()
    for _, reference in ipairs({ "/a\r\nb", "/\0", "//b c/", "https://", "//a@b@c\\" }) do
      local parts, problem = url.resolve("https://a/", reference)
      assert.is_nil(parts, reference)
      assert.equal("parse", problem.kind)
    end
    assert.is_nil((url.resolve("not a URL", "/")))
  end)
end)

describe("a parsed URL", function()
  it("becomes the same text again", function()
    local cases = {
      "https://a/",
      "https://a:444/b?c#d",
      "http://u:p@[::1]:8080/",
      "mailto:a@b",
      "https://a/?",
      "https://a/b//c/../d",
    }
    for _, text in ipairs(cases) do
      assert.equal(text, tostring(url.parse(text)))
    end
    assert.equal("https://a/", tostring(url.parse("HTTPS://A:443")))
  end)

  it("gives what a request needs", function()
    local cases = {
      { "https://a", "a", "a:443", "/" },
      { "https://a:444/b?c#d", "a:444", "a:444", "/b?c" },
      { "http://[::1]:80/?", "[::1]", "[::1]:80", "/?" },
    }
    for _, case in ipairs(cases) do
      local parts = url.parse(case[1])
      assert.equal(case[2], url.authority(parts))
      assert.equal(case[3], url.authority(parts, true))
      assert.equal(case[4], url.target(parts))
    end
  end)
end)

describe("percent-encoding", function()
  it("is undone by decoding, for every byte", function()
    local bytes = {}
    for byte = 0, 255 do
      bytes[#bytes + 1] = string.char(byte)
    end
    local text = table.concat(bytes)
    assert.equal(text, url.decode(url.encode(text)))
    assert.is_nil(url.encode(text):find("[^%w%%._~-]"))
  end)

  it("is left alone where it is none", function()
    assert.equal("%", url.decode("%"))
    assert.equal("%zz%4", url.decode("%zz%4"))
    assert.equal("%41", url.decode("%2541"))
  end)
end)

describe("url.encode_query", function()
  it("sorts names and repeats lists", function()
    local fields = { page = 2, tag = { "a", "b" }, all = true }
    assert.equal("all=true&page=2&tag=a&tag=b", url.encode_query(fields))
    assert.equal("", url.encode_query({}))
  end)

  it("keeps the order of pairs", function()
    assert.equal("b=1&a=2", url.encode_query({ { "b", 1 }, { "a", 2 } }))
  end)

  it("encodes what separates", function()
    assert.equal("a%26%3D=b%20c%0D%0A%2B%23", url.encode_query({ ["a&="] = "b c\r\n+#" }))
  end)
end)

describe("url.decode_query", function()
  it("gives the first of each name, and the list of all", function()
    local fields, list = url.decode_query("a=1&b=x+y%21&a=2&c&=d&&e==")
    assert.same({ a = "1", b = "x y!", c = "", [""] = "d", e = "=" }, fields)
    assert.same({ "a", "2" }, list[3])
    assert.equal(6, #list)
    assert.same({}, (url.decode_query(nil)))
  end)
end)
