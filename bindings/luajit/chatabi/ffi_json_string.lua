-- SPDX-License-Identifier: MIT
-- Strings of JSON, and their escapes.
local fail = require("chatabi.ffi_json_fault").fail
local skip_text = require "chatabi.ffi_text"

local REPLACEMENT = "\239\191\189"

local byte, char, sub = string.byte, string.char, string.sub

local HEX = {}
for digit = 0, 9 do HEX[48 + digit] = digit end
for digit = 10, 15 do HEX[55 + digit], HEX[87 + digit] = digit, digit end

-- Four hex digits, or nil.
local function read_hex(text, at)
  local code = 0
  for i = at, at + 3 do
    local digit = HEX[byte(text, i) or 0]
    if not digit then return nil end
    code = code * 16 + digit
  end
  return code
end

local function character(code)
  local last = 0x80 + code % 64
  if code < 0x80 then return char(code) end
  local rest = math.floor(code / 64)
  if code < 0x800 then return char(0xC0 + rest, last) end
  local middle = 0x80 + rest % 64
  rest = math.floor(rest / 64)
  if code < 0x10000 then return char(0xE0 + rest, middle, last) end
  return char(0xF0 + math.floor(rest / 64), 0x80 + rest % 64, middle, last)
end

-- The second half of a surrogate pair, or nil.
local function read_low_half(text, at)
  if byte(text, at) ~= 92 or byte(text, at + 1) ~= 117 then return nil end
  local code = read_hex(text, at + 2)
  return code and code >= 0xDC00 and code <= 0xDFFF and code or nil
end

-- After "\u". Models do cut a pair in half now and then: half a character must not cost the whole answer.
local function decode_unicode(text, at)
  local code = read_hex(text, at) or fail(at, "\\u needs four hex digits")
  if code < 0xD800 or code > 0xDFFF then return character(code), at + 4 end
  local low = code <= 0xDBFF and read_low_half(text, at + 4)
  if not low then return REPLACEMENT, at + 4 end
  return character(0x10000 + (code - 0xD800) * 1024 + (low - 0xDC00)), at + 10
end

local NAMED = {
  [34] = '"', [92] = "\\", [47] = "/",
  [98] = "\b", [102] = "\f", [110] = "\n", [114] = "\r", [116] = "\t",
}

-- After the backslash.
local function decode_escape(text, at)
  local c = byte(text, at) or fail(at, "the string does not end")
  if c == 117 then return decode_unicode(text, at + 1) end
  return NAMED[c] or fail(at, "no such escape"), at + 1
end

local function wrong_character(at, c)
  if c == nil then fail(at, "the string does not end") end
  fail(at, c < 32 and "a control character in a string" or "not valid UTF-8")
end

-- To the quote that ends the string, or to a backslash.
local function skip_plain(text, at)
  local stop, c = skip_text(text, at)
  if c ~= 34 and c ~= 92 then wrong_character(stop, c) end
  return stop, c
end

-- From `at`, with the first backslash at `stop`.
local function decode_escaped(text, at, stop)
  local pieces, count, c = {}, 0
  repeat
    pieces[count + 1] = sub(text, at, stop - 1)
    pieces[count + 2], at = decode_escape(text, stop + 1)
    count = count + 2
    stop, c = skip_plain(text, at)
  until c == 34
  pieces[count + 1] = sub(text, at, stop - 1)
  return table.concat(pieces), stop + 1
end

-- After the opening quote. Both: the string, and where the text goes on.
return function(text, at)
  local stop, c = skip_plain(text, at)
  if c == 34 then return sub(text, at, stop - 1), stop + 1 end
  local value, after = decode_escaped(text, at, stop)
  return value, after
end
