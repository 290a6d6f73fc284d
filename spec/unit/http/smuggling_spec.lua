local play = require("spec.unit.http.play")

-- What follows each message: a recipient that is led astray would see it as a
-- request of its own.
local SMUGGLED <const> = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"

local function post(fields, body)
  return "POST / HTTP/1.1\r\nHost: a\r\n" .. fields .. "\r\n" .. (body or "hello")
end

local function chunked(body)
  return post("Transfer-Encoding: chunked\r\n", body)
end

local CHUNKED_BODY <const> = "5\r\nhello\r\n0\r\n\r\n"

local function coded(value)
  return post("Transfer-Encoding: " .. value .. "\r\n", CHUNKED_BODY)
end

local function length(value)
  return post("Content-Length: " .. value .. "\r\n")
end

local function get(line, fields)
  return line .. "\r\n" .. (fields or "Host: a\r\n") .. "\r\n"
end

-- name, status, bytes
local REQUESTS <const> = {
  -- Content-Length
  { "two different lengths", 400, post("Content-Length: 5\r\nContent-Length: 6\r\n") },
  { "two equal lengths", 400, post("Content-Length: 5\r\nContent-Length: 5\r\n") },
  { "a list of lengths", 400, length("5, 6") },
  { "a list of equal lengths", 400, length("5, 5") },
  { "a length with a plus", 400, length("+5") },
  { "a negative length", 400, length("-5") },
  { "a negative zero", 400, length("-0") },
  { "a hexadecimal length", 400, length("0x5") },
  { "a length of hexadecimal digits", 400, length("a") },
  { "a length with a fraction", 400, length("5.0") },
  { "a length with an exponent", 400, length("5e0") },
  { "a length with a space inside", 400, length("5 5") },
  { "a length with a tab inside", 400, length("5\t5") },
  { "a length with an underscore", 400, length("1_0") },
  { "a quoted length", 400, length('"5"') },
  { "an empty length", 400, length("") },
  { "a length that overflows 64 bits", 400, length("18446744073709551621") },
  { "a length that overflows 63 bits", 400, length("9223372036854775813") },
  { "a length in other digits", 400, length("\u{0665}") },
  { "a length with a NUL", 400, length("5\0") },
  { "a length with a vertical tab", 400, length("\v5") },
  { "a length with a CR", 400, length("\r5") },
  { "a length with a parameter", 400, length("5;a=b") },
  { "two lengths in different case", 400, post("content-length: 5\r\nCONTENT-LENGTH: 0\r\n") },
  -- Transfer-Encoding
  { "both framings", 400, post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") },
  { "both framings, reversed", 400, post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n") },
  { "both framings, length 0", 400, post("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n") },
  { "two codings fields", 400, post(("Transfer-Encoding: chunked\r\n"):rep(2), CHUNKED_BODY) },
  {
    "a second coding, identity",
    400,
    post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", CHUNKED_BODY),
  },
  { "chunked twice", 400, coded("chunked, chunked") },
  { "chunked not last", 501, coded("chunked, gzip") },
  { "chunked after gzip", 501, coded("gzip, chunked") },
  { "chunked after identity", 400, coded("identity, chunked") },
  { "identity", 400, coded("identity") },
  { "gzip", 501, coded("gzip") },
  { "an unknown coding", 501, coded("xchunked") },
  { "quoted chunked", 400, coded('"chunked"') },
  { "chunked in apostrophes", 501, coded("'chunked'") },
  { "chunked with a parameter", 400, coded("chunked;q=1") },
  { "chunked with a semicolon", 400, coded("chunked;") },
  { "chunked before a comma", 400, coded("chunked,") },
  { "chunked after a comma", 400, coded(",chunked") },
  { "an empty coding", 400, coded("") },
  { "chunked after a vertical tab", 400, coded("\vchunked") },
  { "chunked before a form feed", 400, coded("chunked\f") },
  { "chunked with a NUL", 400, coded("chunked\0") },
  { "chunked after a NUL", 400, coded("\0chunked") },
  { "chunked after a CR", 400, coded("\rchunked") },
  { "chunked in other letters", 400, coded("chun\u{212A}ed") },
  {
    "chunked in HTTP/1.0",
    400,
    "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
  },
  -- field lines
  { "a space before the colon", 400, post("Content-Length : 5\r\n") },
  { "a tab before the colon", 400, post("Transfer-Encoding\t: chunked\r\n", CHUNKED_BODY) },
  { "a folded field", 400, post("X: a\r\n b\r\n") },
  { "a field folded with a tab", 400, post("X: a\r\n\tb\r\n") },
  { "a folded coding", 400, post("Transfer-Encoding:\r\n chunked\r\n", CHUNKED_BODY) },
  { "a folded first field", 400, "GET / HTTP/1.1\r\n Host: a\r\n\r\n" },
  { "white space after the request line", 400, "GET / HTTP/1.1\r\n \r\nHost: a\r\n\r\n" },
  { "a field without a colon", 400, post("Content-Length 5\r\n") },
  { "a field without a name", 400, post(": 5\r\n") },
  { "a NUL in a name", 400, post("Content-\0Length: 5\r\n") },
  { "a CR in a name", 400, post("X\rContent-Length: 5\r\n") },
  { "a letter beyond ASCII in a name", 400, post("Transfer-Encod\u{131}ng: chunked\r\n") },
  { "a parenthesis in a name", 400, post("X(1): 5\r\n") },
  { "a CR in a value", 400, post("X: a\rContent-Length: 5\r\n") },
  { "a NUL in a value", 400, post("X: a\0b\r\n") },
  { "an escape in a value", 400, post("X: a\27b\r\n") },
  { "a DEL in a value", 400, post("X: a\127b\r\n") },
  { "a bare LF between fields", 400, post("X: a\nContent-Length: 5\r\n") },
  { "a bare LF after the request line", 400, "GET / HTTP/1.1\nHost: a\r\n\r\n" },
  { "bare LFs only", 400, "GET / HTTP/1.1\nHost: a\n\n" },
  { "a bare LF as last line", 400, "GET / HTTP/1.1\r\nHost: a\r\n\n" },
  { "CR CR LF", 400, "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n" },
  { "CR as line end", 400, "GET / HTTP/1.1\rHost: a\r\r\n\r\n" },
  -- request lines
  { "HTTP/0.9", 400, "GET /\r\n" },
  { "HTTP/0.9 by number", 505, get("GET / HTTP/0.9") },
  { "HTTP/2.0", 505, get("GET / HTTP/2.0") },
  { "HTTP/1.2", 505, get("GET / HTTP/1.2") },
  { "the preface of HTTP/2", 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" },
  { "a minor version of two digits", 400, get("GET / HTTP/1.10") },
  { "a major version of two digits", 400, get("GET / HTTP/11.1") },
  { "a version without a minor", 400, get("GET / HTTP/1") },
  { "a version with a sign", 400, get("GET / HTTP/+1.1") },
  { "a version in lower case", 400, get("GET / http/1.1") },
  { "a version of another protocol", 400, get("GET / RTSP/1.0") },
  { "a space after the version", 400, get("GET / HTTP/1.1 ") },
  { "a tab after the version", 400, get("GET / HTTP/1.1\t") },
  { "two spaces after the method", 400, get("GET  / HTTP/1.1") },
  { "two spaces before the version", 400, get("GET /  HTTP/1.1") },
  { "a tab after the method", 400, get("GET\t/ HTTP/1.1") },
  { "a space before the method", 400, get(" GET / HTTP/1.1") },
  { "an empty method", 400, get(" / HTTP/1.1") },
  { "a method with a colon", 400, get("GE:T / HTTP/1.1") },
  { "a method with a NUL", 400, get("GET\0 / HTTP/1.1") },
  { "two empty lines before the request", 400, "\r\n\r\n" .. get("GET / HTTP/1.1") },
  { "a bare LF before the request", 400, "\n" .. get("GET / HTTP/1.1") },
  { "a byte order mark", 400, "\u{FEFF}" .. get("GET / HTTP/1.1") },
  -- targets
  { "a space in the target", 400, get("GET /a b HTTP/1.1") },
  { "a request line in the target", 400, get("GET / HTTP/1.1 /x HTTP/1.1") },
  { "a fragment in the target", 400, get("GET /a#b HTTP/1.1") },
  { "a NUL in the target", 400, get("GET /a\0b HTTP/1.1") },
  { "a CR in the target", 400, get("GET /a\rb HTTP/1.1") },
  { "a letter beyond ASCII in the target", 400, get("GET /\u{e9} HTTP/1.1") },
  { "a relative target", 400, get("GET index.html HTTP/1.1") },
  { "a query alone as target", 400, get("GET ?a HTTP/1.1") },
  { "an asterisk for another method", 400, get("GET * HTTP/1.1") },
  { "an authority for another method", 400, get("GET a:80 HTTP/1.1") },
  { "a target of another scheme", 400, get("GET ftp://a/ HTTP/1.1") },
  { "a target without a host", 400, get("GET http:///x HTTP/1.1") },
  { "a target with credentials", 400, get("GET http://u:p@a/ HTTP/1.1") },
  { "a target with another host", 400, get("GET http://b/ HTTP/1.1") },
  { "a target with another port", 400, get("GET http://a:81/ HTTP/1.1") },
  { "a path for CONNECT", 400, get("CONNECT / HTTP/1.1") },
  { "CONNECT without a port", 400, get("CONNECT a HTTP/1.1") },
  { "CONNECT with a path", 400, get("CONNECT a:443/ HTTP/1.1") },
  {
    "CONNECT with a body",
    400,
    "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nContent-Length: 5\r\n\r\nhello",
  },
  {
    "CONNECT with chunks",
    400,
    "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nTransfer-Encoding: chunked\r\n\r\n",
  },
  -- Host
  { "no Host", 400, get("GET / HTTP/1.1", "") },
  { "two Hosts", 400, get("GET / HTTP/1.1", "Host: a\r\nHost: b\r\n") },
  { "two equal Hosts", 400, get("GET / HTTP/1.1", "Host: a\r\nHost: a\r\n") },
  { "two Hosts in HTTP/1.0", 400, get("GET / HTTP/1.0", "Host: a\r\nhost: b\r\n") },
  { "an empty Host", 400, get("GET / HTTP/1.1", "Host: \r\n") },
  { "a list of Hosts", 400, get("GET / HTTP/1.1", "Host: a, b\r\n") },
  { "a Host with a path", 400, get("GET / HTTP/1.1", "Host: a/b\r\n") },
  { "a Host with credentials", 400, get("GET / HTTP/1.1", "Host: u@a\r\n") },
  { "a Host with a space", 400, get("GET / HTTP/1.1", "Host: a b\r\n") },
  { "a Host with a scheme", 400, get("GET / HTTP/1.1", "Host: http://a\r\n") },
  { "a Host with a port beyond 65535", 400, get("GET / HTTP/1.1", "Host: a:65536\r\n") },
  { "a Host with a port of letters", 400, get("GET / HTTP/1.1", "Host: a:http\r\n") },
  { "a Host with two ports", 400, get("GET / HTTP/1.1", "Host: a:80:80\r\n") },
  { "a Host that is half an IPv6 address", 400, get("GET / HTTP/1.1", "Host: [::1\r\n") },
  -- chunks
  { "a chunk size with a sign", 400, chunked("+5\r\nhello\r\n0\r\n\r\n") },
  { "a negative chunk size", 400, chunked("-5\r\nhello\r\n0\r\n\r\n") },
  { "a chunk size with 0x", 400, chunked("0x5\r\nhello\r\n0\r\n\r\n") },
  { "a chunk size that overflows", 400, chunked("10000000000000005\r\nhello\r\n0\r\n\r\n") },
  { "a chunk size of sixteen digits", 400, chunked("fffffffffffffffb\r\nhello\r\n0\r\n\r\n") },
  { "a chunk size of too many zeros", 400, chunked("0000000000000005\r\nhello\r\n0\r\n\r\n") },
  { "a space before a chunk size", 400, chunked(" 5\r\nhello\r\n0\r\n\r\n") },
  { "a space after a chunk size", 400, chunked("5 \r\nhello\r\n0\r\n\r\n") },
  { "a tab after a chunk size", 400, chunked("5\t\r\nhello\r\n0\r\n\r\n") },
  { "a space before a chunk extension", 400, chunked("5 ;a\r\nhello\r\n0\r\n\r\n") },
  { "a chunk size with an underscore", 400, chunked("0_5\r\nhello\r\n0\r\n\r\n") },
  { "a chunk size with a fraction", 400, chunked("5.0\r\nhello\r\n0\r\n\r\n") },
  { "an empty chunk size", 400, chunked("\r\nhello\r\n0\r\n\r\n") },
  { "a chunk size of other letters", 400, chunked("g\r\nhello\r\n0\r\n\r\n") },
  { "a chunk size that ends in LF", 400, chunked("5\nhello\r\n0\r\n\r\n") },
  { "a chunk size that ends in CR", 400, chunked("5\rhello\r\n0\r\n\r\n") },
  { "a chunk size that ends in CR CR LF", 400, chunked("5\r\r\nhello\r\n0\r\n\r\n") },
  { "a chunk extension that ends in LF", 400, chunked("5;a\nhello\r\n0\r\n\r\n") },
  { "a chunk extension with a CR", 400, chunked("5;a\rb\r\nhello\r\n0\r\n\r\n") },
  { "a chunk extension with a NUL", 400, chunked("5;\0\r\nhello\r\n0\r\n\r\n") },
  { "a chunk that is longer than its size", 400, chunked("4\r\nhello\r\n0\r\n\r\n") },
  { "a chunk that is shorter than its size", 400, chunked("6\r\nhello\r\n0\r\n\r\n") },
  { "a chunk that ends in LF", 400, chunked("5\r\nhello\n0\r\n\r\n") },
  { "a chunk that ends in CR", 400, chunked("5\r\nhello\r0\r\n\r\n") },
  { "a chunk without a line end", 400, chunked("5\r\nhello0\r\n\r\n") },
  { "a chunk that ends in two other bytes", 400, chunked("5\r\nhelloXX0\r\n\r\n") },
  { "a last chunk that ends in LF", 400, chunked("0\n\r\n") },
  { "a body that ends in LF", 400, chunked("0\r\n\n") },
  -- trailers
  { "a length as trailer", 400, chunked("0\r\nContent-Length: 5\r\n\r\n") },
  { "a coding as trailer", 400, chunked("0\r\nTransfer-Encoding: chunked\r\n\r\n") },
  { "a Host as trailer", 400, chunked("0\r\nHost: b\r\n\r\n") },
  { "credentials as trailer", 400, chunked("0\r\nAuthorization: Basic eA==\r\n\r\n") },
  { "a folded trailer", 400, chunked("0\r\nX: a\r\n b\r\n\r\n") },
  { "a trailer with a space before the colon", 400, chunked("0\r\nX : a\r\n\r\n") },
  { "a trailer that ends in LF", 400, chunked("0\r\nX: a\n\r\n") },
  { "a trailer that is a request", 400, chunked("0\r\nGET / HTTP/1.1\r\n\r\n") },
}

local RESPONSE <const> = "HTTP/1.1 200 OK\r\n"

local RESPONSES <const> = {
  { "two different lengths", RESPONSE .. "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello" },
  { "a list of lengths", RESPONSE .. "Content-Length: 5, 6\r\n\r\nhello" },
  { "a negative length", RESPONSE .. "Content-Length: -1\r\n\r\n" },
  { "a hexadecimal length", RESPONSE .. "Content-Length: 0x5\r\n\r\nhello" },
  {
    "both framings",
    RESPONSE .. "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  },
  { "a coding that is not chunked", RESPONSE .. "Transfer-Encoding: gzip\r\n\r\nhello" },
  { "chunked twice", RESPONSE .. "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n" },
  { "chunked in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" },
  { "a space before the colon", RESPONSE .. "Content-Length : 0\r\n\r\n" },
  { "a folded first field", RESPONSE .. " X: a\r\nContent-Length: 0\r\n\r\n" },
  { "a NUL in a value", RESPONSE .. "X: a\0\r\nContent-Length: 0\r\n\r\n" },
  { "a CR in a value", RESPONSE .. "X: a\rb\r\nContent-Length: 0\r\n\r\n" },
  { "a NUL in a folded line", RESPONSE .. "X: a\r\n \0\r\nContent-Length: 0\r\n\r\n" },
  { "HTTP/2.0", "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n" },
  { "HTTP/1.10", "HTTP/1.10 200 OK\r\nContent-Length: 0\r\n\r\n" },
  { "another protocol", "ICY 200 OK\r\nContent-Length: 0\r\n\r\n" },
  { "a body without a head", "<html>hello</html>" },
  { "a status of two digits", "HTTP/1.1 20 OK\r\n\r\n" },
  { "a status of four digits", "HTTP/1.1 2000 OK\r\n\r\n" },
  { "a status below 100", "HTTP/1.1 099 OK\r\n\r\n" },
  { "a status with a sign", "HTTP/1.1 +20 OK\r\n\r\n" },
  { "two spaces before the status", "HTTP/1.1  200 OK\r\n\r\n" },
  { "a CR in the reason phrase", "HTTP/1.1 200 OK\rX: a\r\n\r\n" },
  { "an empty line before the status line", "\r\n" .. RESPONSE .. "Content-Length: 0\r\n\r\n" },
  { "a switch that nobody asked for", "HTTP/1.1 101 Switching Protocols\r\n\r\n" },
  {
    "a chunk size that ends in LF",
    RESPONSE .. "Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n",
  },
  {
    "a chunk size with 0x",
    RESPONSE .. "Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n",
  },
  {
    "a chunk that is longer than its size",
    RESPONSE .. "Transfer-Encoding: chunked\r\n\r\n4\r\nhello\r\n0\r\n\r\n",
  },
}

local function saw_smuggled(log)
  for _, event in ipairs(log) do
    if event.target == "/smuggled" then return true end
  end
  return false
end

describe("a server", function()
  local function check(case)
    local text = case[3] .. SMUGGLED
    local log, problem = play.three_ways(play.server, text)
    assert.is_truthy(problem, ("accepted: %q"):format(text))
    assert.equal("remote", problem.side)
    assert.equal(case[2], problem.status, problem.message)
    assert.is_false(saw_smuggled(log))
  end

  for _, case in ipairs(REQUESTS) do
    it("refuses a request with " .. case[1], function()
      check(case)
    end)
  end

  it("knows more than the 63 variants that other servers were tried with", function()
    assert.is_true(#REQUESTS >= 63)
  end)
end)

describe("a client", function()
  for _, case in ipairs(RESPONSES) do
    it("refuses a response with " .. case[1], function()
      local log, problem = play.three_ways(play.client, case[2])
      assert.is_truthy(problem, ("accepted: %q"):format(case[2]))
      assert.equal("remote", problem.side)
      for _, event in ipairs(log) do
        assert.not_equal("end", event.type)
      end
    end)
  end
end)
