--- OpenSSL's s_server and s_client.

local peer = require("spec.support.peer")
local pki = require("spec.support.pki")
local process = require("spec.support.process")
local seen = require("spec.interop.seen")

local openssl = { name = "OpenSSL" }

local REQUEST <const> = "GET / HTTP/1.0\r\n\r\n"
local VERSIONS <const> = { ["1.2"] = "-tls1_2", ["1.3"] = "-tls1_3" }

local function append(args, more)
  table.move(more, 1, #more, #args + 1, args)
end

-- "-www" answers with a page about the connection.
function openssl:serve(setup)
  local args = { "-www", "-naccept", "3" }
  if setup.alpn then append(args, { "-alpn", setup.alpn }) end
  if setup.client_auth then append(args, { "-Verify", "1", "-verify_return_error" }) end
  local server, port = peer.openssl_server({
    identity = setup.identities.server,
    trust = setup.identities.root,
    version = setup.version,
    args = args,
  })
  return port, server
end

-- The page and s_client say it in the same words.
local function read(text)
  local state, version = text:match("(%u%l+), TLSv([%d.]+), Cipher is")
  return { version = version or seen.UNREADABLE, resumed = state == "Reused" }
end

function openssl:read(answer)
  local told = read(answer)
  local is_alone = answer:find("no client certificate available", 1, true)
  told.peer = not is_alone and answer:match("Subject: CN = (%S+)")
  return told
end

local function visit(setup, port, session)
  local ids, at = setup.identities, "127.0.0.1:" .. port
  local args = { "s_client", "-connect", at, "-servername", "localhost", "-ign_eof" }
  append(args, { "-CAfile", ids.root:chain_path(), VERSIONS[setup.version] })
  append(args, { "-verify_return_error", "-verify_hostname", "localhost" })
  append(args, session)
  if setup.alpn then append(args, { "-alpn", setup.alpn }) end
  if setup.shows_certificate then
    append(args, { "-cert", ids.client:chain_path(), "-key", ids.client:key_path() })
  end
  local client = process.start("openssl", args)
  client:write(REQUEST)
  local _, text = client:wait()
  if not text:find("HTTP/1.0 200 OK", 1, true) then return nil, text end
  local told = read(text)
  told.alpn = text:match("ALPN protocol: (%S+)") or false
  told.peer = text:match("subject=CN = (%S+)") or seen.UNREADABLE
  return told
end

function openssl:connect(setup, port, times)
  local path, all = pki.file(""), {}
  for i = 1, times do
    local told, text = visit(setup, port, { i == 1 and "-sess_out" or "-sess_in", path })
    if not told then return nil, text end
    table.insert(all, told)
  end
  return all
end

function openssl.cannot() end

return openssl
