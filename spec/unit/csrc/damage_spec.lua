-- A certificate with every extension, damaged in every way that is short to
-- tell. Nothing crashes; each answer is a value or an error that says where.

local core = require("luatls.core")
local extensions = require("spec.support.extensions")
local pki = require("spec.support.pki")
local process = require("spec.support.process")

local question = require("spec.support.question")

local specimen = pki.make({
  subject = "CN=Söhne,O=a+OU=b,DC=example",
  issuer = pki.root(),
  extensions = extensions.all(),
}).certificate
local der = specimen:der()

local function with_byte(index, byte)
  return der:sub(1, index - 1) .. string.char(byte & 0xff) .. der:sub(index + 1)
end

-- What a byte is replaced by: ends and signs of lengths, other tags, one bit.
local function replacements(byte)
  local list = { 0x00, 0x05, 0x30, 0x7f, 0x80, 0x84, 0xa0, 0xff, byte + 1, byte - 1 }
  for bit = 0, 7 do
    list[#list + 1] = byte ~ (1 << bit)
  end
  return list
end

describe("a certificate with every extension", function()
  it("answers every question", function()
    local refused = question.ask(specimen)
    assert.same({}, refused)
    assert.is_truthy(#der > 1200)
  end)

  it("is refused wherever it is cut off", function()
    for i = 0, #der - 1 do
      local certificate, err = core.certificate.parse(der:sub(1, i))
      assert.is_nil(certificate)
      assert.equal("parse", err.kind)
      assert.is_string(err.field)
    end
  end)

  it("answers or fails in order, with any byte of it another", function()
    local read, failed = 0, {}
    for i = 1, #der do
      for _, byte in ipairs(replacements(der:byte(i))) do
        local certificate, err = core.certificate.parse(with_byte(i, byte))
        if certificate then
          read = read + 1
          for _, field in ipairs(question.ask(certificate)) do
            failed[field] = true
          end
        else
          assert.equal("parse", err.kind)
          assert.is_string(err.field)
        end
      end
    end
    -- Both ends of the road were seen: not everything is refused at once, and
    -- every decoder has refused something.
    assert.is_true(read > 5000)
    for _, field in ipairs({ "nameConstraints", "certificatePolicies", "tlsFeature" }) do
      assert.is_true(failed[field], field)
    end
  end)

  it("is never read beyond its end, nor after its end", function()
    local path = pki.file(der)
    local code, text = process.start("luatls-guard", { "spec/support/guarded.lua", path }):wait()
    assert.equal(0, code, text)
    assert.matches("%d%d%d%d+ certificates", text)
  end)

  it("would end the program if it were", function()
    for _, what in ipairs({ "over", "after" }) do
      -- The shell turns the signal that ended it into a code.
      local command = "luatls-guard spec/support/guarded.lua " .. what
      local code = process.start("sh", { "-c", command .. "; exit $?" }):wait()
      assert.not_equal(0, code, what)
    end
  end)
end)
