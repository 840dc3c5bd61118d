-- SPDX-License-Identifier: MIT
-- Lua values to JSON. Keys are written sorted: the same table gives the same bytes in every run, which caches of
-- prompts and recorded requests rely on. Metamethods are not asked. Errors are raised, and name the place:
-- "messages[2].content".
local number_text = require "chatabi.ffi_number"
local skip_text = require "chatabi.ffi_text"
local values = require "chatabi.ffi_json_values"

local DEPTH = 128 -- the library accepts as much

local format, sub = string.format, string.sub

-- `out` has the pieces of the text (count of them: n), and the way from the root to the value at hand: at each depth
-- the table, and the key in it.
local encode_value

local function add(out, text)
  local n = out.n + 1
  out.n = n
  out[n] = text
end

local function fail(out, depth, why)
  local place = ""
  for level = 1, depth do
    local key = out.keys[level]
    if type(key) == "number" then
      place = place .. format("[%d]", key)
    else
      place = place .. (place ~= "" and "." or "") .. key
    end
  end
  error((place ~= "" and place or "value") .. ": " .. why, 0)
end

-- ---- strings and numbers ----

local ESCAPES = {
  [34] = '\\"', [92] = "\\\\", [8] = "\\b", [12] = "\\f", [10] = "\\n", [13] = "\\r", [9] = "\\t",
}
for code = 0, 31 do ESCAPES[code] = ESCAPES[code] or format("\\u%04x", code) end

-- The text in pieces: it may be large.
local function encode_string(out, depth, text)
  add(out, '"')
  local at = 1
  local stop, c = skip_text(text, 1)
  while c do
    if c > 127 then fail(out, depth, "a string that is not valid UTF-8 cannot be JSON") end
    add(out, sub(text, at, stop - 1))
    add(out, ESCAPES[c])
    at = stop + 1
    stop, c = skip_text(text, at)
  end
  add(out, at == 1 and text or sub(text, at))
  add(out, '"')
end

local function encode_number(out, depth, number)
  add(out, number_text(number) or fail(out, depth, "NaN and infinity cannot be JSON"))
end

-- ---- tables ----

local function sort(keys, count)
  if count > 8 then return table.sort(keys) end
  for i = 2, count do -- the JIT compiles this, and not table.sort
    local key, at = keys[i], i
    while at > 1 and keys[at - 1] > key do
      keys[at] = keys[at - 1]
      at = at - 1
    end
    keys[at] = key
  end
end

local function encode_object(out, depth, object, keys, count)
  sort(keys, count)
  add(out, "{")
  for i = 1, count do
    local key = keys[i]
    if i > 1 then add(out, ",") end
    encode_string(out, depth, key)
    add(out, ":")
    out.keys[depth + 1] = key
    encode_value(out, depth + 1, rawget(object, key))
  end
  add(out, "}")
end

local function encode_array(out, depth, list, count)
  add(out, "[")
  for index = 1, count do
    if index > 1 then add(out, ",") end
    out.keys[depth + 1] = index
    encode_value(out, depth + 1, rawget(list, index))
  end
  add(out, "]")
end

-- The string keys and their count, the count of number keys, whether these are 1 to n, and whether there are others.
local function census(object)
  local keys, strings, numbers, highest, whole, others = {}, 0, 0, 0, true, false
  for key in next, object do
    local kind = type(key)
    if kind == "string" then
      strings = strings + 1
      keys[strings] = key
    elseif kind == "number" then
      numbers = numbers + 1
      if key > highest then highest = key end
      whole = whole and key >= 1 and key % 1 == 0
    else
      others = true
    end
  end
  return keys, strings, numbers, whole and highest == numbers, others
end

local function check_nesting(out, depth, object)
  if depth >= DEPTH then fail(out, depth, "nested too deep") end
  local tables = out.tables
  for level = 1, depth do
    if rawequal(tables[level], object) then fail(out, depth, "a table that contains itself cannot be JSON") end
  end
  tables[depth + 1] = object
end

-- Names the first place without a value: in most cases something was nil there.
local function fail_for_hole(out, depth, object)
  local hole = 1
  while rawget(object, hole) ~= nil do hole = hole + 1 end
  fail(out, depth, format("[%d] is nil, and an array's keys must be 1 to n without holes; use chatabi.null for null",
    hole))
end

local function encode_table(out, depth, object)
  local meta = getmetatable(object)
  if meta == values.Raw then
    local text = rawget(object, 1)
    if type(text) ~= "string" then fail(out, depth, "the text of raw JSON was changed") end
    return add(out, text)
  end
  if meta and values.opaque[meta] then fail(out, depth, "a userdata cannot be JSON") end
  check_nesting(out, depth, object)
  local keys, strings, numbers, whole, others = census(object)
  local marked = meta == values.Array
  if others then fail(out, depth, "keys must be strings, or numbers from 1 to n") end
  if not marked and numbers == 0 then return encode_object(out, depth, object, keys, strings) end
  if strings > 0 then
    fail(out, depth, marked and "an array cannot have string keys"
      or "a table with both string and number keys cannot be JSON")
  end
  if not whole then fail_for_hole(out, depth, object) end
  encode_array(out, depth, object, numbers)
end

function encode_value(out, depth, value)
  local kind = type(value)
  if kind == "string" then
    encode_string(out, depth, value)
  elseif kind == "table" then
    encode_table(out, depth, value)
  elseif kind == "number" then
    encode_number(out, depth, value)
  elseif kind == "boolean" then
    add(out, value and "true" or "false")
  elseif values.is_null(value) then
    add(out, "null")
  else
    fail(out, depth, kind == "nil" and "nil cannot be JSON; use chatabi.null" or ("a %s cannot be JSON"):format(kind))
  end
end

return function(value)
  local out = { n = 0, keys = {}, tables = {} }
  encode_value(out, 0, value)
  return table.concat(out, "", 1, out.n)
end
