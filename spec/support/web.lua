--- HTTPS servers for the specs: ours, and ones that say exactly what a spec
--- wants said, right or wrong. All end with `web.stop_all`.

local https = require("luatls.https")
local luv = require("luatls.io.luv")
local pki = require("spec.support.pki")
local tls = require("luatls")

local web = {}

local running = {}

local function with_defaults(given, defaults)
  local complete = {}
  for _, source in ipairs({ defaults, given or {} }) do
    for name, value in pairs(source) do
      complete[name] = value
    end
  end
  return complete
end

--- Start our server with a handler.
---@param handler luatls.https.handler
---@param options? table of `https.server`, and `identity`
---@return string url "https://localhost:40123"
---@return luatls.https.Server server
---@return luatls.Error[] errors what `on_error` was told
function web.serve(handler, options)
  local failures = {}
  options = with_defaults(options, {
    port = 0,
    handler = handler,
    on_error = function(err)
      table.insert(failures, err)
    end,
  })
  local identity = options.identity or pki.server()
  options.identity = nil
  options.certificate, options.key = identity.chain, identity.key
  local server = assert(https.server(options))
  server:start()
  table.insert(running, server)
  return ("https://localhost:%d"):format(server:port()), server, failures
end

--- How a raw server ends: with a close_notify, without one, or not at all.
---@alias spec.web.ending "goodbye"|"cut"|"open"

--- Close the transport under a stream, in order but without a close_notify.
---@param stream luatls.Stream
function web.cut(stream)
  stream.channel.socket:close()
end

--- Start a server that reads one request head and then sends these bytes.
---@param answer string
---@param ending? spec.web.ending default "goodbye"
---@return string url
---@return { head?: string } seen what the client sent
function web.answer(answer, ending)
  local identity, seen = pki.server(), {}
  local listener =
    assert(tls.listen("127.0.0.1", 0, { certificate = identity.chain, key = identity.key }))
  table.insert(running, listener)
  luv.spawn(function()
    listener:serve(function(stream)
      local lines = {}
      repeat
        lines[#lines + 1] = stream:read("l")
      until not lines[#lines] or lines[#lines] == ""
      seen.head = table.concat(lines, "\n")
      stream:write(answer)
      if ending == "cut" then web.cut(stream) end
      if ending == "open" then stream:read("a") end
    end)
  end)
  return ("https://localhost:%d"):format(listener:port()), seen
end

--- Send bytes to a server of ours and read all that it answers.
---@param server luatls.https.Server
---@param bytes string
---@return string answer
function web.talk(server, bytes)
  local options = { trust = pki.root().chain, timeout = 20 }
  local stream <close> = assert(tls.connect("localhost", server:port(), options))
  assert(stream:write(bytes))
  local text, err, partial = stream:read("a")
  if not text and err.kind ~= "closed" then error(err, 0) end
  return text or partial
end

--- Options for a client that trusts the specs' root.
---@param options? luatls.https.Options
---@return luatls.https.Options
function web.client(options)
  return with_defaults(options, { trust = pki.root().chain, timeout = 20 })
end

--- Close all that were started.
function web.stop_all()
  for _, server in ipairs(running) do
    server:close()
  end
  running = {}
end

--- Bytes that do not repeat soon, all values among them.
---@param size integer
---@return string
function web.noise(size)
  local block, state = {}, 1
  for i = 1, 65536 do
    state = (state * 1103515245 + 12345) % 2147483648
    block[i] = string.char(state >> 16 & 255)
  end
  local text = table.concat(block)
  return (text:rep(size // #text + 1)):sub(1, size)
end

return web
