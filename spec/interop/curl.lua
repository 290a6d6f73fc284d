--- curl, a client.

local process = require("spec.support.process")
local seen = require("spec.interop.seen")

local curl = { name = "curl" }

local function append(args, more)
  table.move(more, 1, #more, #args + 1, args)
end

local function read(text)
  return {
    version = text:match("SSL connection using TLSv([%d.]+)") or seen.UNREADABLE,
    resumed = text:find("SSL re-using session ID", 1, true) ~= nil,
    alpn = text:match("ALPN: server accepted (%S+)") or false,
    peer = text:match("subject: CN=(%S+)") or seen.UNREADABLE,
  }
end

-- The server ends each connection, so that it must connect for every URL.
function curl:connect(setup, port, times)
  local ids = setup.identities
  local args = { "--silent", "--show-error", "--verbose", "--max-time", "20", "--ipv4" }
  append(args, { "--tlsv" .. setup.version, "--tls-max", setup.version })
  append(args, { "--cacert", ids.root:chain_path() })
  if not setup.alpn then append(args, { "--no-alpn" }) end
  if setup.shows_certificate then
    append(args, { "--cert", ids.client:chain_path(), "--key", ids.client:key_path() })
  end
  for _ = 1, times do
    append(args, { "--output", "/dev/null", ("https://localhost:%d/"):format(port) })
  end
  local code, text = process.start("curl", args):wait()
  if code ~= 0 then return nil, text end
  local all = {}
  for part in text:gmatch("Connected to.-Closing connection") do
    table.insert(all, read(part))
  end
  return all
end

function curl.cannot(cell)
  if cell.role == "client" then return "curl is a client." end
end

return curl
