-- SPDX-License-Identifier: MIT
-- Seconds on a clock that nobody sets.
local ffi = require "ffi"

local clock = {}

-- Names of our own, which stand for the system's: another module may have told LuaJIT of those in its own words.
local function windows()
  ffi.cdef [[uint64_t __stdcall chatabi_ticks(void) __asm__("GetTickCount64");]]
  local C = ffi.C
  return function() return tonumber(C.chatabi_ticks()) / 1e3 end
end

-- OpenBSD's and NetBSD's is 3, which FreeBSD refuses; OpenBSD's 4 is the time of the processor.
local MONOTONIC = { Linux = { 1 }, OSX = { 6 }, BSD = { 3, 4 } }

local function posix(numbers)
  pcall(ffi.cdef, "typedef struct chatabi_timespec { long seconds, nanoseconds; } chatabi_timespec;")
  ffi.cdef [[int chatabi_clock_gettime(int clock, chatabi_timespec *now) __asm__("clock_gettime");]]
  local C, now = ffi.C, ffi.new "chatabi_timespec"
  local number
  for i = #numbers, 1, -1 do
    if C.chatabi_clock_gettime(numbers[i], now) == 0 then number = numbers[i] end
  end
  if not number then error "the system has no such clock" end
  return function()
    C.chatabi_clock_gettime(number, now)
    return tonumber(now.seconds) + tonumber(now.nanoseconds) / 1e9
  end
end

local function system()
  local now
  if ffi.os == "Windows" then
    now = windows()
  else
    now = posix(MONOTONIC[ffi.os] or error "no number for this clock is known")
  end
  now() -- raises where the system has no such function
  return now
end

local good, now = pcall(system)
clock.now = good and now or os.time

return clock
