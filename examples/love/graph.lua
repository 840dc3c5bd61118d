-- SPDX-License-Identifier: MIT
-- The time of each frame, and the part of it inside of chatabi: what a game pays for its characters.
local fonts = require "fonts"

local graph = {}
local Graph = {}
Graph.__index = Graph

local KEPT, SPENT_TOP_MS, FRAME_TOP_MS = 180, 0.2, 33.4

function graph.new()
  local self = setmetatable({ frame = {}, spent = {}, at = 0, since = 0, total = 0, calls = 0, worst = 0 }, Graph)
  for index = 1, KEPT do self.frame[index], self.spent[index] = 0, 0 end
  self.first, self.second, self.third = "", "", ""
  return self
end

local function describe(self, talk)
  local frame, spent, frames = 0, 0, math.min(self.total, 30)
  local worst = 0
  for back = 0, frames - 1 do
    local at = (self.at - back - 1) % KEPT + 1
    frame, spent = frame + self.frame[at], spent + self.spent[at]
  end
  for index = 1, KEPT do worst = math.max(worst, self.spent[index]) end
  self.first = ("frame  %.1f ms"):format(frame / frames)
  self.second = ("in chatabi  %.3f ms"):format(spent / frames)
  self.third = ("worst of 3 s  %.3f ms   %d speaking"):format(worst, talk:busy_count())
end

-- Milliseconds, once a frame.
function Graph:add(frame_ms, spent_ms, talk)
  self.at = self.at % KEPT + 1
  self.frame[self.at], self.spent[self.at] = frame_ms, spent_ms
  self.total = self.total + 1
  self.since = self.since + frame_ms
  if self.since < 250 then return end
  self.since = 0
  describe(self, talk)
end

local function bars(self, list, x, base, height, top)
  for index = 1, KEPT do
    local value = list[(self.at + index - 1) % KEPT + 1]
    local size = math.min(1, value / top) * height
    if size > 0.3 then love.graphics.rectangle("fill", x + (index - 1) * 0.72, base - size, 0.72, size) end
  end
end

function Graph:draw(x, y)
  love.graphics.setColor(0.06, 0.05, 0.12, 0.72)
  love.graphics.rectangle("fill", x, y, 290, 84, 10)
  love.graphics.setLineWidth(1)
  love.graphics.setFont(fonts.small)
  love.graphics.setColor(0.62, 0.78, 0.98)
  love.graphics.print(self.first, x + 12, y + 5)
  bars(self, self.frame, x + 10, y + 62, 40, FRAME_TOP_MS)
  love.graphics.setColor(1, 0.80, 0.45)
  love.graphics.print(self.second, x + 150, y + 5)
  bars(self, self.spent, x + 150, y + 62, 40, SPENT_TOP_MS)
  love.graphics.setColor(1, 1, 1, 0.30)
  love.graphics.line(x + 10, y + 42, x + 140, y + 42)
  love.graphics.line(x + 150, y + 42, x + 280, y + 42)
  love.graphics.setColor(1, 1, 1, 0.60)
  love.graphics.print("16.7", x + 114, y + 28)
  love.graphics.print("0.1", x + 262, y + 28)
  love.graphics.setColor(1, 1, 1, 0.75)
  love.graphics.print(self.third, x + 12, y + 65)
end

return graph
