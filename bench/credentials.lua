--- The certificates that everybody measures with: for each kind of key a root
--- and a server "localhost" that it issued, as PEM files.

local tls = require("luatls")

local credentials = {}

local KEYS <const> = {
  rsa = { type = "rsa", bits = 2048 },
  ec = { type = "ec", curve = "secp256r1" },
}

local function write(path, text)
  local file <close> = assert(io.open(path, "w"))
  assert(file:write(text))
end

local function make(base, options)
  local root_key = assert(tls.key.generate(options))
  local key = assert(tls.key.generate(options))
  local root = assert(tls.certificate.issue({
    subject = "CN=Benchmark Root",
    key = root_key,
    usage = "ca",
    days = 1,
  }))
  local leaf = assert(tls.certificate.issue({
    subject = "CN=localhost",
    names = { "localhost" },
    key = key,
    issuer = root,
    issuer_key = root_key,
    days = 1,
  }))
  write(base .. "-root.pem", root:pem())
  write(base .. ".pem", leaf:pem())
  write(base .. ".key", key:pem())
end

--- Write FOLDER/rsa-root.pem, rsa.pem, rsa.key, and the same for ec.
---@param folder string
function credentials.write(folder)
  for kind, options in pairs(KEYS) do
    make(folder .. "/" .. kind, options)
  end
end

return credentials
