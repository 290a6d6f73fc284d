--- Who speaks plain HTTP to an HTTPS port is told so, in plain HTTP: a browser
--- then shows a sentence instead of a blank page. Works with adapters whose
--- sockets hand over the bytes; with the others the connection just ends.

local errors = require("luatls.error")

local doorman = {}

local SENTENCE <const> = "This is an HTTPS port: use https:// instead of "
  .. "http://.\n"

local ANSWER <const> = "HTTP/1.1 400 Bad Request\r\n"
  .. "Content-Type: text/plain\r\n"
  .. ("Content-Length: %d\r\n"):format(#SENTENCE)
  .. "Connection: close\r\n\r\n"
  .. SENTENCE

local function turn_away(socket)
  socket:send(ANSWER)
  -- The engine's own last words would be no HTTP.
  function socket.send()
    return true
  end
  local message = "the client speaks plain HTTP to an HTTPS port"
  return nil, errors.new("protocol", message)
end

-- A TLS record begins with its type, 20 to 24 (RFC 8446, 5.1); a request line
-- with the letters of its method.
local function watch_first_bytes(socket)
  if not socket.receive then return end
  function socket:receive(deadline)
    self.receive = nil
    local bytes, err = self:receive(deadline)
    if bytes and bytes:find("^%a") then return turn_away(self) end
    return bytes, err
  end
end

--- The same adapter, but its listening sockets watch for plain HTTP.
---@param adapter luatls.io.Adapter
---@return luatls.io.Adapter
function doorman.watch(adapter)
  local function listen(...)
    local server, err = adapter.listen(...)
    if not server then return nil, err end
    local accept = server.accept
    function server:accept(deadline)
      local socket, why = accept(self, deadline)
      if socket then watch_first_bytes(socket) end
      return socket, why
    end
    return server
  end
  return setmetatable({ listen = listen }, { __index = adapter })
end

return doorman
