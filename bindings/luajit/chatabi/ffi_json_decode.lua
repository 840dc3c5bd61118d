-- SPDX-License-Identifier: MIT
-- JSON to Lua values, strictly by RFC 8259, half surrogate pairs apart. What is wrong goes back as text, because JSON
-- from a model or a server is the world and not the caller's mistake.
local argument = require "chatabi.ffi_argument"
local decode_string = require "chatabi.ffi_json_string"
local fault = require "chatabi.ffi_json_fault"
local values = require "chatabi.ffi_json_values"

local DEPTH = 128
local null, Array = values.null, values.Array

local fail, guarded = fault.fail, fault.guarded
local byte, sub = string.byte, string.sub

local decode_value

-- Both: where the next character is, and its byte (nil at the end).
local function skip_space(text, at)
  local c = byte(text, at)
  while c == 32 or c == 10 or c == 13 or c == 9 do
    at = at + 1
    c = byte(text, at)
  end
  return at, c
end

-- ---- numbers and words ----

local function skip_digits(text, at)
  local from = at
  local c = byte(text, at)
  while c and c >= 48 and c <= 57 do
    at = at + 1
    c = byte(text, at)
  end
  if at == from then fail(at, "a digit is missing") end
  return at, c
end

-- An exponent that LuaJIT does not read is beyond what a number can be, to one side or the other.
local function beyond(digits)
  local is_zero = digits:find "[eE]%-" or not digits:match("^[^eE]*"):find "[1-9]"
  return (digits:sub(1, 1) == "-" and -1 or 1) * (is_zero and 0 or math.huge)
end

local function decode_number(text, at, c)
  local from, whole = at, true
  if c == 45 then at, c = at + 1, byte(text, at + 1) end
  if c == 48 then
    at, c = at + 1, byte(text, at + 1)
  else
    at, c = skip_digits(text, at)
  end
  if c == 46 then
    at, c = skip_digits(text, at + 1)
    whole = false
  end
  if c == 101 or c == 69 then
    c = byte(text, at + 1)
    at = skip_digits(text, (c == 43 or c == 45) and at + 2 or at + 1)
    whole = false
  end
  local digits = sub(text, from, at - 1)
  local number = tonumber(digits) or beyond(digits)
  if whole and number == 0 then return 0, at end -- -0 is whole, and a whole number has no sign of zero
  if number == math.huge or number == -math.huge then fail(at, "the number is too large") end
  return number, at
end

local function decode_word(text, at, c)
  if c == 116 and sub(text, at, at + 3) == "true" then return true, at + 4 end
  if c == 102 and sub(text, at, at + 4) == "false" then return false, at + 5 end
  if c == 110 and sub(text, at, at + 3) == "null" then return null, at + 4 end
  fail(at, "expected a value")
end

-- ---- arrays and objects ----

-- After the bracket. `texts`, when there is such a table, receives the text of each element; of each member below.
local function decode_elements(text, at, depth, texts)
  local list, index, c = setmetatable({}, Array), 0
  at, c = skip_space(text, at)
  if c == 93 then return list, at + 1 end
  while true do
    local from = skip_space(text, at)
    index = index + 1
    list[index], at = decode_value(text, from, depth)
    if texts then texts[index] = sub(text, from, at - 1) end
    at, c = skip_space(text, at)
    if c == 93 then return list, at + 1 end
    if c ~= 44 then fail(at, "expected ',' or ']'") end
    at = at + 1
  end
end

local function decode_members(text, at, depth, texts)
  local object, key = {}
  local c
  at, c = skip_space(text, at)
  if c == 125 then return object, at + 1 end
  while true do
    at, c = skip_space(text, at)
    if c ~= 34 then fail(at, "expected a key in quotes") end
    key, at = decode_string(text, at + 1)
    at, c = skip_space(text, at)
    if c ~= 58 then fail(at, "expected ':'") end
    local from = skip_space(text, at + 1)
    object[key], at = decode_value(text, from, depth)
    if texts then texts[key] = sub(text, from, at - 1) end
    at, c = skip_space(text, at)
    if c == 125 then return object, at + 1 end
    if c ~= 44 then fail(at, "expected ',' or '}'") end
    at = at + 1
  end
end

-- Both: the value, and where the text goes on.
function decode_value(text, at, depth)
  local c
  at, c = skip_space(text, at)
  if c == nil then fail(at, "the text ends too early") end
  if c == 34 then return decode_string(text, at + 1) end
  if c == 123 or c == 91 then
    if depth >= DEPTH then fail(at, "nested too deep") end
    if c == 123 then return decode_members(text, at + 1, depth + 1) end
    return decode_elements(text, at + 1, depth + 1)
  end
  if c == 45 or c >= 48 and c <= 57 then return decode_number(text, at, c) end
  return decode_word(text, at, c)
end

-- ---- the door ----

local function check_end(text, at)
  local after, c = skip_space(text, at)
  if c then fail(after, "there is more text after the value") end
end

local function whole(text)
  local value, at = decode_value(text, 1, 0)
  check_end(text, at)
  return value
end

local function raw(text)
  local from = skip_space(text, 1)
  local _, at = decode_value(text, from, 0)
  check_end(text, at)
  return setmetatable({ sub(text, from, at - 1) }, values.Raw)
end

local function pieces(text)
  local texts = {}
  local at, c = skip_space(text, 1)
  if c == 91 then
    setmetatable(texts, Array)
    at = select(2, decode_elements(text, at + 1, 1, texts))
  elseif c == 123 then
    at = select(2, decode_members(text, at + 1, 1, texts))
  else
    at = select(2, decode_value(text, at, 0))
    fail(at, "neither an array nor an object")
  end
  check_end(text, at)
  return texts
end

local json = {}

-- (text) -> value, or nil and what is wrong
function json.decode(text)
  text = argument.text(1, text, 1)
  return guarded(whole, text)
end

-- (text) -> a value that encode writes as this text, without the space around it; or nil and what is wrong with it
function json.raw(text)
  text = argument.text(1, text, 1)
  return guarded(raw, text)
end

-- (text) -> the texts of an array's elements or of an object's members, by their keys; or nil and what is wrong
function json.pieces(text)
  text = argument.text(1, text, 1)
  return guarded(pieces, text)
end

return json
