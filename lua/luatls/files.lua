--- What Lua's own io library lacks: folders, permissions, real paths, and
--- files that appear all at once or not at all. By libuv, without waiting: the
--- calls block as io's do.

local errors = require("luatls.error")
local uv = require("luv")
local words = require("luatls.io.words")

local files = {}

-- Permissions: a private file and folder are nobody else's to read.
local PRIVATE_FILE <const>, PUBLIC_FILE <const> = 384, 420 -- 0600, 0644
local PRIVATE_FOLDER <const> = 448 -- 0700

local function fail(doing, path, text)
  local message = ("cannot %s %s: %s"):format(doing, path, words.reason(text))
  local details = { path = path, symbol = text:match("^E[%u%d_]+") }
  return nil, errors.new("io", message, details)
end

--- Make a folder, and those above it, readable for nobody else.
---@param path string
---@return true? done also when there was one
---@return luatls.Error? err kind "io"
function files.make_folder(path)
  if uv.fs_stat(path) then return true end
  local above = path:match("^(.+)/[^/]*$")
  if above then
    local done, err = files.make_folder(above)
    if not done then return nil, err end
  end
  local ok, text, name = uv.fs_mkdir(path, PRIVATE_FOLDER)
  if ok or name == "EEXIST" then return true end
  return fail("make the folder", path, text)
end

--- The whole of a file.
---@param path string
---@return string? content nil alone: there is no such file
---@return luatls.Error? err kind "io"
function files.read(path)
  local file, text, code = io.open(path, "rb")
  if file then
    local content, why = file:read("a")
    file:close()
    if content then return content end
    return fail("read", path, why)
  elseif code == 2 then -- ENOENT
    return nil
  end
  return nil, errors.new("io", "cannot read " .. text, { path = path })
end

-- A file beside the wanted one, so that a rename can put it there.
local function write_beside(path, content, mode)
  local temporary = ("%s.%d-%d"):format(path, uv.os_getpid(), uv.hrtime())
  local fd, text = uv.fs_open(temporary, "wx", mode)
  if not fd then return fail("write", temporary, text) end
  local size, why = uv.fs_write(fd, content, 0)
  uv.fs_close(fd)
  if size == #content then return temporary end
  uv.fs_unlink(temporary)
  return fail("write", temporary, why or "the disk is full")
end

---@class luatls.files.Options
---@field private? boolean readable for nobody else
---@field only_new? boolean leave a file that is there already

--- Write a file. Others see the old one or the new one, never a part.
---@param path string
---@param content string
---@param given? luatls.files.Options
---@return boolean? written false: with `only_new`, there was one
---@return luatls.Error? err kind "io"
function files.write(path, content, given)
  given = given or {}
  local mode = given.private and PRIVATE_FILE or PUBLIC_FILE
  local temporary, err = write_beside(path, content, mode)
  if not temporary then return nil, err end
  local ok, text, name
  if given.only_new then
    ok, text, name = uv.fs_link(temporary, path)
    uv.fs_unlink(temporary)
    if name == "EEXIST" then return false end
  else
    ok, text = uv.fs_rename(temporary, path)
  end
  if ok then return true end
  return fail("write", path, text)
end

--- The path without links and dots, absolute.
---@param path string
---@return string? path nil: there is no such file
function files.real_path(path)
  return (uv.fs_realpath(path))
end

--- What lies at a path, links followed.
---@param path string
---@return "file"|"directory"|string|nil kind nil: nothing
---@return integer? bytes
function files.kind(path)
  local stat = uv.fs_stat(path)
  if stat then return stat.type, stat.size end
end

--- What changes when the file at a path is written to or replaced, links
--- followed.
---@param path string
---@return string? version nil: it cannot be looked at
function files.version(path)
  local stat = uv.fs_stat(path)
  if not stat then return nil end
  local form = "%d %d %d %d.%09d %d.%09d"
  local written, changed = stat.mtime, stat.ctime
  return form:format(
    stat.dev,
    stat.ino,
    stat.size,
    written.sec,
    written.nsec,
    changed.sec,
    changed.nsec
  )
end

return files
