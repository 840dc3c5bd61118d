-- SPDX-License-Identifier: MIT
-- A stream is one request. It never blocks for long by itself: `next` and `skip` wait a slice of time that their caller
-- chooses.
local ffi = require "ffi"
local argument = require "chatabi.ffi_argument"
local json = require "chatabi.ffi_json_decode"
local library = require "chatabi.ffi_library"
local values = require "chatabi.ffi_json_values"

local lib, constants = library.lib, library.constants
local TEXT, REASONING, REFUSAL, TOOL, DONE =
  constants.TEXT, constants.REASONING, constants.REFUSAL, constants.TOOL, constants.DONE
local INFO_CHOICE, INFO_FINISH = constants.INFO_CHOICE, constants.INFO_FINISH

local SKIP_AT_ONCE = 256 -- events that `skip` drops before it lets Lua's hooks run

local stream = {}
local half = {}

-- _handle: owned; false once closed. _end: DONE or the error, once it was read; else 0. _client keeps the client alive:
-- one that is collected would end its requests. _lent: text that the library lends is being copied. Copying may collect
-- garbage, and a finalizer of the program's may then close this very stream.
local Stream = { __name = "chatabi.stream", __index = {} }
local methods = Stream.__index
half.stream = Stream
values.opaque[Stream] = true

-- An open stream's handle.
local function check(self)
  if getmetatable(self) ~= Stream then argument.wrong_type(1, Stream.__name, self, 2) end
  local handle = self._handle
  if not handle then error("the stream is closed", 3) end
  return handle
end

-- ---- making and finding ----

function stream.address(handle) return tonumber(ffi.cast("uintptr_t", handle)) end

-- The stream that owns `request`, entered into the client's `streams`.
function stream.adopt(request, client, streams)
  request = ffi.gc(request, lib.chatabi_request_free)
  local self = setmetatable({ _handle = request, _client = client, _end = 0, _lent = false }, Stream)
  streams[stream.address(request)] = self
  return self
end

-- ---- reading ----

local length = ffi.new "size_t[1]"

local function bytes_of(bytes)
  if bytes == nil then return "" end
  return ffi.string(bytes, length[0])
end

local function text_or_nil(bytes)
  if bytes == nil then return nil end
  return ffi.string(bytes)
end

local function is_end(event) return event == DONE or event < 0 end

-- The current event as a table. `text` is only ever text of the answer, so that a loop can print it unseen.
local function new_chunk(request, event)
  local text = bytes_of(lib.chatabi_request_text(request, length))
  local chunk = { type = "text", text = text, json = bytes_of(lib.chatabi_request_json(request, length)) }
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
  return chunk
end

-- (stream, ms) -> a chunk; false when nothing came in time; nil at the end
function half.stream_next(self, ms)
  local handle = check(self)
  local event = lib.chatabi_request_next(handle, ms or 0)
  if is_end(event) then
    self._end = event
    return nil
  end
  if event == 0 then return false end
  self._lent = true
  local chunk = new_chunk(handle, event)
  self._lent = false
  return chunk
end

-- (stream, ms) -> true at the end, nil when there is more to drop, false when nothing came in time
function half.stream_skip(self, ms)
  local handle = check(self)
  local event = lib.chatabi_request_next(handle, ms)
  if event == 0 then return false end
  for _ = 2, SKIP_AT_ONCE do
    if event == 0 then return nil end
    if is_end(event) then
      self._end = event
      return true
    end
    event = lib.chatabi_request_next(handle, 0)
  end
  if not is_end(event) then return nil end
  self._end = event
  return true
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
  local handle = check(self)
  local code = self._end
  if code >= 0 then return nil end
  self._lent = true
  local message = text_or_nil(lib.chatabi_request_message(handle)) or ffi.string(lib.chatabi_error_text(code))
  local details = text_or_nil(lib.chatabi_request_error_json(handle)) or ""
  self._lent = false
  return code, message, details
end

-- (stream) -> the chat.completion as JSON, "" when nothing of it came, nil before the end
function half.stream_result(self)
  local handle = check(self)
  self._lent = true
  local result = lib.chatabi_request_result(handle, length)
  local json_text = result ~= nil and ffi.string(result, length[0]) or nil
  self._lent = false
  return json_text
end

function methods.done(self)
  check(self)
  return self._end ~= 0
end

-- ---- looking ----

local STATES = { "queued", "auth", "connecting", "waiting", "streaming", "retrying", "done", "failed" }

function methods.state(self)
  local state = lib.chatabi_request_state(check(self))
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
  local handle = check(self)
  local info = {}
  for i = 1, #NUMBERS do
    local number = lib.chatabi_request_info(handle, NUMBERS[i].what)
    if number >= 0 then info[NUMBERS[i].name] = tonumber(number) end
  end
  info.finish = FINISHES[tonumber(lib.chatabi_request_info(handle, INFO_FINISH))]
  return info
end

function methods.header(self, name)
  local handle = check(self)
  name = argument.text(2, name, 1)
  self._lent = true
  local value = text_or_nil(lib.chatabi_request_header(handle, name))
  self._lent = false
  return value
end

-- The protocol of cqueues: what to poll, for what, and for how long at most (nil: no limit); then LuaSocket's.
function methods.pollfd(self)
  local fd = lib.chatabi_request_fd(check(self))
  if fd < 0 then return nil end
  return fd
end

function methods.events(self)
  check(self)
  return "r"
end

function methods.timeout(self)
  check(self)
  return nil
end

methods.getfd = methods.pollfd

function methods.dirty(self)
  check(self)
  return false
end

-- ---- ending ----

function methods.cancel(self)
  local handle = check(self)
  lib.chatabi_request_cancel(handle)
end

function methods.close(self)
  if getmetatable(self) ~= Stream then argument.wrong_type(1, Stream.__name, self, 1) end
  local handle = self._handle
  self._handle = false
  if not handle then return end
  if self._lent then return lib.chatabi_request_cancel(handle) end -- the collector frees it, when nobody reads any more
  lib.chatabi_request_free(ffi.gc(handle, nil))
end

function Stream.__tostring(self)
  if not self._handle then return "chatabi stream (closed)" end
  return ("chatabi stream (0x%x)"):format(stream.address(self._handle))
end

stream.half = half
return stream
