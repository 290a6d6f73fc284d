-- The README says what happens: its programs are run, and its figures counted.

local environment = require("spec.support.environment")
local pki = require("spec.support.pki")
local process = require("spec.support.process")

local function read_readme()
  local file <close> = assert(io.open("README.md", "rb"))
  return file:read("a")
end

local README <const> = read_readme()

local function count_lines(text)
  return select(2, text:gsub("\n", ""))
end

local function programs()
  local list = {}
  for program in README:gmatch("\n```lua\n(.-)```") do
    list[#list + 1] = program
  end
  return list
end

-- The indented blocks between one text and the next one.
local function outputs(program)
  local rest = README:sub(select(2, README:find(program, 1, true)) + 1)
  local first, second = rest:match("\n\n(    .-)\n\n[^ ].-\n\n(    .-)\n\n")
  local function unindent(block)
    return (("\n" .. block):gsub("\n    ", "\n")):sub(2)
  end
  return unindent(first), unindent(second)
end

-- As a terminal shows it.
local function expand_tabs(text)
  local lines = {}
  for line in text:gmatch("([^\n]*)\n") do
    repeat
      local at = line:find("\t", 1, true)
      if at then line = line:sub(1, at - 1) .. (" "):rep(8 - (at - 1) % 8) .. line:sub(at + 1) end
    until not at
    lines[#lines + 1] = line
  end
  return table.concat(lines, "\n")
end

-- At home nobody has a development CA yet.
local HOME <const> = pki.folder() .. "/readme"

local function start_at_home(program, args)
  local env = environment.with({ HOME = HOME, XDG_DATA_HOME = HOME .. "/.local/share" })
  return process.start(program, args, { env = env })
end

-- A program of the README, at a port that nobody has.
local function start(program, port, ...)
  return start_at_home("lua5.4", { pki.file((program:gsub("8443", tostring(port)))), ... })
end

-- The commands for the shell that begin with "luatls".
local function commands(port)
  local list = {}
  for line in README:gmatch("\n    (luatls [^\n]+)") do
    list[#list + 1] = line:gsub("8443", tostring(port))
  end
  return list
end

describe("the README", function()
  local client, server = table.unpack(programs())

  after_each(process.stop_all)

  it("has at most 150 lines", function()
    assert.is_true(count_lines(README) <= 150)
  end)

  it("shows a client of six lines and its output within the first 25 lines", function()
    assert.equal(6, count_lines(client))
    local output = outputs(client)
    local _, last = README:find(output:match("[^\n]*$"), 1, true)
    assert.is_true(count_lines(README:sub(1, last)) < 25)
  end)

  it("has programs without mistakes in their syntax", function()
    assert.is_true(#programs() >= 4)
    for _, program in ipairs(programs()) do
      assert(load(program))
    end
  end)

  it("tells what client and server print", function()
    local port = process.free_port()
    local ca = start(server, port):expect("curl %-%-cacert (%S+) https://localhost:" .. port)
    local output, refusal = outputs(client)
    local code, text = start(client, port, ca):wait()
    assert.equal(0, code, text)
    -- The body ends its line, and print does too.
    assert.equal(output .. "\n", expand_tabs(text))
    code, text = start(client, port):wait()
    assert.equal(0, code, text)
    assert.equal((refusal:gsub("%s+", " ")), (text:gsub("%s+$", "")))
  end)

  it("has commands that work as pasted", function()
    local port = process.free_port()
    local serve, get, cert = table.unpack(commands(port))
    assert.equal("luatls serve .", serve)
    start_at_home("sh", { "-c", "exec " .. serve .. " --port " .. port }):expect("serving %. on")
    local code, text = start_at_home("sh", { "-c", get }):wait()
    assert.equal(0, code, text)
    assert.matches("verified:     yes.*MIT License", text)
    code, text = start_at_home("sh", { "-c", cert }):wait()
    assert.equal(0, code, text)
    assert.matches("^ok      CN=localhost.*verified for localhost\n$", text)
  end)

  it("names specs and pages that are there", function()
    local folder = "spec/unit/csrc/"
    for path in README:gmatch("`([%w_/]+_spec%.lua)`") do
      local whole = path:find("/", 1, true) and path or folder .. path
      assert(io.open(whole)):close()
    end
    for path in README:gmatch("%]%(([^)]+)%)") do
      assert(io.open(path)):close()
    end
  end)
end)
