local grammar = require("luatls.http.grammar")

describe("grammar.is_token", function()
  it("accepts what RFC 9110 calls a token", function()
    for _, text in ipairs({ "GET", "x", "content-type", "!#$%&'*+-.^_`|~09azAZ" }) do
      assert.is_true(grammar.is_token(text), text)
    end
  end)

  it("refuses every other byte", function()
    for byte = 0, 255 do
      local char = string.char(byte)
      local expected = char:find("[%w!#$%%&'*+.^_`|~-]") ~= nil
      assert.equal(expected, grammar.is_token("a" .. char), "byte " .. byte)
    end
    assert.is_false(grammar.is_token(""))
    assert.is_false(grammar.is_token(nil))
    assert.is_false(grammar.is_token(1))
  end)
end)

describe("grammar.is_text", function()
  it("refuses control characters, but for the tab", function()
    for byte = 0, 255 do
      local expected = byte >= 32 and byte ~= 127 or byte == 9
      assert.equal(expected, grammar.is_text("a" .. string.char(byte)), "byte " .. byte)
    end
  end)
end)

describe("grammar.lower", function()
  it("changes the letters of ASCII and nothing else", function()
    assert.equal("az-\xc9\u{130}09", grammar.lower("AZ-\xc9\u{130}09"))
  end)
end)

describe("grammar.field", function()
  it("splits name and value and drops the white space around the value", function()
    local cases = {
      { "A: b", "A", "b" },
      { "A:b", "A", "b" },
      { "A: \t b \t ", "A", "b" },
      { "A:", "A", "" },
      { "A: \t ", "A", "" },
      { "A: b: c", "A", "b: c" },
      { "A: b  c", "A", "b  c" },
      { "A: \xff", "A", "\xff" },
    }
    for _, case in ipairs(cases) do
      local name, value = grammar.field(case[1])
      assert.equal(case[2], name, case[1])
      assert.equal(case[3], value, case[1])
    end
  end)

  it("takes time that grows with the line, not with its square", function()
    local spaces = "A: b" .. (" "):rep(4000000) .. "c"
    local _, value = grammar.field(spaces)
    assert.equal(4000002, #value)
  end)
end)

describe("grammar.status_line", function()
  it("splits version, status and reason", function()
    local cases = {
      { "HTTP/1.1 200 OK", "1.1", 200, "OK" },
      { "HTTP/1.0 404 Not Found", "1.0", 404, "Not Found" },
      { "HTTP/1.1 204 ", "1.1", 204, "" },
      { "HTTP/1.1 204", "1.1", 204, "" },
      { "HTTP/1.1 999 caf\xe9", "1.1", 999, "caf\xe9" },
    }
    for _, case in ipairs(cases) do
      local version, status, reason = grammar.status_line(case[1])
      assert.same({ case[2], case[3], case[4] }, { version, status, reason })
    end
  end)

  it("refuses what only looks like one", function()
    local cases = { "", "HTTP/1.1", "HTTP/1.1 200OK", "HTTP/1.1 20", "http/1.1 200 OK" }
    for _, line in ipairs(cases) do
      assert.is_nil((grammar.status_line(line)), line)
    end
  end)
end)

describe("grammar.chunk_line", function()
  it("reads size and extension", function()
    local cases = {
      { "0", 0, 0 },
      { "5", 5, 0 },
      { "fF", 255, 0 },
      { "000005", 5, 0 },
      { "5;a=b", 5, 4 },
      { '5;a="b;c"', 5, 8 },
      { "fffffffffffffff", 0xfffffffffffffff, 0 },
    }
    for _, case in ipairs(cases) do
      local size, extension = grammar.chunk_line(case[1], false)
      assert.same({ case[2], case[3] }, { size, extension }, case[1])
    end
  end)

  it("forgives spaces after the size only where told so", function()
    assert.is_nil((grammar.chunk_line("5  ", false)))
    assert.equal(5, (grammar.chunk_line("5  ", true)))
    assert.is_nil((grammar.chunk_line(" 5", true)))
    assert.is_nil((grammar.chunk_line("5 5", true)))
  end)
end)

describe("grammar.length", function()
  it("reads up to fifteen digits", function()
    assert.equal(0, grammar.length("0"))
    assert.equal(7, grammar.length("007"))
    assert.equal(999999999999999, grammar.length("999999999999999"))
    assert.is_nil(grammar.length("1000000000000000"))
  end)
end)

describe("grammar.list_has", function()
  it("finds whole elements in any case", function()
    assert.is_true(grammar.list_has("close", "close"))
    assert.is_true(grammar.list_has("Keep-Alive,\tCLOSE", "close"))
    assert.is_false(grammar.list_has("closed", "close"))
    assert.is_false(grammar.list_has("not-close", "close"))
    assert.is_false(grammar.list_has("", "close"))
  end)
end)

describe("grammar.is_ipv6", function()
  it("accepts addresses in all their forms", function()
    local cases = {
      "::",
      "::1",
      "1::",
      "1:2:3:4:5:6:7:8",
      "fe80::1",
      "1::3:4:5:6:7:8",
      "1:2:3:4:5:6:7::",
      "::ffff:192.0.2.1",
      "1:2:3:4:5:6:192.0.2.1",
      "2001:DB8::a",
    }
    for _, text in ipairs(cases) do
      assert.is_true(grammar.is_ipv6(text), text)
    end
  end)

  it("refuses what only looks like one", function()
    local cases = {
      "",
      ":",
      ":::",
      "1",
      "1:2",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "1::2::3",
      "12345::",
      "1:2:3:4:5:6:7:8::",
      "::g",
      "::256.0.0.1",
      "::1.2.3",
      "1:2:3:4:5:6:7:1.2.3.4",
      "::1%eth0",
      "1.2.3.4",
      "::1.2.3.4:5",
    }
    for _, text in ipairs(cases) do
      assert.is_false(grammar.is_ipv6(text), text)
    end
  end)
end)

describe("grammar.authority", function()
  it("splits host and port", function()
    local cases = {
      { "a", "a" },
      { "WWW.Example.org", "www.example.org" },
      { "a_b.example.", "a_b.example." },
      { "a:80", "a", 80 },
      { "a:", "a" },
      { "192.0.2.1:8443", "192.0.2.1", 8443 },
      { "[::1]", "::1" },
      { "[2001:DB8::1]:443", "2001:db8::1", 443 },
      { "a:65535", "a", 65535 },
    }
    for _, case in ipairs(cases) do
      local host, port = grammar.authority(case[1])
      assert.same({ case[2], case[3] }, { host, port }, case[1])
    end
  end)

  it("refuses what parsers disagree about", function()
    local cases = {
      "",
      ":80",
      "a:0",
      "a:65536",
      "a:+80",
      "a:-1",
      "a:8 0",
      "a:0x50",
      "a:80:80",
      "a b",
      "a/b",
      "a@b",
      "a\\b",
      "a%2eb",
      "a,b",
      "a\0",
      "a\r\n",
      "\u{e9}",
      "[::1",
      "::1",
      "[::1]x",
      "[]",
      "[127.0.0.1]",
      "[::1%25eth0]",
      "[::1]:x",
      ("a"):rep(256),
    }
    for _, text in ipairs(cases) do
      assert.is_nil((grammar.authority(text)), ("%q"):format(text))
    end
  end)
end)
