-- SPDX-License-Identifier: MIT
-- What the README's mod registers, in use.
local stage = ...

core.register_craftitem(":default:apple", { description = "Apple", inventory_image = "blank.png" })

stage.test("the README's command brings a villager that hears its name", function()
  local player = stage.join("ada", stage.floor())
  core.registered_chatcommands.mira.func "ada"
  player:says "Mira, hello."
  stage.wait("she answers", function() return player:read "Mira: " end)
end)

stage.test("the README's tools do what they say", function()
  local _, player = stage.meet("mymod:wizard", "bob")
  core.set_timeofday(0.1)
  player:says "Please, in steps: ponder, and let the sun rise."
  stage.wait("the time is set", function() return math.abs(core.get_timeofday() - 0.23) < 0.02 end)
  stage.wait("the answer comes", function() return player:read "all is well" end)
end)
