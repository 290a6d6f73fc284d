-- Shows in a few seconds that all of it works here: makes a development CA and
-- a certificate for localhost, serves HTTPS on a free loopback port, and
-- fetches from it with luatls and with curl. Exits with 0 when everything is
-- as it should be, else with 1.

local development = require("luatls.development")
local https = require("luatls.https")
local luv = require("luatls.io.luv")
local tls = require("luatls")
local uv = require("luv")

local BODY <const> = "Hello from luatls!\n"

local failures = 0

local function check(ok, what)
  print((ok and "  ok    " or "  FAIL  ") .. what)
  if not ok then failures = failures + 1 end
  return ok
end

local function title(text)
  print("\n" .. text)
end

local function date(seconds)
  return os.date("!%Y-%m-%d", seconds)
end

-- Runs a program while the server goes on serving; what it says is returned.
local function run(name, args)
  local pipe, parts, bell, code = uv.new_pipe(), {}, {}, nil
  local handle = uv.spawn(
    name,
    { args = args, stdio = { 0, pipe, 2 } },
    function(status)
      code = status
      luv.ring(bell)
    end
  )
  if not handle then return nil, name .. " cannot be started" end
  pipe:read_start(function(_, text)
    if text then
      parts[#parts + 1] = text
    else
      pipe:close()
      luv.ring(bell)
    end
  end)
  while not code or not pipe:is_closing() do
    luv.wait(bell)
  end
  handle:close()
  return code, table.concat(parts)
end

local function make_identity(folder)
  title("1. A development CA, and a certificate for localhost by it")
  local identity = assert(development.identity({ folder = folder }))
  local certificate = identity.chain[1]
  print("  CA           " .. identity.ca:subject())
  print("  certificate  " .. certificate:subject())
  local valid = date(certificate:not_before())
  print("  valid        " .. valid .. " to " .. date(certificate:not_after()))
  return identity
end

local function start_server(identity)
  title("2. An HTTPS server with that certificate")
  local server = assert(https.server({
    port = 0,
    certificate = identity.chain,
    key = identity.key,
    handler = function()
      return BODY
    end,
    on_error = function() end, -- step 5 makes a client refuse
  }))
  server:start()
  local url = ("https://localhost:%d/"):format(server:port())
  print("  listening on " .. url)
  return server, url
end

local function show(response)
  local info, certificate = response.tls, response.peer_chain[1]
  print("  version      " .. info.version)
  print("  cipher suite " .. info.cipher_suite)
  print("  group        " .. (info.group or "none"))
  local form = "  certificate  %s, issued by %s"
  print(form:format(certificate:subject(), certificate:issuer()))
end

local function fetch_with_luatls(url, identity)
  title("3. luatls fetches it, trusting only that CA")
  local response, err = https.get(url, { trust = identity.ca_path })
  if not check(response, "the server was verified") then return print(err) end
  check(response.tls.verified, "chain and name were checked")
  check(response:text() == BODY, "the body came whole")
  show(response)
end

local function fetch_with_curl(url, identity)
  title("4. curl fetches it, trusting only that CA")
  local args = { "--silent", "--show-error", "--cacert", identity.ca_path }
  table.insert(args, url)
  print("  $ curl --cacert " .. identity.ca_path .. " " .. url)
  local code, text = run("curl", args)
  if not check(code == 0, "the server was verified") then return print(text) end
  check(text == BODY, "the body came whole")
end

local function refuse_without_ca(url)
  title("5. A client that does not know the CA must refuse")
  local response, err = https.get(url)
  check(not response, "luatls refused")
  if err then print("  it says: " .. tostring(err)) end
  check(err and err.kind == "verify", "because of the certificate")
  local code = run("curl", { "--silent", url })
  check(code == 60, "curl refused too") -- 60: the peer cannot be verified
end

local function demo(folder)
  print(("luatls %s on mbedTLS %s"):format(tls.VERSION, tls.features.mbedtls))
  local identity = make_identity(folder)
  local server, url = start_server(identity)
  fetch_with_luatls(url, identity)
  fetch_with_curl(url, identity)
  refuse_without_ca(url)
  server:close()
end

local function remove(folder)
  for name in uv.fs_scandir_next, uv.fs_scandir(folder) do
    os.remove(folder .. "/" .. name)
  end
  uv.fs_rmdir(folder)
end

local folder = assert(
  uv.fs_mkdtemp((os.getenv("TMPDIR") or "/tmp") .. "/luatls-demo-XXXXXX")
)
local ok, err = pcall(luv.run, demo, folder)
remove(folder)
if not ok then
  print("\nThe demo stopped: " .. tostring(err))
  failures = failures + 1
end
print(failures == 0 and "\nAll is well." or "\nSomething is wrong, see FAIL.")
os.exit(failures == 0)
