--- Files that belong together: have they changed, and been still since? It
--- looks at paths, by stat and through links: what the system would tell of a
--- file is lost when another is renamed over it, or when a link above it is
--- switched. It never reads one.

local files = require("luatls.files")

local file_set = {}

---@class luatls.FileSet
---@field private paths string[]
---@field private seen string what they looked like when last looked at
---@field private accepted string what those looked like that are in use
local FileSet = {}
FileSet.__index = FileSet

local function look(paths)
  local versions = {}
  for i, path in ipairs(paths) do
    versions[i] = files.version(path) or "none"
  end
  return table.concat(versions, "\n")
end

--- Look at them. Who replaces several files, or writes one piece by piece, has
--- from one look to the next to end.
---@return boolean changed they are others than those in use, and the same as at
--- the last look
function FileSet:has_changed()
  local seen = look(self.paths)
  local is_still = seen == self.seen
  self.seen = seen
  return is_still and seen ~= self.accepted
end

--- What was last seen is in use from now on.
function FileSet:accept()
  self.accepted = self.seen
end

--- Names what was last seen: other files, another text.
---@return string
function FileSet:state()
  return self.seen
end

--- Files that are in use as they are.
---@param paths string[]
---@return luatls.FileSet
function file_set.new(paths)
  local seen = look(paths)
  return setmetatable({ paths = paths, seen = seen, accepted = seen }, FileSet)
end

return file_set
