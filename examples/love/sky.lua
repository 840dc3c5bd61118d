-- SPDX-License-Identifier: MIT
-- All behind the harbour: sky, sun, moon, stars, clouds, hills, and the sea that mirrors them in a shader.
local ease = require "ease"
local light = require "light"

local sky = {}
local Sky = {}
Sky.__index = Sky

local HORIZON, SHORE = 348, 585
local WIDTH = 1280

local SEA = [[
  uniform float time;
  uniform vec3 sea;
  uniform float rough;
  vec4 effect(vec4 color, Image mirror, vec2 at, vec2 screen) {
    float depth = at.y;                       // 0 at the horizon, 1 at the quay
    float wide = mix(0.15, 1.0, depth);       // waves grow as they come
    float wave = sin(at.x * 90.0 / wide + time * 1.3 + depth * 40.0) * 0.5
               + sin(at.x * 37.0 / wide - time * 0.9 + depth * 95.0) * 0.5;
    vec2 seen = vec2(at.x + wave * 0.004 * rough, 1.0 - depth * 0.86 - wave * 0.022 * wide * rough);
    vec3 sky = Texel(mirror, clamp(seen, 0.002, 0.998)).rgb;
    vec3 water = mix(sky * 0.90, sea, 0.20 + 0.50 * depth);
    float crest = smoothstep(0.72, 1.0, sin(at.x * 60.0 / wide + time * 0.7) * sin(depth * 150.0 - time * 1.1));
    water += crest * (sky * 0.35 + 0.03) * (1.0 - depth * 0.6);
    return vec4(water, 1.0);
  }
]]

local function ridge(seed, base, height, step)
  local points = {}
  for x = -step, WIDTH + step, step do
    local rise = 0.5 * ease.noise(seed + math.floor(x / 160)) + 0.5
    local y = base - height * rise * (0.55 + 0.45 * math.sin(x * 0.0061 + seed) * math.sin(x * 0.0023 + seed * 2))
      - 7 * ease.noise(seed + x)
    points[#points + 1] = { x, y }
  end
  local vertices = {}
  for _, point in ipairs(points) do
    vertices[#vertices + 1] = { point[1], point[2] }
    vertices[#vertices + 1] = { point[1], base + 2 }
  end
  return love.graphics.newMesh(vertices, "strip", "static")
end

function sky.new()
  local self = setmetatable({ time = 0, frame = 0, stars = {}, clouds = {} }, Sky)
  local corners = { { 0, 0 }, { WIDTH, 0 }, { 0, 210 }, { WIDTH, 210 }, { 0, HORIZON }, { WIDTH, HORIZON } }
  self.dome = love.graphics.newMesh(corners, "strip", "dynamic")
  self.far, self.near = ridge(3, HORIZON, 128, 40), ridge(11, HORIZON, 66, 32)
  for at = 1, 130 do
    self.stars[at] = { ease.noise(at) * WIDTH, ease.noise(at + 500) ^ 1.4 * 290, 0.6 + ease.noise(at + 90) * 1.1 }
  end
  for at = 1, 9 do
    self.clouds[at] = { ease.noise(at * 7) * 1500, 60 + ease.noise(at * 3) * 170, 0.6 + ease.noise(at * 5) * 0.9, at }
  end
  self.mirror = love.graphics.newCanvas(640, HORIZON / 2)
  self.mirror:setFilter("linear", "linear")
  self.sheet = love.graphics.newMesh({ { 0, HORIZON, 0, 0 }, { WIDTH, HORIZON, 1, 0 }, { WIDTH, SHORE, 1, 1 },
    { 0, SHORE, 0, 1 } }, "fan", "static")
  self.sheet:setTexture(self.mirror)
  self.shader = love.graphics.newShader(SEA)
  return self
end

local function set_dome(self, look)
  local rows = { look.top, look.middle, look.horizon }
  for row = 1, 3 do
    local color = rows[row]
    for side = 1, 2 do
      local x = side == 1 and 0 or WIDTH
      local y = row == 1 and 0 or row == 2 and 210 or HORIZON
      self.dome:setVertex((row - 1) * 2 + side, x, y, 0, 0, color[1], color[2], color[3], 1)
    end
  end
end

function Sky:update(dt, look)
  self.time = self.time + dt
  for _, cloud in ipairs(self.clouds) do
    cloud[1] = cloud[1] + dt * (5 + cloud[3] * 6)
    if cloud[1] > WIDTH + 240 then cloud[1] = -240 end
  end
  set_dome(self, look)
end

local function draw_stars(self, look)
  if look.stars < 0.02 then return end
  for at, star in ipairs(self.stars) do
    local twinkle = 0.65 + 0.35 * math.sin(self.time * (1 + star[3]) + at)
    light.shine({ 1, 1, 0.95 }, ease.clamp(look.stars * twinkle * (1 - star[2] / 340), 0, 1))
    love.graphics.circle("fill", star[1], star[2], star[3])
  end
end

local function veil_of(state) return state.sky == "clear" and 1 or 0.35 end

local function draw_halos(look, state)
  local veil, sun, moon = veil_of(state), look.sun, look.moon
  light.glow(sun[1], sun[2], 330, look.disc, 0.42 * veil)
  light.glow(sun[1], sun[2], 120, look.disc, 0.55 * veil)
  if moon[2] < HORIZON + 30 then light.glow(moon[1], moon[2], 190, { 0.6, 0.7, 1 }, 0.36 * veil) end
end

local function draw_discs(look, state)
  local veil, sun, moon = veil_of(state), look.sun, look.moon
  light.shine(look.disc, veil)
  love.graphics.circle("fill", sun[1], sun[2], 33, 48)
  if moon[2] > HORIZON + 30 then return end
  light.shine({ 0.96, 0.95, 0.88 }, veil)
  love.graphics.circle("fill", moon[1], moon[2], 27, 48)
  light.shine({ 0.82, 0.83, 0.82 }, veil)
  love.graphics.circle("fill", moon[1] - 8, moon[2] - 5, 6)
  love.graphics.circle("fill", moon[1] + 9, moon[2] + 7, 4)
  love.graphics.circle("fill", moon[1] + 5, moon[2] - 12, 3)
end

-- Sun or moon on the water: a path of dashes that come and go.
local function draw_path(self, x, strength, color)
  if strength < 0.02 then return end
  love.graphics.setBlendMode "add"
  for dash = 1, 30 do
    local beat = self.time * 1.6 + ease.noise(dash) * 10
    local lap = math.floor(beat)
    local wide = (5 + dash * 1.5) * (0.35 + 0.65 * ease.noise(dash + lap * 7))
    local side = (ease.noise(dash * 3 + lap) - 0.5) * (10 + dash * 2.6)
    light.shine(color, strength * math.sin((beat - lap) * math.pi) * (1 - dash / 34))
    love.graphics.ellipse("fill", x + side, HORIZON + 2 + dash * 7.6, wide, 0.9 + dash * 0.05, 12)
  end
  love.graphics.setBlendMode "alpha"
end

local function draw_clouds(self, look)
  local ambient = look.ambient
  local red = ease.mix(look.horizon[1], 1, 0.30) * ambient[1]
  local green = ease.mix(look.horizon[2], 1, 0.25) * ambient[2]
  local blue = ease.mix(look.horizon[3], 1, 0.32) * ambient[3]
  for _, cloud in ipairs(self.clouds) do
    local x, y, size, seed = cloud[1], cloud[2], cloud[3], cloud[4] * 10
    for puff = 0, 13 do
      local along = (puff / 13 - 0.5) * 2
      local high = (1 - along * along) * (18 + 20 * ease.noise(seed + puff)) * size
      local shade = puff % 2 == 0 and 1 or 0.86
      love.graphics.setColor(red * shade, green * shade, blue * shade, look.cloud)
      light.blob(x + along * 120 * size, y - high * 0.5, 62 * size, (18 + high))
    end
  end
end

function Sky:draw_air(look, state, is_mirrored)
  love.graphics.setColor(1, 1, 1)
  love.graphics.draw(self.dome)
  draw_stars(self, look)
  draw_halos(look, state)
  if not is_mirrored then draw_discs(look, state) end
  draw_clouds(self, look)
  light.shine(look.far)
  love.graphics.draw(self.far)
  light.shine(look.near)
  love.graphics.draw(self.near)
end

-- What the sea mirrors: small, and not new in every frame.
function Sky:reflect(look, state)
  self.frame = self.frame + 1
  if self.frame % 4 ~= 1 then return end
  love.graphics.push "all"
  love.graphics.reset()
  love.graphics.setCanvas(self.mirror)
  love.graphics.scale(0.5)
  self:draw_air(look, state, true)
  love.graphics.pop()
end

function Sky:draw_sea(look, state)
  self.shader:send("time", self.time)
  self.shader:send("sea", look.sea)
  self.shader:send("rough", state.sky == "rain" and 1.7 or 1)
  love.graphics.setShader(self.shader)
  love.graphics.setColor(1, 1, 1)
  love.graphics.draw(self.sheet)
  love.graphics.setShader()
  local sun, moon = look.sun, look.moon
  draw_path(self, sun[1], 0.55 * veil_of(state) * ease.clamp((HORIZON + 20 - sun[2]) / 30, 0, 1), look.disc)
  draw_path(self, moon[1], 0.5 * veil_of(state) * ease.clamp((HORIZON - moon[2]) / 60, 0, 1), { 0.75, 0.82, 1 })
end

sky.HORIZON, sky.SHORE = HORIZON, SHORE
return sky
