--- GnuTLS' gnutls-serv and gnutls-cli.

local peer = require("spec.support.peer")
local process = require("spec.support.process")
local seen = require("spec.interop.seen")

local gnutls = { name = "GnuTLS" }

local REQUEST <const> = "GET / HTTP/1.0\r\n\r\n"

local function priority(setup)
  return "NORMAL:-VERS-ALL:+VERS-TLS" .. setup.version
end

local function append(args, more)
  table.move(more, 1, #more, #args + 1, args)
end

local function own(identity)
  return { "--x509certfile", identity:chain_path(), "--x509keyfile", identity:key_path() }
end

-- "--http" answers with a page about the connection.
function gnutls:serve(setup)
  local ids, port = setup.identities, process.free_port()
  local args = { "--http", "--port", tostring(port), "--priority", priority(setup) }
  append(args, own(ids.server))
  if setup.alpn then append(args, { "--alpn", setup.alpn }) end
  if setup.client_auth then
    append(args, { "--require-client-cert", "--verify-client-cert" })
    append(args, { "--x509cafile", ids.root:chain_path() })
  end
  local server = process.start("gnutls-serv", args)
  peer.await_port(port)
  return port, server
end

function gnutls:read(answer)
  return {
    version = answer:match("Protocol version:</TD><TD>TLS([%d.]+)<") or seen.UNREADABLE,
    peer = answer:match("Subject: CN=(%S+)") or false,
  }
end

-- It does not show the certificate again when it resumes.
local function read(text)
  local resumed = text:find("*** This is a resumed session", 1, true) ~= nil
  local name = text:match("subject `CN=([^']+)'")
  return {
    version = text:match("Description: %(TLS([%d.]+)%-") or seen.UNREADABLE,
    resumed = resumed,
    alpn = text:match("Application protocol: (%S+)") or false,
    peer = name or not resumed and seen.UNREADABLE or nil,
  }
end

-- With "--resume" it connects twice by itself, and asks its question the second
-- time only.
local function split(text, times)
  if times == 1 then return { read(text) } end
  local again = text:find("Connecting again", 1, true) or #text
  return { read(text:sub(1, again - 1)), read(text:sub(again)) }
end

function gnutls:connect(setup, port, times)
  local ids = setup.identities
  local args = { "--port", tostring(port), "--priority", priority(setup) }
  append(args, { "--x509cafile", ids.root:chain_path() })
  append(args, { "--sni-hostname", "localhost", "--verify-hostname", "localhost" })
  if setup.alpn then append(args, { "--alpn", setup.alpn }) end
  if setup.shows_certificate then append(args, own(ids.client)) end
  if times == 2 then append(args, { "--resume", "--waitresumption" }) end
  append(args, { "127.0.0.1" })
  local client = process.start("gnutls-cli", args)
  client:write(REQUEST)
  local _, text = client:wait()
  if not text:find("HTTP/1.0 200 OK", 1, true) then return nil, text end
  return split(text, times)
end

function gnutls.cannot() end

return gnutls
