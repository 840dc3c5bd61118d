-- SPDX-License-Identifier: MIT
-- The scene: puts all of it together, in its own units of 1280 by 720, whatever the window has.
local character = require "character"
local ease = require "ease"
local fonts = require "fonts"
local graph = require "graph"
local harbour = require "harbour"
local hud = require "hud"
local lantern = require "lantern"
local light = require "light"
local people = require "people"
local sky = require "sky"
local source = require "source"
local spread = require "spread"
local talk = require "talk"
local town = require "town"
local weather = require "weather"
local world = require "world"

local square = {}
local Square = {}
Square.__index = Square

local WIDTH, HEIGHT = 1280, 720
local QUIET_S = 5 -- then a fixed story goes on by itself

function square.new(arguments)
  local self = setmetatable({ state = world.new(), characters = {}, time = 0, quiet = 0 }, Square)
  self.shows_keys, self.shows_graph = true, true
  self.source = source.choose(arguments)
  self.talk = assert(talk.new(self.source.options, self.state))
  for number, person in ipairs(people) do
    local one = character.new(person, number, self.characters)
    one.talker = self.talk:join(person, one)
    self.characters[number] = one
  end
  self.by_depth = { unpack(self.characters) }
  self.light, self.sky, self.lanterns = light.new(self.state), sky.new(), lantern.new()
  self.weather, self.graph = weather.new(), graph.new()
  self.chosen = self.characters[1]
  self:resize()
  return self
end

function Square:resize()
  local width, height = love.graphics.getDimensions()
  self.scale = math.min(width / WIDTH, height / HEIGHT)
  self.left, self.top = (width - WIDTH * self.scale) / 2, (height - HEIGHT * self.scale) / 2
  fonts.load(math.max(0.5, self.scale * love.graphics.getDPIScale()))
end

-- ---- what a player does ----

function Square:ask(number)
  local one = self.characters[number]
  self.chosen, self.quiet = one, 0
  return one:ask_next(self.source.is_story)
end

-- Each a moment after the other: it looks better, and a server has less to do at once.
function Square:ask_all(step_s)
  self.queue, self.queue_step, self.queue_wait = {}, step_s or 0.16, 0
  for number in ipairs(self.characters) do self.queue[number] = number end
end

function Square:silence(number)
  if self.characters[number]:silence() then self.quiet = 0 end
end

function Square:silence_all()
  self.queue, self.quiet = nil, 0
  self.talk:cancel_all()
end

function Square:type(text)
  if not self.chosen:ask(text) then self:notice(self.chosen.person.name .. " is still speaking.") end
end

function Square:notice(text) self.noticed, self.notice_left = text, 5 end

function Square:at(x, y)
  local inner_x, inner_y = (x - self.left) / self.scale, (y - self.top) / self.scale
  for at = #self.by_depth, 1, -1 do
    if self.by_depth[at]:is_at(inner_x, inner_y) then return self.by_depth[at].number end
  end
end

-- ---- a frame ----

local function work_queue(self, dt)
  if not self.queue then return end
  self.queue_wait = self.queue_wait - dt
  if self.queue_wait > 0 then return end
  self.queue_wait = self.queue_step
  self:ask(table.remove(self.queue, 1))
  if not self.queue[1] then self.queue = nil end
end

-- A story costs nothing: it does not wait for somebody to press a key.
local function go_on(self, dt)
  if not self.source.is_story then return end
  self.quiet = self.talk:busy_count() > 0 and 0 or self.quiet + dt
  if self.quiet < QUIET_S then return end
  self.next_one = (self.next_one or 0) % #self.characters + 1
  self:ask(self.next_one)
end

local function deeper(a, b)
  if a.y ~= b.y then return a.y < b.y end
  return a.number < b.number
end

function Square:update(dt)
  self.time = self.time + dt
  local span = math.min(dt, 0.1)
  work_queue(self, span)
  go_on(self, span)
  self.talk:update() -- the only line of a frame that has to do with models
  for _, one in ipairs(self.characters) do one:update(span) end
  table.sort(self.by_depth, deeper)
  spread.update(self.characters, span)
  light.update(self.light, span)
  self.sky:update(span, self.light)
  self.lanterns:update(span, self.state)
  self.weather:update(span, self.state)
  if self.noticed then
    self.notice_left = self.notice_left - dt
    if self.notice_left <= 0 then self.noticed = nil end
  end
  self.spent_s = self.talk:take_spent()
  self.graph:add(dt * 1000, self.spent_s * 1000, self.talk)
end

-- ---- drawing ----

local function draw_scene(self)
  local look, state = self.light, self.state
  self.sky:draw_air(look, state)
  self.sky:draw_sea(look, state)
  harbour.draw(look, self.time)
  self.weather:draw_ground(look)
  town.draw(look, state, self.time)
  self.lanterns:draw(look)
  for _, one in ipairs(self.by_depth) do one:draw(look) end
  self.lanterns:shine(look)
  self.weather:draw_air(look, state)
end

local function draw_words(self)
  hud.draw_names(self.characters, self.chosen)
  spread.draw_threads(self.characters)
  for row = 2, 1, -1 do
    for _, one in ipairs(self.characters) do
      if one.bubble.row == row then one.bubble:draw() end
    end
  end
  hud.draw_title(source.label(self), self.state, world.lit_count(self.state))
  if self.shows_graph then self.graph:draw(976, 10) end
  if self.shows_keys then hud.draw_keys() end
  if self.typed then hud.draw_typing(self.chosen.person.name, self.typed, self.time) end
  if self.noticed then hud.draw_notice(self.noticed, ease.clamp(self.notice_left, 0, 1)) end
end

function Square:draw()
  self.sky:reflect(self.light, self.state)
  love.graphics.clear(0.04, 0.03, 0.08)
  love.graphics.push()
  love.graphics.translate(self.left, self.top)
  love.graphics.scale(self.scale)
  love.graphics.setScissor(self.left, self.top, WIDTH * self.scale, HEIGHT * self.scale)
  draw_scene(self)
  draw_words(self)
  love.graphics.setScissor()
  love.graphics.pop()
end

return square
