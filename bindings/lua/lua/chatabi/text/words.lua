-- SPDX-License-Identifier: MIT
-- What the splitter of sentences knows of characters and words: marks, closing quotes, abbreviations of English, German
-- and a few of their neighbours, and the beginnings of lines. No locale has a say in it.
local words = {}

local function set(names)
  local result = {}
  for name in names:gmatch "[^ \n]+" do result[name] = true end
  return result
end

-- ---- characters ----

local MORE = "[\128-\191]"
local FORMS = { "^[\194-\223]" .. MORE, "^[\224-\239]" .. MORE .. MORE, "^[\240-\244]" .. MORE .. MORE .. MORE }

-- The UTF-8 character at a place, a byte that is none as it is; nil when its end is yet to come.
function words.character(text, at)
  local byte = text:byte(at)
  if byte < 194 or byte > 244 then return text:sub(at, at) end
  local size = byte < 224 and 2 or byte < 240 and 3 or 4
  local char = text:match(FORMS[size - 1], at)
  if char then return char end
  local rest = text:sub(at, at + size - 1)
  if #rest < size and rest:find "^.[\128-\191]*$" then return nil end
  return text:sub(at, at)
end

local SPACES = { [" "] = true, ["\t"] = true, ["\n"] = true, ["\r"] = true, ["\v"] = true, ["\f"] = true }
for last = 128, 138 do SPACES["\226\128" .. string.char(last)] = true end -- U+2000 to U+200A
SPACES["\227\128\128"] = true -- U+3000
SPACES["\226\128\135"] = nil -- U+2007 does not break

local HARD_SPACES = { ["\194\160"] = true, ["\226\128\175"] = true, ["\226\128\135"] = true }
local WIDE_MARKS = set "。 ！ ？ ｡ ．"
local MARKS = set ". ! ? … ؟ ۔ । ॥ ‼ ⁇ ⁈ ⁉ 。 ！ ？ ｡ ．"
local CLOSERS = set "\" ' ) ] } ” ’ “ ‘ » « › ‹ * _ ` ~ 」 』 ） 】 》"
local WIDE_CLOSERS = set "」 』 ） 】 》 〉 〕 ］ ” ’ ) ] ｣"
local GO_ON = set ", ; : ) – — ，"

function words.is_space(char) return SPACES[char] == true end
function words.is_hard_space(char) return HARD_SPACES[char] == true end
function words.is_mark(char) return MARKS[char] == true end
function words.is_wide_mark(char) return WIDE_MARKS[char] == true end -- no white space follows these
function words.is_closer(char) return CLOSERS[char] == true end
function words.is_wide_closer(char) return WIDE_CLOSERS[char] == true end

-- Lower case of ASCII, Latin-1, Greek and Cyrillic.
local function is_lower(char)
  if #char == 1 then return char >= "a" and char <= "z" end
  return char:find "^\195[\159-\191]$" ~= nil or char:find "^\206[\172-\191]$" ~= nil
    or char:find "^\207[\128-\142]$" ~= nil or char:find "^\208[\176-\191]$" ~= nil
    or char:find "^\209[\128-\159]$" ~= nil
end

-- Does a sentence go on with this character behind a place where "lower" or "digit" says that it may?
function words.goes_on(char, told)
  if told == "digit" and char:find "^[0-9]$" then return true end
  return is_lower(char) or GO_ON[char] == true
end

-- Two dots and more, or the character for three; with "?" in it the end is certain.
function words.is_ellipsis(run)
  return run ~= "." and (run:gsub("…", "")):find "^%.*$" ~= nil
end

-- ---- abbreviations ----

-- No sentence ends here.
local NEVER = set [[
  mr mrs ms mx dr prof st sen rep gov gen col sgt capt lt cmdr rev hon mt messrs mme mlle vs cf viz approx ca
  e.g i.e eg ie b.sc m.sc ph.d
  hr fr frl bzw vgl ggf evtl inkl exkl sog bspw nr tel dipl ing geb mio mrd abs bd kap mind zzgl
  sra srta dra ud uds
]]
-- One may end here: so it does, unless what follows begins in lower case...
local PERHAPS = set "etc usw u.a.m uvm ff inc ltd co corp bros jr sr ave blvd al a.m p.m am pm jhd jh ex"
-- ...or with a digit, too.
local BEFORE_NUMBERS = set [[
  no nos fig figs eq sec ch vol art p pp ed par jan feb mar apr jun jul aug sep sept oct nov dec okt dez mär
]]
-- "am 3. Oktober"
local BEFORE_ORDINALS = set [[
  am vom bis zum den der dem des das die ab seit im beim und oder jeden jedem ihr ihrem ihren sein seinem seinen
  mein meinem meinen montag dienstag mittwoch donnerstag freitag samstag sonntag
]]

local OPENERS = set "( [ { \" ' “ „ ‘ ‚ « » ‹ › * _ ¿ ¡"

local function without_openers(word)
  while word ~= "" do
    local char = words.character(word, 1)
    if not char or not OPENERS[char] then return word end
    word = word:sub(#char + 1)
  end
  return word
end

local function is_initial(word, before)
  if word:find "^[A-Z]$" or word:find "^\195[\128-\158]$" or word:find "^\208[\144-\175]$" then return true end
  -- "z. B.", "d. h.", "i. d. R.", "u. a."
  return word:find "^[zduois]$" ~= nil or (word:find "^[a-z]$" ~= nil and before:find "^[a-z]%.$" ~= nil)
end

-- Does a sentence end at a single full stop behind `word`? "yes", "no", or what must follow for it to go on.
function words.ends_after(word, before)
  word = without_openers(word)
  local lower = word:lower()
  if word == "" or PERHAPS[lower] then return "lower" end
  if BEFORE_NUMBERS[lower] then return "digit" end
  if NEVER[lower] or is_initial(word, before) then return "no" end
  if word:find "%.[A-Za-z]$" or word:find "%.\195[\128-\191]$" then return "no" end
  if word:find "^[0-9][0-9]?$" and BEFORE_ORDINALS[without_openers(before):lower()] then return "no" end
  return "yes"
end

-- ---- beginnings of lines ----

-- Of a heading, an item of a list or, alone in its line, a rule, when white space is behind it.
function words.is_item_head(head, space)
  if head == "---" or head == "***" then return space == "\n" or space == "\r" end
  return head:find "^#+$" ~= nil or head:find "^[-*+]$" ~= nil or head == "•" or head:find "^[0-9]+[.)]$" ~= nil
end

function words.is_whole_line(head) return head:find "^[#|]" ~= nil end

function words.is_fence(head) return head == "```" or head == "~~~" end

-- Is it the beginning of such a beginning, or of a fence?
function words.may_be_head(head)
  return head:find "^#+$" and #head <= 6 or head:find "^[0-9]+$" and #head <= 3 or head:find "^[0-9]+[.)]$"
    or head:find "^%-%-?%-?$" or head:find "^%*%*?%*?$" or head == "+" or head == "•" or head == "|"
    or head:find "^``?`?$" or head:find "^~~?~?$"
end

return words
