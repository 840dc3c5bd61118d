-- SPDX-License-Identifier: MIT
-- Where bubbles go: two rows, in which none lies on another, each as near to its character as that allows.
local bubble = require "bubble"
local ease = require "ease"

local spread = {}

local GAP, LEFT, RIGHT = 14, 8, 1272
local LOWER = 464
local WIDE = bubble.WIDTH
local A_ROW = 4

local function near(row, one)
  for _, other in ipairs(row) do
    if math.abs(other.x - one.x) < WIDE * 0.78 then return true end
  end
  return false
end

-- It keeps its row for as long as it is open.
local function choose(rows, one)
  local lower, upper = rows[1], rows[2]
  if #lower < A_ROW and not near(lower, one) then return 1 end
  if #upper < A_ROW and not near(upper, one) then return 2 end
  return #lower < A_ROW and #lower <= #upper and 1 or #upper < A_ROW and 2 or 1
end

local function by_x(a, b)
  if a.x ~= b.x then return a.x < b.x end
  return a.number < b.number
end

local function push_apart(row)
  table.sort(row, by_x)
  local step = WIDE + GAP
  local edge = LEFT + WIDE / 2
  for _, one in ipairs(row) do
    one.bubble.goal_x = math.max(one.x, edge)
    edge = one.bubble.goal_x + step
  end
  edge = RIGHT - WIDE / 2
  for at = #row, 1, -1 do
    row[at].bubble.goal_x = math.min(row[at].bubble.goal_x, edge)
    edge = row[at].bubble.goal_x - step
  end
end

local rows = { {}, {} }

local function sort_in(characters)
  for at = 1, 2 do
    for index = #rows[at], 1, -1 do rows[at][index] = nil end
  end
  for _, one in ipairs(characters) do
    local own = one.bubble
    if own.share < 0.03 and not own:is_open() then own.row = nil end
    if own.row then rows[own.row][#rows[own.row] + 1] = one end
  end
  for _, one in ipairs(characters) do
    local own = one.bubble
    if not own.row and own:is_open() then
      own.row = choose(rows, one)
      own.is_new = true
      rows[own.row][#rows[own.row] + 1] = one
    end
  end
end

local function tallest(row)
  local most = 0
  for _, one in ipairs(row) do most = math.max(most, one.bubble.height * ease.smooth(one.bubble.share)) end
  return most
end

function spread.update(characters, dt)
  sort_in(characters)
  for at = 1, 2 do push_apart(rows[at]) end
  local upper = LOWER - math.max(112, tallest(rows[1])) - 18
  for at = 1, 2 do
    for _, one in ipairs(rows[at]) do
      local own = one.bubble
      local goal_y = at == 1 and LOWER or upper
      own.x = own.is_new and own.goal_x or ease.toward(own.x, own.goal_x, 10, dt)
      own.y = own.is_new and goal_y or ease.toward(own.y, goal_y, 10, dt)
      own.is_new = false
    end
  end
end

-- From a bubble down to the one who speaks; under all bubbles.
function spread.draw_threads(characters)
  for _, one in ipairs(characters) do
    local own = one.bubble
    local alpha = ease.clamp(own.share, 0, 1)
    if own.row and alpha > 0.05 then
      local x, y = one:head()
      local from = ease.clamp(x, own.x - WIDE / 2 + 26, own.x + WIDE / 2 - 26)
      love.graphics.setColor(0.99, 0.97, 0.92, 0.96 * alpha)
      local sx, sy = from + ease.clamp((x - from) * 0.4, -16, 16), own.y + 13
      love.graphics.polygon("fill", from - 9, own.y - 2, from + 9, own.y - 2, sx, sy)
      love.graphics.setColor(0.99, 0.97, 0.92, 0.55 * alpha)
      sy = sy + 7
      local count = math.floor((y - 8 - sy) / 11)
      for dot = 0, count do
        love.graphics.circle("fill", ease.mix(sx, x, dot / math.max(1, count)), sy + dot * 11, 1.9)
      end
    end
  end
end

return spread
