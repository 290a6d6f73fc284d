-- Peers that read slowly, or not at all, at the other end of a real socket: calls
-- take the time that they may take, and what was taken is not lost.

local luv = require("luatls.io.luv")
local peer = require("spec.support.peer")
local pki = require("spec.support.pki")
local process = require("spec.support.process")
local tls = require("luatls")

local ADAPTERS <const> = { "luv", "luasocket" }
local BRIEF <const> = 0.1 -- seconds that a call may take
local BYTE <const> = "~" -- which the program never says by itself
local SOON <const> = 5 -- far more than that, on a busy machine

-- A stream whose peer has stopped reading, and that program.
local function stuck(io, version)
  local identity = pki.server()
  local server, port = peer.openssl_server({ identity = identity, args = {} })
  local stream = assert(tls.connect("localhost", port, {
    trust = pki.root().chain,
    io = io,
    timeout = 20,
    max_version = version,
  }))
  server.handle:kill("sigstop")
  stream:settimeout(BRIEF)
  return stream, server
end

-- Write until nothing more is taken, nor a little later: how many bytes were.
local function fill(stream)
  local text, total, refusals, timeouts = BYTE:rep(1 << 20), 0, 0, 0
  while refusals < 3 do
    local sent, err, taken = stream:write(text)
    if not sent then
      assert.equal("timeout", err.kind)
      timeouts = timeouts + 1
      assert.is_true(timeouts < 20, "it takes more and more")
    end
    refusals = taken == 0 and refusals + 1 or 0
    total = total + (sent or taken)
  end
  return total
end

-- How many bytes came to it, until its end.
local function heard(server)
  server:wait()
  return select(2, server:text():gsub(BYTE, ""))
end

local function quickly(call, ...)
  local before = luv.now()
  local results = table.pack(call(...))
  assert.is_true(luv.now() - before < SOON)
  return table.unpack(results, 1, results.n)
end

for _, io in ipairs(ADAPTERS) do
  for _, version in ipairs({ "1.2", "1.3" }) do
    describe(("a stream on %s whose peer reads nothing, in TLS %s,"):format(io, version), function()
      after_each(process.stop_all)

      it("writes until its time is up, and loses nothing of what it took", function()
        local stream, server = stuck(io, version)
        local total = fill(stream)
        -- Nothing more is taken while nothing goes out.
        for _ = 1, 5 do
          local sent, err, taken = quickly(stream.write, stream, BYTE:rep(100000))
          assert.is_nil(sent)
          assert.same({ "timeout", 0 }, { err.kind, taken })
        end
        server.handle:kill("sigcont")
        stream:settimeout(20)
        assert.equal(4, stream:write(BYTE:rep(4)))
        assert.is_true(stream:shutdown())
        assert.equal(total + 4, heard(server))
      end)

      it("shuts down within its time, and once more when the peer reads again", function()
        local stream, server = stuck(io, version)
        local total = fill(stream)
        local done, err = quickly(stream.shutdown, stream)
        assert.is_nil(done)
        assert.equal("timeout", err.kind)
        server.handle:kill("sigcont")
        stream:settimeout(20)
        assert.is_true(stream:shutdown())
        assert.equal(total, heard(server))
      end)

      it("is closed at once", function()
        local stream = stuck(io, version)
        fill(stream)
        assert.is_true(quickly(stream.close, stream))
        assert.equal("closed", select(2, stream:write(BYTE)).kind)
      end)
    end)
  end
end

describe("a stream", function()
  after_each(process.stop_all)

  it("whose peer reads byte by byte has no more time for that", function()
    local identity = pki.server()
    local options = { certificate = identity.chain, key = identity.key }
    local listener <close> = assert(tls.listen("127.0.0.1", 0, options))
    local is_over, bell = false, {}
    luv.spawn(function()
      local far <close> = listener:accept()
      while not is_over and far:read(1) do
        luv.sleep(0.005)
      end
      luv.ring(bell)
    end)
    local stream <close> =
      assert(tls.connect("localhost", listener:port(), { trust = pki.root().chain, timeout = 20 }))
    stream:settimeout(BRIEF)
    fill(stream)
    local done, err = quickly(stream.shutdown, stream)
    assert.is_nil(done)
    assert.equal("timeout", err.kind)
    assert.is_true(quickly(stream.close, stream))
    is_over = true
    assert.is_true(luv.wait(bell, luv.now() + SOON))
  end)

  it("that is closed while another task writes to it ends that with 'closed'", function()
    local stream = stuck("luv")
    fill(stream)
    stream:settimeout(20)
    local err
    local bell = {}
    luv.spawn(function()
      err = select(2, stream:write(BYTE:rep(1 << 20)))
      luv.ring(bell)
    end)
    assert.is_nil(err)
    stream:close()
    while not err do
      luv.wait(bell, luv.now() + SOON)
    end
    assert.equal("closed", err.kind)
  end)

  it("that is closed while another task shuts it down ends that with 'closed'", function()
    local stream = stuck("luv")
    fill(stream)
    stream:settimeout(20)
    local err
    luv.spawn(function()
      err = select(2, stream:shutdown())
    end)
    assert.is_nil(err)
    stream:close()
    assert.equal("closed", err.kind)
  end)
end)
