--- Other people's TLS programs as peers: OpenSSL's and GnuTLS' servers and
--- clients, on loopback ports of their own.

local assert = require("luassert")
local luv = require("luatls.io.luv")
local process = require("spec.support.process")

local peer = {}

---@class spec.peer.Options
---@field identity? spec.Identity
---@field trust? spec.Identity whose certificate the peer trusts
---@field version? "1.2"|"1.3"
---@field tickets? boolean for GnuTLS, whose server gives them or knows ids
---@field args? string[] more arguments
---@field cwd? string

local function add(args, ...)
  for _, arg in ipairs({ ... }) do
    table.insert(args, arg)
  end
end

local OPENSSL_VERSION <const> = { ["1.2"] = "-tls1_2", ["1.3"] = "-tls1_3" }
local GNUTLS_VERSION <const> = {
  ["1.2"] = "NORMAL:-VERS-ALL:+VERS-TLS1.2",
  ["1.3"] = "NORMAL:-VERS-ALL:+VERS-TLS1.3",
}

local function with_openssl_options(args, options)
  if options.identity then
    add(args, "-cert", options.identity:chain_path())
    add(args, "-cert_chain", options.identity:chain_path())
    add(args, "-key", options.identity:key_path())
  end
  if options.trust then add(args, "-CAfile", options.trust:chain_path()) end
  if options.version then add(args, OPENSSL_VERSION[options.version]) end
  add(args, table.unpack(options.args or {}))
  return args
end

--- `openssl s_server`: what it reads goes to its stdout, its stdin to the peer.
---@param options spec.peer.Options
---@return spec.Process process
---@return integer port
function peer.openssl_server(options)
  local args = { "s_server", "-accept", "127.0.0.1:0", "-naccept", "1" }
  local server = process.start("openssl", with_openssl_options(args, options), options)
  return server, math.tointeger(tonumber((server:expect("ACCEPT 127%.0%.0%.1:(%d+)"))))
end

--- `openssl s_client`, verifying the server it connects to.
---@param port integer
---@param options spec.peer.Options
---@return spec.Process
function peer.openssl_client(port, options)
  local args = { "s_client", "-connect", "127.0.0.1:" .. port, "-verify_return_error" }
  add(args, "-verify_hostname", "localhost", "-servername", "localhost", "-quiet")
  return process.start("openssl", with_openssl_options(args, options), options)
end

local function with_gnutls_options(args, options)
  if options.identity then
    add(args, "--x509certfile", options.identity:chain_path())
    add(args, "--x509keyfile", options.identity:key_path())
  end
  if options.trust then add(args, "--x509cafile", options.trust:chain_path()) end
  if options.version then add(args, "--priority", GNUTLS_VERSION[options.version]) end
  add(args, table.unpack(options.args or {}))
  return args
end

--- `gnutls-serv`, echoing what it reads.
---@param options spec.peer.Options
---@return spec.Process process
---@return integer port
function peer.gnutls_server(options)
  local port = process.free_port()
  local args = { "--echo", "--port", tostring(port) }
  if not options.tickets then add(args, "--noticket") end
  local server = process.start("gnutls-serv", with_gnutls_options(args, options), options)
  server:expect("listening on IPv4.-done")
  return server, port
end

--- `gnutls-cli`, verifying the server it connects to.
---@param port integer
---@param options spec.peer.Options
---@return spec.Process
function peer.gnutls_client(port, options)
  local args = { "--port", tostring(port), "--sni-hostname", "localhost" }
  add(args, "--verify-hostname", "localhost", "127.0.0.1")
  return process.start("gnutls-cli", with_gnutls_options(args, options), options)
end

--- Both sides say a line. The program's comes first: it may have new keys.
---@param stream luatls.Stream
---@param program spec.Process that writes what it is told, and prints what it hears
---@param text string
function peer.talk(stream, program, text)
  program:write(text .. "\n")
  assert.equal(text, stream:read("l"))
  assert(stream:write("answer to " .. text .. "\n"))
  program:expect("answer to " .. text)
end

--- Wait until a server takes connections on a loopback port.
---@param port integer
function peer.await_port(port)
  local deadline = luv.now() + 20
  repeat
    local socket, err = luv.connect("127.0.0.1", port, deadline)
    if socket then return socket:close() end
    luv.sleep(0.01)
  until luv.now() >= deadline or err.kind == "timeout"
  error(("nobody listens on port %d"):format(port))
end

return peer
