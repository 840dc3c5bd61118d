-- SPDX-License-Identifier: MIT
-- What is true in the place: the hour, the sky, the lanterns, where one can stand. No drawing and no network: the tools
-- change it, and everything that is drawn looks at it.
local world = {}

world.HOURS = { "dawn", "noon", "dusk", "night" }
world.SKIES = { "clear", "rain", "snow" }
world.LANTERNS = 8

-- In the scene's own units, 1280 by 720. The ground goes from y = 595 (the edge of the quay) to 690.
world.PLACES = {
  bakery = { 178, 606 },
  fountain = { 640, 640 },
  tower = { 1092, 606 },
  boats = { 840, 604 },
  garden = { 430, 608 },
}

local EMPTY = { [6] = true } -- a lantern without oil: a tool that fails
local APART, DEEP = 84, 30

function world.new()
  return { hour = "dusk", sky = "clear", lit = {}, changes = 0 }
end

local function changed(state) state.changes = state.changes + 1 end

function world.set_hour(state, hour)
  state.hour = hour
  changed(state)
  return "It is " .. hour .. " now."
end

local SAID = { clear = "The sky is clear now.", rain = "It rains now.", snow = "It snows now." }

function world.set_sky(state, sky)
  state.sky = sky
  changed(state)
  return SAID[sky]
end

function world.light(state, number)
  if number < 1 or number > world.LANTERNS then return nil, "There are lanterns 1 to " .. world.LANTERNS .. "." end
  if EMPTY[number] then return nil, "Lantern " .. number .. " has no oil." end
  state.lit[number] = true
  changed(state)
  return "Lantern " .. number .. " burns."
end

function world.lit_count(state)
  local count = 0
  for _ in pairs(state.lit) do count = count + 1 end
  return count
end

local function is_free(x, y, people, who)
  for _, other in ipairs(people) do
    local goal = other.goal or other
    if other ~= who and math.abs(goal.x - x) < APART and math.abs(goal.y - y) < DEEP then return false end
  end
  return true
end

-- Where `who` can stand at a place without standing in somebody.
function world.spot(place, people, who)
  local at = world.PLACES[place]
  for step = 0, 24 do
    local side = step % 2 == 0 and 1 or -1
    local x, y = at[1] + side * math.ceil(step / 2) * 46, at[2] + (step % 3) * 30
    if x > 60 and x < 1220 and is_free(x, y, people, who) then return x, y end
  end
  return at[1], at[2]
end

return world
