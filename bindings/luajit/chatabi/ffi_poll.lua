-- SPDX-License-Identifier: MIT
-- Which of many streams have something to read, whatever clients they are of: by poll(2) on their descriptors. A stream
-- without one (Windows has none, a process may have run out of them) is asked for through its client, every few
-- milliseconds.
local ffi = require "ffi"
local argument = require "chatabi.ffi_argument"
local clients = require "chatabi.ffi_client"
local clock = require "chatabi.ffi_clock"
local streams = require "chatabi.ffi_stream"

local Stream = streams.half.stream

local ASK_AGAIN_MS = 10
local POLLIN = 1 -- on every system that has poll
local HAS_POLL = ffi.os ~= "Windows"

-- Names of our own: another module may have told LuaJIT of poll in its own words.
if HAS_POLL then
  pcall(ffi.cdef, "typedef struct chatabi_pollfd { int fd; short events, revents; } chatabi_pollfd;")
  local count = ffi.os == "Linux" and "unsigned long" or "unsigned int"
  ffi.cdef(('int chatabi_poll(chatabi_pollfd *fds, %s count, int timeout_ms) __asm__("poll");'):format(count))
else
  ffi.cdef [[void __stdcall chatabi_sleep(uint32_t ms) __asm__("Sleep");]]
end

-- ---- what to wait for ----

-- One entry for each stream; false for one that is not waited for.
local function watch(stream)
  local handle = stream._handle
  if not handle or stream._end ~= 0 then return false end
  return { stream = stream, fd = HAS_POLL and stream:pollfd() or -1, address = streams.address(handle) }
end

local function gather(list)
  local watches = { blind = 0, waiting = 0 }
  for i = 1, #list do
    if getmetatable(list[i]) ~= Stream then
      error(("bad argument #1 to 'poll' (stream expected at [%d], got %s)"):format(i, type(list[i])), 3)
    end
    watches[i] = watch(list[i])
    if watches[i] then
      watches.waiting = watches.waiting + 1
      if watches[i].fd < 0 then watches.blind = watches.blind + 1 end
    end
  end
  return watches
end

-- ---- without a descriptor ----

-- What a closed client was asked, and in the child of a fork everything, has its end to read.
local function is_ready(entry, asked)
  local client = entry.stream._client
  local ready = asked[client] or clients.client_ready_addresses(client)
  asked[client] = ready
  return not ready or ready[entry.address]
end

local function ask_clients(watches, count)
  local asked, found = {}, false
  for i = 1, count do
    local entry = watches[i]
    if entry and entry.fd < 0 and is_ready(entry, asked) then entry.ready, found = true, true end
  end
  return found
end

-- ---- waiting ----

local function new_slots(watches, count)
  local slots = ffi.new("chatabi_pollfd[?]", count)
  for i = 1, count do
    slots[i - 1].fd = watches[i] and watches[i].fd or -1
    slots[i - 1].events = POLLIN
  end
  return slots
end

-- Interrupted by a signal: nothing is ready, and the caller looks at what the signal was.
local function poll(watches, count, slots, ms)
  if ffi.C.chatabi_poll(slots, count, ms) <= 0 then return false end
  for i = 1, count do
    if watches[i] and slots[i - 1].revents ~= 0 then watches[i].ready = true end
  end
  return true
end

local function wait_for_one(watches, count, ms)
  local deadline = clock.now() + ms / 1e3
  local slots = HAS_POLL and new_slots(watches, count)
  local left = ms
  repeat
    local found = watches.blind > 0 and ask_clients(watches, count)
    local slice = found and 0 or watches.blind > 0 and math.min(left, ASK_AGAIN_MS) or left
    if not slots then
      ffi.C.chatabi_sleep(slice)
    elseif poll(watches, count, slots, slice) then
      found = true
    end
    left = math.floor((deadline - clock.now()) * 1e3)
  until found or watches.blind == 0 or left <= 0
end

-- (list of streams, ms) -> list of those that have something to read, waiting up to `ms` for the first. Left out are
-- streams that are closed and those whose end was read.
return function(list, ms)
  if type(list) ~= "table" then argument.wrong_type(1, "table", list, 1) end
  if type(ms) ~= "number" then argument.wrong_type(2, "number", ms, 1) end
  local watches, count = gather(list), #list
  if watches.waiting > 0 then wait_for_one(watches, count, math.max(0, math.min(ms, 2 ^ 31 - 1))) end
  local ready = {}
  for i = 1, count do
    if watches[i] and watches[i].ready then ready[#ready + 1] = list[i] end
  end
  return ready
end
