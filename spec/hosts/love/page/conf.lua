-- SPDX-License-Identifier: MIT
function love.conf(t)
  t.window.width, t.window.height = 800, 200
  t.modules.audio, t.modules.joystick = false, false
end
