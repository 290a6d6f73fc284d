-- Everything that can be negotiated, with everybody: each cell of the table in
-- docs/interoperability.md is a spec here.

local identities = require("spec.interop.identities")
local matrix = require("spec.interop.matrix")
local peers = require("spec.interop.peers")
local process = require("spec.support.process")

local CHECKS <const> = {
  client = require("spec.interop.client"),
  server = require("spec.interop.server"),
}

-- Where tools/interop.sh looks for the table.
local RESULT <const> = "build/interop/table.md"
local MANUAL <const> = "docs/interoperability.md"

---@class spec.interop.Setup
---@field version "1.2"|"1.3"
---@field kind "RSA"|"RSA-PSS"|"P-256"|"P-384"
---@field identities spec.interop.Identities
---@field alpn? string a protocol that both sides know
---@field client_auth boolean servers ask for certificates
---@field shows_certificate boolean clients have one

--- Somebody else's TLS.
---@class spec.interop.Peer
---@field name string
--- Start a server that answers "GET / HTTP/1.0" with a status of 200; gives its
--- loopback port, and its process when it is for this alone.
---@field serve? fun(self, setup: spec.interop.Setup): integer, spec.Process?
--- What that server saw, out of its answer or what it says itself.
---@field read? fun(self, answer: string, server: spec.Process?): spec.interop.Seen
--- Have a client ask a server that so many times, and resume when it can; gives
--- what it saw each time, or nil and what it said when it had no answer.
---@field connect? fun(self, setup: spec.interop.Setup, port: integer, times: integer): any, string?
--- Why it has no way to do what a cell is about.
---@field cannot fun(cell: spec.interop.Cell): string?

local function check(peer, cell)
  local is_mutual = cell.feature == "client certificate"
  CHECKS[cell.role].check(peer, {
    version = cell.version,
    kind = cell.kind,
    identities = identities.of(cell.kind),
    alpn = cell.feature == "ALPN" and "http/1.1" or nil,
    client_auth = is_mutual,
    shows_certificate = is_mutual,
  }, cell.feature)
end

local function it_passes(peer, cell)
  local form = "%s with luatls as %s, TLS %s, %s"
  it(form:format(cell.feature, cell.role, cell.version, cell.kind), function()
    check(peer, cell)
    matrix.pass(cell)
  end)
end

for _, peer in ipairs(peers) do
  describe(peer.name, function()
    teardown(process.stop_all)

    for _, cell in ipairs(matrix.cells_of(peer.name)) do
      local reason = peer.cannot(cell)
      if reason then
        matrix.leave_out(cell, reason)
      else
        it_passes(peer, cell)
      end
    end
  end)
end

describe("the table", function()
  teardown(function()
    local file <close> = assert(io.open(RESULT, "w"))
    file:write(matrix.text())
  end)

  it("stands in " .. MANUAL, function()
    local file <close> = assert(io.open(MANUAL))
    local printed = file:read("a"):match("<!%-%- table %-%->\n(.-)<!%-%- end %-%->")
    assert.is_true(printed == matrix.text(), "it does not: `make interop-docs` puts it there")
  end)
end)
