-- SPDX-License-Identifier: MIT
-- go_to, follow and stay. go_to answers when the villager is there, which takes many steps.
local use = ...
local legs = use "legs"
local tools = use "tools"

local function places(kind)
  local names = {}
  for name in pairs(kind.places) do names[#names + 1] = name end
  table.sort(names)
  names[#names + 1] = "player"
  return {
    type = "object",
    properties = {
      place = { type = "string", enum = names, description = "Where to; player: to whom you talk with." },
    },
    required = { "place" },
  }
end

local function target(place, context)
  if place ~= "player" then return context.villager.kind.places[place] end
  return context.player and context.player:get_pos()
end

tools.register_builtin("go_to", {
  description = "Walks to a place. The answer comes when you are there.",
  parameters = places,
  run = function(arguments, context)
    local position = target(arguments.place, context)
    if not position then return nil, "The player is not here any more." end
    context.on_cancel(function() legs.stop(context.villager) end)
    legs.go(context.villager, position, function(reached, why)
      if reached then context.answer { arrived = arguments.place } else context.answer(nil, why) end
    end)
    return tools.LATER
  end,
})

tools.register_builtin("follow", {
  description = "Walks after the player from now on, until you stay or go somewhere.",
  run = function(_, context)
    legs.follow(context.villager, context.player_name)
    return { following = context.player_name }
  end,
})

tools.register_builtin("stay", {
  description = "Stops walking.",
  run = function(_, context)
    legs.stop(context.villager)
    return "You stand still."
  end,
})
