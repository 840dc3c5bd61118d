-- SPDX-License-Identifier: MIT
-- JSON as the rest of the module uses it: `encode` raises and names the place, `decode` returns nil and why.
local core = require "chatabi.half"

local json = {
  null = core.null,
  array = core.array,
  encode = core.encode,
  decode = core.decode,
  raw = core.raw, -- a value that is written as the JSON text it is
  pieces = core.pieces, -- the texts of an array's elements or an object's members
}

-- Encodes an argument of a public function; misuse is blamed on the caller `level` levels up.
function json.encode_argument(value, position, name, level)
  local good, text = pcall(core.encode, value)
  if not good then error(("bad argument #%d to '%s' (%s)"):format(position, name, tostring(text)), level + 1) end
  return text
end

function json.present(value)
  if value ~= json.null then return value end
  return nil
end

local ARRAY, RAW = getmetatable(json.array()), getmetatable(core.raw "0")

-- As `encode` tells them apart: a table with the mark that `decode` and `array` give, or with elements.
function json.is_array(value)
  return type(value) == "table" and (getmetatable(value) == ARRAY or (value[1] ~= nil and getmetatable(value) == nil))
end

function json.has_mark(value) return type(value) == "table" and getmetatable(value) == ARRAY end

-- Is it JSON text that `raw` made a value of?
function json.is_raw(value)
  return type(value) == "table" and getmetatable(value) == RAW
end

function json.table_or_empty(value) return type(value) == "table" and value or {} end

return json
