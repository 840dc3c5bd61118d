-- SPDX-License-Identifier: MIT
-- Lighthouse, boats, and the stones of the quay.
local ease = require "ease"
local light = require "light"

local harbour = {}
local QUAY = 585
local beam -- of the lighthouse: bright at its lamp, nothing at its end

local function lighthouse(look, time)
  local x, y = 1010, 348
  light.shine { look.near[1] * 0.72, look.near[2] * 0.72, look.near[3] * 0.78 }
  love.graphics.polygon("fill", x - 92, y + 3, x - 58, y - 10, x - 30, y - 22, x + 26, y - 25, x + 62, y - 12,
    x + 96, y + 3)
  light.paint(look, { 0.90, 0.86, 0.84 })
  love.graphics.polygon("fill", x - 11, y - 20, x - 7, y - 96, x + 7, y - 96, x + 11, y - 20)
  light.paint(look, { 0.76, 0.32, 0.30 })
  love.graphics.polygon("fill", x - 10, y - 40, x - 9, y - 58, x + 9, y - 58, x + 10, y - 40)
  love.graphics.polygon("fill", x - 8, y - 78, x - 7, y - 96, x + 7, y - 96, x + 8, y - 78)
  love.graphics.polygon("fill", x - 9, y - 108, x, y - 120, x + 9, y - 108)
  light.shine({ 1, 0.92, 0.62 }, 0.35 + 0.65 * look.glow)
  love.graphics.rectangle("fill", x - 6, y - 108, 12, 12)
  local sweep = math.sin(time * 0.5)
  light.glow(x, y - 102, 40 + 60 * (1 - math.abs(sweep)), { 1, 0.9, 0.6 }, 0.65 * look.glow)
  beam = beam or love.graphics.newMesh({ { 0, 0, 0, 0, 1, 1, 1, 1 }, { 1, -0.12, 0, 0, 1, 1, 1, 0 },
    { 1, 0.05, 0, 0, 1, 1, 1, 0 } }, "fan", "static")
  love.graphics.setBlendMode "add"
  light.shine({ 1, 0.9, 0.6 }, 0.26 * look.glow)
  love.graphics.draw(beam, x, y - 102, 0, sweep * 560, 560)
  love.graphics.setBlendMode "alpha"
end

local BOATS = { { 720, 566, 1.0, { 0.78, 0.28, 0.26 } }, { 872, 558, 0.86, { 0.25, 0.46, 0.56 } },
  { 988, 572, 0.94, { 0.92, 0.82, 0.60 } } }

local function boat(look, x, y, size, color, time)
  love.graphics.push()
  love.graphics.translate(x, y + math.sin(time * 1.1 + x) * 2.5)
  love.graphics.rotate(math.sin(time * 0.8 + x * 2) * 0.025)
  love.graphics.scale(size)
  light.paint(look, { 0.36, 0.27, 0.24 })
  love.graphics.rectangle("fill", -2, -128, 4, 118)
  love.graphics.setLineWidth(1.2)
  love.graphics.line(0, -128, -56, -16)
  love.graphics.line(0, -128, 58, -18)
  light.paint(look, { 0.94, 0.90, 0.80 }, 0.96)
  love.graphics.polygon("fill", 4, -118, 4, -34, 44, -32)
  light.paint(look, { 0.86, 0.80, 0.70 }, 0.96)
  love.graphics.polygon("fill", -4, -104, -4, -34, -30, -33)
  light.paint(look, color)
  love.graphics.polygon("fill", -62, -22, 64, -22, 46, 4, -44, 4)
  light.paint(look, color, 1, 0.72)
  love.graphics.polygon("fill", -52, -8, 54, -8, 46, 4, -44, 4)
  light.paint(look, { 0.96, 0.93, 0.86 })
  love.graphics.rectangle("fill", -62, -25, 126, 5, 2)
  love.graphics.pop()
end

local function stones(look)
  light.paint(look, { 0.40, 0.37, 0.41 })
  love.graphics.rectangle("fill", -400, QUAY - 3, 2080, 14)
  light.paint(look, { 0.62, 0.58, 0.59 })
  love.graphics.rectangle("fill", -400, QUAY + 2, 2080, 400)
  for row = 0, 6 do
    local y = QUAY + 4 + row * row * 2.4 + row * 5
    local wide = 46 + row * 12
    for column = -1, 1280 / wide + 1 do
      local tone = ease.noise(row * 57 + column * 13)
      light.paint(look, { 0.62, 0.58, 0.59 }, 1, 0.90 + 0.14 * tone)
      love.graphics.rectangle("fill", column * wide + (row % 2) * wide * 0.5 + 1, y + 1, wide - 2, 5 + row * 4.8 + 3, 3)
    end
  end
end

function harbour.draw(look, time)
  lighthouse(look, time)
  for _, at in ipairs(BOATS) do boat(look, at[1], at[2], at[3], at[4], time) end
  stones(look)
end

return harbour
