local pki = require("spec.support.pki")
local static = require("luatls.https.static")
local uv = require("luv")

local function write(path, text)
  local file <close> = assert(io.open(path, "wb"))
  file:write(text)
end

-- A folder to serve, beside a secret.
local function make_site()
  local top = assert(uv.fs_mkdtemp(pki.folder() .. "/site-XXXXXX"))
  local site = top .. "/public"
  for _, folder in ipairs({ site, site .. "/sub", site .. "/empty", top .. "/publicly" }) do
    assert(uv.fs_mkdir(folder, 448))
  end
  write(top .. "/secret", "secret")
  write(top .. "/publicly/secret", "secret")
  write(site .. "/index.html", "top")
  write(site .. "/sub/index.html", "below")
  write(site .. "/a b.txt", "spaced")
  write(site .. "/data", "data")
  write(site .. "/..strange", "strange")
  assert(uv.fs_symlink(top .. "/secret", site .. "/out"))
  assert(uv.fs_symlink(top .. "/publicly", site .. "/beside"))
  assert(uv.fs_symlink("..", site .. "/up"))
  assert(uv.fs_symlink("data", site .. "/inner"))
  assert(uv.fs_symlink("nowhere", site .. "/dangling"))
  return site
end

local handler

local function get(path, method)
  local answer = handler({ method = method or "GET", path = path })
  local body = answer.body
  if io.type(body) == "file" then
    local text = body:read("a")
    body:close()
    answer.body = text
  end
  return answer
end

describe("a handler of static files", function()
  setup(function()
    handler = static.handler(make_site())
  end)

  it("answers with files, their types, and indexes", function()
    local cases = {
      { "/", "top", "text/html; charset=utf-8" },
      { "//", "top", "text/html; charset=utf-8" },
      { "/index.html", "top", "text/html; charset=utf-8" },
      { "/sub/", "below", "text/html; charset=utf-8" },
      { "/./sub/./index.html", "below", "text/html; charset=utf-8" },
      { "/a%20b.txt", "spaced", "text/plain; charset=utf-8" },
      { "/data", "data", "application/octet-stream" },
      { "/inner", "data", "application/octet-stream" },
      { "/..strange", "strange", "application/octet-stream" },
      { "/%69ndex.html", "top", "text/html; charset=utf-8" },
    }
    for _, case in ipairs(cases) do
      local answer = get(case[1])
      assert.is_nil(answer.status, case[1])
      assert.equal(case[2], answer.body, case[1])
      assert.equal(case[3], answer.headers["content-type"], case[1])
    end
  end)

  it("sends folders to their name with a slash, on this host", function()
    local cases = { { "/sub", "/sub/" }, { "//sub", "/sub/" }, { "/./sub", "/./sub/" } }
    for _, case in ipairs(cases) do
      local answer = get(case[1])
      assert.equal(301, answer.status)
      assert.equal(case[2], answer.headers.location)
    end
  end)

  it("knows no way out, nor files that are not there", function()
    local paths = {
      "/missing",
      "/empty/",
      "/data/",
      "/data/x",
      "/../secret",
      "/sub/../../secret",
      "/%2e%2e/secret",
      "/%2E./secret",
      "/..%2fsecret",
      "/%2e%2e%2fsecret",
      "/sub/%2e%2e/data",
      "/out",
      "/up/secret",
      "/up/public/data%00",
      "/beside/secret",
      "/dangling",
      "/data%00.html",
      "/index.html%2f",
      "*",
    }
    for _, path in ipairs(paths) do
      assert.equal(404, get(path).status, path)
    end
  end)

  it("answers HEAD as GET, and nothing else", function()
    assert.equal("top", get("/", "HEAD").body)
    for _, method in ipairs({ "POST", "PUT", "DELETE", "OPTIONS", "get" }) do
      local answer = get("/", method)
      assert.equal(405, answer.status)
      assert.equal("GET, HEAD", answer.headers.allow)
    end
  end)

  it("is made for folders only", function()
    for _, path in ipairs({ "/does/not/exist", pki.file("a file") }) do
      assert.has_error(function()
        static.handler(path)
      end)
    end
  end)

  it("tells the type by the end of a name, in any case", function()
    assert.equal("image/png", static.type_of("/a.PNG"))
    assert.equal("application/octet-stream", static.type_of("/png"))
    assert.equal("application/octet-stream", static.type_of("/a.png.unknown"))
  end)
end)
