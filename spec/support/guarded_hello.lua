--- Run by luatls-guard, where the byte behind each of the engine's buffers
--- cannot be touched: a ClientHello, cut off and damaged at every byte.

local guard = require("guard")

local file <close> = assert(io.open((...), "rb"))
local message = file:read("a")

local read, refused = 0, 0

local function try(text)
  local hello = guard.hello(text)
  if hello.kind then
    refused = refused + 1
  else
    read = read + 1
  end
end

for i = 0, #message do
  -- Cut off, and with a length that says so.
  local cut = message:sub(1, i)
  try(cut)
  if i >= 4 then try("\1" .. (">I3"):pack(i - 4) .. cut:sub(5)) end
  for _, byte in ipairs({ 0x00, 0x01, 0x7f, 0x80, 0xff }) do
    try(cut .. string.char(byte) .. message:sub(i + 2))
  end
end
print(("%d read, %d refused"):format(read, refused))
