-- Sessions as bytes: in clear and encrypted, whole and damaged.

local contexts = require("spec.support.contexts")
local core = require("luatls.core")
local pki = require("spec.support.pki")
local resumption = require("spec.support.resumption")

local MARK <const> = "luatls session"
local key = core.random(32)

-- Loading fails, with a sentence in which the pattern is found.
local function check_refused(pattern, bytes, with)
  local session, err = core.session.load(bytes, with)
  assert.is_nil(session)
  assert.equal("parse", err.kind)
  assert.matches("^cannot load the session: ", err.message)
  assert.matches(pattern, err.message)
end

for _, version in ipairs({ "1.2", "1.3" }) do
  describe("a saved session of TLS " .. version, function()
    local client, server = contexts.client(version), contexts.server()

    for _, with in ipairs({ key, false }) do
      with = with or nil
      local how = with and " with a key" or ""

      it("is what it was" .. how, function()
        local session = resumption.session(client, server)
        local again = assert(core.session.load(session:save(with), with))
        assert.equal("localhost", again:name())
        assert.equal("TLS " .. version, again:version())
        assert.equal(session:expiry(), again:expiry())
        assert.equal(session:peer_chain():pem(), again:peer_chain():pem())
        local two = resumption.connect(client, server, { session = again })
        assert.is_true(resumption.resumed(two))
        assert.is_true(two.client:info().verified)
        assert.is_true(two.client:peer_chain()[1] == pki.server().certificate)
      end)

      it("can be saved again" .. how, function()
        local bytes = resumption.session(client, server):save(with)
        for _ = 1, 3 do
          bytes = core.session.load(bytes, with):save(with)
        end
        assert.is_true(resumption.works(client, server, core.session.load(bytes, with)))
      end)

      it("is for the same name and demands only" .. how, function()
        local bytes = resumption.session(client, server):save(with)
        local session = core.session.load(bytes, with)
        assert.is_false(resumption.works(client, server, session, { name = "127.0.0.1" }))
        session = core.session.load(bytes, with)
        assert.is_false(resumption.works(client, server, session, { sni = "a.example" }))
        session = core.session.load(bytes, with)
        local other = contexts.client(version, { profile = "rfc5280" })
        assert.is_false(resumption.works(other, server, session))
        session = core.session.load(bytes, with)
        assert.is_true(resumption.works(contexts.client(version), server, session))
      end)

      it("is refused when it is cut off" .. how, function()
        local bytes = resumption.session(client, server):save(with)
        for i = 0, #bytes - 1 do
          check_refused(".", bytes:sub(1, i), with)
        end
        check_refused(".", bytes .. "\0", with)
      end)
    end

    it("is refused when any bit of what is encrypted is another", function()
      local bytes = resumption.session(client, server):save(key)
      for i = 1, #bytes do
        local byte = string.char(bytes:byte(i) ~ (1 << i % 8))
        check_refused(".", bytes:sub(1, i - 1) .. byte .. bytes:sub(i + 1), key)
      end
    end)

    -- Whatever is loaded can be asked, and offered, and ends in no crash.
    it("does no harm when any byte in clear is another", function()
      local bytes = resumption.session(client, server):save()
      for i = 1, #bytes do
        for _, byte in ipairs({ bytes:byte(i) ~ 1, bytes:byte(i) ~ 0x80, 0, 0xff }) do
          local other = bytes:sub(1, i - 1) .. string.char(byte) .. bytes:sub(i + 1)
          local session = core.session.load(other)
          if session then
            tostring(session)
            session:peer_chain()
            session:expiry()
            core.session.load(session:save())
            client:connection({ name = "localhost", session = session }):handshake()
          end
        end
      end
    end)

    it("tells nothing of itself with a key, and is never the same twice", function()
      local session = resumption.session(client, server)
      local one, two = session:save(key), session:save(key)
      assert.is_nil(one:find("localhost", 1, true))
      assert.is_nil(one:find(pki.server().certificate:der(), 1, true))
      assert.not_equal(one:sub(-40), two:sub(-40))
      assert.is_truthy(session:save():find("localhost", 1, true))
    end)

    it("needs its key", function()
      local session = resumption.session(client, server)
      check_refused("another key, or is damaged", session:save(key), core.random(32))
      check_refused("it is encrypted", session:save(key))
    end)

    -- Else who can write the file could give another session.
    it("is refused in clear when a key is given", function()
      check_refused("not encrypted", resumption.session(client, server):save(), key)
    end)

    it("of another build of mbedTLS is refused, which is told", function()
      local bytes = resumption.session(client, server):save()
      local number = core.features.mbedtls
      local marks = {}
      for part in number:gmatch("%d+") do
        marks[#marks + 1] = string.char(tonumber(part))
      end
      local at = assert(bytes:find(table.concat(marks), #MARK + 2 + 32, true))
      local old = bytes:sub(1, at + 1) .. "\1" .. bytes:sub(at + 3)
      check_refused("saved with mbedTLS 3%.6%.1", old)
      local _, err = core.session.load(old)
      assert.is_truthy(err.hint)
    end)
  end)
end

describe("a saved session", function()
  it("is not any bytes", function()
    for _, bytes in ipairs({
      "",
      "x",
      MARK,
      MARK .. "\0",
      MARK .. "\3" .. ("x"):rep(200),
      MARK .. "\1",
      MARK .. "\1" .. ("\0"):rep(31),
      MARK .. "\1" .. ("\0"):rep(32),
      MARK .. "\1" .. ("\0"):rep(33),
      MARK .. "\1" .. ("\1"):rep(500),
      MARK .. "\2",
      ("\0"):rep(1000),
    }) do
      check_refused(".", bytes)
      check_refused(".", bytes, key)
    end
  end)

  it("of a server's kind is none", function()
    local client, server = contexts.client("1.2"), contexts.server()
    local bytes = resumption.session(client, server):save()
    local version = core.features.mbedtls:gsub("(%d+)%.?", function(part)
      return string.char(tonumber(part))
    end)
    local at = assert(bytes:find(version, #MARK + 34, true)) + 6
    assert.equal(0, bytes:byte(at))
    check_refused("damaged", bytes:sub(1, at - 1) .. "\1" .. bytes:sub(at + 1))
  end)

  it("has a key of 32 bytes, or none", function()
    local session = resumption.session(contexts.client("1.3"), contexts.server())
    for _, bad in ipairs({ "", "short", ("x"):rep(31), ("x"):rep(33), {}, true }) do
      assert.has_error(function()
        session:save(bad)
      end)
      assert.has_error(function()
        core.session.load(session:save(), bad)
      end)
    end
    assert.has_error(function()
      core.session.load()
    end)
  end)

  it("keeps that nobody was verified", function()
    local careless = contexts.client("1.3", { insecure_skip_verify = true })
    local server = contexts.server()
    local bytes = resumption.session(careless, server):save()
    local two = resumption.connect(careless, server, { session = core.session.load(bytes) })
    assert.is_true(resumption.resumed(two))
    assert.is_false(two.client:info().verified)
  end)
end)
