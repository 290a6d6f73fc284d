-- The programs of docs/from-luasec.md, as they stand there.

local manual = require("spec.support.manual")
local process = require("spec.support.process")
local web = require("spec.support.web")

local CLIENT <const>, SERVER <const>, GET <const>, TASKS <const>, ENGINE <const> = 1, 2, 3, 4, 5

describe("the page for users of LuaSec", function()
  local programs = manual.programs("docs/from-luasec.md")
  local folder

  setup(function()
    folder = manual.folder()
  end)
  after_each(process.stop_all)
  after_each(web.stop_all)

  it("has clients and a server that talk", function()
    local port = process.free_port()
    local server = "io.stdout:setvbuf('no')\n" .. programs[SERVER]
    server = server:gsub("\nwhile true", "\nprint('ready')%0", 1)
    manual.start(server, port, folder):expect("ready")
    for _ = 1, 2 do
      local code, text = manual.start(programs[CLIENT], port, folder):wait()
      assert.same({ 0, "you said hello\n" }, { code, text })
    end
    local code, text = manual.start(programs[ENGINE], port, folder):wait()
    assert.same({ 0, "you said hello\n\n" }, { code, text })
  end)

  it("has a request that is answered, and one that says why it is not", function()
    local url = web.serve(function()
      return "hello"
    end)
    local port = math.tointeger(url:match(":(%d+)"))
    local code, text = manual.start(programs[GET], port, folder):wait()
    assert.same({ 0, "200\thello\n" }, { code, text })
    local untrusting = programs[GET]:gsub('{ trust = "ca.pem" }', "{}")
    code, text = manual.start(untrusting, port, folder):wait()
    assert.equal(1, code)
    assert.matches("cannot verify localhost: ", text, 1, true)
  end)

  it("has tasks that wait at the same time", function()
    local code, text = manual.start(programs[TASKS], nil, folder):wait()
    assert.equal(0, code)
    for _, word in ipairs({ "one", "two", "three" }) do
      assert.matches("you said " .. word .. "\n", text, 1, true)
    end
  end)
end)
