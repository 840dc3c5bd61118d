-- SPDX-License-Identifier: MIT
-- A floor for each test, far from the others, so that nobody hears what is said there.
local stage = ...

local APART, HALF = 32, 12

for _, name in ipairs { "ground", "wall", "gate_shut", "gate_open" } do
  core.register_node("stage:" .. name, {
    description = name,
    tiles = { "blank.png" },
    walkable = name ~= "gate_open",
    groups = { cracky = 3 },
  })
end
core.register_craftitem("stage:bread", { description = "Bread", inventory_image = "blank.png" })
core.register_craftitem("stage:stone", { description = "Stone", inventory_image = "blank.png" })
for _, name in ipairs { "mapgen_stone", "mapgen_water_source", "mapgen_river_water_source" } do
  core.register_alias(name, "stage:ground")
end

local FLOORS = tonumber(core.settings:get "stage.floors") or 4
local taken, left = 0, 1

local function middle_of(number) return { x = number * APART, y = 1, z = 0 } end

local function lay(middle)
  local positions = {}
  for x = middle.x - HALF, middle.x + HALF do
    for z = middle.z - HALF, middle.z + HALF do positions[#positions + 1] = { x = x, y = 0, z = z } end
  end
  core.bulk_set_node(positions, { name = "stage:ground" })
end

local function each_block(middle, run)
  for _, x in ipairs { -HALF, HALF } do
    for _, z in ipairs { -HALF, HALF } do run(vector.add(middle, { x = x, y = 0, z = z }), true) end
  end
end

-- All of them at first: while the world is made, what stands in it is put away again and again.
function stage.prepare()
  local low, high = vector.subtract(middle_of(1), HALF), vector.add(middle_of(FLOORS), HALF)
  core.emerge_area(low, high, function(_, _, remaining) left = remaining end)
  stage.wait("the world is there", function() return left == 0 end, 60)
  for number = 1, FLOORS do
    lay(middle_of(number))
    each_block(middle_of(number), core.forceload_block)
  end
  stage.wait("the world is active", function() return core.compare_block_status(middle_of(FLOORS), "active") end)
  stage.sleep(0.3)
end

-- The middle of a floor that nobody has taken yet; it stays loaded.
function stage.floor()
  taken = taken + 1
  assert(taken <= FLOORS, "there are too few floors")
  return middle_of(taken)
end

function stage.unload(middle) each_block(middle, core.forceload_free_block) end

-- A villager of this kind on a floor of its own, and a player beside. Waits.
function stage.meet(id, player_name, privileges)
  local middle = stage.floor()
  local villager = stage.wait("the villager is there", function()
    return chatabi_villager.spawn(id, { x = middle.x, y = 0.5, z = middle.z })
  end)
  return villager, stage.join(player_name, { x = middle.x + 2, y = 0.5, z = middle.z }, privileges), middle
end
