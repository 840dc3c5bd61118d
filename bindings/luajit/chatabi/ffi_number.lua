-- SPDX-License-Identifier: MIT
-- Numbers as JSON: the shortest text that gives the same number back, whatever the locale takes for a decimal point.
local ffi = require "ffi"

local format, gsub = string.format, string.gsub

local EXACT = 2 ^ 53 -- up to here every whole number is a double

-- The C library's digits, which are those of the compiled module: LuaJIT rounds the last of 17 in its own way. Not
-- every host lets the function be found.
local function system()
  ffi.cdef [[int chatabi_snprintf(char *to, size_t size, const char *form, ...) __asm__("snprintf");]]
  local print, size = ffi.C.chatabi_snprintf, 64
  local digits = ffi.new("char[?]", size)
  return function(precision, number)
    print(digits, size, "%.*g", ffi.cast("int", precision), ffi.cast("double", number))
    return ffi.string(digits)
  end
end

local good, print = pcall(system)
if not good then
  function print(precision, number) return format("%." .. precision .. "g", number) end
end

local function write_float(number)
  local digits
  for precision = 15, 17 do
    digits = gsub(print(precision, number), "[^%de+-]+", ".")
    if tonumber(digits) == number then break end
  end
  return digits
end

-- The text; nil for NaN and infinities, which JSON does not have.
return function(number)
  if number ~= number or number == math.huge or number == -math.huge then return nil end
  if number > -EXACT and number < EXACT and number % 1 == 0 then return format("%d", number) end
  return write_float(number)
end
