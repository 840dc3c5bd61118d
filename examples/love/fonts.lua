-- SPDX-License-Identifier: MIT
-- The letters of the scene, as sharp as the window is large. LÖVE's own font knows Latin letters; for others put
-- a font.ttf into the folder of the game.
local fonts = {}

local SIZES = { text = 15, small = 12, title = 22 }

function fonts.load(scale)
  local file = love.filesystem.getInfo "font.ttf" and "font.ttf"
  for name, size in pairs(SIZES) do
    local own = file and love.graphics.newFont(file, size, "light", scale)
    fonts[name] = own or love.graphics.newFont(size, "light", scale)
    fonts[name]:setFilter("linear", "linear")
  end
end

return fonts
