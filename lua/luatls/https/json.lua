--- JSON by whichever library is installed: cjson, else dkjson. Neither is
--- needed before a program asks for JSON.

local errors = require("luatls.error")

local json = {}

---@class luatls.https.Json
---@field decode fun(text: string): any, string? nil and why, on failure
---@field encode fun(value: any): string raises what cannot be written

local function with_cjson(cjson)
  return {
    encode = cjson.encode,
    decode = function(text)
      local ok, value = pcall(cjson.decode, text)
      if ok then return value end
      return nil, value
    end,
  }
end

local function with_dkjson(dkjson)
  return {
    encode = dkjson.encode,
    decode = function(text)
      local value, _, why = dkjson.decode(text)
      return value, why
    end,
  }
end

local loaded

local function library()
  if loaded then return loaded end
  local ok, module = pcall(require, "cjson")
  if ok then
    loaded = with_cjson(module)
    return loaded
  end
  ok, module = pcall(require, "dkjson")
  if ok then
    loaded = with_dkjson(module)
    return loaded
  end
  local message = "JSON needs the Lua module cjson or dkjson"
  local hint = "install lua-cjson, or dkjson"
  return nil, errors.new("config", message, { hint = hint })
end

--- Read JSON.
---@param text string
---@return any value nil on failure; what stands for null is the library's
---@return luatls.Error? err kind "decode"; "config": no library is installed
function json.decode(text)
  local chosen, err = library()
  if not chosen then return nil, err end
  local value, why = chosen.decode(text)
  if value ~= nil or not why then return value end
  return nil, errors.new("decode", "the body is not valid JSON: " .. why)
end

--- Write JSON. Raises for values that it cannot hold.
---@param value any
---@return string? text
---@return luatls.Error? err kind "config": no library is installed
function json.encode(value)
  local chosen, err = library()
  if not chosen then return nil, err end
  return chosen.encode(value)
end

return json
