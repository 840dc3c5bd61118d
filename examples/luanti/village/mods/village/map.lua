-- SPDX-License-Identifier: MIT
-- The map: a plain with grass at y = 8, and on it boxes of nodes, each over those before it. North is along z.
local GROUND = 8

local boxes = {}

local function fill(x1, y1, z1, x2, y2, z2, name)
  boxes[#boxes + 1] = {
    from = { x = math.min(x1, x2), y = y1 + GROUND, z = math.min(z1, z2) },
    to = { x = math.max(x1, x2), y = y2 + GROUND, z = math.max(z1, z2) },
    name = name,
  }
end

-- ---- what is built ----

-- A house with its door to the south (side -1) or the north (side 1).
local function house(x, z, side)
  local south, north = z - 3, z + 3
  local front = side < 0 and south or north
  fill(x - 4, 0, south, x + 4, 0, north, "village:planks")
  fill(x - 4, 1, south, x + 4, 4, north, "village:plaster")
  fill(x - 4, 1, south, x + 4, 1, north, "village:wall")
  fill(x - 3, 1, south + 1, x + 3, 4, north - 1, "air")
  for _, at in ipairs { { -4, south }, { 4, south }, { -4, north }, { 4, north } } do
    fill(x + at[1], 1, at[2], x + at[1], 4, at[2], "village:beam")
  end
  fill(x - 4, 4, south, x + 4, 4, south, "village:beam")
  fill(x - 4, 4, north, x + 4, 4, north, "village:beam")
  fill(x, 1, front, x, 2, front, "air")
  fill(x - 3, 2, front, x - 2, 3, front, "village:window")
  fill(x + 2, 2, front, x + 3, 3, front, "village:window")
  for step = 0, 4 do
    fill(x - 5, 5 + step, south - 1 + step, x + 5, 5 + step, south - 1 + step, "village:roof")
    fill(x - 5, 5 + step, north + 1 - step, x + 5, 5 + step, north + 1 - step, "village:roof")
    if step > 0 and step < 4 then
      fill(x - 4, 4 + step, south - 1 + step, x - 4, 4 + step, north + 1 - step, "village:plaster")
      fill(x + 4, 4 + step, south - 1 + step, x + 4, 4 + step, north + 1 - step, "village:plaster")
    end
  end
  fill(x + 1, 3, front + side, x + 1, 3, front + side, "village:lamp")
end

local function tree(x, z)
  fill(x - 2, 3, z - 2, x + 2, 4, z + 2, "village:leaves")
  fill(x - 1, 5, z - 1, x + 1, 6, z + 1, "village:leaves")
  fill(x, 1, z, x, 4, z, "village:beam")
end

local function lamp_post(x, z)
  fill(x, 1, z, x, 2, z, "village:fence")
  fill(x, 3, z, x, 3, z, "village:lamp")
end

local function well()
  fill(-1, 1, -1, 1, 1, 1, "village:wall")
  fill(0, 1, 0, 0, 1, 0, "village:water")
  for _, x in ipairs { -1, 1 } do fill(x, 2, 0, x, 3, 0, "village:fence") end
  fill(-1, 4, -1, 1, 4, 1, "village:roof")
end

-- A fence all around, with the gate in the south.
local function enclosure(half)
  fill(-half, 1, -half, half, 1, half, "village:fence")
  fill(-half + 1, 1, -half + 1, half - 1, 1, half - 1, "air")
  fill(-2, 1, -half, 2, 3, -half, "village:beam")
  fill(-1, 1, -half, 1, 2, -half, "village:gate_shut")
  fill(-3, 4, -half, 3, 4, -half, "village:roof")
end

enclosure(18)
fill(-1, 0, -24, 1, 0, 18, "village:path")
fill(-12, 0, -1, 12, 0, 1, "village:path")
fill(-4, 0, -4, 4, 0, 4, "village:path")
house(-11, 7, -1)
house(11, 7, -1)
house(-11, -9, 1)
tree(11, -9)
tree(15, -13)
tree(6, 14)
tree(-5, 15)
tree(15, 15)
lamp_post(3, -14)
lamp_post(-3, -14)
lamp_post(5, 5)
lamp_post(-5, 5)
well()

-- ---- into the world ----

local function ground(y)
  if y == GROUND then return "village:grass" end
  if y > GROUND then return nil end
  return y > GROUND - 4 and "village:dirt" or "village:stone"
end

local function write_box(data, area, from, to, name)
  local content = core.get_content_id(name)
  for z = from.z, to.z do
    for y = from.y, to.y do
      for index = area:index(from.x, y, z), area:index(to.x, y, z) do data[index] = content end
    end
  end
end

local function clipped(box, low, high)
  local from, to = {}, {}
  for _, axis in ipairs { "x", "y", "z" } do
    from[axis], to[axis] = math.max(box.from[axis], low[axis]), math.min(box.to[axis], high[axis])
    if from[axis] > to[axis] then return nil end
  end
  return from, to
end

core.register_on_generated(function(low, high)
  local manipulator, corner, opposite = core.get_mapgen_object "voxelmanip"
  local area = VoxelArea:new { MinEdge = corner, MaxEdge = opposite }
  local data = manipulator:get_data()
  for y = low.y, high.y do
    local name = ground(y)
    if name then
      write_box(data, area, { x = low.x, y = y, z = low.z }, { x = high.x, y = y, z = high.z }, name)
    end
  end
  for _, box in ipairs(boxes) do
    local from, to = clipped(box, low, high)
    if from then write_box(data, area, from, to, box.name) end
  end
  manipulator:set_data(data)
  manipulator:calc_lighting()
  manipulator:write_to_map()
end)
