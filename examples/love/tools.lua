-- SPDX-License-Identifier: MIT
-- What a model may do here. `run` is called inside of turn:drain, on the game's thread, so it may change the world as
-- any other code of the game does. move_to takes time and has no `run`: the turn waits until the game has answered.
local world = require "world"

local tools = {}

local function names(map)
  local list = {}
  for name in pairs(map) do list[#list + 1] = name end
  table.sort(list)
  return list
end

function tools.new(state)
  return {
    light_lantern = {
      description = "Lights one of the lanterns above the square.",
      parameters = { number = "integer: from 1, on the left, to " .. world.LANTERNS },
      run = function(wish) return world.light(state, wish.number) end,
    },
    set_weather = {
      description = "Changes the weather for everybody.",
      parameters = { sky = world.SKIES },
      run = function(wish) return world.set_sky(state, wish.sky) end,
    },
    ring_bell = {
      description = "Rings the bell of the tower, which turns the day to another hour.",
      parameters = { hour = world.HOURS },
      run = function(wish) return world.set_hour(state, wish.hour) end,
    },
    move_to = {
      description = "Walks to another place on the square. Takes a while.",
      parameters = { place = names(world.PLACES) },
    },
  }
end

-- What the model reads when the walk is over.
function tools.arrived(place) return "You are at the " .. place .. "." end

return tools
