local keylog = require("luatls.keylog")

local LINE <const> = "CLIENT_RANDOM 00 11"

local function slurp(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read("a")
end

local function environment_with(path)
  return function(name)
    return name == "SSLKEYLOGFILE" and path or nil
  end
end

describe("keylog.writer", function()
  local path

  before_each(function()
    path = os.tmpname()
    os.remove(path)
  end)

  after_each(function()
    os.remove(path)
  end)

  it("gives nothing when no log is wanted", function()
    assert.is_nil(keylog.writer(nil, environment_with(nil)))
    assert.is_nil(keylog.writer(nil, environment_with("")))
  end)

  it("leaves a function as it is", function()
    assert.equal(print, keylog.writer(print, environment_with(path)))
  end)

  it("opens the file when the first line comes, and not before", function()
    local write = keylog.writer(path)
    assert.is_nil(io.open(path))
    write(LINE)
    assert.equal(LINE .. "\n", slurp(path))
  end)

  it("appends, whoever writes", function()
    keylog.writer(path)("a")
    local write = keylog.writer(nil, environment_with(path))
    write("b")
    write("c")
    assert.equal("a\nb\nc\n", slurp(path))
  end)

  it("prefers the option to the environment", function()
    keylog.writer(path, environment_with("/nowhere/keys"))(LINE)
    assert.equal(LINE .. "\n", slurp(path))
  end)

  it("raises a 'config' error when the file cannot be written", function()
    local ok, err = pcall(keylog.writer("/nowhere/keys"), LINE)
    assert.is_false(ok)
    assert.equal("config", err.kind)
    assert.matches("/nowhere/keys", err.message, 1, true)
    assert.is_string(err.hint)
  end)
end)
