-- SPDX-License-Identifier: MIT
-- A stream is one request. It never blocks for long by itself: `next` and `skip` wait a slice of time that their caller
-- chooses.
local ffi = require "ffi"
local argument = require "chatabi.ffi_argument"
local json = require "chatabi.ffi_json_decode"
local library = require "chatabi.ffi_library"
local new_handles = require "chatabi.ffi_handle"
local values = require "chatabi.ffi_json_values"

local lib, constants = library.lib, library.constants
local TEXT, REASONING, REFUSAL, TOOL, DONE =
  constants.TEXT, constants.REASONING, constants.REFUSAL, constants.TOOL, constants.DONE
local INFO_CHOICE, INFO_FINISH = constants.INFO_CHOICE, constants.INFO_FINISH

local SKIP_AT_ONCE = 256 -- events that `skip` drops before it lets Lua's hooks run

local stream = {}
local half = {}

-- _end: DONE or the error, once it was read; else 0. _client keeps the client alive: one that is collected would end
-- its requests. A finalizer may read a stream in the middle of being read: _event is the event that is being copied, if
-- one is, and _saved its chunk when somebody else had to copy it.
local Stream = { __name = "chatabi.stream", __index = {} }
local methods = Stream.__index
half.stream = Stream
values.opaque[Stream] = true

local handles = new_handles(Stream, "the stream is closed", lib.chatabi_request_free, lib.chatabi_request_cancel)
local hold, release, check = handles.hold, handles.release, handles.check

-- ---- making and finding ----

function stream.address(handle) return tonumber(ffi.cast("uintptr_t", handle)) end

-- The stream that owns `request`, entered into the client's `streams`.
function stream.adopt(request, client, streams)
  local address = stream.address(request)
  streams[address] = handles.own(request, {
    _client = client,
    _end = 0,
    _event = false,
    _saved = false,
    _length = ffi.new "size_t[1]",
  })
  return streams[address]
end

-- ---- reading ----

local function text_or_nil(bytes)
  if bytes == nil then return nil end
  return ffi.string(bytes)
end

local function is_end(event) return event == DONE or event < 0 end

-- What read(handle, length) lends of the current event; nil when the event is no more, because another has read on.
local function bytes_of_event(self, handle, read)
  local bytes = read(handle, self._length)
  if self._saved then return nil end
  return bytes ~= nil and ffi.string(bytes, self._length[0]) or ""
end

-- The current event as a table. `text` is only ever text of the answer, so that a loop can print it unseen.
local function new_chunk(self, request, event)
  local text = bytes_of_event(self, request, lib.chatabi_request_text)
  local whole = text and bytes_of_event(self, request, lib.chatabi_request_json)
  if not whole then return self._saved end
  local chunk = { type = "text", text = text, json = whole }
  if event ~= TEXT then
    chunk.text = ""
    if event == REASONING then
      chunk.type, chunk.reasoning = "reasoning", text
    elseif event == REFUSAL then
      chunk.type, chunk.refusal = "refusal", text
    elseif event == TOOL then
      chunk.type, chunk.tool_call = "tool", (json.decode(chunk.json))
    else
      chunk.type = "other"
    end
  end
  local choice = lib.chatabi_request_info(request, INFO_CHOICE)
  if choice >= 0 then chunk.choice = tonumber(choice) end
  return self._saved or chunk
end

local function copy_event(self, handle, event)
  self._event, self._saved = event, false
  local chunk = new_chunk(self, handle, event)
  self._event = false
  return chunk
end

-- In a finalizer, before it reads on: the chunk of the event that is in the middle of being copied, or false.
local function rescue(self, handle, held)
  if self._event then return copy_event(self, handle, self._event) end
  return held and self._saved
end

-- (stream, ms) -> a chunk; false when nothing came in time; nil at the end
function half.stream_next(self, ms)
  local handle, before = hold(self)
  local rescued = rescue(self, handle, before)
  local event = lib.chatabi_request_next(handle, ms or 0)
  local chunk = false
  if is_end(event) then
    self._end, chunk = event, nil
  elseif event ~= 0 then
    chunk = copy_event(self, handle, event)
  end
  if rescued then self._saved = rescued end
  release(self, before)
  return chunk
end

-- Drops events: what stream_skip returns.
local function skip(self, handle, ms)
  local event = lib.chatabi_request_next(handle, ms)
  if event == 0 then return false end
  for _ = 2, SKIP_AT_ONCE do
    if event == 0 or is_end(event) then break end
    event = lib.chatabi_request_next(handle, 0)
  end
  if not is_end(event) then return nil end
  self._end = event
  return true
end

-- (stream, ms) -> true at the end, nil when there is more to drop, false when nothing came in time
function half.stream_skip(self, ms)
  local handle, before = hold(self)
  self._saved = rescue(self, handle, before)
  local ended = skip(self, handle, ms)
  release(self, before)
  return ended
end

-- The next chunk that is there now, or nil. What follows the stream is ignored: it is an iterator.
local function drain_next(self)
  if getmetatable(self) == Stream and not self._handle then return nil end
  return half.stream_next(self, 0) or nil
end

function methods.drain(self)
  check(self)
  return drain_next, self
end

-- (stream) -> nil, or code, message, details as JSON
function half.stream_error(self)
  check(self)
  local code = self._end
  if code >= 0 then return nil end
  local handle, before = hold(self)
  local message = text_or_nil(lib.chatabi_request_message(handle)) or ffi.string(lib.chatabi_error_text(code))
  local details = text_or_nil(lib.chatabi_request_error_json(handle)) or ""
  release(self, before)
  return code, message, details
end

-- (stream) -> the chat.completion as JSON, "" when nothing of it came, nil before the end
function half.stream_result(self)
  local handle, before = hold(self)
  local result = lib.chatabi_request_result(handle, self._length)
  local json_text = result ~= nil and ffi.string(result, self._length[0]) or nil
  release(self, before)
  return json_text
end

function methods.done(self)
  check(self)
  return self._end ~= 0
end

-- ---- looking ----

local STATES = { "queued", "auth", "connecting", "waiting", "streaming", "retrying", "done", "failed" }

function methods.state(self)
  local handle, before = hold(self)
  local state = lib.chatabi_request_state(handle)
  release(self, before)
  return STATES[state] or "unknown"
end

local NUMBERS = {}
for name in ([[id http_status attempts retry_after_ms first_byte_ms first_text_ms total_ms prompt_tokens
  completion_tokens total_tokens retryable choice http_version bytes output_tokens reasoning_tokens cached_tokens
  place]]):gmatch "%S+" do
  NUMBERS[#NUMBERS + 1] = { name = name, what = constants["INFO_" .. name:upper()] }
end
local FINISHES = { "stop", "length", "tool_calls", "content_filter", "other" }

function methods.info(self)
  local info = {}
  local handle, before = hold(self)
  for i = 1, #NUMBERS do
    local number = lib.chatabi_request_info(handle, NUMBERS[i].what)
    if number >= 0 then info[NUMBERS[i].name] = tonumber(number) end
  end
  info.finish = FINISHES[tonumber(lib.chatabi_request_info(handle, INFO_FINISH))]
  release(self, before)
  return info
end

function methods.header(self, name)
  name = argument.text(2, name, 1)
  local handle, before = hold(self)
  local value = text_or_nil(lib.chatabi_request_header(handle, name))
  release(self, before)
  return value
end

handles.add_pollable(methods, lib.chatabi_request_fd)

-- ---- ending ----

function methods.cancel(self)
  local handle, before = hold(self)
  lib.chatabi_request_cancel(handle)
  release(self, before)
end

methods.close = handles.close

function Stream.__tostring(self)
  if not self._handle then return "chatabi stream (closed)" end
  return ("chatabi stream (0x%x)"):format(stream.address(self._handle))
end

stream.half = half
return stream
