--- Names that mean this machine: localhost, and all that ends in .localhost.
--
-- RFC 6761, 6.3 forbids to ask anybody for them: a resolver that a stranger
-- runs could answer with an address of its own, and a machine without such a
-- line in its hosts file could not find itself.

local loopback = {}

--- The addresses of such a name, as LuaSocket's and luv's resolvers give them.
---@param host string
---@return { family: "inet"|"inet6", addr: string }[]? addresses nil: other name
function loopback.addresses(host)
  -- Case means nothing in names, and a dot at the end says "from the root".
  local name = host:lower():gsub("%.$", "")
  if name ~= "localhost" and not name:find(".%.localhost$") then return end
  return {
    { family = "inet", addr = "127.0.0.1" },
    { family = "inet6", addr = "::1" },
  }
end

return loopback
