-- How many system calls data costs on descriptors, counted by strace.

local pki = require("spec.support.pki")
local process = require("spec.support.process")

-- Calls between "begin" and "end", of one exchange.
local function calls(version, size)
  local COUNT <const> = 20
  local log = pki.folder() .. "/calls"
  local code, text = process
    .start("strace", {
      "-qq",
      "-EASAN_OPTIONS=detect_leaks=0", -- a checker of leaks cannot be traced
      "-o",
      log,
      "-e",
      "trace=write,sendto,recvfrom",
      "lua5.4",
      "spec/support/talk.lua",
      version,
      tostring(size),
      tostring(COUNT),
    })
    :wait()
  assert.equal(0, code, text)
  local file <close> = assert(io.open(log))
  local part = assert(file:read("a"):match('write%(2, "begin.-\n(.-)write%(2, "end'))
  local function count(name)
    return select(2, part:gsub(name .. "%(", "")) / COUNT
  end
  return { sends = count("sendto"), receives = count("recvfrom") }
end

for _, version in ipairs({ "1.2", "1.3" }) do
  describe("a descriptor in TLS " .. version, function()
    after_each(process.stop_all)

    it("takes 100 bytes by one send and one receive on each side", function()
      assert.same({ sends = 2, receives = 2 }, calls(version, 100))
    end)

    it("takes 64 KB by one send and at most two receives on each side", function()
      local counted = calls(version, 65536)
      assert.equal(2, counted.sends)
      assert.is_true(counted.receives <= 4, counted.receives .. " receives")
    end)
  end)
end
