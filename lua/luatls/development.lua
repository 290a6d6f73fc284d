--- A certification authority for this machine's own names, so that a server
--- under development needs no certificate from elsewhere. Its key stays in a
--- folder of the user; whom to trust is one file for curl and others.

local core = require("luatls.core")
local errors = require("luatls.error")
local files = require("luatls.files")

local development = {}

local NAMES <const> = { "localhost", "127.0.0.1", "::1" }

local DAY <const> = 86400
local CA_DAYS <const>, SERVER_DAYS <const> = 3650, 90
-- What is closer to its end than this is made anew.
local MARGIN <const> = 15 * DAY

---@class luatls.development.Identity
---@field chain luatls.chain for a server's option `certificate`
---@field key luatls.key
---@field ca luatls.certificate for a client's option `trust`
---@field ca_path string the CA's certificate as PEM

---@class luatls.development.Options
--- Default: "luatls" in the user's data folder ($XDG_DATA_HOME, or
--- ~/.local/share).
---@field folder? string
---@field names? string[] default localhost, 127.0.0.1, ::1

--- Where the development CA lives.
---@param environment? fun(name: string): string? default `os.getenv`
---@return string? path
---@return luatls.Error? err kind "config": the user has no home
function development.folder(environment)
  local getenv = environment or os.getenv
  local data, home = getenv("XDG_DATA_HOME"), getenv("HOME")
  -- The XDG specification: relative paths are to be ignored.
  if data and data:find("^/") then return data .. "/luatls" end
  if home and home ~= "" then return home .. "/.local/share/luatls" end
  local message = "no folder for the development CA: HOME is not set"
  local hint = "give the option development, or a certificate and its key"
  return nil, errors.new("config", message, { hint = hint })
end

-- Key and certificate in one text: a file of both cannot be half new.
local function pack(certificate, key)
  return key:pem() .. certificate:pem()
end

local function unpack(text)
  local key = core.key.parse(text)
  local certificate = core.certificate.parse(text)
  if key and certificate then return certificate, key end
end

local function is_fresh(certificate)
  return certificate:not_after() - os.time() > MARGIN
end

local function create_ca()
  local key, err = core.key.generate({ type = "ec" })
  if not key then return nil, err end
  local certificate, why = core.certificate.issue({
    subject = "CN=luatls development CA",
    usage = "ca",
    path_length = 0,
    key = key,
    days = CA_DAYS,
  })
  if not certificate then return nil, why end
  return certificate, key
end

-- A CA that cannot be read, or ends soon, is replaced.
local function load_ca(path)
  local text, err = files.read(path)
  if err then return nil, err end
  local certificate, key = unpack(text or "")
  if certificate and is_fresh(certificate) then return certificate, key end
  return nil, nil, text ~= nil
end

-- Two programs that start at once must end with the same CA: the first file
-- stays, and the other program takes it.
local function make_ca(path, is_stale)
  local certificate, key = create_ca()
  if not certificate then return nil, key end
  local given = { private = true, only_new = not is_stale }
  local written, err = files.write(path, pack(certificate, key), given)
  if written == nil then return nil, err end
  if written then return certificate, key end
  return load_ca(path)
end

local function ensure_ca(folder)
  local path = folder .. "/ca-key.pem"
  local certificate, key, is_stale = load_ca(path)
  if certificate then return certificate, key end
  if key then return nil, key end
  return make_ca(path, is_stale)
end

local function publish_ca(folder, certificate)
  local path, pem = folder .. "/ca.pem", certificate:pem()
  if files.read(path) == pem then return path end
  local written, err = files.write(path, pem)
  if not written then return nil, err end
  return path
end

-- Good for every name, for long enough, and by the present CA?
local function is_usable(certificate, ca, names)
  if not is_fresh(certificate) then return false end
  local trust = core.chain.parse(ca:pem())
  local chain = core.chain.parse(certificate:pem())
  for _, name in ipairs(names) do
    if not chain:verify({ trust = trust, name = name }) then return false end
  end
  return true
end

local function issue(ca, ca_key, names)
  local key, err = core.key.generate({ type = "ec" })
  if not key then return nil, err end
  local certificate, why = core.certificate.issue({
    subject = "CN=" .. names[1],
    names = names,
    key = key,
    issuer = ca,
    issuer_key = ca_key,
    days = SERVER_DAYS,
  })
  if not certificate then return nil, why end
  return certificate, key
end

local function ensure_server(folder, ca, ca_key, names)
  local path = ("%s/%s.pem"):format(folder, names[1])
  local text, err = files.read(path)
  if err then return nil, err end
  local certificate, key = unpack(text or "")
  if certificate and is_usable(certificate, ca, names) then
    return certificate, key
  end
  certificate, key = issue(ca, ca_key, names)
  if not certificate then return nil, key end
  local content = pack(certificate, key)
  local written, why = files.write(path, content, { private = true })
  if not written then return nil, why end
  return certificate, key
end

--- A certificate and key for this machine's own names. Made when first asked
--- for, kept in the folder with the CA, and made anew when they end soon. Key
--- files are readable for nobody else.
---@param given? luatls.development.Options
---@return luatls.development.Identity? identity
---@return luatls.Error? err kind "io", "config", "internal"
function development.identity(given)
  given = given or {}
  local folder, no_folder = given.folder, nil
  if not folder then
    folder, no_folder = development.folder()
  end
  if not folder then return nil, no_folder end
  local made, failure = files.make_folder(folder)
  if not made then return nil, failure end
  local ca, ca_key = ensure_ca(folder)
  if not ca then return nil, ca_key end
  local ca_path, err = publish_ca(folder, ca)
  if not ca_path then return nil, err end
  local names = given.names or NAMES
  local certificate, key = ensure_server(folder, ca, ca_key, names)
  if not certificate then return nil, key end
  return {
    chain = core.chain.parse(certificate:pem()),
    key = key,
    ca = ca,
    ca_path = ca_path,
  }
end

return development
