--- ChaCha20-Poly1305 (RFC 8439), for specs that open a connection's records.

local chacha = {}

local WORD <const> = 0xffffffff

local function quarter(s, a, b, c, d)
  local va, vb, vc, vd = s[a], s[b], s[c], s[d]
  va = va + vb & WORD
  vd = vd ~ va
  vd = vd << 16 & WORD | vd >> 16
  vc = vc + vd & WORD
  vb = vb ~ vc
  vb = vb << 12 & WORD | vb >> 20
  va = va + vb & WORD
  vd = vd ~ va
  vd = vd << 8 & WORD | vd >> 24
  vc = vc + vd & WORD
  vb = vb ~ vc
  vb = vb << 7 & WORD | vb >> 25
  s[a], s[b], s[c], s[d] = va, vb, vc, vd
end

local WORDS <const> = "<" .. ("I4"):rep(16)

-- 64 bytes of the key stream (2.3).
local function block(key, counter, nonce)
  local start = { WORDS:unpack("expand 32-byte k" .. key .. ("<I4"):pack(counter) .. nonce) }
  local s = table.move(start, 1, 16, 1, {})
  for _ = 1, 10 do
    quarter(s, 1, 5, 9, 13)
    quarter(s, 2, 6, 10, 14)
    quarter(s, 3, 7, 11, 15)
    quarter(s, 4, 8, 12, 16)
    quarter(s, 1, 6, 11, 16)
    quarter(s, 2, 7, 12, 13)
    quarter(s, 3, 8, 9, 14)
    quarter(s, 4, 5, 10, 15)
  end
  for i = 1, 16 do
    s[i] = s[i] + start[i] & WORD
  end
  return s
end

-- Encrypt, or decrypt, from block 1 on (2.4).
local function stream(key, nonce, text)
  local parts, padded = {}, text .. ("\0"):rep(-#text % 64)
  for at = 1, #padded, 64 do
    local words = { WORDS:unpack(padded, at) }
    for i, word in ipairs(block(key, at // 64 + 1, nonce)) do
      words[i] = words[i] ~ word
    end
    parts[#parts + 1] = WORDS:pack(table.unpack(words, 1, 16))
  end
  return table.concat(parts):sub(1, #text)
end

local LIMB <const> = 0x3ffffff -- 26 bits

-- Five limbs of 17 bytes.
local function limbs(bytes)
  local low, middle, top = ("<I8I8I1"):unpack(bytes)
  return low & LIMB,
    low >> 26 & LIMB,
    (low >> 52 | middle << 12) & LIMB,
    middle >> 14 & LIMB,
    middle >> 40 | top << 24
end

-- The number modulo 2^130 - 5, plus s, modulo 2^128 (2.5).
local function close(h, s)
  for _ = 1, 2 do
    local carry = 0
    for i = 1, 5 do
      h[i] = h[i] + carry
      carry, h[i] = h[i] >> 26, h[i] & LIMB
    end
    h[1] = h[1] + carry * 5
  end
  local g, carry = {}, 5
  for i = 1, 5 do
    g[i] = h[i] + carry
    carry, g[i] = g[i] >> 26, g[i] & LIMB
  end
  if carry > 0 then h = g end
  local low = h[1] | h[2] << 26 | h[3] << 52
  local high = h[3] >> 12 | h[4] << 14 | h[5] << 40
  local s_low, s_high = ("<I8I8"):unpack(s)
  local sum = low + s_low
  if math.ult(sum, low) then high = high + 1 end
  return ("<I8I8"):pack(sum, high + s_high)
end

local function poly1305(key, text)
  local r1, r2, r3, r4, r5 = limbs((key:sub(1, 16):gsub("()(.)", function(at, char)
    local clear = at % 4 == 0 and 0x0f or at % 4 == 1 and at > 1 and 0xfc or 0xff
    return string.char(char:byte() & clear)
  end)) .. "\0")
  local s2, s3, s4, s5 = r2 * 5, r3 * 5, r4 * 5, r5 * 5
  local h1, h2, h3, h4, h5 = 0, 0, 0, 0, 0
  for at = 1, #text, 16 do
    local part = text:sub(at, at + 15) .. "\1"
    local m1, m2, m3, m4, m5 = limbs(part .. ("\0"):rep(17 - #part))
    h1, h2, h3, h4, h5 = h1 + m1, h2 + m2, h3 + m3, h4 + m4, h5 + m5
    local d1 = h1 * r1 + h2 * s5 + h3 * s4 + h4 * s3 + h5 * s2
    local d2 = h1 * r2 + h2 * r1 + h3 * s5 + h4 * s4 + h5 * s3
    local d3 = h1 * r3 + h2 * r2 + h3 * r1 + h4 * s5 + h5 * s4
    local d4 = h1 * r4 + h2 * r3 + h3 * r2 + h4 * r1 + h5 * s5
    local d5 = h1 * r5 + h2 * r4 + h3 * r3 + h4 * r2 + h5 * r1
    d2, h1 = d2 + (d1 >> 26), d1 & LIMB
    d3, h2 = d3 + (d2 >> 26), d2 & LIMB
    d4, h3 = d4 + (d3 >> 26), d3 & LIMB
    d5, h4 = d5 + (d4 >> 26), d4 & LIMB
    h1, h5 = h1 + (d5 >> 26) * 5, d5 & LIMB
    h2, h1 = h2 + (h1 >> 26), h1 & LIMB
  end
  return close({ h1, h2, h3, h4, h5 }, key:sub(17))
end

local function pad(text)
  return text .. ("\0"):rep(-#text % 16)
end

local function tag(key, nonce, extra, sealed)
  local once = WORDS:pack(table.unpack(block(key, 0, nonce), 1, 16)):sub(1, 32)
  return poly1305(once, pad(extra) .. pad(sealed) .. ("<I8I8"):pack(#extra, #sealed))
end

---@param key string 32 bytes
---@param nonce string 12 bytes
---@param extra string what is authenticated beside the text
---@param text string
---@return string sealed the tag at its end
function chacha.seal(key, nonce, extra, text)
  local sealed = stream(key, nonce, text)
  return sealed .. tag(key, nonce, extra, sealed)
end

---@param key string
---@param nonce string
---@param extra string
---@param sealed string
---@return string? text nil: the tag is wrong
function chacha.open(key, nonce, extra, sealed)
  local text = sealed:sub(1, -17)
  if #sealed < 16 or tag(key, nonce, extra, text) ~= sealed:sub(-16) then return nil end
  return stream(key, nonce, text)
end

return chacha
