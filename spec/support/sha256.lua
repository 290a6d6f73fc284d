--- SHA-256 (FIPS 180-4) and HMAC (RFC 2104), for specs that open a connection's
--- records. Slow, and only for secrets that are none.

local sha256 = {}

local WORD <const> = 0xffffffff

local function primes(count)
  local list, candidate = {}, 2
  while #list < count do
    local is_prime = true
    for _, prime in ipairs(list) do
      is_prime = is_prime and candidate % prime ~= 0
    end
    if is_prime then list[#list + 1] = candidate end
    candidate = candidate + 1
  end
  return list
end

-- The first 32 bits behind the point.
local function fraction(x)
  return (x % 1 * 2 ^ 32) // 1 | 0
end

local K <const>, START <const> = {}, {}
for i, prime in ipairs(primes(64)) do
  K[i] = fraction(prime ^ (1 / 3))
  if i <= 8 then START[i] = fraction(prime ^ 0.5) end
end

-- The words of a block, and what they are stretched to. A word beside itself
-- turns a rotation into a shift.
local function stretch(text, at)
  local w = { (">" .. ("I4"):rep(16)):unpack(text, at) }
  for i = 17, 64 do
    local x, y = w[i - 15], w[i - 2]
    local xx, yy = x | x << 32, y | y << 32
    local s0 = xx >> 7 ~ xx >> 18 ~ x >> 3
    local s1 = yy >> 17 ~ yy >> 19 ~ y >> 10
    w[i] = w[i - 16] + s0 + w[i - 7] + s1 & WORD
  end
  return w
end

local function compress(state, text, at)
  local w = stretch(text, at)
  local a, b, c, d, e, f, g, h = table.unpack(state)
  for i = 1, 64 do
    local aa, ee = a | a << 32, e | e << 32
    local s0 = (aa >> 2 ~ aa >> 13 ~ aa >> 22)
    local s1 = (ee >> 6 ~ ee >> 11 ~ ee >> 25)
    local one = h + s1 + (g ~ e & (f ~ g)) + K[i] + w[i]
    local two = s0 + (a & b | c & (a | b))
    a, b, c, d, e, f, g, h = one + two & WORD, a, b, c, d + one & WORD, e, f, g
  end
  for i, word in ipairs({ a, b, c, d, e, f, g, h }) do
    state[i] = state[i] + word & WORD
  end
end

--- The hash of a text.
---@param text string
---@return string hash 32 bytes
function sha256.hash(text)
  local state = table.pack(table.unpack(START))
  local padded = text .. "\x80" .. ("\0"):rep(-(#text + 9) % 64) .. (">I8"):pack(#text * 8)
  for at = 1, #padded, 64 do
    compress(state, padded, at)
  end
  return (">" .. ("I4"):rep(8)):pack(table.unpack(state, 1, 8))
end

local function mask(key, byte)
  return (key .. ("\0"):rep(64 - #key)):gsub(".", function(char)
    return string.char(char:byte() ~ byte)
  end)
end

---@param key string at most 64 bytes
---@param text string
---@return string code 32 bytes
function sha256.hmac(key, text)
  return sha256.hash(mask(key, 0x5c) .. sha256.hash(mask(key, 0x36) .. text))
end

return sha256
