local files = require("luatls.files")
local pki = require("spec.support.pki")
local uv = require("luv")

local count = 0

local function new_path()
  count = count + 1
  return ("%s/files-%d"):format(pki.folder(), count)
end

local function mode(path)
  return ("%o"):format(uv.fs_stat(path).mode & 511)
end

describe("a file", function()
  it("is written at once, and read", function()
    local path = new_path()
    for _, text in ipairs({ "", "a\0b", ("x"):rep(200000) }) do
      assert.is_true(files.write(path, text))
      assert.equal(text, files.read(path))
    end
    assert.equal("644", mode(path))
    assert.is_true(files.write(path, "mine", { private = true }))
    assert.equal("600", mode(path))
  end)

  it("leaves one that is there on request", function()
    local path = new_path()
    assert.is_true(files.write(path, "first", { only_new = true }))
    assert.is_false(files.write(path, "second", { only_new = true }))
    assert.equal("first", files.read(path))
  end)

  it("leaves nothing beside it", function()
    local folder = new_path()
    assert(files.make_folder(folder))
    files.write(folder .. "/a", "1")
    files.write(folder .. "/a", "2", { only_new = true })
    local names = {}
    for name in uv.fs_scandir_next, uv.fs_scandir(folder) do
      table.insert(names, name)
    end
    assert.same({ "a" }, names)
  end)

  it("that is not there is no error, but one that cannot be read is", function()
    local text, err = files.read(new_path())
    assert.is_nil(text)
    assert.is_nil(err)
    text, err = files.read(pki.folder())
    assert.is_nil(text)
    assert.equal("io", err.kind)
  end)

  it("cannot be written where no folder is", function()
    local written, err = files.write(new_path() .. "/none/file", "x")
    assert.is_nil(written)
    assert.equal("io", err.kind)
    assert.equal("ENOENT", err.symbol)
  end)
end)

describe("a folder", function()
  it("is made with those above it, for its owner alone", function()
    local path = new_path()
    assert.is_true(files.make_folder(path .. "/a/b"))
    assert.is_true(files.make_folder(path .. "/a/b"))
    assert.equal("700", mode(path))
    assert.equal("700", mode(path .. "/a/b"))
    assert.equal("directory", (files.kind(path)))
  end)

  it("is not made inside a file", function()
    local made, err = files.make_folder(pki.file("x") .. "/a")
    assert.is_nil(made)
    assert.equal("io", err.kind)
  end)
end)

describe("a path", function()
  it("is told for real, links followed", function()
    local path = pki.file("12345")
    local link = new_path()
    assert(uv.fs_symlink(path, link))
    assert.equal(uv.fs_realpath(path), files.real_path(link))
    assert.is_nil(files.real_path(new_path()))
    local kind, size = files.kind(link)
    assert.equal("file", kind)
    assert.equal(5, size)
    assert.is_nil(files.kind(new_path()))
  end)

  it("has another version when its file is another one", function()
    local path, link = pki.file("12345"), new_path()
    assert(uv.fs_symlink(path, link))
    local seen = {}
    local function expect_new()
      local version = files.version(link)
      assert.equal(version, files.version(path))
      assert.is_nil(seen[version])
      seen[version] = true
    end
    expect_new()
    assert(uv.fs_utime(path, 1, 1))
    expect_new()
    assert.is_true(files.write(path, "54321"))
    expect_new()
    assert.is_true(files.write(path, "1"))
    expect_new()
    os.remove(path)
    assert.is_nil(files.version(link))
  end)
end)
