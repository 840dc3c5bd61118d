-- SPDX-License-Identifier: MIT
-- The game's configuration in a small window: what is measured is chatabi, and not a renderer in software.
require "game_conf"
local configure = love.conf

function love.conf(t)
  configure(t)
  t.window.width, t.window.height, t.window.minwidth, t.window.minheight = 320, 180, 320, 180
  t.window.msaa, t.window.vsync = 0, 0
end
