-- Both sides show certificates: a server that knows who its clients are.
-- Everything is made here, in memory: a CA, a server, and a client of it.

local https = require("luatls.https")
local luv = require("luatls.io.luv")
local tls = require("luatls")

local ca_key = assert(tls.key.generate())
local ca = assert(tls.certificate.issue({
  subject = "CN=Example CA",
  usage = "ca",
  key = ca_key,
}))

-- What a CA does: it gets a request, and never sees the key behind it.
local function issue(subject, names, usage)
  local key = assert(tls.key.generate())
  local csr = assert(key:csr({ subject = subject, names = names }))
  local certificate = assert(tls.certificate.issue({
    csr = csr,
    usage = usage,
    issuer = ca,
    issuer_key = ca_key,
    days = 30,
  }))
  return certificate:pem(), key
end

local trust = ca:pem()
local server_certificate, server_key =
  issue("CN=localhost", { "localhost" }, "server")
local client_certificate, client_key = issue("CN=alice", nil, "client")

local server = assert(https.server({
  port = 0,
  certificate = server_certificate,
  key = server_key,
  client_auth = "required",
  trust = trust,
  on_error = function(err)
    print("server: " .. err.message)
  end,
  handler = function(req)
    return "hello " .. req:peer_chain()[1]:subject() .. "\n"
  end,
}))
server:start()

luv.run(function()
  local url = ("https://localhost:%d/"):format(server:port())
  local r = assert(https.get(url, {
    trust = trust,
    certificate = client_certificate,
    key = client_key,
  }))
  io.write("with a certificate: ", r:text())
  local refused = https.get(url, { trust = trust })
  print("without one: " .. (refused and "accepted?!" or "refused"))
  server:close()
end)
