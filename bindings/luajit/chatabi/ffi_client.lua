-- SPDX-License-Identifier: MIT
-- The client: the type, and what chatabi.client makes its methods from.
local ffi = require "ffi"
local argument = require "chatabi.ffi_argument"
local library = require "chatabi.ffi_library"
local new_handles = require "chatabi.ffi_handle"
local stream = require "chatabi.ffi_stream"
local values = require "chatabi.ffi_json_values"

local lib = library.lib
local E_TIMEOUT = library.constants.E_TIMEOUT

local half = {}

-- _streams: its streams by the address of their handle, weak. _turn: how often something was lent.
local Client = { __name = "chatabi.client", __index = {} }
local methods = Client.__index
half.client = Client
values.opaque[Client] = true

local handles = new_handles(Client, "the client is closed", lib.chatabi_client_free,
  function(handle) lib.chatabi_client_stop(handle, 0) end)
local hold, release = handles.hold, handles.release

-- What read(handle) lends, or nil. It is lent until the next call, which a finalizer may make: then once more.
local function borrowed(client, handle, read)
  local turn, bytes
  repeat
    turn = client._turn + 1
    client._turn = turn
    bytes = read(handle)
  until client._turn == turn
  return bytes ~= nil and ffi.string(bytes) or nil
end

function half.client_new()
  local handle = lib.chatabi_client_new()
  if handle == nil then error("not enough memory", 2) end
  return handles.own(handle, { _streams = setmetatable({}, { __mode = "v" }), _turn = 0 })
end

-- What a call on the client came to: true, or nil, code, message. Releases it.
local function outcome(client, handle, before, code)
  local message
  if code ~= 0 then message = borrowed(client, handle, lib.chatabi_client_message) end
  release(client, before)
  if code == 0 then return true end
  if message == nil or message == "" then message = ffi.string(lib.chatabi_error_text(code)) end
  return nil, code, message
end

-- Arguments first, here and below: reading one may make text of a number, and so run a finalizer that closes.
local function optional_text(position, value)
  if value == nil then return nil end
  local text = argument.c_text(position, value, 2)
  return text
end

function half.client_set(client, key, value)
  key = argument.c_text(2, key, 1)
  value = optional_text(3, value)
  local handle, before = hold(client)
  return outcome(client, handle, before, lib.chatabi_client_set(handle, key, value))
end

function half.client_set_auth(client, source, value)
  source = argument.c_text(2, source, 1)
  value = optional_text(3, value)
  local handle, before = hold(client)
  return outcome(client, handle, before, lib.chatabi_client_set_auth(handle, source, value))
end

function half.client_start(client)
  local handle, before = hold(client)
  return outcome(client, handle, before, lib.chatabi_client_start(handle))
end

function half.client_status(client)
  local handle, before = hold(client)
  local status = borrowed(client, handle, lib.chatabi_client_status)
  release(client, before)
  return status
end

-- (client) -> is this the child of a fork? Tells why the library returned NULL.
function half.client_forked(client)
  local handle, before = hold(client)
  local forked = lib.chatabi_client_message(handle) == nil
  release(client, before)
  return forked
end

-- (client, ms) -> is it at its end? One that is closed already has nothing to wait for.
function half.client_stop(client, ms)
  if getmetatable(client) == Client and not client._handle then return true end
  local handle, before = hold(client)
  local code = lib.chatabi_client_stop(handle, ms)
  release(client, before)
  return code ~= E_TIMEOUT
end

half.client_close = handles.close

-- (client, body, options or nil) -> stream, or nil when the library would not
function half.client_send(client, body, options)
  body = argument.text(2, body, 1)
  options = options ~= nil and argument.text(3, options, 1) or nil
  local handle, before = hold(client)
  local request = lib.chatabi_client_send(handle, body, #body, options)
  local sent = request ~= nil and stream.adopt(request, client, client._streams) or nil
  release(client, before)
  return sent
end

-- (client, ms) -> a stream that has something to read, or false
function half.client_ready(client, ms)
  local handle, before = hold(client)
  local request = lib.chatabi_client_ready(handle, ms)
  local ready = request ~= nil and client._streams[stream.address(request)] or false
  release(client, before)
  return ready
end

-- The addresses of all requests that have something to read: the library names them in turn, one round. nil: there are
-- none any more, as the client is closed, or this is the child of a fork.
function half.client_ready_addresses(client)
  if not client._handle then return nil end
  local handle, before = hold(client)
  local ready = lib.chatabi_client_message(handle) ~= nil and {} or nil
  local request = ready and lib.chatabi_client_ready(handle, 0)
  while ready and request ~= nil and not ready[stream.address(request)] do
    ready[stream.address(request)] = true
    request = lib.chatabi_client_ready(handle, 0)
  end
  release(client, before)
  return ready
end

-- ---- methods ----

function methods.log(client)
  local handle, before = hold(client)
  local line = borrowed(client, handle, lib.chatabi_client_log)
  release(client, before)
  return line
end

handles.add_pollable(methods, lib.chatabi_client_fd)

function methods.wake(client)
  local handle, before = hold(client)
  lib.chatabi_client_wake(handle)
  release(client, before)
end

function Client.__tostring(client)
  if not client._handle then return "chatabi client (closed)" end
  return ("chatabi client (0x%x)"):format(stream.address(client._handle))
end

return half
