-- SPDX-License-Identifier: MIT
-- What a character says: text that is written letter by letter as it comes. A word is shown when it is whole, so that
-- none jumps to the next line while it grows.
local ease = require "ease"
local fonts = require "fonts"
local letters = require "letters"

local bubble = {}
local Bubble = {}
Bubble.__index = Bubble

local WIDTH, INNER, PAD, LINE, MOST, SIGN = 268, 240, 14, 20, 5, 22
local PAPER, INK, FAINT = { 0.99, 0.97, 0.92 }, { 0.16, 0.13, 0.19 }, { 0.42, 0.38, 0.44 }
local BAD, GOOD = { 0.74, 0.24, 0.22 }, { 0.20, 0.48, 0.38 }
local REST_S, SHORT_REST_S = 7, 1.6

function bubble.new(person)
  return setmetatable({ person = person, state = "gone", share = 0, x = person.x, y = 400, time = 0, height = 60 },
    Bubble)
end

function Bubble:open(question)
  self.state, self.question, self.text, self.rest = "waiting", question, "", ""
  self.lines, self.total, self.limit, self.shown, self.scroll = {}, 0, 0, 0, 0
  self.signs, self.sign_rows = {}, 0
  self.failure, self.over, self.fresh = nil, false, self.share < 0.05
end

local function wrap(self)
  local _, lines = fonts.text:getWrap(self.text, INNER)
  self.lines, self.sizes, self.total = lines, {}, 0
  for at, line in ipairs(lines) do
    self.sizes[at] = letters.count(line)
    self.total = self.total + self.sizes[at]
  end
  self.limit = self.over and self.total or self.total - letters.unfinished(self.text)
end

function Bubble:add(text)
  if self.state == "gone" then return end
  local whole
  whole, self.rest = letters.whole(self.rest .. text)
  if self.text == "" then whole = whole:gsub("^%[emulator%][^\n]*\n", ""):gsub("^%s+", "") end
  self.text = self.text .. letters.drawable(whole, fonts.text)
  self.state = "speaking"
  wrap(self)
end

-- Signs in rows: where each begins, and how many rows there are.
local function place_signs(self)
  local x, row = 0, 0
  for _, sign in ipairs(self.signs) do
    sign.width = fonts.small:getWidth(sign.label) + 24
    if x > 0 and x + sign.width > INNER + 8 then x, row = 0, row + 1 end
    sign.x, sign.row = x, row
    x = x + sign.width + 5
  end
  self.sign_rows = #self.signs > 0 and row + 1 or 0
end

-- A tool was run.
function Bubble:sign(call, is_bad)
  local what = call.arguments:gsub('[{}"]', ""):gsub("[%w_]+:", ""):gsub(",", " ")
  self.signs[#self.signs + 1] = { label = call.name:gsub("_", " ") .. " " .. what, bad = is_bad, share = 0 }
  place_signs(self)
end

function Bubble:finish(err)
  if self.state == "gone" then return end
  self.over = true
  if err and err.name == "CANCELLED" then
    self.failure, self.text = "interrupted", self.text:gsub("%s+$", "") .. (self.text ~= "" and " —" or "")
  elseif err then
    self.failure = err.name
    self.text = (self.text ~= "" and self.text .. "\n" or "") .. letters.drawable(tostring(err.message), fonts.text)
  end
  wrap(self)
  if err and err.name == "CANCELLED" then self.shown = math.max(self.shown, self.total - 2) end
  self.left = self.failure == "interrupted" and SHORT_REST_S or REST_S + self.total * 0.02
  self.state = "speaking"
end

function Bubble:is_open() return self.state ~= "gone" end

function Bubble:is_typing() return self.state == "speaking" and self.shown < self.limit - 0.5 end

local function settle(self, dt)
  if not self.over or self.shown < self.total then return end
  self.left = self.left - dt
  if self.left <= 0 then self.state = "gone" end
end

function Bubble:update(dt)
  self.time = self.time + dt
  self.share = ease.toward(self.share, self.state == "gone" and 0 or 1, self.state == "gone" and 9 or 6, dt)
  if self.state == "gone" then return end
  local behind = self.limit - self.shown
  if behind > 0 then self.shown = math.min(self.limit, self.shown + dt * math.max(34, behind * 5)) end
  for _, sign in ipairs(self.signs) do sign.share = ease.toward(sign.share, 1, 7, dt) end
  settle(self, dt)
  local left, row = self.shown, 1
  while self.sizes and row < #self.lines and left > self.sizes[row] do left, row = left - self.sizes[row], row + 1 end
  self.scroll = ease.toward(self.scroll, math.max(0, row - MOST), 9, dt)
  local rows = ease.clamp(row, 1, MOST)
  local goal = 42 + rows * LINE + self.sign_rows * SIGN
  self.height = self.fresh and goal or ease.toward(self.height, goal, 12, dt)
  self.fresh = false
end

-- ---- drawing ----

local function color(value, alpha) love.graphics.setColor(value[1], value[2], value[3], alpha) end

local function draw_lines(self, x, y, alpha)
  love.graphics.setFont(fonts.text)
  local left = math.floor(self.shown)
  for at, line in ipairs(self.lines) do
    if left <= 0 then break end
    local row = at - 1 - self.scroll
    local size = self.sizes[at]
    if row > -0.6 then
      color(self.failure and self.failure ~= "interrupted" and BAD or INK, alpha * ease.clamp(1 + row * 2, 0, 1))
      love.graphics.print(left >= size and line or letters.first(line, left), x, y + row * LINE)
    end
    left = left - size
  end
end

local function draw_dots(self, x, y, alpha)
  for dot = 0, 2 do
    color(FAINT, alpha * (0.45 + 0.55 * math.max(0, math.sin(self.time * 5 - dot * 0.9))))
    love.graphics.circle("fill", x + 7 + dot * 13, y + 10 - 3 * math.max(0, math.sin(self.time * 5 - dot * 0.9)), 3.6)
  end
end

local function draw_signs(self, left, bottom, alpha)
  love.graphics.setFont(fonts.small)
  for _, sign in ipairs(self.signs) do
    local x, y = left + sign.x, bottom - 4 - (self.sign_rows - sign.row) * SIGN
    local ink = sign.bad and BAD or GOOD
    color(ink, 0.14 * alpha * sign.share)
    love.graphics.rectangle("fill", x, y, sign.width, 18, 9)
    color(ink, alpha * sign.share)
    love.graphics.setLineWidth(1.8)
    if sign.bad then
      love.graphics.line(x + 7, y + 6, x + 13, y + 12)
      love.graphics.line(x + 13, y + 6, x + 7, y + 12)
    else
      love.graphics.line(x + 6, y + 9, x + 9, y + 12.5, x + 14, y + 5.5)
    end
    love.graphics.print(sign.label, x + 18, y + 2)
  end
end

local function draw_head(self, x, y, alpha)
  love.graphics.setFont(fonts.small)
  local name = self.person.name
  local width = fonts.small:getWidth(name) + 18
  local coat = self.person.look.coat
  love.graphics.setColor(coat[1] * 0.72, coat[2] * 0.72, coat[3] * 0.72, alpha)
  love.graphics.rectangle("fill", x, y - 9, width, 20, 10)
  color(PAPER, alpha)
  love.graphics.print(name, x + 9, y - 6)
  color(FAINT, alpha)
  love.graphics.print(self.failure or self.question_shown, x + width + 8, y - 4 + 10)
end

-- `x` is its middle, `y` its lower edge.
function Bubble:draw()
  local alpha = ease.clamp(self.share * 1.15, 0, 1)
  if alpha < 0.02 or not self.lines then return end
  if self.question ~= self.question_fitted then
    self.question_fitted = self.question
    local room = WIDTH - 44 - fonts.small:getWidth(self.person.name)
    self.question_shown = letters.fitted("» " .. self.question, fonts.small, room)
  end
  local left, bottom = math.floor(self.x - WIDTH / 2), math.floor(self.y)
  local height = math.floor(self.height)
  local top = bottom - height
  love.graphics.push()
  local grown = (self.state == "gone" or self.share > 0.99) and 1 or ease.out_back(self.share)
  love.graphics.translate(self.x, bottom)
  love.graphics.scale(0.85 + 0.15 * grown)
  love.graphics.translate(-self.x, -bottom)
  love.graphics.setColor(0.04, 0.02, 0.10, 0.22 * alpha)
  love.graphics.rectangle("fill", left + 3, top + 6, WIDTH, height, 15)
  color(PAPER, 0.96 * alpha)
  love.graphics.rectangle("fill", left, top, WIDTH, height, 14)
  draw_head(self, left + PAD - 2, top, alpha)
  if self.shown < 1 and not self.over then draw_dots(self, left + PAD, top + 26, alpha) end
  draw_lines(self, left + PAD, top + 27, alpha)
  draw_signs(self, left + PAD - 2, bottom, alpha)
  love.graphics.pop()
end

bubble.WIDTH = WIDTH
return bubble
