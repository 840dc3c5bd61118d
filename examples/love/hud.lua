-- SPDX-License-Identifier: MIT
-- What is written over the scene: whose words these are, what the keys do, the line that one types.
local fonts = require "fonts"
local letters = require "letters"

local hud = {}

local KEYS = {
  { "1-8", "talk to" }, { "Shift 1-8", "interrupt" }, { "Space", "everybody" }, { "Backspace", "quiet, all" },
  { "Enter", "type" }, { "F1", "graph" }, { "H", "hide this" }, { "Esc", "quit" },
}

local function panel(x, y, width, height, alpha)
  love.graphics.setColor(0.06, 0.05, 0.12, alpha or 0.72)
  love.graphics.rectangle("fill", x, y, width, height, 10)
end

function hud.draw_keys()
  panel(14, 688, 1252, 26)
  love.graphics.setFont(fonts.small)
  local x = 28
  for _, key in ipairs(KEYS) do
    local width = fonts.small:getWidth(key[1]) + 14
    love.graphics.setColor(1, 0.80, 0.45, 0.20)
    love.graphics.rectangle("fill", x, 692, width, 18, 5)
    love.graphics.setColor(1, 0.86, 0.62)
    love.graphics.print(key[1], x + 7, 694)
    love.graphics.setColor(1, 1, 1, 0.82)
    love.graphics.print(key[2], x + width + 7, 694)
    x = x + width + fonts.small:getWidth(key[2]) + 27
  end
  love.graphics.setColor(1, 1, 1, 0.55)
  love.graphics.printf("mouse: left talks, right interrupts", 960, 694, 292, "right")
end

-- `source` says who wrote the words.
function hud.draw_title(source, state, lit)
  love.graphics.setFont(fonts.title)
  love.graphics.setColor(0.05, 0.03, 0.10, 0.45)
  love.graphics.print("Harbour square", 25, 16)
  love.graphics.setColor(1, 0.98, 0.94)
  love.graphics.print("Harbour square", 24, 14)
  love.graphics.setFont(fonts.small)
  local width = fonts.small:getWidth(source) + 20
  panel(24, 46, width, 20, 0.72)
  love.graphics.setColor(1, 0.86, 0.62)
  love.graphics.print(source, 34, 49)
  local text = ("%s, %s, %d of 8 lanterns"):format(state.hour, state.sky, lit)
  panel(24 + width + 8, 46, fonts.small:getWidth(text) + 20, 20, 0.5)
  love.graphics.setColor(1, 1, 1, 0.9)
  love.graphics.print(text, 24 + width + 18, 49)
end

function hud.draw_names(characters, chosen)
  love.graphics.setFont(fonts.small)
  for _, one in ipairs(characters) do
    local text = one.number .. "  " .. one.person.name
    local width = fonts.small:getWidth(text) + 14
    local is_chosen = one == chosen
    love.graphics.setColor(0.06, 0.05, 0.12, is_chosen and 0.90 or 0.50)
    love.graphics.rectangle("fill", one.x - width / 2, one.y + 6, width, 17, 8)
    love.graphics.setColor(1, is_chosen and 0.86 or 1, is_chosen and 0.62 or 1, is_chosen and 1 or 0.85)
    love.graphics.print(text, one.x - width / 2 + 7, one.y + 7)
  end
end

function hud.draw_typing(name, text, time)
  panel(290, 640, 700, 36, 0.88)
  love.graphics.setFont(fonts.text)
  love.graphics.setColor(1, 0.86, 0.62)
  local lead = "to " .. name .. ":  "
  love.graphics.print(lead, 306, 649)
  local x = 306 + fonts.text:getWidth(lead)
  local shown = text
  while fonts.text:getWidth(shown) > 972 - x do shown = shown:sub(#letters.first(shown, 1) + 1) end
  love.graphics.setColor(1, 1, 1)
  love.graphics.print(shown, x, 649)
  if time % 1 < 0.6 then love.graphics.rectangle("fill", x + fonts.text:getWidth(shown) + 2, 650, 2, 17) end
end

function hud.draw_notice(text, alpha)
  love.graphics.setFont(fonts.text)
  local _, lines = fonts.text:getWrap(text, 760)
  local height = #lines * 20 + 18
  panel(240, 678 - height, 800, height, 0.88 * alpha)
  love.graphics.setColor(1, 0.9, 0.8, alpha)
  love.graphics.printf(text, 260, 687 - height, 760, "center")
end

return hud
