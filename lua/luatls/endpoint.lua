--- Hosts and ports as programs give them. What cannot be one raises, before a
--- look-up or the system makes something else of it: port 99999 of 34463.

local blame = require("luatls.blame")

local endpoint = {}

local function check_host(host)
  if type(host) ~= "string" or host == "" then
    local text = "the host must be a name or an address, not %s"
    blame.raise(text:format(host == "" and "empty" or type(host)))
  elseif host:find("/", 1, true) then
    local text = 'the host must be a name or an address, and "%s" is a URL'
    blame.raise(text:format(host))
  end
end

--- Raise unless `host` may be a host and `port` a port.
---@param host any
---@param port any a number, or a string that is one
---@param least integer the lowest port
---@return integer port
function endpoint.check(host, port, least)
  check_host(host)
  local number = math.tointeger(tonumber(port))
  if not number or number < least or number > 65535 then
    local text = "the port must be a whole number from %d to 65535, not %s"
    blame.raise(text:format(least, tostring(port)))
  end
  return number
end

return endpoint
