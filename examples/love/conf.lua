-- SPDX-License-Identifier: MIT
function love.conf(t)
  t.identity = "chatabi-harbour"
  t.version = "11.4"
  t.window.title = "Harbour square: eight characters, one chatabi client"
  t.window.width, t.window.height = 1280, 720
  t.window.minwidth, t.window.minheight = 640, 360
  t.window.resizable = true
  t.window.highdpi = true
  t.window.msaa = 4
  t.window.vsync = 1
  for _, unused in ipairs { "audio", "sound", "physics", "joystick", "video" } do t.modules[unused] = false end
end
