-- SPDX-License-Identifier: MIT
-- What JSON has and Lua has not: null, tables that are arrays, and text that is JSON already.
local argument = require "chatabi.ffi_argument"

local values = {
  Array = {}, -- metatable of arrays
  Raw = {}, -- metatable of { text } that is written as it stands
  opaque = {}, -- metatables of tables that are no data: streams and clients
}

local function null_of(module)
  local loaded = package and package.loaded and package.loaded[module]
  return type(loaded) == "table" and type(loaded.null) == "userdata" and loaded.null
end

-- Light userdata NULL, which equals cjson.null and ngx.null, where there is a way to it; a NULL of the FFI would do
-- harm, as it equals nil. Else a value of our own.
local function make_null()
  local known = null_of "ngx"
  if known then return known end
  local good, buffer = pcall(require, "string.buffer")
  if good and buffer.decode then return buffer.decode "\3" end
  return null_of "cjson" or newproxy()
end

values.null = make_null()

-- Is it null? Another module's may be when ours could not be had.
function values.is_null(value)
  if value == values.null then return true end
  return type(value) == "userdata" and getmetatable(value) == nil and tostring(value) == "userdata: NULL"
end

-- (table or nil) -> the table, marked as a JSON array
function values.array(list)
  if list == nil then list = {} end
  if type(list) ~= "table" then argument.wrong_type(1, "table", list, 1) end
  local meta = getmetatable(list)
  if meta ~= nil and meta ~= values.Array then argument.fail(1, "the table has another metatable", 1) end
  return setmetatable(list, values.Array)
end

return values
