-- What streams and listeners refuse before anything is sent or waited for.

local blame = "^%S*stream_spec.lua:%d+: "
local luv = require("luatls.io.luv")
local pki = require("spec.support.pki")
local tls = require("luatls")

-- Call `body(stream, listener)` with a client's stream.
local function with_stream(body)
  local identity = pki.server()
  local listener <close> = assert(tls.listen("127.0.0.1", 0, {
    certificate = identity.chain,
    key = identity.key,
  }))
  luv.run(function()
    luv.spawn(function()
      listener:serve(function(stream)
        stream:read("a")
      end)
    end)
    local options = { trust = pki.root().chain, timeout = 20 }
    local stream <close> = assert(tls.connect("localhost", listener:port(), options))
    body(stream, listener)
  end)
end

local function refuses(sentence, call, ...)
  local ok, message = pcall(call, ...)
  assert.is_false(ok)
  assert.matches(sentence, message, 1, true)
  return message
end

describe("a stream", function()
  it("takes no size that is none", function()
    with_stream(function(stream)
      for _, size in ipairs({ 0, -1, 1.5, "5", true }) do
        refuses("the size must be a whole number, at least 1", stream.read_some, stream, size)
      end
      for _, what in ipairs({ -1, 1.5, "x", {} }) do
        refuses('what to read must be "l", "a" or a count', stream.read, stream, what)
      end
    end)
  end)

  it("takes no timeout that is none, nor LuaSocket's for ever", function()
    with_stream(function(stream)
      for _, seconds in ipairs({ -1, 0 / 0, "1", true }) do
        refuses("a number of seconds, or nil for ever", stream.settimeout, stream, seconds)
      end
      for _, seconds in ipairs({ 0, 0.5, math.huge }) do
        stream:settimeout(seconds)
      end
    end)
  end)

  it("asks a peer for new keys by true or false only", function()
    with_stream(function(stream)
      for _, wrong in ipairs({ 1, "both", {} }) do
        refuses("must be true or false", stream.update_keys, stream, wrong)
      end
    end)
  end)

  it("tells a client that early data is read by servers", function()
    with_stream(function(stream)
      refuses("read_early is for servers", stream.read_early, stream)
    end)
  end)

  it("counts arguments as the program does, and blames its line", function()
    with_stream(function(stream)
      local export, binding = stream.export, stream.channel_binding
      local text = refuses("bad argument #1 to 'export' (string exp", export, stream)
      assert.matches(blame, text)
      text = refuses("bad argument #2 to 'export' (1 to 8160", export, stream, "EXPERIMENTAL x", 0)
      assert.matches(blame, text)
      text = refuses("bad argument #1 to 'channel_binding'", binding, stream, "tls_exporter")
      assert.matches(blame, text)
    end)
  end)
end)

describe("a listener", function()
  it("serves by functions, and waits for seconds", function()
    with_stream(function(_, listener)
      refuses("serve needs a function, not a nil", listener.serve, listener)
      refuses("the timeout must be a number", listener.accept, listener, "soon")
    end)
  end)
end)
