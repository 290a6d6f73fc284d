--- LuaSec as a contender, held to what luatls negotiates: the same suites and
--- group, a verified server, no tickets as far as LuaSec lets that be said. Its
--- client cannot resume: there is no way to take a session from a connection.

local ssl = require("ssl")

---@type bench.Contender
local luasec = {}

local PROTOCOLS <const> = { ["1.2"] = "tlsv1_2", ["1.3"] = "tlsv1_3" }

-- What client and server have in common.
local function common(role, setting)
  return {
    mode = role,
    protocol = PROTOCOLS[setting.version],
    ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256",
    ciphersuites = "TLS_AES_128_GCM_SHA256",
    curveslist = "X25519:P-256", -- P-256 is for the certificate
    options = { "no_ticket" },
  }
end

function luasec.context(role, setting)
  local given = common(role, setting)
  if role == "client" then
    given.verify, given.cafile = "peer", setting.root
    return { context = assert(ssl.newcontext(given)), name = "localhost" }
  end
  given.verify = "none"
  given.certificate, given.key = setting.certificate, setting.key
  if setting.tickets then given.options = nil end
  return { context = assert(ssl.newcontext(given)) }
end

function luasec.open(tcp, side)
  local conn = assert(ssl.wrap(tcp, side.context))
  if side.name then conn:sni(side.name) end
  conn:settimeout(0)
  return conn
end

local WAITS <const> = { wantread = true, wantwrite = true, timeout = true }

local function check(why)
  if not WAITS[why] then error(why) end
end

function luasec.handshake(conn)
  local done, why = conn:dohandshake()
  if not done then check(why) end
  return done
end

function luasec.send(conn, data)
  local sent, why, last = conn:send(data)
  while not sent do
    check(why)
    sent, why, last = conn:send(data, last + 1)
  end
end

function luasec.receive(conn, size)
  while size > 0 do
    local data, why, part = conn:receive(size)
    if not data then check(why) end
    size = size - #(data or part)
  end
end

-- Nothing: the connection has taken the descriptor and LuaSocket's buffer.
function luasec.detach() end

function luasec.close(conn)
  conn:close()
end

return luasec
