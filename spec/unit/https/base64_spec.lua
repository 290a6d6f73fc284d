local base64 = require("luatls.https.base64")

describe("base64", function()
  -- RFC 4648, 10.
  local VECTORS <const> = {
    { "", "" },
    { "f", "Zg==" },
    { "fo", "Zm8=" },
    { "foo", "Zm9v" },
    { "foob", "Zm9vYg==" },
    { "fooba", "Zm9vYmE=" },
    { "foobar", "Zm9vYmFy" },
    { "\0\255\254", "AP/+" },
    { "a\nb", "YQpi" },
  }

  it("encodes the vectors of RFC 4648", function()
    for _, case in ipairs(VECTORS) do
      assert.equal(case[2], base64.encode(case[1]))
    end
  end)
end)
