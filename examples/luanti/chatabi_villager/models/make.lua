-- SPDX-License-Identifier: MIT
-- Makes the villager out of boxes: lua make.lua > chatabi_villager.obj
-- It stands at the origin and looks along z; units are nodes. Fields of the texture: see skin.lua. The engine mirrors
-- it, so its sides are written the other way around.

local FIELDS = 4 -- in a row of the texture

-- Corners of each side, counter-clockwise as seen from outside; 1 is the far end of an axis.
local SIDES = {
  front = { { 1, 0, 1 }, { 0, 0, 1 }, { 0, 1, 1 }, { 1, 1, 1 } },
  back = { { 0, 0, 0 }, { 1, 0, 0 }, { 1, 1, 0 }, { 0, 1, 0 } },
  left = { { 0, 0, 1 }, { 0, 0, 0 }, { 0, 1, 0 }, { 0, 1, 1 } },
  right = { { 1, 0, 0 }, { 1, 0, 1 }, { 1, 1, 1 }, { 1, 1, 0 } },
  top = { { 0, 1, 0 }, { 1, 1, 0 }, { 1, 1, 1 }, { 0, 1, 1 } },
  bottom = { { 0, 0, 1 }, { 1, 0, 1 }, { 1, 0, 0 }, { 0, 0, 0 } },
}
local ORDER = { "front", "back", "left", "right", "top", "bottom" }
local CORNERS = { { 0, 0 }, { 1, 0 }, { 1, 1 }, { 0, 1 } } -- of a field, for the corners of a side

-- Fields by column and row.
local FACE, HAIR, SKIN, HAT = { 0, 0 }, { 1, 0 }, { 2, 0 }, { 3, 0 }
local CHEST, SHIRT, SLEEVE = { 0, 1 }, { 1, 1 }, { 2, 1 }
local LEG, BOOTS = { 0, 2 }, { 2, 2 }

-- { from, to, field of all sides, those of some }
local BOXES = {
  { { -0.25, 1.4, -0.25 }, { 0.25, 1.9, 0.25 }, HAIR, { front = FACE, bottom = SKIN } },
  { { -0.05, 1.52, 0.25 }, { 0.05, 1.68, 0.33 }, SKIN, {} }, -- nose
  { { -0.36, 1.82, -0.36 }, { 0.36, 1.88, 0.36 }, HAT, {} }, -- brim
  { { -0.22, 1.88, -0.22 }, { 0.22, 2.06, 0.22 }, HAT, {} },
  { { -0.25, 0.7, -0.14 }, { 0.25, 1.4, 0.14 }, SHIRT, { front = CHEST } },
  { { -0.43, 0.72, -0.1 }, { -0.25, 1.38, 0.1 }, SLEEVE, { top = SHIRT, bottom = SKIN } },
  { { 0.25, 0.72, -0.1 }, { 0.43, 1.38, 0.1 }, SLEEVE, { top = SHIRT, bottom = SKIN } },
  { { -0.23, 0, -0.12 }, { -0.01, 0.7, 0.12 }, LEG, { bottom = BOOTS } },
  { { 0.01, 0, -0.12 }, { 0.23, 0.7, 0.12 }, LEG, { bottom = BOOTS } },
}

-- Lines of a kind, each once: the number of this one.
local function numbered(kind)
  local numbers, count = {}, 0
  return function(...)
    local line = kind .. (" %g"):rep(select("#", ...)):format(...)
    if not numbers[line] then
      count = count + 1
      numbers[line] = count
      print(line)
    end
    return numbers[line]
  end
end

local vertex, texture_vertex = numbered "v", numbered "vt"

local function side(box, name)
  local from, to, field = box[1], box[2], box[4][name] or box[3]
  local face = {}
  for at, corner in ipairs(SIDES[name]) do
    local place = {}
    for axis = 1, 3 do place[axis] = corner[axis] == 1 and to[axis] or from[axis] end
    local u = (field[1] + CORNERS[at][1]) / FIELDS
    local v = 1 - (field[2] + 1 - CORNERS[at][2]) / FIELDS
    face[#CORNERS + 1 - at] = ("%d/%d"):format(vertex(place[1], place[2], place[3]), texture_vertex(u, v))
  end
  print("f " .. table.concat(face, " "))
end

print "# SPDX-License-Identifier: MIT\n# A villager out of boxes. Made by make.lua; do not edit."
for _, box in ipairs(BOXES) do
  for _, name in ipairs(ORDER) do side(box, name) end
end
