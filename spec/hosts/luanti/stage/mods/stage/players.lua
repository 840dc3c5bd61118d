-- SPDX-License-Identifier: MIT
-- Players where there is no client: objects with what a mod asks of a player. The engine's own functions that tell
-- about players know them, and what is sent to them is kept.
local stage = ...

local Player = {}
Player.__index = Player

local joined = {} -- name -> player

function Player:get_player_name() return self.name end

function Player.is_player() return true end

function Player:get_pos() return vector.new(self.position) end

function Player:get_inventory() return self.inventory end

function Player:says(message)
  for _, hear in ipairs(core.registered_on_chat_messages) do
    if hear(self.name, message) then return end
  end
end

function Player:commands(parameters) return core.registered_chatcommands.chatabi.func(self.name, parameters) end

function Player:leaves()
  joined[self.name] = nil
  for _, run in ipairs(core.registered_on_leaveplayers) do run(self, false) end
end

-- What was sent to the player and has this in it, or nil.
function Player:read(text)
  for _, line in ipairs(self.chat) do
    if line:find(text, 1, true) then return line end
  end
end

function stage.join(name, position, privileges)
  local player = setmetatable({ name = name, position = position, chat = {} }, Player)
  player.privileges = privileges or { shout = true }
  player.inventory = core.create_detached_inventory("stage:" .. name)
  player.inventory:set_size("main", 8)
  joined[name] = player
  return player
end

local by_name, connected, send = core.get_player_by_name, core.get_connected_players, core.chat_send_player
local check_privileges = core.check_player_privs

function core.get_player_by_name(name) return joined[name] or by_name(name) end

function core.get_connected_players()
  local all = connected()
  for _, player in pairs(joined) do all[#all + 1] = player end
  return all
end

function core.chat_send_player(name, text)
  local player = joined[name]
  if not player then return send(name, text) end
  player.chat[#player.chat + 1] = core.strip_colors(text)
end

function core.check_player_privs(name, wanted)
  local player = joined[name]
  if not player then return check_privileges(name, wanted) end
  for privilege in pairs(wanted) do
    if not player.privileges[privilege] then return false end
  end
  return true
end

function core.show_formspec(name, form, text)
  if joined[name] then joined[name].form = { name = form, text = text } end
end
