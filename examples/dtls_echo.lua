-- DTLS over UDP, in one loop of luv: a server that sends back what it hears,
-- and a client: lua5.4 examples/dtls_echo.lua

local tls = require("luatls")
local uv = require("luv")

-- Returns a function that takes a datagram of the peer, or nothing. What is to
-- happen then is in `on`: `send` for each datagram that goes out, `open` after
-- the handshake, `message`, and `close` at the end.
local function drive(conn, on)
  local timer, step, is_open

  -- When the peer says nothing for so long, what was sent goes again.
  local function watch(seconds)
    if timer then timer:stop() end
    if not seconds then return end
    timer = timer or uv.new_timer()
    timer:start(math.ceil(seconds * 1000), 0, step)
  end

  local function finish(why)
    if timer then timer:close() end
    conn:close()
    on.close(why)
  end

  function step(datagram)
    if datagram then conn:feed(datagram) end
    if not is_open and conn:handshake() then
      is_open = true
      if on.open then on.open(conn) end
    end
    local message, why = conn:read()
    while message do
      on.message(conn, message)
      message, why = conn:read()
    end
    if message == nil then conn:shutdown() end -- the peer may not know yet
    local out = conn:drain()
    while out ~= "" do
      on.send(out)
      out = conn:drain()
    end
    watch(conn:deadline())
    if message == nil then finish(why) end
  end

  return step
end

-- A server has one socket, and tells its clients apart by their addresses. Who
-- has not shown the cookie yet is forgotten at once: nobody can fill the table
-- by sending from addresses that are not theirs.
local function serve(context)
  local socket, clients = uv.new_udp(), {}
  assert(socket:bind("127.0.0.1", 0))

  local function accept(from)
    local peer = from.ip .. ":" .. from.port
    local conn = context:connection({ peer = peer })
    local step = drive(conn, {
      send = function(datagram)
        socket:send(datagram, from.ip, from.port)
      end,
      message = function(_, message)
        conn:write("you said ", message)
      end,
      close = function()
        clients[peer] = nil
      end,
    })
    return function(datagram)
      step(datagram)
      if conn:info().reachable then clients[peer] = step end
    end
  end

  socket:recv_start(function(_, datagram, from)
    if not datagram or not from then return end
    local step = clients[from.ip .. ":" .. from.port] or accept(from)
    step(datagram)
  end)
  return socket
end

local function connect(context, port, message, on_end)
  local socket = uv.new_udp()
  assert(socket:bind("127.0.0.1", 0))
  local step = drive(context:connection({ name = "localhost" }), {
    send = function(datagram)
      socket:send(datagram, "127.0.0.1", port)
    end,
    open = function(conn)
      print(conn:info().version, conn:info().cipher_suite)
      conn:write(message)
    end,
    message = function(conn, answer)
      print(answer)
      conn:shutdown()
    end,
    close = function(why)
      print(why)
      socket:close(on_end)
    end,
  })
  socket:recv_start(function(_, datagram)
    if datagram then step(datagram) end
  end)
  step()
end

local key = assert(tls.key.generate())
local ca = assert(tls.certificate.issue({
  subject = "CN=Example CA",
  usage = "ca",
  key = key,
}))
local server_key = assert(tls.key.generate())
local certificate = assert(tls.certificate.issue({
  csr = server_key:csr({ subject = "CN=localhost", names = { "localhost" } }),
  usage = "server",
  issuer = ca,
  issuer_key = key,
  days = 1,
}))

local server = serve(assert(tls.context({
  role = "server",
  transport = "datagram",
  certificate = certificate:pem(),
  key = server_key,
})))
local client = assert(tls.context({
  role = "client",
  transport = "datagram",
  trust = ca:pem(),
}))
connect(client, server:getsockname().port, "hello", function()
  server:close()
end)
uv.run()
