--- Run by luatls-guard, where the byte behind each of the engine's buffers, and
--- each buffer that was freed, cannot be touched: a certificate, cut off and
--- damaged at every byte, is parsed and asked everything.

local core = require("luatls.core")
local guard = require("guard")
local question = require("spec.support.question")

local path = ...
if path == "over" or path == "after" then
  guard.touch(path)
  os.exit(0)
end

local function slurp(name)
  local file <close> = assert(io.open(name, "rb"))
  return file:read("a")
end

local count = 0

local function try(text)
  count = count + 1
  guard.parse(text)
  local cert = core.certificate.parse(text)
  if cert then question.ask(cert) end
end

local der = slurp(path)
local pem = core.certificate.parse(der):pem()
for i = 0, #der do
  try(der:sub(1, i))
  for _, byte in ipairs({ 0x00, 0x7f, 0x84, 0xff }) do
    try(der:sub(1, i) .. string.char(byte) .. der:sub(i + 2))
  end
end
for i = 0, #pem, 7 do
  try(pem:sub(1, i))
end
print(count .. " certificates")
