local core = require("luatls.core")
local development = require("luatls.development")
local pki = require("spec.support.pki")
local uv = require("luv")

local count = 0

local function new_folder()
  count = count + 1
  return ("%s/development-%d/deep"):format(pki.folder(), count)
end

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read("a")
end

local function write(path, text)
  local file <close> = assert(io.open(path, "wb"))
  file:write(text)
end

local function mode(path)
  return ("%o"):format(uv.fs_stat(path).mode & 511)
end

-- A certificate and its key in one text, as the folder keeps them.
local function packed(options)
  options.key = assert(core.key.generate())
  return options.key:pem() .. assert(core.certificate.issue(options)):pem()
end

describe("the development CA", function()
  it("vouches for localhost and its addresses, in a folder that it makes", function()
    local folder = new_folder()
    local made = assert(development.identity({ folder = folder }))
    for _, name in ipairs({ "localhost", "127.0.0.1", "::1" }) do
      assert.is_true(made.chain:verify({ trust = made.ca_path, name = name }))
    end
    local ok, err = made.chain:verify({ trust = made.ca_path, name = "example.org" })
    assert.is_nil(ok)
    assert.equal("verify", err.kind)
    assert.is_true(made.ca:is_ca())
    assert.equal(made.ca:pem(), read(made.ca_path))
  end)

  it("keeps its keys to itself", function()
    local folder = new_folder()
    local made = assert(development.identity({ folder = folder }))
    assert.equal("700", mode(folder))
    assert.equal("600", mode(folder .. "/ca-key.pem"))
    assert.equal("600", mode(folder .. "/localhost.pem"))
    assert.equal("644", mode(made.ca_path))
    assert.is_nil(read(made.ca_path):find("PRIVATE", 1, true))
  end)

  it("stays the same from one program to the next", function()
    local folder = new_folder()
    local first = assert(development.identity({ folder = folder }))
    local second = assert(development.identity({ folder = folder }))
    assert.equal(first.chain:pem(), second.chain:pem())
    assert.equal(first.key:pem(), second.key:pem())
    assert.equal(first.ca:pem(), second.ca:pem())
  end)

  it("issues anew what ends soon, is broken or not its own", function()
    local folder = new_folder()
    local path = folder .. "/localhost.pem"
    local names = { "localhost", "127.0.0.1", "::1" }
    local first = assert(development.identity({ folder = folder }))
    local ca_key = core.key.parse(read(folder .. "/ca-key.pem"))
    local texts = {
      "",
      "nonsense",
      read(path):sub(1, 300),
      packed({ subject = "CN=x", names = names }),
      packed({ names = names, subject = "CN=x", issuer = first.ca, issuer_key = ca_key, days = 3 }),
      packed({ names = { "a" }, subject = "CN=x", issuer = first.ca, issuer_key = ca_key }),
    }
    for index, text in ipairs(texts) do
      write(path, text)
      local again = assert(development.identity({ folder = folder }))
      assert.equal(first.ca:pem(), again.ca:pem(), index)
      assert.is_true(again.chain:verify({ trust = again.ca_path, name = "localhost" }), index)
      assert.not_equal(first.chain:pem(), again.chain:pem(), index)
    end
  end)

  it("makes itself anew when it ends soon or is broken", function()
    local folder = new_folder()
    local first = assert(development.identity({ folder = folder }))
    for _, text in ipairs({ "", packed({ subject = "CN=old", usage = "ca", days = 3 }) }) do
      write(folder .. "/ca-key.pem", text)
      local again = assert(development.identity({ folder = folder }))
      assert.not_equal(first.ca:pem(), again.ca:pem())
      assert.is_true(again.chain:verify({ trust = again.ca_path, name = "localhost" }))
    end
  end)

  it("publishes its certificate again when that file is lost", function()
    local folder = new_folder()
    local made = assert(development.identity({ folder = folder }))
    os.remove(made.ca_path)
    local again = assert(development.identity({ folder = folder }))
    assert.equal(made.ca:pem(), read(again.ca_path))
  end)

  it("vouches for other names on request", function()
    local folder = new_folder()
    local options = { folder = folder, names = { "dev.example", "10.0.0.1" } }
    local made = assert(development.identity(options))
    assert.is_true(made.chain:verify({ trust = made.ca_path, name = "dev.example" }))
    assert.is_nil((made.chain:verify({ trust = made.ca_path, name = "localhost" })))
  end)

  it("lives where the user's data do", function()
    local cases = {
      { { XDG_DATA_HOME = "/data", HOME = "/home/me" }, "/data/luatls" },
      { { XDG_DATA_HOME = "relative", HOME = "/home/me" }, "/home/me/.local/share/luatls" },
      { { XDG_DATA_HOME = "", HOME = "/home/me" }, "/home/me/.local/share/luatls" },
      { { HOME = "/home/me" }, "/home/me/.local/share/luatls" },
    }
    for _, case in ipairs(cases) do
      local path = development.folder(function(name)
        return case[1][name]
      end)
      assert.equal(case[2], path)
    end
    local path, err = development.folder(function() end)
    assert.is_nil(path)
    assert.equal("config", err.kind)
    assert.is_truthy(err.hint)
  end)

  it("says why when its folder cannot be made or read", function()
    local file = pki.file("not a folder")
    for _, folder in ipairs({ file, file .. "/below", "/proc/none" }) do
      local made, err = development.identity({ folder = folder })
      assert.is_nil(made, folder)
      assert.equal("io", err.kind)
    end
  end)
end)
