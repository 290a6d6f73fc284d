--- NSS' selfserv and tstclnt, of Debian's libnss3-tools.

local identities = require("spec.interop.identities")
local peer = require("spec.support.peer")
local pki = require("spec.support.pki")
local process = require("spec.support.process")
local seen = require("spec.interop.seen")
local uv = require("luv")

local nss = { name = "NSS" }

local REQUEST <const> = "GET / HTTP/1.0\r\n\r\n"
local VERSIONS <const> = { ["3.3"] = "1.2", ["3.4"] = "1.3" }

local function append(args, more)
  table.move(more, 1, #more, #args + 1, args)
end

local function run(program, ...)
  local code, text = process.start(program, { ... }):wait()
  assert(code == 0, text)
end

-- Certificates and keys come out of a database, under nicknames.
local function make_database(root, pkcs12)
  local path = pki.file("")
  os.remove(path)
  assert(uv.fs_mkdir(path, 448))
  local database, secret = "sql:" .. path, identities.PASSWORD
  run("certutil", "-N", "-d", database, "--empty-password")
  local trusted = { "-n", "root", "-t", "CT,,", "-a", "-i", root:chain_path() }
  run("certutil", "-A", "-d", database, table.unpack(trusted))
  if pkcs12 then run("pk12util", "-i", pkcs12, "-d", database, "-W", secret, "-K", "") end
  return database
end

local databases = {}

-- The client shows whatever certificate is there, with "-n" or without.
local function database_of(setup, role)
  local own = role and setup.identities[role .. "_pkcs12"]
  local name = setup.kind .. (role or "")
  databases[name] = databases[name] or make_database(setup.identities.root, own)
  return databases[name]
end

local function versions(setup)
  return ("tls%s:tls%s"):format(setup.version, setup.version)
end

function nss:serve(setup)
  local port = process.free_port()
  local args = { "-p", tostring(port), "-d", database_of(setup, "server"), "-V", versions(setup) }
  append(args, { setup.kind:find("RSA") and "-n" or "-e", "server", "-u", "-v" })
  if setup.alpn then append(args, { "-Q" }) end
  if setup.client_auth then append(args, { "-r", "-r" }) end
  local server = process.start("selfserv", args)
  peer.await_port(port)
  server.visits, server.setup = 0, setup
  return port, server
end

local function read(text)
  return {
    version = VERSIONS[text:match("SSL version ([%d.]+) using")] or seen.UNREADABLE,
    resumed = text:match("(%d+) stateless resumes") ~= "0",
    peer = text:match("subject DN: CN=(%S+)") or seen.UNREADABLE,
  }
end

-- It tells its terminal, and its own name where a client has none.
function nss:read(_, server)
  server.visits = server.visits + 1
  local pattern = (".-SSL version"):rep(server.visits) .. "(.-ticket parse failures)"
  local told = read("SSL version" .. server:expect(pattern))
  if not server.setup.client_auth then told.peer = nil end
  return told
end

function nss:connect(setup, port, times)
  local database = database_of(setup, setup.shows_certificate and "client" or nil)
  local args = { "-4", "-h", "localhost", "-p", tostring(port), "-d", database }
  -- Synchronous (-O): else, without a certificate, the program gives up at times
  -- and answers the request for one with internal_error.
  append(args, { "-O", "-V", versions(setup), "-u", "-v", "-A", pki.file(REQUEST) })
  append(args, { "-L", tostring(times) })
  if setup.shows_certificate then append(args, { "-n", "client" }) end
  local _, text = process.start("tstclnt", args):wait()
  local all = {}
  for part in text:gmatch("SSL version.-HTTP/1.0 200 OK") do
    table.insert(all, read(part))
  end
  if #all < times then return nil, text end
  return all
end

function nss.cannot(cell)
  if cell.role == "server" and cell.feature == "ALPN" then
    return "NSS' test client `tstclnt` offers no ALPN: it has no option for it and "
      .. "does not use the function that would."
  end
end

return nss
