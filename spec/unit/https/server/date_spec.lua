local date = require("luatls.https.server.date")

describe("a date of HTTP", function()
  it("has the form of RFC 9110, 5.6.7", function()
    assert.equal("Sun, 06 Nov 1994 08:49:37 GMT", date.format(784111777))
    assert.equal("Thu, 01 Jan 1970 00:00:00 GMT", date.format(0))
    assert.equal("Mon, 29 Feb 2072 23:59:59 GMT", date.format(3224015999))
  end)

  it("is the present one", function()
    local before, text, after = os.time(), date.now(), os.time()
    assert.is_true(text == date.format(before) or text == date.format(after))
  end)
end)
