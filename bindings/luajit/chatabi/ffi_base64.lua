-- SPDX-License-Identifier: MIT
-- Bytes to base64, as RFC 4648 has it, with padding.
local ffi = require "ffi"
local bit = require "bit"
local argument = require "chatabi.ffi_argument"

local band, bor, lshift, rshift = bit.band, bit.bor, bit.lshift, bit.rshift

local DIGITS = ffi.new "uint8_t[64]"
ffi.copy(DIGITS, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 64)
local PAD = ("="):byte()

-- The 24 bits of three bytes into four digits.
local function write(to, at, bits)
  to[at] = DIGITS[rshift(bits, 18)]
  to[at + 1] = DIGITS[band(rshift(bits, 12), 63)]
  to[at + 2] = DIGITS[band(rshift(bits, 6), 63)]
  to[at + 3] = DIGITS[band(bits, 63)]
end

return function(bytes)
  bytes = argument.text(1, bytes, 1)
  local count, at = #bytes, 0
  local from = ffi.cast("const uint8_t *", bytes)
  local size = math.ceil(count / 3) * 4
  local to = ffi.new("uint8_t[?]", size + 1)
  for i = 0, count - 3, 3 do
    write(to, at, bor(lshift(from[i], 16), lshift(from[i + 1], 8), from[i + 2]))
    at = at + 4
  end
  local rest = count % 3
  if rest > 0 then
    write(to, at, bor(lshift(from[count - rest], 16), rest == 2 and lshift(from[count - 1], 8) or 0))
    to[at + 3] = PAD
    if rest == 1 then to[at + 2] = PAD end
  end
  return ffi.string(to, size)
end
