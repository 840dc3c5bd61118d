-- SPDX-License-Identifier: MIT
-- The client: the type, and what chatabi.client makes its methods from.
local ffi = require "ffi"
local argument = require "chatabi.ffi_argument"
local library = require "chatabi.ffi_library"
local stream = require "chatabi.ffi_stream"
local values = require "chatabi.ffi_json_values"

local lib = library.lib
local E_TIMEOUT = library.constants.E_TIMEOUT

local half = {}

-- _handle: owned; false once closed. _streams: its streams by the address of their handle, weak. _lent: as a stream's.
local Client = { __name = "chatabi.client", __index = {} }
local methods = Client.__index
half.client = Client
values.opaque[Client] = true

-- The handle of an open client.
local function check(client)
  if getmetatable(client) ~= Client then argument.wrong_type(1, Client.__name, client, 2) end
  local handle = client._handle
  if not handle then error("the client is closed", 3) end
  return handle
end

-- What read(handle) lends, or nil.
local function borrowed(client, read)
  client._lent = true
  local bytes = read(client._handle)
  local text = bytes ~= nil and ffi.string(bytes) or nil
  client._lent = false
  return text
end

function half.client_new()
  local handle = lib.chatabi_client_new()
  if handle == nil then error("not enough memory", 2) end
  return setmetatable({
    _handle = ffi.gc(handle, lib.chatabi_client_free),
    _streams = setmetatable({}, { __mode = "v" }),
    _lent = false,
  }, Client)
end

-- What a call on the client came to: true, or nil, code, message.
local function outcome(client, code)
  if code == 0 then return true end
  local message = borrowed(client, lib.chatabi_client_message)
  if message == nil or message == "" then message = ffi.string(lib.chatabi_error_text(code)) end
  return nil, code, message
end

local function optional_text(position, value)
  if value == nil then return nil end
  local text = argument.c_text(position, value, 2)
  return text
end

function half.client_set(client, key, value)
  local handle = check(client)
  key = argument.c_text(2, key, 1)
  value = optional_text(3, value)
  return outcome(client, lib.chatabi_client_set(handle, key, value))
end

function half.client_set_auth(client, source, value)
  local handle = check(client)
  source = argument.c_text(2, source, 1)
  value = optional_text(3, value)
  return outcome(client, lib.chatabi_client_set_auth(handle, source, value))
end

function half.client_start(client)
  local handle = check(client)
  return outcome(client, lib.chatabi_client_start(handle))
end

function half.client_status(client)
  check(client)
  return borrowed(client, lib.chatabi_client_status)
end

-- (client) -> is this the child of a fork? Tells why the library returned NULL.
function half.client_forked(client)
  local handle = check(client)
  return lib.chatabi_client_message(handle) == nil
end

function half.client_stop(client, ms)
  local handle = check(client)
  return lib.chatabi_client_stop(handle, ms) ~= E_TIMEOUT
end

function half.client_close(client)
  if getmetatable(client) ~= Client then argument.wrong_type(1, Client.__name, client, 1) end
  local handle = client._handle
  client._handle = false
  if not handle then return end
  if client._lent then -- the collector frees it, when nobody reads any more
    lib.chatabi_client_stop(handle, 0)
  else
    lib.chatabi_client_free(ffi.gc(handle, nil))
  end
end

-- (client, body, options or nil) -> stream, or nil when the library would not
function half.client_send(client, body, options)
  local handle = check(client)
  body = argument.text(2, body, 1)
  options = options ~= nil and argument.text(3, options, 1) or nil
  local request = lib.chatabi_client_send(handle, body, #body, options)
  if request == nil then return nil end
  return stream.adopt(request, client, client._streams)
end

-- (client, ms) -> a stream that has something to read, or false
function half.client_ready(client, ms)
  local handle = check(client)
  local request = lib.chatabi_client_ready(handle, ms)
  return request ~= nil and client._streams[stream.address(request)] or false
end

-- ---- methods ----

function methods.log(client)
  check(client)
  return borrowed(client, lib.chatabi_client_log)
end

function methods.pollfd(client)
  local fd = lib.chatabi_client_fd(check(client))
  if fd < 0 then return nil end
  return fd
end

methods.getfd = methods.pollfd -- for LuaSocket's select

function methods.events(client)
  check(client)
  return "r"
end

function methods.timeout(client)
  check(client)
  return nil
end

function methods.dirty(client)
  check(client)
  return false
end

function methods.wake(client)
  local handle = check(client)
  lib.chatabi_client_wake(handle)
end

function Client.__tostring(client)
  if not client._handle then return "chatabi client (closed)" end
  return ("chatabi client (0x%x)"):format(stream.address(client._handle))
end

return half
