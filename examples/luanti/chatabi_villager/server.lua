-- SPDX-License-Identifier: MIT
-- What the server tells: a step, a player who left, the end.
local use = ...
local client = use "client"
local hearing = use "hearing"
local steptime = use "steptime"
local talk = use "talk"
local talks = use "talks"

local function step()
  talks.step()
  client.step()
end

-- Steps without a talk are not counted: they would hide the others.
core.register_globalstep(function()
  if talks.count() > 0 then steptime.measure(step) else client.step() end
end)

core.register_on_joinplayer(function(player)
  local why, name = client.why_not(), player:get_player_name()
  if why and core.check_player_privs(name, { server = true }) then
    core.chat_send_player(name, "Villagers cannot talk. " .. why)
  end
end)

core.register_on_leaveplayer(function(player)
  local name = player:get_player_name()
  talks.cancel_player(name)
  talk.forget(name)
  hearing.forget(name)
end)

core.register_on_shutdown(function()
  talks.cancel_all()
  client.close()
end)
