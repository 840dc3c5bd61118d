-- SPDX-License-Identifier: MIT
-- The lanterns of the quay: a model lights them, and their light falls on the stones.
local ease = require "ease"
local light = require "light"
local world = require "world"

local lantern = {}
local Lanterns = {}
Lanterns.__index = Lanterns

local FIRST, STEP, FOOT, HIGH = 64, 164.5, 592, 112
local FLAME = { 1, 0.76, 0.36 }

function lantern.new()
  local self = setmetatable({ burns = {}, time = 0 }, Lanterns)
  for number = 1, world.LANTERNS do self.burns[number] = 0 end
  return self
end

function Lanterns:update(dt, state)
  self.time = self.time + dt
  for number = 1, world.LANTERNS do
    self.burns[number] = ease.toward(self.burns[number], state.lit[number] and 1 or 0, 2.4, dt)
  end
end

local function place(number) return FIRST + (number - 1) * STEP, FOOT end

local function flicker(self, number)
  return 1 + 0.06 * math.sin(self.time * 9 + number * 5) * math.sin(self.time * 5.3 + number)
end

function Lanterns:draw(look)
  for number, burns in ipairs(self.burns) do
    local x, y = place(number)
    light.paint(look, { 0.17, 0.18, 0.24 })
    love.graphics.rectangle("fill", x - 2.5, y - HIGH + 24, 5, HIGH - 22)
    love.graphics.polygon("fill", x - 8, y + 2, x + 8, y + 2, x + 4, y - 10, x - 4, y - 10)
    love.graphics.polygon("fill", x - 13, y - HIGH, x, y - HIGH - 12, x + 13, y - HIGH)
    love.graphics.rectangle("fill", x - 8, y - HIGH + 24, 16, 4)
    light.paint(look, { 0.46, 0.50, 0.58 }, 0.8)
    love.graphics.polygon("fill", x - 11, y - HIGH, x + 11, y - HIGH, x + 7, y - HIGH + 24, x - 7, y - HIGH + 24)
    light.shine({ 1, 0.90, 0.62 }, burns)
    love.graphics.polygon("fill", x - 10, y - HIGH + 1, x + 10, y - HIGH + 1, x + 6, y - HIGH + 23, x - 6,
      y - HIGH + 23)
  end
end

-- After the characters: light lies on all that is near.
function Lanterns:shine(look)
  local strength = 0.25 + 0.75 * look.glow
  for number, burns in ipairs(self.burns) do
    if burns > 0.02 then
      local x, y = place(number)
      local power = burns * strength * flicker(self, number)
      light.glow(x, y - HIGH + 12, 46, FLAME, 0.85 * power)
      light.glow(x, y - HIGH + 30, 170, FLAME, 0.34 * power)
      love.graphics.push()
      love.graphics.translate(x, y + 34)
      love.graphics.scale(1, 0.34)
      light.glow(0, 0, 190, FLAME, 0.40 * power)
      love.graphics.pop()
    end
  end
end

return lantern
