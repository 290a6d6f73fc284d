-- The programs of docs/interoperability.md; spec/interop has what it is about.

local manual = require("spec.support.manual")
local peer = require("spec.support.peer")
local pki = require("spec.support.pki")
local process = require("spec.support.process")

local PROGRAMS <const> = manual.programs("docs/interoperability.md")

local function run(program)
  local args = { "-www", "-naccept", "2", "-alpn", "http/1.1" }
  local _, port = peer.openssl_server({ identity = pki.server(), args = args })
  local path = pki.file((program:gsub("8443", tostring(port))))
  local code, text = process.start("lua5.4", { path, pki.root():chain_path() }):wait()
  assert.equal(0, code, text)
  return text
end

describe("the manual on interoperability", function()
  after_each(process.stop_all)

  it("has a program that tells what a server agrees to", function()
    local text = run(PROGRAMS[1])
    assert.matches("^TLS 1%.2\tTLS_ECDHE_ECDSA_%S+\tecdsa_%S+\thttp/1%.1\n", text)
    assert.matches("\nTLS 1%.3\tTLS_%S+\tecdsa_secp256r1_sha256\thttp/1%.1\n$", text)
  end)

  it("has one for a loop", function()
    local text = run(PROGRAMS[2])
    assert.matches("TLS 1%.2\tx25519\n", text)
    assert.matches("TLS 1%.3\tx25519\n", text)
  end)
end)
