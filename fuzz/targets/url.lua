--- URLs: what was parsed once means the same when it is written and parsed
--- again, and holds nothing that could break out of a request's first line.

local url = require("luatls.http.url")

local BASE <const> = "https://user@base.example:444/a/b;c/d?q#f"

local function check(parts)
  local text = tostring(parts)
  if text:find("[\0-\32\127-\255]") then
    error(("%q would break a request"):format(text))
  end
  local again, why = url.parse(text)
  if not again then
    error(("%q cannot be read again: %s"):format(text, why.message))
  end
  if tostring(again) ~= text then
    error(("%q reads as %q"):format(text, tostring(again)))
  end
  for _, name in ipairs({ "scheme", "userinfo", "host", "port", "path" }) do
    if again[name] ~= parts[name] then
      error(("%q reads with another %s"):format(text, name))
    end
  end
end

return function(data)
  local parts, why = url.parse(data)
  if not parts and why.kind ~= "parse" then error("no problem of parsing") end
  if parts then check(parts) end
  parts = url.resolve(BASE, data)
  if parts then check(parts) end
  local _, list = url.decode_query(data)
  local _, again = url.decode_query(url.encode_query(list))
  for index, pair in ipairs(list) do
    if pair[1] ~= again[index][1] or pair[2] ~= again[index][2] then
      error("a query changes when it is written")
    end
  end
end
