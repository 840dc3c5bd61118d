-- SPDX-License-Identifier: MIT
-- The nodes and items, with textures that are drawn here: 16 by 16 dots each.
local SIZE = 16

-- draw(x, y, noise) -> red, green, blue and, when it is not 255, alpha. noise is from 0 to 1.
local function texture(seed, draw)
  local random = PcgRandom(seed)
  local dots = {}
  for y = 0, SIZE - 1 do
    for x = 0, SIZE - 1 do
      local red, green, blue, alpha = draw(x, y, random:next(0, 1000) / 1000)
      dots[#dots + 1] = string.char(math.floor(red), math.floor(green), math.floor(blue), alpha or 255)
    end
  end
  return "[png:" .. core.encode_base64(core.encode_png(SIZE, SIZE, table.concat(dots)))
end

local function grain(red, green, blue, strength)
  return function(_, _, noise)
    local shade = 1 - strength * noise
    return red * shade, green * shade, blue * shade
  end
end

local function boards(red, green, blue)
  return function(x, y, noise)
    local shade = (y % 4 == 3 and 0.7 or 1) * (1 - 0.12 * noise) * (((x + y * 5) % 13 == 0) and 0.88 or 1)
    return red * shade, green * shade, blue * shade
  end
end

local function stones(red, green, blue)
  return function(x, y, noise)
    local row = math.floor(y / 4)
    local is_joint = y % 4 == 3 or (x + row * 4) % 8 == 7
    local shade = (is_joint and 0.62 or 1) * (1 - 0.2 * noise)
    return red * shade, green * shade, blue * shade
  end
end

local function glass(x, y)
  local is_frame = x == 0 or y == 0 or x == 15 or y == 15 or x == 8 or y == 8
  if is_frame then return 96, 68, 42 end
  return 190, 220, 235, 90
end

local function leaves(_, _, noise)
  if noise > 0.82 then return 30, 60, 24, 0 end
  return 50 + 30 * noise, 98 + 40 * noise, 40 + 20 * noise
end

local function lamp(x, y, noise)
  if x == 0 or y == 0 or x == 15 or y == 15 then return 60, 46, 34 end
  return 255, 214 - 20 * noise, 130 - 30 * noise
end

local function loaf(x, y, noise)
  local dx, dy = (x - 7.5) / 7, (y - 9) / 4.5
  if dx * dx + dy * dy > 1 then return 0, 0, 0, 0 end
  local is_cut = (x + y) % 5 == 0 and y < 9
  return (is_cut and 236 or 196) - 24 * noise, (is_cut and 200 or 138) - 20 * noise, (is_cut and 140 or 72) - 16 * noise
end

local function apple(x, y, noise)
  if y <= 3 then return 80, 60, 30, (x == 8 and y > 0) and 255 or 0 end
  local dx, dy = (x - 7.5) / 5.5, (y - 9) / 5.5
  if dx * dx + dy * dy > 1 then return 0, 0, 0, 0 end
  return 200 - 40 * noise, 44, 40
end

local function node(name, description, tile, definition)
  definition = definition or {}
  definition.description, definition.tiles = description, definition.tiles or { tile }
  definition.groups = definition.groups or { cracky = 3, oddly_breakable_by_hand = 2 }
  core.register_node("village:" .. name, definition)
end

local dirt = texture(2, grain(122, 88, 56, 0.25))
local grass = texture(1, grain(104, 158, 66, 0.25))
local oak = texture(6, boards(164, 120, 72))
local dark = texture(7, boards(104, 72, 44))

node("stone", "Stone", texture(3, grain(128, 128, 126, 0.25)))
node("dirt", "Dirt", dirt, { groups = { crumbly = 3, oddly_breakable_by_hand = 3 } })
node("grass", "Grass", nil, { tiles = { grass, dirt, grass }, groups = { crumbly = 3 } })
node("path", "Path", texture(4, grain(186, 164, 122, 0.22)), { groups = { crumbly = 3 } })
node("wall", "Stone wall", texture(5, stones(154, 150, 142)))
node("plaster", "Plaster", texture(10, grain(226, 214, 188, 0.08)))
node("planks", "Planks", oak, { groups = { choppy = 3, oddly_breakable_by_hand = 2 } })
node("beam", "Beam", dark, { groups = { choppy = 3 } })
node("roof", "Roof", texture(8, stones(168, 78, 56)))
node("leaves", "Leaves", texture(9, leaves), { drawtype = "allfaces_optional", paramtype = "light",
  groups = { snappy = 3 } })
node("window", "Window", texture(11, glass), { drawtype = "glasslike", paramtype = "light", use_texture_alpha = "blend",
  sunlight_propagates = true })
node("lamp", "Lamp", texture(12, lamp), { light_source = 13, paramtype = "light" })
node("water", "Water", texture(13, grain(58, 104, 168, 0.15)), { walkable = false })
node("fence", "Fence", dark, { drawtype = "fencelike", paramtype = "light", groups = { choppy = 3 },
  collision_box = { type = "fixed", fixed = { -0.5, -0.5, -0.5, 0.5, 1, 0.5 } } })

-- The gate: bars across when it is shut, against the posts when it is open.
local BARS = { { -0.5, -0.35, -0.06, 0.5, -0.2, 0.06 }, { -0.5, 0.1, -0.06, 0.5, 0.25, 0.06 },
  { -0.44, -0.5, -0.05, -0.3, 0.5, 0.05 }, { -0.07, -0.5, -0.05, 0.07, 0.5, 0.05 },
  { 0.3, -0.5, -0.05, 0.44, 0.5, 0.05 } }
local FOLDED = { { -0.5, -0.5, -0.06, -0.42, 0.5, 0.5 } }

local function gate_node(name, description, boxes, walkable)
  node(name, description, dark, { drawtype = "nodebox", paramtype = "light", walkable = walkable,
    node_box = { type = "fixed", fixed = boxes }, groups = { choppy = 3 } })
end

gate_node("gate_shut", "Gate", BARS, true)
gate_node("gate_open", "Open gate", FOLDED, false)
chatabi_villager.register_gate("village:gate_shut", "village:gate_open")

core.register_craftitem("village:bread", { description = "Bread", inventory_image = texture(20, loaf) })
core.register_craftitem("village:apple", { description = "Apple", inventory_image = texture(21, apple) })

core.register_item(":", {
  type = "none",
  wield_image = "blank.png",
  tool_capabilities = { groupcaps = { oddly_breakable_by_hand = { times = { 2, 1.4, 0.8 }, uses = 0 } } },
})

for _, name in ipairs { "mapgen_stone", "mapgen_water_source", "mapgen_river_water_source" } do
  core.register_alias(name, "village:stone")
end
