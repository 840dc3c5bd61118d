-- SPDX-License-Identifier: MIT
-- A server where villagers cannot talk goes on, and says why to those who can do something about it.
local stage = ...

chatabi_villager.register_villager("stage:silent", { name = "Silent", personality = "You cannot talk." })

stage.test("players are told that villagers cannot talk, and admins also why", function()
  local villager, player = stage.meet("stage:silent", "guest")
  local admin = stage.join("boss", player.position, { shout = true, server = true })
  player:says "Hello?"
  admin:says "Hello?"
  assert(player:read "Silent cannot talk on this server yet.")
  print("told: " .. assert(admin:read "Silent cannot talk: "))
  assert(not admin:commands "status")
  assert(villager.object:get_properties().nametag == "Silent")
end)
