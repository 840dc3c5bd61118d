-- SPDX-License-Identifier: MIT
-- Which villager a player speaks to: one whose name begins the message, else the nearest, if it is near enough. Or the
-- one that was right-clicked.
local use = ...
local options = use "options"
local talks = use "talks"
local villagers = use "villager"

local LONGEST = 500
local FORM = "chatabi_villager:speak"

local hearing = {}

local speaking_to = {} -- player's name -> villager of the form that is open

-- "Mira, hello", "@mira hello", "MIRA: hello" -> "mira"
local function addressed(message)
  local word = message:match "^@?([%w_]+)"
  return word and word:lower()
end

local function find(position, message)
  local wanted = addressed(message)
  local near = villagers.near(position, villagers.hearing_distance())
  for _, found in ipairs(near) do
    if found.villager.kind.name:lower() == wanted then return found.villager end
  end
  local nearest = near[1]
  if nearest and nearest.distance <= options.number("listen_distance", 5) then return nearest.villager end
  return nil
end

local function may_talk(name)
  return core.check_player_privs(name, { [options.text("privilege", "shout")] = true })
end

-- As many whole characters of it as are taken.
local function cut(message)
  if #message <= LONGEST then return message end
  local is_inside = message:byte(LONGEST + 1) >= 128 and message:byte(LONGEST + 1) < 192
  message = message:sub(1, LONGEST)
  return is_inside and message:gsub("[\192-\255][\128-\191]*$", "") or message
end

-- A player says something to this villager. True, or nil and a sentence for the player.
function hearing.hear(villager, player_name, message)
  message = cut((core.strip_colors(message):gsub("%c", " ")))
  if not message:find "%S" then return nil, "You have said nothing." end
  if not may_talk(player_name) then return nil, "You are not allowed to talk to villagers." end
  return talks.begin(villager, player_name, message)
end

local function speak(villager, player_name, message)
  local heard, why = hearing.hear(villager, player_name, message)
  if not heard then core.chat_send_player(player_name, why) end
end

-- The message goes on to the players, as ever.
core.register_on_chat_message(function(name, message)
  local player = core.get_player_by_name(name)
  local villager = player and find(player:get_pos(), message)
  if villager and may_talk(name) then speak(villager, name, message) end
end)

-- ---- the form ----

function hearing.open(villager, player)
  local name = player:get_player_name()
  speaking_to[name] = villager
  core.show_formspec(name, FORM, ("formspec_version[4]size[9,2.6]label[0.4,0.5;%s]field[0.4,1;6.4,0.9;text;;]"
    .. "button_exit[7,1;1.6,0.9;speak;Say]set_focus[text;true]field_close_on_enter[text;true]"):format(
    core.formspec_escape(villager.kind.name .. " looks at you.")))
end

core.register_on_player_receive_fields(function(player, form, fields)
  if form ~= FORM then return end
  local name = player:get_player_name()
  local villager = speaking_to[name]
  speaking_to[name] = nil
  local said = (fields.speak or fields.key_enter_field) and fields.text
  if not said or said == "" or not villager or not villager.object:get_pos() then return true end
  -- a form can be sent from anywhere
  local distance = vector.distance(villager.object:get_pos(), player:get_pos())
  if distance <= villagers.hearing_distance() then speak(villager, name, said) end
  return true
end)

function hearing.forget(player_name) speaking_to[player_name] = nil end

return hearing
