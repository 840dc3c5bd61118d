-- SPDX-License-Identifier: MIT
-- What stands on the quay: houses, tower, fountain, garden. Lanterns are in lantern.lua.
local ease = require "ease"
local light = require "light"

local town = {}
local QUAY = 585

local WARM = { 1, 0.78, 0.42 }

local function rectangle(look, color, x, y, width, height, shade)
  light.paint(look, color, 1, shade)
  love.graphics.rectangle("fill", x, y, width, height)
end

-- A window shines at night, each at its own hour.
local function window(look, x, y, width, height, number)
  local lit = ease.clamp((look.glow - 0.2 - 0.45 * ease.noise(number)) * 4, 0, 1)
  light.paint(look, { 0.24, 0.26, 0.36 })
  love.graphics.rectangle("fill", x - 2, y - 2, width + 4, height + 4, 2)
  light.shine({ 1, 0.80, 0.47 }, lit * 0.95)
  love.graphics.rectangle("fill", x, y, width, height)
  light.paint(look, { 0.55, 0.66, 0.74 }, 0.55 * (1 - lit))
  love.graphics.rectangle("fill", x, y, width, height)
  light.paint(look, { 0.95, 0.93, 0.88 })
  love.graphics.rectangle("fill", x + width / 2 - 1, y, 2, height)
  love.graphics.rectangle("fill", x, y + height / 2 - 1, width, 2)
  if lit > 0.1 then light.glow(x + width / 2, y + height / 2, 34, WARM, 0.22 * lit) end
end

local function roof(look, x, y, width, height, color)
  light.paint(look, color)
  love.graphics.polygon("fill", x - 9, y, x + width * 0.5, y - height, x + width + 9, y)
  light.paint(look, color, 1, 0.82)
  love.graphics.polygon("fill", x + width * 0.5, y - height, x + width + 9, y, x + width * 0.62, y)
end

local function house(look, spec)
  local x, y, width, height = spec.x, QUAY + 6 - spec.height, spec.width, spec.height
  rectangle(look, spec.wall, x, y, width, height)
  rectangle(look, spec.wall, x + width - 12, y, 12, height, 0.86)
  rectangle(look, { 0.42, 0.36, 0.36 }, x, QUAY - 6, width, 12)
  roof(look, x, y, width, spec.roof, spec.tiles)
  local columns, rows = spec.columns, spec.rows
  for row = 1, rows do
    for column = 1, columns do
      local left = x + width * (column - 0.5) / columns - 9
      window(look, left, y + 16 + (row - 1) * 52, 18, 26, spec.x + row * 7 + column * 3)
    end
  end
end

local HOUSES = {
  { x = -14, width = 96, height = 236, roof = 58, rows = 2, columns = 2,
    wall = { 0.58, 0.66, 0.72 }, tiles = { 0.36, 0.30, 0.36 } },
  { x = 236, width = 78, height = 168, roof = 46, rows = 2, columns = 2,
    wall = { 0.84, 0.72, 0.56 }, tiles = { 0.46, 0.32, 0.34 } },
  { x = 82, width = 154, height = 196, roof = 62, rows = 1, columns = 4,
    wall = { 0.90, 0.82, 0.72 }, tiles = { 0.66, 0.34, 0.28 } },
  { x = 1190, width = 110, height = 206, roof = 56, rows = 2, columns = 2,
    wall = { 0.78, 0.60, 0.56 }, tiles = { 0.40, 0.28, 0.32 } },
}

-- The bakery's shop: awning, door, and a window that is always warm.
local function shop(look)
  local x, y = 96, QUAY - 92
  light.shine({ 1, 0.80, 0.47 }, 0.35 + 0.6 * look.glow)
  love.graphics.rectangle("fill", x + 4, y + 24, 72, 50, 3)
  light.paint(look, { 0.45, 0.30, 0.24 })
  love.graphics.rectangle("fill", x + 88, y + 20, 34, 74, 3)
  for loaf = 0, 3 do
    light.paint(look, { 0.80, 0.54, 0.28 }, 1, 1.05)
    love.graphics.ellipse("fill", x + 15 + loaf * 17, y + 68, 8, 5)
  end
  for stripe = 0, 7 do
    light.paint(look, stripe % 2 == 0 and { 0.93, 0.90, 0.84 } or { 0.80, 0.32, 0.28 })
    local above, below = x - 2 + stripe * 16, x - 4 + stripe * 16.6
    love.graphics.polygon("fill", above, y, above + 16, y, below + 20, y + 22, below, y + 22)
  end
  light.glow(x + 44, y + 60, 110, WARM, 0.22 * look.glow)
end

local function tower(look, state)
  local x, base = 1104, QUAY + 6
  rectangle(look, { 0.74, 0.68, 0.64 }, x, base - 330, 76, 330)
  rectangle(look, { 0.74, 0.68, 0.64 }, x + 58, base - 330, 18, 330, 0.84)
  rectangle(look, { 0.60, 0.54, 0.52 }, x - 6, base - 262, 88, 9)
  roof(look, x, base - 330, 76, 82, { 0.30, 0.36, 0.44 })
  light.paint(look, { 0.22, 0.20, 0.26 })
  love.graphics.arc("fill", x + 38, base - 286, 17, math.pi, 2 * math.pi)
  love.graphics.rectangle("fill", x + 21, base - 287, 34, 20)
  light.paint(look, { 0.95, 0.76, 0.36 })
  love.graphics.circle("fill", x + 38, base - 279, 8)
  light.paint(look, { 0.97, 0.94, 0.86 })
  love.graphics.circle("fill", x + 38, base - 222, 23, 40)
  local turn = ({ dawn = 5, noon = 0, dusk = 7, night = 9 })[state.hour] / 12 * 2 * math.pi
  light.paint(look, { 0.2, 0.16, 0.2 })
  love.graphics.setLineWidth(3)
  love.graphics.circle("line", x + 38, base - 222, 23, 40)
  love.graphics.line(x + 38, base - 222, x + 38 + math.sin(turn) * 12, base - 222 - math.cos(turn) * 12)
  love.graphics.line(x + 38, base - 222, x + 38, base - 240)
  for row = 0, 2 do window(look, x + 29, base - 176 + row * 54, 18, 28, 900 + row) end
end

local function fountain(look, time)
  local x, y = 640, 606
  light.paint(look, { 0.55, 0.53, 0.56 })
  love.graphics.ellipse("fill", x, y, 74, 17, 48)
  light.paint(look, { 0.68, 0.66, 0.68 })
  love.graphics.ellipse("fill", x, y - 8, 74, 17, 48)
  light.paint(look, { 0.36, 0.60, 0.70 })
  love.graphics.ellipse("fill", x, y - 9, 64, 13, 48)
  light.paint(look, { 0.62, 0.60, 0.62 })
  love.graphics.polygon("fill", x - 7, y - 10, x - 4, y - 56, x + 4, y - 56, x + 7, y - 10)
  love.graphics.ellipse("fill", x, y - 56, 26, 7, 32)
  for drop = 0, 17 do
    local age = (time * 0.9 + drop / 18) % 1
    local side = drop % 2 == 0 and 1 or -1
    local reach = (18 + 16 * ease.noise(drop)) * side
    light.paint(look, { 0.86, 0.95, 1 }, 0.8 * (1 - age * 0.6), 1.1)
    love.graphics.circle("fill", x + reach * age, y - 62 - 26 * age + 78 * age * age, 2)
  end
end

local function garden(look, time)
  light.paint(look, { 0.50, 0.36, 0.28 })
  love.graphics.rectangle("fill", 374, QUAY - 8, 112, 20, 3)
  for stem = 0, 15 do
    local x, high = 382 + stem * 6.6, 16 + 20 * ease.noise(stem + 40)
    local lean = math.sin(time + stem) * 2
    light.paint(look, { 0.30, 0.48, 0.30 })
    love.graphics.circle("fill", x, QUAY - 8 - high * 0.3, 8)
    local hue = ease.noise(stem + 8)
    light.paint(look, hue < 0.4 and { 0.90, 0.36, 0.42 } or hue < 0.75 and { 0.98, 0.82, 0.58 } or { 0.80, 0.60, 0.86 })
    love.graphics.circle("fill", x + lean, QUAY - 10 - high, 4.2)
  end
end

-- Behind the characters, on the ground of harbour.lua.
function town.draw(look, state, time)
  for _, spec in ipairs(HOUSES) do house(look, spec) end
  shop(look)
  tower(look, state)
  garden(look, time)
  fountain(look, time)
end

return town
