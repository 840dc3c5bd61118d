-- SPDX-License-Identifier: MIT
-- The colours of the hour and of the weather. All that is drawn takes its colours through `paint`.
local ease = require "ease"

local light = {}

local HOURS = {
  noon = {
    top = { 0.22, 0.50, 0.82 }, middle = { 0.50, 0.74, 0.93 }, horizon = { 0.90, 0.95, 0.94 },
    far = { 0.55, 0.69, 0.80 },
    near = { 0.36, 0.53, 0.55 }, sea = { 0.14, 0.42, 0.56 }, ambient = { 1.00, 0.99, 0.96 },
    glow = 0.06, stars = 0, sun = { 830, 92 }, moon = { 200, 470 }, disc = { 1, 0.97, 0.82 },
  },
  dusk = {
    top = { 0.15, 0.14, 0.36 }, middle = { 0.60, 0.30, 0.50 }, horizon = { 1.00, 0.64, 0.37 },
    far = { 0.47, 0.30, 0.48 },
    near = { 0.29, 0.20, 0.38 }, sea = { 0.22, 0.15, 0.34 }, ambient = { 0.88, 0.69, 0.72 },
    glow = 0.80, stars = 0.35, sun = { 470, 334 }, moon = { 240, 400 }, disc = { 1, 0.80, 0.50 },
  },
  night = {
    top = { 0.02, 0.04, 0.13 }, middle = { 0.05, 0.10, 0.26 }, horizon = { 0.17, 0.25, 0.44 },
    far = { 0.11, 0.15, 0.30 },
    near = { 0.06, 0.09, 0.20 }, sea = { 0.03, 0.07, 0.19 }, ambient = { 0.47, 0.52, 0.76 },
    glow = 1.00, stars = 1, sun = { 380, 480 }, moon = { 455, 118 }, disc = { 0.92, 0.94, 1 },
  },
  dawn = {
    top = { 0.34, 0.47, 0.74 }, middle = { 0.85, 0.68, 0.76 }, horizon = { 1.00, 0.86, 0.67 },
    far = { 0.64, 0.60, 0.74 },
    near = { 0.43, 0.45, 0.56 }, sea = { 0.40, 0.45, 0.60 }, ambient = { 0.97, 0.88, 0.87 },
    glow = 0.40, stars = 0.08, sun = { 770, 306 }, moon = { 640, 420 }, disc = { 1, 0.90, 0.68 },
  },
}

-- How far each colour of the sky goes toward the weather's own, and how much light is left.
local SKIES = {
  clear = { tint = { 0.5, 0.5, 0.5 }, share = 0, dim = 1, cloud = 0.22 },
  rain = { tint = { 0.30, 0.35, 0.44 }, share = 0.58, dim = 0.84, cloud = 0.80 },
  snow = { tint = { 0.62, 0.66, 0.76 }, share = 0.46, dim = 0.95, cloud = 0.62 },
}

local TINTED = { top = true, middle = true, horizon = true, far = true, near = true, sea = true }
local RATE = 1.1

local function wanted(state, key, at)
  local hour, sky = HOURS[state.hour], SKIES[state.sky]
  local value = hour[key]
  if at then value = value[at] end
  if TINTED[key] then
    local bright = ease.mix(0.34, 1, hour.ambient[2])
    return ease.mix(value, sky.tint[at] * bright, sky.share)
  end
  if key == "ambient" then return value * sky.dim end
  if key == "stars" then return value * (1 - sky.share * 1.6) end
  return value
end

function light.new(state)
  local self = { state = state, cloud = SKIES[state.sky].cloud }
  for key, value in pairs(HOURS[state.hour]) do
    self[key] = type(value) == "table" and { unpack(value) } or value
  end
  light.update(self, 60)
  return self
end

function light.update(self, dt)
  local state = self.state
  for key, value in pairs(HOURS[state.hour]) do
    if type(value) ~= "table" then
      self[key] = ease.toward(self[key], wanted(state, key), RATE, dt)
    else
      for at = 1, #value do self[key][at] = ease.toward(self[key][at], wanted(state, key, at), RATE, dt) end
    end
  end
  self.cloud = ease.toward(self.cloud, SKIES[state.sky].cloud, RATE, dt)
end

-- As it looks in this light.
function light.paint(self, color, alpha, shade)
  local ambient = self.ambient
  shade = shade or 1
  love.graphics.setColor(color[1] * ambient[1] * shade, color[2] * ambient[2] * shade, color[3] * ambient[3] * shade,
    alpha or 1)
end

-- As it is, for what shines.
function light.shine(color, alpha) love.graphics.setColor(color[1], color[2], color[3], alpha or 1) end

-- ---- a soft spot, for everything that glows ----

local spot

local function load_spot()
  local data = love.image.newImageData(64, 64)
  data:mapPixel(function(x, y)
    local far = math.sqrt((x - 31.5) ^ 2 + (y - 31.5) ^ 2) / 31.5
    return 1, 1, 1, ease.clamp(1 - far, 0, 1) ^ 2.2
  end)
  spot = love.graphics.newImage(data)
  return spot
end

function light.glow(x, y, radius, color, alpha)
  love.graphics.setBlendMode "add"
  love.graphics.setColor(color[1], color[2], color[3], alpha)
  love.graphics.draw(spot or load_spot(), x, y, 0, radius / 32, radius / 32, 32, 32)
  love.graphics.setBlendMode "alpha"
end

-- Something soft, in the colour that is set: a puff of cloud.
function light.blob(x, y, wide, high) love.graphics.draw(spot or load_spot(), x, y, 0, wide / 32, high / 32, 32, 32) end

return light
