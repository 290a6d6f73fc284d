-- Secrets die with the connection: what a child process can write is searched
-- for them before and after.

local core = require("luatls.core")
local memory = require("spec.support.memory")
local process = require("spec.support.process")
local saved = require("spec.support.saved")

local function bytes(hex)
  return (hex:gsub("%x%x", function(byte)
    return string.char(tonumber(byte, 16))
  end))
end

-- openssl kdf NAME: so many bytes, from options as it has them.
local function derive(length, name, ...)
  local arguments = { "kdf", "-keylen", tostring(length), "-kdfopt", "digest:SHA256" }
  for _, option in ipairs({ ... }) do
    table.insert(arguments, "-kdfopt")
    table.insert(arguments, option)
  end
  table.insert(arguments, name)
  local child = process.start("openssl", arguments)
  local code, text = child:wait()
  assert(code == 0, text)
  return bytes((text:gsub("[:%s]", "")))
end

local function hex(text)
  return (text:gsub(".", function(byte)
    return ("%02x"):format(byte:byte())
  end))
end

local function start(task, version)
  return process.start("lua5.4", { "spec/support/keeper.lua", task, version })
end

-- Where it has these bytes, once it has done so much.
local function places(child, stage, needle)
  child:expect("now " .. stage .. "\n")
  return memory.places(child.handle:get_pid(), needle)
end

local function go_on(child)
  child:write("\n")
end

-- The secrets that came so far, by the names of the key log.
local function logged(child)
  local secrets = {}
  for label, secret in child:text():gmatch("key (%S+) %x+ (%x+)\n") do
    secrets[label] = bytes(secret)
  end
  return secrets
end

-- The keys of AES-128-GCM of both directions: RFC 8446, 7.3.
local function keys_of_13(secrets)
  local label = "tls13 key"
  local info = ("\0\16%c%s\0"):format(#label, label)
  local list = {}
  for _, side in ipairs({ "CLIENT", "SERVER" }) do
    local secret = secrets[side .. "_TRAFFIC_SECRET_0"]
    list[#list + 1] =
      derive(16, "HKDF", "mode:EXPAND_ONLY", "hexkey:" .. hex(secret), "hexinfo:" .. hex(info))
  end
  return list
end

-- RFC 5246, 6.3.
local function keys_of_12(secrets, child)
  local client_random = child:text():match("CLIENT_RANDOM (%x+)")
  local block = derive(
    32,
    "TLS1-PRF",
    "hexsecret:" .. hex(secrets.CLIENT_RANDOM),
    "seed:key expansion",
    "hexseed:" .. child:text():match("random (%x+)") .. client_random
  )
  return { block:sub(1, 16), block:sub(17) }
end

-- What is in the memory of open connections by right.
local function live(child, version)
  local secrets = logged(child)
  if version == "1.2" then
    local keys = keys_of_12(secrets, child)
    return { ["master secret"] = secrets.CLIENT_RANDOM, ["key 1"] = keys[1], ["key 2"] = keys[2] }
  end
  local keys = keys_of_13(secrets)
  return {
    ["client's secret"] = secrets.CLIENT_TRAFFIC_SECRET_0,
    ["server's secret"] = secrets.SERVER_TRAFFIC_SECRET_0,
    ["key 1"] = keys[1],
    ["key 2"] = keys[2],
  }
end

local function counts(child, stage, secrets)
  local result = {}
  for name, secret in pairs(secrets) do
    result[name] = #places(child, stage, secret)
  end
  return result
end

local function nothing(secrets)
  local result = {}
  for name in pairs(secrets) do
    result[name] = 0
  end
  return result
end

for _, version in ipairs({ "1.2", "1.3" }) do
  describe("memory, in TLS " .. version .. ",", function()
    after_each(process.stop_all)

    it("has no secret of a connection once both sides are closed", function()
      local child = start("close", version)
      child:expect("now open\n")
      local secrets = live(child, version)
      local open = counts(child, "open", secrets)
      go_on(child)
      local half = counts(child, "half closed", secrets)
      for name in pairs(secrets) do
        assert.is_true(open[name] >= 2, name .. " is not there")
        assert.is_true(half[name] < open[name], name .. " is still there")
        assert.is_true(half[name] >= 1, name .. " is gone too early")
      end
      go_on(child)
      assert.same(nothing(secrets), counts(child, "closed", secrets))
    end)

    it("has none of a handshake that was ended half way", function()
      local child = start("interrupt", version)
      child:expect("now open\n")
      local secrets = logged(child)
      local open = 0
      for _, count in pairs(counts(child, "open", secrets)) do
        open = open + count
      end
      assert.is_true(open > 0)
      go_on(child)
      assert.same(nothing(secrets), counts(child, "closed", secrets))
    end)

    it("has none of a connection that was just dropped", function()
      local child = start("drop", version)
      child:expect("now open\n")
      local secrets = logged(child)
      local name = version == "1.2" and "CLIENT_RANDOM" or "CLIENT_TRAFFIC_SECRET_0"
      assert.is_true(#places(child, "open", secrets[name]) >= 2)
      go_on(child)
      assert.same(nothing(secrets), counts(child, "closed", secrets))
    end)

    it("has none of a session that was dropped", function()
      local child = start("session", version)
      local sealed = bytes(child:expect("saved (%x+)\n"))
      local plain = assert(core.session.load(sealed, ("k"):rep(32))):save()
      local secret = saved.secret(plain)
      assert.is_true(#places(child, "open", secret) > 0)
      go_on(child)
      assert.same({}, places(child, "closed", secret))
    end)

    it("has a pre-shared key nowhere but in Lua's string", function()
      local child = start("psk", version)
      local key = bytes(child:expect("psk (%x+)\n"))
      local lua = {}
      for _, place in ipairs(places(child, "before", key)) do
        lua[place] = true
      end
      go_on(child)
      local open = places(child, "open", key)
      assert.is_true(#open > 1)
      go_on(child)
      for _, place in ipairs(places(child, "closed", key)) do
        assert.is_true(lua[place], "another copy is there")
      end
    end)
  end)
end

describe("memory", function()
  after_each(process.stop_all)

  it("has no secret of keys that were renewed", function()
    local child = start("renew", "1.3")
    child:expect("now open\n")
    local secrets = logged(child)
    local old = {
      secrets.CLIENT_TRAFFIC_SECRET_0,
      secrets.SERVER_TRAFFIC_SECRET_0,
    }
    for _, secret in ipairs(old) do
      assert.is_true(#places(child, "open", secret) >= 2)
    end
    go_on(child)
    for _, secret in ipairs(old) do
      assert.same({}, places(child, "renewed", secret))
    end
  end)
end)
