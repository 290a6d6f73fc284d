--- The peers of our own making, one program for each language's own TLS library.
---
--- A program reads orders from its standard input, a line each, and answers each
--- with a line:
---
---   1 serve version=1.3 trust=… certificate=… key=… pkcs12=… alpn=… auth=required
---   reply 1: 40123                      the loopback port that it listens on
---   2 connect port=40124 times=2 version=1.3 trust=… …
---   reply 2: version=1.3 resumed=false alpn=none peer=localhost; version=…
---
--- Files are PEM, but `pkcs12`, which holds the certificate and key again, for
--- Java. A server answers "GET / HTTP/1.0" with such a description of the
--- connection as a client prints for each. An order that fails is answered with
--- "failed: " and why.

local process = require("spec.support.process")
local seen = require("spec.interop.seen")

local program = {}

---@class spec.interop.Program: spec.interop.Peer
local Program = {}
Program.__index = Program

-- It is started once: some take a second for it.
local function running(self)
  self.process = self.process or process.start(self.command, self.args)
  return self.process
end

local function ask(self, order)
  local child = running(self)
  self.orders = self.orders + 1
  child:write(("%d %s\n"):format(self.orders, order))
  return child:expect(("reply %d: ([^\n]*)\n"):format(self.orders))
end

local function own(setup, role)
  if role == "client" and not setup.shows_certificate then return "" end
  local ids = setup.identities
  local form = " certificate=%s key=%s pkcs12=%s"
  return form:format(ids[role]:chain_path(), ids[role]:key_path(), ids[role .. "_pkcs12"])
end

local function words(setup, role)
  local text = ("version=%s trust=%s"):format(setup.version, setup.identities.root:chain_path())
  text = text .. own(setup, role)
  if setup.alpn then text = text .. " alpn=" .. setup.alpn end
  if setup.client_auth then text = text .. " auth=required" end
  return text
end

function Program:serve(setup)
  return assert(tonumber(ask(self, "serve " .. words(setup, "server"))))
end

function Program:connect(setup, port, times)
  local order = "connect port=%d times=%d %s"
  local said = ask(self, order:format(port, times, words(setup, "client")))
  if said:find("^failed: ") then return nil, said end
  local all = {}
  for description in said:gmatch("[^;]+") do
    table.insert(all, seen.parse(description))
  end
  return all
end

function Program:read(answer)
  return seen.parse(answer)
end

function Program.cannot() end

--- A peer of our own making.
---@param name string what the table calls it
---@param command string
---@param args string[]
---@return spec.interop.Program
function program.new(name, command, args)
  return setmetatable({ name = name, command = command, args = args, orders = 0 }, Program)
end

return program
