-- Keeps the rockspec's list of modules equal to the tree: the C files of
-- csrc, in the order of the Makefile's SRC, and the Lua files. A rockspec may
-- compute nothing, so the list is written out. With --check changes nothing,
-- and fails when it is stale.

local PATH <const> = "rockspec/luatls-scm-1.rockspec"

local function slurp(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read("a")
end

local function add_core(out)
  out[#out + 1] = '    ["luatls.core"] = {'
  out[#out + 1] = "      sources = {"
  local makefile = slurp("Makefile"):gsub("\\\n", " ")
  for name in makefile:match("\nSRC%s*:?=([^\n]*)"):gmatch("[%w_]+%.c") do
    out[#out + 1] = ('        "csrc/%s",'):format(name)
  end
  out[#out + 1] = [[
      },
      defines = { "_POSIX_C_SOURCE=200809L" },
      incdirs = { "$(MBEDTLS_INCDIR)" },
      libdirs = { "$(MBEDTLS_LIBDIR)" },
      libraries = { "mbedtls", "mbedx509", "mbedcrypto", "pthread" },
    },]]
end

local function add_lua(out)
  local pipe <close> =
    assert(io.popen("find lua -name '*.lua' | LC_ALL=C sort"))
  for path in pipe:lines() do
    local name = path:match("^lua/(.*)%.lua$"):gsub("/init$", "")
    out[#out + 1] = ('    ["%s"] = "%s",'):format(name:gsub("/", "."), path)
  end
end

local out = {}
add_core(out)
add_lua(out)
local text = slurp(PATH)
local before, after =
  text:match("^(.-\n  modules = {\n).*(\n  },\n  install.*)$")
local fresh = before .. table.concat(out, "\n") .. after

if fresh ~= text and arg[1] == "--check" then
  io.stderr:write(PATH, " is stale: lua5.4 tools/rockspec.lua\n")
  os.exit(1)
end
local file <close> = assert(io.open(PATH, "wb"))
file:write(fresh)
