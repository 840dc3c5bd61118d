-- SPDX-License-Identifier: MIT
-- chatabi.ffi: what chatabi.core is, for LuaJIT hosts without the compiled module (LOVE, Neovim, nginx, Luanti): the
-- same functions over the plain library, through LuaJIT's FFI. Nothing calls back: the library never calls into Lua.
local client = require "chatabi.ffi_client"
local clock = require "chatabi.ffi_clock"
local decode = require "chatabi.ffi_json_decode"
local encode = require "chatabi.ffi_json_encode"
local library = require "chatabi.ffi_library"
local stream = require "chatabi.ffi_stream"
local values = require "chatabi.ffi_json_values"

local ffi = require "ffi"
local lib = library.lib

local LAST_ERROR = 127

local core = {
  null = values.null,
  array = values.array,
  encode = encode,
  decode = decode.decode,
  raw = decode.raw,
  pieces = decode.pieces,
  base64 = require "chatabi.ffi_base64",
  poll = require "chatabi.ffi_poll",
  now = clock.now,
  errors = {},
}

function core.version() return ffi.string(lib.chatabi_version()) end

-- (client or stream, closed or not) -> a table of its own, in which names are free.
function core.notes(object)
  local Type = getmetatable(object)
  if Type ~= client.client and Type ~= stream.half.stream then
    error("bad argument #1 to 'notes' (client or stream expected)", 2)
  end
  return object._notes
end

-- (code) -> name, sentence
function core.error_name(code)
  return ffi.string(lib.chatabi_error_name(code)), ffi.string(lib.chatabi_error_text(code))
end

-- Never: a handler of signals cannot be a Lua function. Ctrl-C does what the host does about it.
function core.interrupted() return false end

-- Asked of the library, so that the table cannot fall behind it.
local unknown = core.error_name(1)
for code = -1, -LAST_ERROR, -1 do
  local name = core.error_name(code)
  if name ~= unknown then core.errors[name] = code end
end

for _, half in ipairs { client, stream.half } do
  for name, value in pairs(half) do core[name] = value end
end

return core
