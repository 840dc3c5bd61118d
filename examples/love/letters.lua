-- SPDX-License-Identifier: MIT
-- Characters of UTF-8, as a typewriter needs them: what is drawn is never half a character, and never an accent
-- without its letter.
local utf8 = require "utf8"

local letters = {}

local LONGEST_WORD = 28 -- what has no spaces (Chinese, Japanese, a URL) is not held back for longer

function letters.count(text) return utf8.len(text) end

-- The part that is valid, and a last character that has not wholly come. What is wrong becomes U+FFFD.
function letters.whole(text)
  local good = {}
  local at = 1
  while true do
    local _, bad = utf8.len(text, at)
    if not bad then
      good[#good + 1] = text:sub(at)
      return table.concat(good), ""
    end
    good[#good + 1] = text:sub(at, bad - 1)
    local first = text:byte(bad)
    local size = first >= 0xF0 and 4 or first >= 0xE0 and 3 or first >= 0xC2 and 2 or 1
    if bad + size - 1 > #text and size > 1 then return table.concat(good), text:sub(bad) end
    good[#good + 1] = "\239\191\189"
    at = bad + 1
  end
end

local function is_joined(code)
  return code >= 0x300 and code <= 0x36F or code == 0x200D or code >= 0xFE00 and code <= 0xFE0F
end

-- The first `count` characters, and the accents behind them.
function letters.first(text, count)
  local stop = utf8.offset(text, count + 1) or #text + 1
  while stop <= #text and is_joined(utf8.codepoint(text, stop)) do stop = utf8.offset(text, 2, stop) end
  return text:sub(1, stop - 1)
end

-- How many characters at the end are of a word that may still grow.
function letters.unfinished(text)
  local word = text:match "[^%s]+$"
  if not word then return 0 end
  local count = utf8.len(word)
  return count <= LONGEST_WORD and count or 0
end

local function is_picture(code) return code >= 0x1F000 or code >= 0x2600 and code <= 0x27BF or is_joined(code) end

-- Without the pictures that the font does not have: LÖVE would draw boxes.
function letters.drawable(text, font)
  if not text:find "[\204\205\226\239\240]" then return text end
  local kept = {}
  for _, code in utf8.codes(text) do
    local letter = utf8.char(code)
    if not is_picture(code) or font:hasGlyphs(letter) then kept[#kept + 1] = letter end
  end
  return table.concat(kept)
end

-- What fits into `width`, with an ellipsis where something is left out.
function letters.fitted(text, font, width)
  if font:getWidth(text) <= width then return text end
  local count = utf8.len(text)
  while count > 1 and font:getWidth(letters.first(text, count) .. "…") > width do count = count - 1 end
  return letters.first(text, count) .. "…"
end

return letters
