-- main.lua FOLDER MEGABYTES EVERY: connections with a long life. Each exchanges so
-- many megabytes, half of them each way, with a peer that sends back what it gets,
-- in records of all sizes, while both sides renew their keys before every EVERY-th
-- record. Each byte that comes back is compared. FOLDER holds the peers.

local core = require("luatls.core")
local luv = require("luatls.io.luv")
local pki = require("spec.support.pki")
local process = require("spec.support.process")
local tls = require("luatls")

local FOLDER <const>, MEGABYTES <const> = arg[1], math.tointeger(tonumber(arg[2]))
local EVERY <const> = math.tointeger(tonumber(arg[3]))
local HALF <const> = MEGABYTES * 1024 * 1024 // 2

-- A stream whose period is a prime number of bytes: those that are lost, come
-- twice or change places do not fit.
local PERIOD <const> = 1000003
local LARGEST <const> = 65536

local function make_pattern()
  local parts = {}
  for i = 1, PERIOD // LARGEST + 1 do
    parts[i] = core.random(LARGEST)
  end
  local once = table.concat(parts):sub(1, PERIOD)
  return once .. once:sub(1, LARGEST)
end

local PATTERN <const> = make_pattern()

local function bytes_at(offset, size)
  local start = offset % PERIOD
  return PATTERN:sub(start + 1, start + size)
end

-- Mostly full records; now and then a few bytes, or what makes several of them.
local function next_size(left)
  local kind, size = math.random(10), 16384
  if kind == 1 then size = math.random(100) end
  if kind > 8 then size = math.random(LARGEST) end
  return math.min(size, left)
end

local function write_all(stream)
  local sent = 0
  while sent < HALF do
    local size = next_size(HALF - sent)
    assert(stream:write(bytes_at(sent, size)))
    sent = sent + size
  end
  assert(stream:shutdown())
end

local function read_all(stream)
  local read = 0
  while true do
    local data, err = stream:read_some()
    if not data then
      assert(err.kind == "closed", err)
      return read
    end
    if data ~= bytes_at(read, #data) then error("wrong bytes after " .. read) end
    read = read + #data
  end
end

-- Both at once. A writer that fails closes the stream, which ends the reader.
local function exchange(stream)
  local problem
  luv.run(function()
    luv.spawn(function()
      local ok, err = pcall(write_all, stream)
      if ok then return end
      problem = tostring(err)
      stream:close()
    end)
    local read = read_all(stream)
    if read ~= HALF then error(problem or ("%d bytes came back"):format(read)) end
  end)
end

local function as_client(program, options)
  local port, me = process.free_port(), pki.server()
  local args = { "server", tostring(port), me:chain_path(), me:key_path(), tostring(EVERY) }
  local peer = process.start(FOLDER .. "/" .. program, args)
  peer:expect("listening")
  options.trust = pki.root().chain
  return peer, assert(tls.connect("localhost", port, options))
end

local function as_server(program, options)
  local me = pki.server()
  options.certificate, options.key = me.chain, me.key
  local listener <close> = assert(tls.listen("127.0.0.1", 0, options))
  local port, roots = tostring(listener:port()), pki.root():chain_path()
  local peer =
    process.start(FOLDER .. "/" .. program, { "client", port, roots, "-", tostring(EVERY) })
  return peer, assert(listener:accept())
end

local function report(name, seconds, info)
  local form = "%s: %d MB in %d s, %.0f MB/s; key updates: %d sent, %d received"
  local rate = MEGABYTES / seconds
  print(form:format(name, MEGABYTES, seconds // 1, rate, info.key_updates_out, info.key_updates_in))
  local least = math.min(info.records_out, info.records_in) // EVERY - 1
  assert(info.key_updates_out >= least and info.key_updates_in >= least, "keys are too old")
end

local function run(name, join, program)
  local peer, stream = join(program, { min_version = "1.3", key_update_after = EVERY })
  local began = luv.now()
  local ok, err = pcall(exchange, stream)
  if not ok then error(("%s\nthe peer said: %s"):format(err, peer:text()), 0) end
  local seconds, info = luv.now() - began, stream:info()
  stream:close()
  local code, text = peer:wait()
  assert(code == 0, text)
  report(name, seconds, info)
end

math.randomseed(5)
local code = 0
for _, case in ipairs({
  { "client of OpenSSL", as_client, "openssl" },
  { "server of OpenSSL", as_server, "openssl" },
  { "client of GnuTLS", as_client, "gnutls" },
  { "server of GnuTLS", as_server, "gnutls" },
}) do
  local ok, err = pcall(run, table.unpack(case))
  if not ok then
    print(case[1] .. ": " .. tostring(err))
    code = 1
  end
  process.stop_all()
end
os.exit(code, true)
