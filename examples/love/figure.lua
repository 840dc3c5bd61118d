-- SPDX-License-Identifier: MIT
-- What people look like. Feet are at 0, 0 and a person is 112 high; `pose` is { step, time, face, mouth, blink }.
local dress = require "dress"
local light = require "light"

local figure = {}

local SKIN = { { 0.95, 0.78, 0.65 }, { 0.80, 0.60, 0.46 }, { 0.62, 0.44, 0.33 }, { 0.97, 0.83, 0.72 } }
local DARK = { 0.14, 0.11, 0.15 }

local function coat_points(low, high)
  local points = {}
  for at = 0, 10 do
    local share = at / 10
    local half = high + (low - high) * (share ^ 1.5)
    points[#points + 1], points[#points + 2] = -half, -74 + share * 64
  end
  for at = 10, 0, -1 do
    local share = at / 10
    local half = high + (low - high) * (share ^ 1.5)
    points[#points + 1], points[#points + 2] = half, -74 + share * 64
  end
  return points
end

local COAT = love.math.triangulate(coat_points(27, 15))

local function fill(triangles)
  for _, triangle in ipairs(triangles) do love.graphics.polygon("fill", triangle) end
end

-- ---- people ----

local function legs(look, pose)
  light.paint(look, { 0.20, 0.17, 0.22 })
  for side = -1, 1, 2 do
    local lift = math.max(0, math.sin(pose.step + side * math.pi / 2)) * 6
    local forth = math.cos(pose.step + side * math.pi / 2) * 5 * (lift > 0 and 1 or 0.4)
    love.graphics.rectangle("fill", side * 10 - 6 + forth, -14 - lift, 12, 14, 4)
  end
end

local function face(look, who, pose, skin)
  light.paint(look, who.hair)
  love.graphics.circle("fill", 0, -90, 18, 32)
  light.paint(look, skin)
  love.graphics.circle("fill", 1.5, -86, 15.5, 32)
  light.paint(look, { 0.93, 0.45, 0.40 }, 0.35)
  love.graphics.circle("fill", -6, -81, 3.6)
  love.graphics.circle("fill", 11, -81, 3.6)
  if who.beard then
    light.paint(look, who.hair)
    love.graphics.arc("fill", 1.5, -82, 15, 0, math.pi)
  end
  light.paint(look, DARK)
  love.graphics.ellipse("fill", -3, -88, 1.9, 2.7 * (1 - pose.blink))
  love.graphics.ellipse("fill", 9, -88, 1.9, 2.7 * (1 - pose.blink))
  light.paint(look, { 0.50, 0.16, 0.18 })
  love.graphics.ellipse("fill", 3.5, -78, 3.4, 0.9 + 4 * pose.mouth)
end

local function person(look, who, pose, number)
  local skin = SKIN[number % #SKIN + 1]
  legs(look, pose)
  light.paint(look, who.coat)
  fill(COAT)
  light.paint(look, who.coat, 1, 0.80)
  love.graphics.polygon("fill", -15, -74, -27, -10, -13, -10, -9, -74)
  light.paint(look, who.trim)
  love.graphics.polygon("fill", -26, -17, 26, -17, 27, -10, -27, -10)
  love.graphics.ellipse("fill", 0, -73, 15, 5.5)
  for button = 0, 2 do love.graphics.circle("fill", 3, -60 + button * 14, 2) end
  local swing = math.sin(pose.step) * 5
  light.paint(look, who.coat, 1, 0.88)
  love.graphics.setLineWidth(9)
  love.graphics.line(-14, -67, -20 - swing, -42)
  love.graphics.line(14, -67, 22 + (who.holds and 0 or swing), -46)
  light.paint(look, skin)
  love.graphics.circle("fill", -20 - swing, -40, 5)
  if who.holds then dress.things[who.holds](look, who, pose) end
  light.paint(look, skin)
  love.graphics.circle("fill", 23 + (who.holds and 0 or swing), -45, 5)
  face(look, who, pose, skin)
  dress.hats[who.hat](look, who)
end

-- ---- the cat ----

local function cat(look, who, pose)
  light.paint(look, who.coat, 1, 0.85)
  love.graphics.setLineWidth(8)
  local wag = math.sin(pose.time * 1.6)
  love.graphics.line(-18, -8, -32, -14, -38 + wag * 3, -28, -33 + wag * 7, -42)
  light.paint(look, who.coat)
  love.graphics.ellipse("fill", 0, -20, 23, 22)
  love.graphics.ellipse("fill", 12, -34, 14, 17)
  light.paint(look, who.trim)
  love.graphics.ellipse("fill", 15, -26, 8, 13)
  for side = 0, 1 do
    local lift = math.max(0, math.sin(pose.step + side * math.pi)) * 4
    love.graphics.ellipse("fill", 4 + side * 14, -3 - lift, 7, 4)
  end
  light.paint(look, who.coat)
  love.graphics.polygon("fill", 2, -58, 3, -76, 14, -64)
  love.graphics.polygon("fill", 20, -64, 31, -76, 32, -58)
  love.graphics.ellipse("fill", 17, -55, 17, 14)
  light.paint(look, who.trim)
  love.graphics.ellipse("fill", 18, -49, 9, 6)
  light.shine { 0.98, 0.82, 0.30 }
  love.graphics.ellipse("fill", 11, -57, 3.6, 4 * (1 - pose.blink))
  love.graphics.ellipse("fill", 24, -57, 3.6, 4 * (1 - pose.blink))
  light.paint(look, DARK)
  love.graphics.ellipse("fill", 11.6, -57, 1.2, 3.4 * (1 - pose.blink))
  love.graphics.ellipse("fill", 24.6, -57, 1.2, 3.4 * (1 - pose.blink))
  light.paint(look, { 0.86, 0.42, 0.44 })
  love.graphics.polygon("fill", 15.5, -51, 20.5, -51, 18, -48.5)
  love.graphics.ellipse("fill", 18, -46, 2.6, 0.6 + 3 * pose.mouth)
end

function figure.draw(look, person_of, pose, number)
  local who = person_of.look
  light.shine({ 0.05, 0.03, 0.10 }, 0.28)
  love.graphics.ellipse("fill", 0, 1, who.cat and 30 or 27, 7, 32)
  love.graphics.push()
  love.graphics.scale(pose.face, 1)
  local draw = who.cat and cat or person
  draw(look, who, pose, number)
  love.graphics.pop()
end

function figure.height(person_of) return person_of.look.cat and 82 or 124 end

return figure
