--- A body that comes from the peer, read as it comes or as a whole. A response
--- has one, and a request that a server got. It never ends short: a body that
--- was cut off is an error, at the place where it was cut.

local errors = require("luatls.error")
local json = require("luatls.https.json")

local body = {}

---@class luatls.https.Body
---@field private next fun(): luatls.http.Event?, luatls.Error?
---@field private on_end fun() called once: at the end, or after a failure
---@field private max integer bytes that `text` and `json` take
---@field private left string received but not read
---@field private whole? string what `text` gave
---@field private ended? boolean
---@field private err? luatls.Error
local Body = { __name = "luatls.https.body" }
Body.__index = Body

---@class luatls.https.body.Options
---@field next fun(): luatls.http.Event?, luatls.Error? "data" or "end"
---@field on_end fun()
---@field max integer
--- What a server answers when the body is not good; none for a client.
---@field is_request? boolean

--- A body whose events come from `options.next`.
---@param options luatls.https.body.Options
---@return luatls.https.Body
function body.new(options)
  return setmetatable({
    next = options.next,
    on_end = options.on_end,
    max = options.max,
    is_request = options.is_request,
    left = "",
  }, Body)
end

local function finish(self, err)
  self.ended, self.err = true, err
  self.on_end()
  return nil, err
end

-- A piece as it came; nil at the end.
local function pull(self)
  while not self.ended do
    local event, err = self.next()
    if not event then return finish(self, err) end
    if event.type ~= "data" then return finish(self) end
    if event.data ~= "" then return event.data end
  end
  return nil, self.err
end

--- Some bytes, as soon as there are any.
---@param max? integer bytes, default: as many as came together
---@return string? data nil alone: the body is complete
---@return luatls.Error? err kind "truncated", "timeout", "protocol", "io",
--- "alert", "closed" (on this side)
function Body:read(max)
  if max and max < 1 then error("the size must be at least 1", 2) end
  local data = self.left
  if data == "" then
    local piece, err = pull(self)
    if not piece then return nil, err end
    data = piece
  end
  if not max or #data <= max then
    self.left = ""
    return data
  end
  self.left = data:sub(max + 1)
  return data:sub(1, max)
end

--- For a loop over the pieces of the body. A failure is raised, because a loop
--- cannot return it: the same error object that `read` returns.
---@return fun(): string?
function Body:iter()
  return function()
    local data, err = self:read()
    if err then error(err, 0) end
    return data
  end
end

local function too_large(self, max)
  local form = "the body is larger than the %d bytes that were allowed"
  local hint = "allow more with max_body, or read it in pieces"
  local details = { hint = hint, phase = "body" }
  if self.is_request then details.status = 413 end
  return errors.new("too_large", form:format(max), details)
end

local function collect(self, max)
  local parts, size = {}, 0
  repeat
    local data, err = self:read()
    if err then return nil, err end
    parts[#parts + 1] = data
    size = size + #(data or "")
    if size > max then return finish(self, too_large(self, max)) end
  until not data
  return table.concat(parts)
end

--- The whole body, or what `read` left of it. Later calls give the same.
---@param max? integer bytes that it may have, default `max_body`
---@return string? text "" when there is none
---@return luatls.Error? err kind "too_large", and those of `read`
function Body:text(max)
  if self.whole then return self.whole end
  local text, err = collect(self, max or self.max)
  self.whole = text
  return text, err
end

--- The whole body, read as JSON.
---@param max? integer bytes that it may have, default `max_body`
---@return any value
---@return luatls.Error? err kind "decode", "config": no JSON library is
--- installed; and those of `text`
function Body:json(max)
  local text, err = self:text(max)
  if not text then return nil, err end
  local value, why = json.decode(text)
  if why and self.is_request and why.kind == "decode" then why.status = 400 end
  return value, why
end

--- Receive all of it now, so that later reads need no connection.
---@return true? done
---@return luatls.Error? err those of `text`
function Body:load()
  local text, err = self:text()
  if not text then return nil, err end
  self.left = text
  return true
end

--- Read no more. What was loaded stays.
function Body:close()
  if not self.ended then finish(self, errors.CLOSED) end
end

return body
