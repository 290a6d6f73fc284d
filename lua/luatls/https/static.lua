--- A handler that serves the files below a folder, and nothing beside it: not
--- by "..", not encoded, not by links that lead out.

local files = require("luatls.files")
local url = require("luatls.http.url")

local static = {}

local TYPES <const> = {
  avif = "image/avif",
  css = "text/css; charset=utf-8",
  csv = "text/csv; charset=utf-8",
  gif = "image/gif",
  gz = "application/gzip",
  htm = "text/html; charset=utf-8",
  html = "text/html; charset=utf-8",
  ico = "image/x-icon",
  jpeg = "image/jpeg",
  jpg = "image/jpeg",
  js = "text/javascript; charset=utf-8",
  json = "application/json",
  lua = "text/plain; charset=utf-8",
  md = "text/plain; charset=utf-8",
  mjs = "text/javascript; charset=utf-8",
  mp3 = "audio/mpeg",
  mp4 = "video/mp4",
  pdf = "application/pdf",
  png = "image/png",
  svg = "image/svg+xml",
  txt = "text/plain; charset=utf-8",
  wasm = "application/wasm",
  webm = "video/webm",
  webp = "image/webp",
  woff2 = "font/woff2",
  xml = "application/xml",
  zip = "application/zip",
}

--- The media type for a path, by the end of its name.
---@param path string
---@return string
function static.type_of(path)
  local ending = path:match("%.(%w+)$")
  return TYPES[ending and ending:lower()] or "application/octet-stream"
end

-- The path below the folder; nil for one that no file can have. A "/" or NUL
-- that was encoded would mean another file to the system than to the client.
local function decode(path)
  local segments = {}
  for segment in path:gmatch("[^/]+") do
    local name = url.decode(segment)
    if name == ".." or name:find("[/\0]") then return nil end
    if name ~= "." then segments[#segments + 1] = name end
  end
  return table.concat(segments, "/")
end

local function is_below(path, root)
  local prefix = root == "/" and root or root .. "/"
  return path == root or path:sub(1, #prefix) == prefix
end

-- The real file for a path of a URL, wherever links lead: but not out.
local function locate(root, path)
  local name = decode(path)
  local real = name and files.real_path(root .. "/" .. name)
  if not real or not is_below(real, root) then return nil end
  return real, (files.kind(real))
end

local function not_found()
  return { status = 404, body = "there is no such file here\n" }
end

-- A folder is named with a slash at its end, else the relative links of its
-- index would mean files beside it.
local function send_to_folder(path)
  local location = path:gsub("^/+", "/") .. "/"
  return { status = 301, headers = { location = location } }
end

local function send_file(path)
  local file, text = io.open(path, "rb")
  if not file then
    return { status = 403, body = "this file cannot be read\n" }, text
  end
  local headers = { ["content-type"] = static.type_of(path) }
  return { headers = headers, body = file }
end

local function respond(root, path)
  local real, kind = locate(root, path)
  if kind == "directory" then
    if path:sub(-1) ~= "/" then return send_to_folder(path) end
    real, kind = locate(root, path .. "index.html")
  elseif path:sub(-1) == "/" then
    return not_found()
  end
  if kind ~= "file" then return not_found() end
  return send_file(real)
end

--- A handler that answers GET and HEAD with the files below `folder`; a folder
--- is answered by its index.html. Raises when there is no such folder.
---@param folder string
---@return luatls.https.handler
function static.handler(folder)
  local root = files.real_path(folder)
  if not root or files.kind(root) ~= "directory" then
    error(("there is no folder %s"):format(folder), 2)
  end
  return function(req)
    if req.method ~= "GET" and req.method ~= "HEAD" then
      local headers = { allow = "GET, HEAD" }
      return { status = 405, headers = headers, body = "only GET and HEAD\n" }
    end
    return respond(root, req.path)
  end
end

return static
