-- Peers that stop after every possible byte of the handshake: the answer is
-- "truncated" or "timeout", never a hang or a crash.

local contexts = require("spec.support.contexts")
local luv = require("luatls.io.luv")
local pki = require("spec.support.pki")
local relay = require("spec.support.relay")
local tls = require("luatls")

local function listen(on_error, options)
  local identity = pki.server()
  options.certificate, options.key = identity.chain, identity.key
  options.on_error = on_error
  return assert(tls.listen("127.0.0.1", 0, options))
end

local function connect(port, context, timeout)
  return tls.connect("127.0.0.1", port, { context = context, timeout = timeout })
end

-- The signature in the server's flight is a few bytes longer or shorter each
-- time (ECDSA's numbers have no leading zeros), and TLS 1.3 pads its record to
-- a multiple of 16. So among the last bytes some cut nothing off.
local SPREAD <const> = 32

-- How many bytes each side sends until the client's handshake is complete.
local function measure(port, context)
  local whole = relay.start({ to = port })
  local stream = assert(connect(whole.port, context, 10))
  local from_server, from_client = whole.from_server(), whole.from_client()
  stream:close()
  whole:stop()
  return from_server, from_client
end

-- One connection whose bytes are cut; what the client gets.
local function attempt(port, context, cut, timeout)
  cut.to = port
  local cutter = relay.start(cut)
  local stream, err = connect(cutter.port, context, timeout)
  if stream then stream:close() end
  cutter:stop()
  return stream, err
end

-- Seconds that a side waits for a peer that has fallen silent.
local PATIENCE <const> = 0.4

-- As `attempt`, for silence: on a busy machine time may be up before the cut is
-- reached, which proves nothing. Also gives how many times it took.
local function attempt_until_cut(port, context, side, byte, timeout)
  for count = 1, 10 do
    local cut = { [side] = byte, after = "silence" }
    local stream, err = attempt(port, context, cut, timeout(count))
    if stream or cut.is_reached then return stream, err, count end
  end
  error("the cut was not reached")
end

-- Many at once: each spends its time with waiting.
local AT_ONCE <const> = 64

local function each_byte(last, fn)
  local next_byte, running, bell, failure = 0, 0, {}, nil
  local function work()
    while next_byte <= last and not failure do
      local byte = next_byte
      next_byte = byte + 1
      local ok, message = pcall(fn, byte)
      if not ok then failure = ("after byte %d: %s"):format(byte, message) end
    end
    running = running - 1
    luv.ring(bell)
  end
  for _ = 1, AT_ONCE do
    running = running + 1
    luv.spawn(work)
  end
  while running > 0 do
    luv.wait(bell)
  end
  assert.is_nil(failure)
end

for _, version in ipairs({ "1.2", "1.3" }) do
  describe("in a TLS " .. version .. " handshake", function()
    it("a server that ends after any byte is 'truncated' to the client", function()
      local context = contexts.client(version)
      local listener <close> = listen(nil, {})
      local last = measure(listener:port(), context)
      each_byte(last - 1, function(byte)
        local cut = { from_server = byte, after = "close" }
        local stream, err = attempt(listener:port(), context, cut, 10)
        if stream and byte >= last - SPREAD then return end
        assert(not stream, "the handshake was complete")
        assert(err.kind == "truncated" or err.kind == "io", tostring(err))
        assert(err.phase == "handshake")
      end)
    end)

    it("a server that stops after any byte is a 'timeout' to the client", function()
      local context = contexts.client(version)
      local listener <close> = listen(nil, {})
      local last = measure(listener:port(), context)
      each_byte(last - 1, function(byte)
        local stream, err = attempt_until_cut(
          listener:port(),
          context,
          "from_server",
          byte,
          function(count)
            return PATIENCE * count
          end
        )
        if stream and byte >= last - SPREAD then return end
        assert(not stream, "the handshake was complete")
        assert(err.kind == "timeout" and err.phase == "handshake", tostring(err))
      end)
    end)

    it("a client that ends after any byte is reported by the listener", function()
      local context, errors = contexts.client(version), {}
      local listener <close> = listen(function(err)
        table.insert(errors, err)
      end, {})
      local _, last = measure(listener:port(), context)
      each_byte(last - 1, function(byte)
        attempt(listener:port(), context, { from_client = byte, after = "close" }, 10)
      end)
      local deadline = luv.now() + 10
      while #errors < last and luv.now() < deadline do
        luv.sleep(0.01)
      end
      assert.equal(last, #errors)
      for _, err in ipairs(errors) do
        assert.is_true(err.kind == "truncated" or err.kind == "io", tostring(err))
      end
    end)

    it("a client that stops after any byte holds nothing up for long", function()
      local context, errors = contexts.client(version), {}
      local listener <close> = listen(function(err)
        table.insert(errors, err)
      end, { handshake_timeout = PATIENCE })
      local _, last = measure(listener:port(), context)
      local retries = 0
      each_byte(last - 1, function(byte)
        local _, _, count = attempt_until_cut(
          listener:port(),
          context,
          "from_client",
          byte,
          function()
            return 2 * PATIENCE
          end
        )
        retries = retries + count - 1
      end)
      local deadline = luv.now() + 10
      while #errors < last + retries and luv.now() < deadline do
        luv.sleep(0.01)
      end
      assert.equal(last + retries, #errors)
    end)
  end)
end
