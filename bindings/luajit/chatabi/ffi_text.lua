-- SPDX-License-Identifier: MIT
-- Characters of JSON texts. Loops over bytes and no patterns: the JIT compiles those.
local byte = string.byte

local function is_tail(c) return c ~= nil and c >= 0x80 and c <= 0xBF end

local function of_three(text, at, first)
  local second = byte(text, at + 1)
  if not is_tail(second) or not is_tail(byte(text, at + 2)) then return 0 end
  if first == 0xE0 and second < 0xA0 then return 0 end -- longer than it need be
  if first == 0xED and second >= 0xA0 then return 0 end -- half of a surrogate pair
  return 3
end

local function of_four(text, at, first)
  local second = byte(text, at + 1)
  if not is_tail(second) or not is_tail(byte(text, at + 2)) or not is_tail(byte(text, at + 3)) then return 0 end
  if first == 0xF0 and second < 0x90 then return 0 end
  if first == 0xF4 and second >= 0x90 then return 0 end -- beyond the last character
  return 4
end

-- Length of the well-formed UTF-8 sequence at `at`, whose first byte is not ASCII; 0 when there is none.
local function sequence(text, at, first)
  if first < 0xC2 or first > 0xF4 then return 0 end
  if first < 0xE0 then return is_tail(byte(text, at + 1)) and 2 or 0 end
  if first < 0xF0 then return of_three(text, at, first) end
  return of_four(text, at, first)
end

-- Moves over the characters that stand for themselves in a string. Both: where the next other one is, and its byte: a
-- quote, a backslash, a control character, one that is not UTF-8; or nil at the end.
return function(text, at)
  while true do
    local c = byte(text, at)
    if c == nil or c == 34 or c == 92 or c < 32 then return at, c end
    if c < 128 then
      at = at + 1
    else
      local length = sequence(text, at, c)
      if length == 0 then return at, c end
      at = at + length
    end
  end
end
