-- SPDX-License-Identifier: MIT
-- How a villager is heard and seen to speak: whole sentences in the chat of everybody near, and a text over its head
-- that grows.
local use = ...
local options = use "options"

local COLUMNS, LINES = 36, 4
local REFRESH_US = 200 * 1000 -- a change is sent to all players near
local LINGER_US = 3 * 1000 * 1000
local NAME_COLOR = "#f0c987"

local speech = {}

-- A model can write what the game takes for colours and translations, and pictures that its fonts do not have.
local function clean(text)
  return (core.strip_colors(text):gsub("%c", " "):gsub("[\240-\247][\128-\191]*", ""))
end

function speech.say(villager, sentence)
  local position = villager.object:get_pos()
  sentence = clean(sentence)
  if not position or not sentence:find "%S" then return end
  local line = core.colorize(NAME_COLOR, villager.kind.name .. ":") .. " " .. sentence
  local distance = options.number("hearing_distance", 20)
  for _, player in ipairs(core.get_connected_players()) do
    if vector.distance(player:get_pos(), position) <= distance then
      core.chat_send_player(player:get_player_name(), line)
    end
  end
end

-- ---- over the head ----

-- Words, cut where they are longer than a line: between characters, whose further bytes are from 128 to 191.
local function words(text)
  local list = {}
  for word in clean(text):gmatch "%S+" do
    while #word > COLUMNS do
      local cut = COLUMNS
      while cut > 1 and word:byte(cut + 1) >= 128 and word:byte(cut + 1) < 192 do cut = cut - 1 end
      list[#list + 1], word = word:sub(1, cut), word:sub(cut + 1)
    end
    list[#list + 1] = word
  end
  return list
end

local function wrap(text)
  local lines, line = {}, ""
  for _, word in ipairs(words(text)) do
    if line ~= "" and #line + #word >= COLUMNS then
      lines[#lines + 1], line = line, word
    else
      line = line == "" and word or line .. " " .. word
    end
  end
  lines[#lines + 1] = line
  return lines
end

local function set_tag(villager, text)
  if villager.tag == text then return end
  villager.tag = text
  if villager.object:get_pos() then villager.object:set_properties { nametag = text } end
end

local function bubble(text)
  local lines = wrap(text)
  local from = math.max(1, #lines - LINES + 1)
  return (from > 1 and "… " or "") .. table.concat(lines, "\n", from)
end

function speech.name(villager)
  villager.fades_at = nil
  set_tag(villager, villager.kind.name)
end

function speech.think(villager)
  villager.fades_at, villager.shown = nil, ""
  set_tag(villager, villager.kind.name .. " …")
end

-- The text so far. What comes in between two refreshes is shown with the next one.
function speech.show(villager, text)
  villager.shown = text
  local now = core.get_us_time()
  if now - (villager.refreshed or 0) < REFRESH_US then return end
  villager.refreshed = now
  set_tag(villager, bubble(text))
end

function speech.finish(villager)
  local text = villager.shown or ""
  if not text:find "%S" then return speech.name(villager) end
  set_tag(villager, bubble(text))
  villager.fades_at = core.get_us_time() + LINGER_US
end

-- Takes what was said off again.
function speech.step(villager)
  if villager.fades_at and core.get_us_time() > villager.fades_at then speech.name(villager) end
end

return speech
