-- SPDX-License-Identifier: MIT
-- Villagers in the middle of answers that do not end. Then the server is ended, by whom the setting says.
local stage = ...

chatabi_villager.register_villager("stage:talker", { name = "Talker", personality = "You talk.", tools = {} })

stage.test("the server is ended while villagers talk", function()
  local villagers = {}
  for at = 1, 3 do
    local villager, player = stage.meet("stage:talker", "player" .. at)
    villagers[at] = { villager, player }
  end
  for _, pair in ipairs(villagers) do pair[2]:says "Tell me a story." end
  if core.settings:get "stage.moment" == "stream" then
    stage.wait("text comes", function() return (villagers[3][1].shown or "") ~= "" end)
  end
  print "talking"
  stage.sleep(tonumber(core.settings:get "stage.delay_ms") / 1000)
  if core.settings:get "stage.by" == "command" then core.registered_chatcommands.shutdown.func("admin", "") end
  stage.sleep(20)
end)
