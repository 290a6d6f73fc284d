--- nginx as it is used in the world, on loopback ports, for the specs.

local peer = require("spec.support.peer")
local pki = require("spec.support.pki")
local process = require("spec.support.process")

local nginx = {}

-- One process that stays the user who started it, so that the specs' private
-- folder can be read.
local CONFIG <const> = [[
daemon off;
master_process off;
pid %s/nginx.pid;
error_log stderr notice;
events { worker_connections 64; }
http {
  access_log off;
  default_type application/octet-stream;
  client_body_temp_path %s/nginx-body;
  proxy_temp_path %s/nginx-proxy;
  fastcgi_temp_path %s/nginx-fastcgi;
  uwsgi_temp_path %s/nginx-uwsgi;
  scgi_temp_path %s/nginx-scgi;
  root %s;
%s}
]]

local SERVER <const> = [[
  server {
    listen 127.0.0.1:%d ssl;
    server_name localhost;
    ssl_certificate %s;
    ssl_certificate_key %s;
    ssl_protocols %s;
    %s
  }
]]

local PLAIN <const> = [[
  server {
    listen 127.0.0.1:%d;
    server_name localhost;
    %s
  }
]]

local PROTOCOLS <const> = { ["1.2"] = "TLSv1.2", ["1.3"] = "TLSv1.3" }

---@class spec.nginx.Server
---@field identity? spec.Identity none: plain HTTP
---@field version? "1.2"|"1.3" default both
---@field inside? string more directives

--- Start nginx with servers that serve the files of `pki.folder()`.
---@param servers spec.nginx.Server[]
---@return integer ... their ports, in order
function nginx.start(servers)
  local blocks, ports = {}, {}
  for index, server in ipairs(servers) do
    local port, identity = process.free_port(), server.identity
    ports[index] = port
    blocks[index] = identity
        and SERVER:format(
          port,
          identity:chain_path(),
          identity:key_path(),
          PROTOCOLS[server.version] or "TLSv1.2 TLSv1.3",
          server.inside or ""
        )
      or PLAIN:format(port, server.inside or "")
  end
  local f = pki.folder()
  local text = CONFIG:format(f, f, f, f, f, f, f, table.concat(blocks))
  process.start("nginx", { "-p", f, "-c", pki.file(text) })
  for _, port in ipairs(ports) do
    peer.await_port(port)
  end
  return table.unpack(ports)
end

return nginx
