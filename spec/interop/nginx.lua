--- nginx as a server, and as the client that it is in front of other servers.

local luv = require("luatls.io.luv")
local seen = require("spec.interop.seen")
local support = require("spec.support.nginx")

local nginx = { name = "nginx" }

local PAGE <const> = [[
    location / {
      return 200 "version=$ssl_protocol reused=$ssl_session_reused alpn=$ssl_alpn_protocol
peer=$ssl_client_s_dn\n";
    }
]]

local started = {}

local function server_of(setup, version, with_certificates)
  local ids, inside = setup.identities, PAGE
  if with_certificates then
    local form = "ssl_verify_client on; ssl_client_certificate %s;"
    inside = form:format(ids.root:chain_path()) .. PAGE
  end
  return { identity = ids.server, version = version, inside = inside }
end

-- Starts one for all that is asked of it with one kind of certificates.
local function start(setup)
  local old, old_asking, new, new_asking = support.start({
    server_of(setup, "1.2", false),
    server_of(setup, "1.2", true),
    server_of(setup, "1.3", false),
    server_of(setup, "1.3", true),
  })
  return {
    ["1.2"] = { [false] = old, [true] = old_asking },
    ["1.3"] = { [false] = new, [true] = new_asking },
  }
end

function nginx:serve(setup)
  started[setup.kind] = started[setup.kind] or start(setup)
  return started[setup.kind][setup.version][setup.client_auth]
end

function nginx:read(answer)
  return {
    version = answer:match("version=TLSv([%d.]+)") or seen.UNREADABLE,
    resumed = answer:match("reused=(.)") == "r",
    alpn = answer:match("alpn=(%S+)") or false,
    peer = answer:match("peer=CN=(%S+)") or false,
  }
end

local PROXY <const> = [[
    location / {
      proxy_pass https://127.0.0.1:%d;
      proxy_ssl_verify on;
      proxy_ssl_name localhost;
      proxy_ssl_server_name on;
      proxy_ssl_trusted_certificate %s;
      proxy_ssl_protocols TLSv%s;
      %s
    }
]]

local function own(identity)
  local form = "proxy_ssl_certificate %s; proxy_ssl_certificate_key %s;"
  return form:format(identity:chain_path(), identity:key_path())
end

local function ask(port)
  local socket = assert(luv.connect("127.0.0.1", port))
  assert(socket:send("GET / HTTP/1.0\r\n\r\n"))
  local text, bytes = "", ""
  repeat
    text, bytes = text .. bytes, socket:receive()
  until not bytes
  socket:close()
  return text
end

-- It tells nothing of the connection; but without a certificate for the name it
-- would not answer with 200.
function nginx:connect(setup, port, times)
  local ids, all = setup.identities, {}
  local certificate = setup.shows_certificate and own(ids.client) or ""
  local inside = PROXY:format(port, ids.root:chain_path(), setup.version, certificate)
  local proxy = support.start({ { inside = inside } })
  for i = 1, times do
    local answer = ask(proxy)
    if not answer:find("^HTTP/1%.%d 200 ") then return nil, answer end
    all[i] = { peer = "localhost" }
  end
  return all
end

function nginx.cannot(cell)
  if cell.role == "server" and cell.feature == "ALPN" then
    return "nginx offers servers behind it no ALPN; no directive of its proxy module would."
  end
end

return nginx
