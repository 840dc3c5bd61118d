-- SPDX-License-Identifier: MIT
-- What is in the air: rain and its rings on the stones, snow, fireflies in clear nights.
local ease = require "ease"
local light = require "light"

local weather = {}
local Weather = {}
Weather.__index = Weather

local RAIN, SNOW, FLIES = 260, 190, 26

local function fill(count, seed)
  local list = {}
  for at = 1, count do
    local x, y = ease.noise(at + seed) * 1400 - 60, ease.noise(at * 3 + seed) * 720
    list[at] = { x, y, 0.5 + 0.5 * ease.noise(at * 7 + seed) }
  end
  return list
end

function weather.new()
  local self = { time = 0, rain = fill(RAIN, 1), snow = fill(SNOW, 2), flies = fill(FLIES, 3) }
  self.rain_share, self.snow_share, self.white = 0, 0, 0
  return setmetatable(self, Weather)
end

function Weather:update(dt, state)
  self.time = self.time + dt
  self.rain_share = ease.toward(self.rain_share, state.sky == "rain" and 1 or 0, 1.6, dt)
  self.snow_share = ease.toward(self.snow_share, state.sky == "snow" and 1 or 0, 1.2, dt)
  self.white = ease.toward(self.white, state.sky == "snow" and 1 or 0, 0.5, dt)
  for _, drop in ipairs(self.rain) do
    drop[1], drop[2] = drop[1] - 130 * dt * drop[3], drop[2] + 980 * dt * drop[3]
    if drop[2] > 720 then drop[1], drop[2] = (drop[1] + 517) % 1400 - 20, -20 end
  end
  for at, flake in ipairs(self.snow) do
    flake[1] = flake[1] + math.sin(self.time * 0.8 + at) * 22 * dt
    flake[2] = flake[2] + (34 + 50 * flake[3]) * dt
    if flake[2] > 720 then flake[1], flake[2] = (flake[1] + 733) % 1400 - 60, -8 end
  end
end

-- Snow that lies, and the shine of wet stones: under the characters.
function Weather:draw_ground(look)
  if self.white > 0.02 then
    light.paint(look, { 0.96, 0.97, 1 }, 0.72 * self.white)
    love.graphics.rectangle("fill", -400, 587, 2080, 400)
    for at = 0, 40 do love.graphics.ellipse("fill", at * 33, 589, 26, 5 * self.white * (0.5 + ease.noise(at))) end
  end
  if self.rain_share < 0.02 then return end
  love.graphics.setColor(look.horizon[1], look.horizon[2], look.horizon[3], 0.16 * self.rain_share)
  love.graphics.rectangle("fill", -400, 587, 2080, 400)
  love.graphics.setLineWidth(1)
  for at = 1, 34 do
    local age = (self.time * 1.4 + ease.noise(at)) % 1
    local lap = math.floor(self.time * 1.4 + ease.noise(at))
    local x, y = ease.noise(at + lap * 3.7) * 1280, 600 + ease.noise(at * 5 + lap) * 110
    light.paint(look, { 0.92, 0.95, 1 }, 0.5 * (1 - age) * self.rain_share)
    love.graphics.ellipse("line", x, y, 3 + 13 * age, 1 + 4 * age, 20)
  end
end

-- In front of everything but the bubbles.
function Weather:draw_air(look, state)
  if self.rain_share > 0.02 then
    love.graphics.setLineWidth(1.3)
    for _, drop in ipairs(self.rain) do
      light.paint(look, { 0.84, 0.90, 1 }, 0.42 * self.rain_share * drop[3])
      love.graphics.line(drop[1], drop[2], drop[1] + 2.6, drop[2] - 19 * drop[3])
    end
  end
  if self.snow_share > 0.02 then
    for _, flake in ipairs(self.snow) do
      light.paint(look, { 1, 1, 1 }, 0.9 * self.snow_share * flake[3], 1.25)
      love.graphics.circle("fill", flake[1], flake[2], 1 + 2.1 * flake[3])
    end
  end
  local flies = (state.sky == "clear" and 1 or 0) * ease.clamp((look.glow - 0.7) * 3, 0, 1)
  if flies <= 0 then return end
  for at, fly in ipairs(self.flies) do
    local x = fly[1] + math.sin(self.time * 0.5 + at * 2) * 50
    local y = 500 + fly[2] * 0.26 + math.cos(self.time * 0.7 + at) * 24
    local pulse = 0.5 + 0.5 * math.sin(self.time * 2.2 + at * 1.7)
    light.glow(x, y, 9, { 0.9, 1, 0.5 }, 0.8 * pulse * flies)
  end
end

return weather
