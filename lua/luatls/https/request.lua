--- A request that a client will send, made of what the program said: URL,
--- header fields, credentials and body. Nothing that came from the program
--- can break out of its place: it is refused, never repaired.

local base64 = require("luatls.https.base64")
local core = require("luatls.core")
local errors = require("luatls.error")
local headers = require("luatls.http.headers")
local json = require("luatls.https.json")
local options = require("luatls.options")
local payload = require("luatls.https.payload")
local url = require("luatls.http.url")

local request = {}

---@class luatls.https.Request
---@field method string
---@field url luatls.http.Url without user and password
---@field headers luatls.http.Headers
---@field payload? luatls.https.Payload

--- What a request is made of.
---@class luatls.https.request.Options
---@field headers? table<string, string|string[]>|luatls.http.Headers
---@field query? table added to the URL: `{ page = 2, tag = { "a", "b" } }`
---@field body? luatls.https.body_source
---@field json? any sent as application/json
---@field form? table sent as application/x-www-form-urlencoded
---@field auth? luatls.https.Auth

---@class luatls.https.Auth one of the two
---@field bearer? string token (RFC 6750)
---@field basic? string[] user and password (RFC 7617)

--- The keys of request options.
---@type table<string, string>
request.KEYS = {
  headers = "table",
  query = "table",
  body = "any",
  json = "any",
  form = "table",
  auth = "table",
}

local AUTH_KEYS <const> = { bearer = "string", basic = "table" }

-- Methods whose requests say that they have no body (RFC 9110, 8.6).
local SENDS_LENGTH <const> = { POST = true, PUT = true, PATCH = true }

local PLAIN_HINT <const> = "use https://, and trust = for a certificate that "
  .. "the system does not know"

local function config_error(message, hint)
  return nil, errors.new("config", message, { hint = hint })
end

----------------------------------------------------------------------- url --

local function check_scheme(parts)
  if parts.scheme == "https" then return true end
  if parts.scheme == "http" then
    local message = "%s is not encrypted: this client speaks only https"
    return config_error(message:format(parts), PLAIN_HINT)
  end
  local message = 'this client speaks only https, not "%s"'
  return config_error(message:format(parts.scheme), "begin it with https://")
end

local function add_query(parts, fields)
  if not fields or next(fields) == nil then return end
  local text = url.encode_query(fields)
  parts.query = parts.query and parts.query .. "&" .. text or text
end

--- Take a URL apart that this client can fetch.
---@param text string
---@return luatls.http.Url? parts
---@return luatls.Error? err kind "parse", "config"
function request.url(text)
  local parts, problem = url.parse(text)
  if not parts then return nil, errors.new("parse", problem.message) end
  local ok, err = check_scheme(parts)
  if not ok then return nil, err end
  return parts
end

--------------------------------------------------------------- credentials --

-- RFC 7617, 2: the first colon ends the user.
local function basic(user, password)
  if user:find(":", 1, true) then
    return config_error("a user name for basic authentication has no colon")
  end
  return "Basic " .. base64.encode(user .. ":" .. password)
end

local function authorization(auth, level)
  options.check(auth, AUTH_KEYS)
  if auth.bearer and auth.basic or not next(auth) then
    error("auth has either bearer or basic", level)
  elseif auth.bearer then
    return "Bearer " .. auth.bearer
  end
  local user, password = table.unpack(auth.basic)
  if type(user) ~= "string" or type(password) ~= "string" then
    error("auth.basic is { user, password }", level)
  end
  return basic(user, password)
end

-- Credentials never stay in the URL, which is shown to people.
local function take_userinfo(parts)
  local userinfo = parts.userinfo
  parts.userinfo = nil
  if not userinfo then return nil end
  local user, password = userinfo:match("^([^:]*):?(.*)$")
  return basic(url.decode(user), url.decode(password))
end

-------------------------------------------------------------------- fields --

local FORM <const> = "application/x-www-form-urlencoded"

-- The body and its type: at most one of `body`, `json` and `form`.
local function choose_body(given, level)
  local sources = { given.body, given.json, given.form }
  local count = 0
  for _ in pairs(sources) do
    count = count + 1
  end
  if count > 1 then
    error("give one of body, json and form, not several", level)
  elseif given.json ~= nil then
    local text, err = json.encode(given.json)
    return text, "application/json", err
  elseif given.form then
    return url.encode_query(given.form), FORM
  end
  return given.body
end

-- The body decides; what the program said about framing is not kept, because
-- two that disagree are how requests are smuggled (RFC 9112, 11.2).
local function frame(self)
  local fields, content = self.headers, self.payload
  fields:remove("content-length")
  fields:remove("transfer-encoding")
  if content and content.length then
    fields:add("Content-Length", content.length)
  elseif content then
    fields:add("Transfer-Encoding", "chunked")
  elseif SENDS_LENGTH[self.method] then
    fields:add("Content-Length", 0)
  end
end

local USER_AGENT <const> = "luatls/" .. core.VERSION

-- RFC 9110, 7.2: Host comes first.
local function complete(own, parts, extra)
  local fields = headers.new({ { "Host", url.authority(parts) } })
  for _, name, value in own:each() do
    if name:lower() == "host" then
      fields:set("Host", value)
    else
      fields:add(name, value)
    end
  end
  for _, pair in ipairs(extra) do
    local name, value = pair[1], pair[2]
    if value and not fields:has(name) then fields:add(name, value) end
  end
  return fields
end

local function build_headers(given, parts, extra)
  local own, message = headers.from(given.headers)
  if not own then return config_error(message) end
  for _, pair in ipairs(extra) do
    local sound, why = headers.check(pair[1], pair[2] or "")
    if not sound then return config_error(why) end
  end
  return complete(own, parts, extra)
end

--- Make a request. Raises for options that make no sense.
---@param method string
---@param text string URL
---@param given luatls.https.request.Options
---@param level? integer whom a raised error blames, default 2
---@return luatls.https.Request? request
---@return luatls.Error? err kind "parse": the URL; "config"
function request.new(method, text, given, level)
  level = (level or 2) + 1
  local parts, err = request.url(text)
  if not parts then return nil, err end
  add_query(parts, given.query)
  local credentials, why = take_userinfo(parts)
  if given.auth then
    credentials, why = authorization(given.auth, level)
  end
  if why then return nil, why end
  local source, content_type, failure = choose_body(given, level)
  if failure then return nil, failure end
  local fields, refused = build_headers(given, parts, {
    { "Authorization", credentials },
    { "Content-Type", content_type },
    { "Accept", "*/*" },
    { "User-Agent", USER_AGENT },
  })
  if not fields then return nil, refused end
  local self = { method = method, url = parts, headers = fields }
  self.payload = source ~= nil and payload.new(source, level) or nil
  frame(self)
  return self
end

return request
