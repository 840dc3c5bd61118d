-- SPDX-License-Identifier: MIT
-- One of the eight: walks, looks, and hears what their conversation brings (see talk.lua on listeners).
local bubble = require "bubble"
local ease = require "ease"
local figure = require "figure"
local tools = require "tools"
local world = require "world"

local character = {}
local Character = {}
Character.__index = Character

local SPEED = 150

function character.new(person, number, all)
  return setmetatable({
    person = person, number = number, all = all, x = person.x, y = person.y, next_ask = 1,
    pose = { step = 0, time = number * 1.7, face = 1, mouth = 0, blink = 0 }, bubble = bubble.new(person),
  }, Character)
end

-- ---- speaking ----

function Character:ask(text)
  if not self.talker:say(text) then return false end
  self.bubble:open(text)
  return true
end

-- The next thing that a key asks. When all is asked and the story is a fixed one, it begins again.
function Character:ask_next(in_turn)
  if self.talker:is_busy() then return false end
  if in_turn and self.next_ask == 1 and #self.talker.conversation.messages > 1 then self.talker:restart() end
  local asks = self.person.asks
  self.asked = self.next_ask
  return self:ask(asks[self.next_ask])
end

function Character:silence() return self.talker:cancel() end

-- ---- what talk.lua tells ----

function Character:heard(text) self.bubble:add(text) end

function Character:saw(call, result) self.bubble:sign(call["function"], result:find('^{"error"') ~= nil) end

function Character:wants(call)
  local place = call.arguments and call.arguments.place
  if call.name ~= "move_to" or not world.PLACES[place] then return self.talker:answer(call, "Nothing happens.") end
  local x, y = world.spot(place, self.all, self)
  self.goal = { x = x, y = y, call = call, place = place }
end

function Character:ended(answer, err)
  self.goal = nil
  self.bubble:finish(err)
  if answer and self.asked == self.next_ask then self.next_ask = self.next_ask % #self.person.asks + 1 end
  self.asked = nil
end

-- ---- moving ----

local function walk(self, dt)
  local goal, pose = self.goal, self.pose
  local dx, dy = goal.x - self.x, goal.y - self.y
  local far = math.sqrt(dx * dx + dy * dy)
  local stride = math.min(far, SPEED * dt)
  if far > stride and far > 0 then
    self.x, self.y = self.x + dx / far * stride, self.y + dy / far * stride
    pose.step = pose.step + dt * 11
    if math.abs(dx) > 2 then pose.wish = dx > 0 and 1 or -1 end
    return
  end
  self.x, self.y, self.goal = goal.x, goal.y, nil
  self.talker:answer(goal.call, tools.arrived(goal.place))
end

function Character:update(dt)
  local pose = self.pose
  pose.time = pose.time + dt
  if self.goal then
    walk(self, dt)
  else
    pose.step = ease.toward(pose.step, math.floor(pose.step / math.pi + 0.5) * math.pi, 8, dt)
  end
  pose.face = ease.toward(pose.face, pose.wish or 1, 14, dt)
  local loud = self.bubble:is_typing() and 0.5 + 0.5 * math.sin(pose.time * 23) * math.sin(pose.time * 9) or 0
  pose.mouth = ease.toward(pose.mouth, loud, 20, dt)
  pose.blink = (pose.time % 3.7) < 0.13 and 1 or 0
  self.bubble:update(dt)
end

function Character:head() return self.x, self.y - figure.height(self.person) * self:size() end

function Character:size() return 0.90 + (self.y - 600) / 70 * 0.14 end

function Character:is_at(x, y)
  return math.abs(x - self.x) < 34 and y < self.y + 10 and y > self.y - figure.height(self.person)
end

function Character:draw(look)
  local pose, size = self.pose, self:size()
  love.graphics.push()
  love.graphics.translate(self.x, self.y)
  local breath = 1 + 0.012 * math.sin(pose.time * 2.1)
  love.graphics.scale(size, size * breath)
  figure.draw(look, self.person, pose, self.number)
  love.graphics.pop()
end

return character
