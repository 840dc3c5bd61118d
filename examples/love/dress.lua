-- SPDX-License-Identifier: MIT
-- Hats, and what people hold.
local light = require "light"

-- ---- hats ----

local hats = {}

function hats.toque(look)
  light.paint(look, { 0.98, 0.97, 0.94 })
  for puff = -1, 1 do love.graphics.circle("fill", puff * 9, -109 - (puff == 0 and 4 or 0), 9) end
  love.graphics.rectangle("fill", -13, -106, 26, 12, 3)
end

function hats.cap(look, who)
  light.paint(look, who.coat, 1, 0.75)
  love.graphics.arc("fill", 0, -92, 17, math.pi, 2 * math.pi)
  love.graphics.ellipse("fill", 10, -92, 14, 3.5)
end

function hats.hood(look, who)
  light.paint(look, who.coat, 1, 0.85)
  love.graphics.arc("fill", 0, -86, 20, math.pi * 0.86, math.pi * 2.14)
  love.graphics.polygon("fill", -19, -90, -26, -104, -6, -103)
end

function hats.souwester(look, who)
  light.paint(look, who.coat, 1, 0.92)
  love.graphics.arc("fill", 0, -92, 17, math.pi, 2 * math.pi)
  love.graphics.polygon("fill", -26, -84, -17, -95, 17, -95, 21, -88)
end

function hats.straw(look)
  light.paint(look, { 0.93, 0.80, 0.50 })
  love.graphics.ellipse("fill", 0, -94, 29, 6.5)
  love.graphics.arc("fill", 0, -95, 15, math.pi, 2 * math.pi)
  light.paint(look, { 0.76, 0.30, 0.34 })
  love.graphics.rectangle("fill", -15, -99, 30, 4)
end

function hats.feather(look, who)
  light.paint(look, who.coat, 1, 0.7)
  love.graphics.arc("fill", 0, -93, 17, math.pi, 2 * math.pi)
  love.graphics.rectangle("fill", -20, -95, 40, 4, 2)
  light.paint(look, who.trim)
  love.graphics.polygon("fill", 8, -98, 28, -122, 16, -97)
end

function hats.tall(look)
  light.paint(look, { 0.16, 0.15, 0.20 })
  love.graphics.rectangle("fill", -13, -126, 26, 32, 2)
  love.graphics.ellipse("fill", 0, -95, 22, 4.5)
  light.paint(look, { 0.80, 0.62, 0.32 })
  love.graphics.rectangle("fill", -13, -103, 26, 5)
end

-- ---- what they hold ----

local things = {}

function things.pole(look)
  light.paint(look, { 0.40, 0.30, 0.22 })
  love.graphics.rectangle("fill", 29, -124, 3.4, 120)
  light.paint(look, { 0.75, 0.70, 0.60 })
  love.graphics.circle("line", 35, -124, 5)
  light.glow(36, -128, 16, { 1, 0.7, 0.3 }, 0.9)
end

function things.spyglass(look, who)
  light.paint(look, { 0.82, 0.64, 0.32 })
  love.graphics.polygon("fill", 22, -52, 48, -66, 51, -59, 25, -46)
  light.paint(look, who.trim, 1, 0.8)
  love.graphics.polygon("fill", 45, -66, 49, -68, 53, -58, 49, -57)
end

function things.flowers(look)
  for stem = 0, 3 do
    light.paint(look, { 0.30, 0.50, 0.28 })
    love.graphics.setLineWidth(2)
    love.graphics.line(25, -40, 19 + stem * 6, -60)
    light.paint(look, stem % 2 == 0 and { 0.94, 0.40, 0.46 } or { 1, 0.88, 0.55 })
    love.graphics.circle("fill", 19 + stem * 6, -62 - (stem % 2) * 4, 4.6)
  end
end

function things.fiddle(look, _, pose)
  light.paint(look, { 0.64, 0.34, 0.16 })
  love.graphics.ellipse("fill", 20, -58, 13, 8)
  love.graphics.rectangle("fill", 28, -61, 20, 4)
  light.paint(look, { 0.92, 0.86, 0.74 })
  love.graphics.setLineWidth(1.6)
  local slide = math.sin(pose.time * 5) * 9 * (pose.mouth > 0.02 and 1 or 0)
  love.graphics.line(12 + slide, -76, 32 + slide, -42)
end

return { hats = hats, things = things }
