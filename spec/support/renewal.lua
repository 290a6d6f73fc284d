--- A folder with a server's certificate and key, and the ways in which programs
--- put new ones there.

local core = require("luatls.core")
local pki = require("spec.support.pki")
local uv = require("luv")

local renewal = {}

local count = 0

---@class spec.Renewal
---@field certificate string path
---@field key string path
local Renewal = {}
Renewal.__index = Renewal

--- A server's identity of its own: another key than all others have.
---@param options? table more of `pki.make`
---@return spec.Identity
function renewal.identity(options)
  count = count + 1
  local complete = {
    key = assert(core.key.generate()),
    subject = "CN=renewed " .. count,
    names = { "localhost", "127.0.0.1" },
    issuer = pki.root(),
    days = 10,
  }
  for name, value in pairs(options or {}) do
    complete[name] = value
  end
  return pki.make(complete)
end

local writes = 0

-- Specs write faster than the system's clock for files ticks.
local function write(path, text)
  local file <close> = assert(io.open(path, "wb"))
  assert(file:write(text))
  file:close()
  writes = writes + 1
  assert(uv.fs_utime(path, writes, writes))
end

local function replace(path, text)
  write(path .. ".new", text)
  assert(os.rename(path .. ".new", path))
end

--- Overwrite both files where they are.
function Renewal:write(identity)
  write(self.certificate, identity.chain:pem())
  write(self.key, identity.key:pem())
end

--- Put new files in their place, the key first; `between` runs in the middle.
---@param identity spec.Identity
---@param between? fun()
function Renewal:rename(identity, between)
  replace(self.key, identity.key:pem())
  if between then between() end
  replace(self.certificate, identity.chain:pem())
end

--- Overwrite one file with any text.
---@param which "certificate"|"key"
---@param text string
function Renewal:spoil(which, text)
  write(self[which], text)
end

renewal.write = write

-- Certbot's way: numbered files elsewhere, and links that are taken away and
-- made again.
local function switch(path, target)
  uv.fs_unlink(path)
  assert(uv.fs_symlink(target, path))
end

--- Make both paths links to new files.
function Renewal:link(identity, between)
  self.number = (self.number or 0) + 1
  local base = ("%s/archive%d"):format(self.folder, self.number)
  write(base .. ".pem", identity.chain:pem())
  write(base .. ".key", identity.key:pem())
  switch(self.key, base .. ".key")
  if between then between() end
  switch(self.certificate, base .. ".pem")
end

--- A folder whose paths lead through a link to another one, which is switched at
--- once, as orchestrators of containers do.
function Renewal:link_folder(identity)
  self.number = (self.number or 0) + 1
  local target = ("%s/data%d"):format(self.folder, self.number)
  assert(uv.fs_mkdir(target, 448))
  write(target .. "/tls.crt", identity.chain:pem())
  write(target .. "/tls.key", identity.key:pem())
  assert(uv.fs_symlink(target, self.folder .. "/data.new"))
  assert(os.rename(self.folder .. "/data.new", self.folder .. "/data"))
  self.certificate, self.key = self.folder .. "/data/tls.crt", self.folder .. "/data/tls.key"
end

--- A new folder with an identity's files, put there by `how`.
---@param identity spec.Identity
---@param how? "write"|"rename"|"link"|"link_folder"
---@return spec.Renewal
function renewal.folder(identity, how)
  count = count + 1
  local folder = ("%s/renewal%d"):format(pki.folder(), count)
  assert(uv.fs_mkdir(folder, 448))
  local self = setmetatable({
    folder = folder,
    certificate = folder .. "/fullchain.pem",
    key = folder .. "/privkey.pem",
  }, Renewal)
  self[how or "write"](self, identity)
  return self
end

return renewal
