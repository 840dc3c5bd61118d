-- SPDX-License-Identifier: MIT
-- LÖVE's callbacks, and what the keys do. The scene is in square.lua; all that concerns chatabi is in talk.lua.
pcall(require, "examples.setup") -- only in a checkout
local square = require "square"
local utf8 = require "utf8"

local NO_ANSWER = "Nobody here can answer that: it is a written story. With a model you can type; README.md tells how."
local scene

local function begin_typing()
  if not scene.source.is_story then scene.typed = "" else scene:notice(NO_ANSWER) end
end

local function end_typing()
  if scene.typed ~= "" then scene:type(scene.typed) end
  scene.typed = nil
end

local typing_keys = {
  ["return"] = end_typing,
  escape = function() scene.typed = nil end,
  backspace = function()
    local at = utf8.offset(scene.typed, -1)
    if at then scene.typed = scene.typed:sub(1, at - 1) end
  end,
}

local keys = {
  ["return"] = begin_typing,
  escape = function() love.event.quit() end,
  backspace = function() scene:silence_all() end,
  space = function() scene:ask_all() end,
  f1 = function() scene.shows_graph = not scene.shows_graph end,
  h = function() scene.shows_keys = not scene.shows_keys end,
  f11 = function() love.window.setFullscreen(not love.window.getFullscreen()) end,
}

function love.load(arguments)
  scene = square.new(arguments)
  if scene.source.is_story then scene:ask_all(0.5) end
end

function love.update(dt) scene:update(dt) end

function love.draw() scene:draw() end

function love.resize() scene:resize() end

-- By the place of the key, so that Shift and other layouts change nothing.
function love.keypressed(key, scancode)
  local does = (scene.typed and typing_keys or keys)[key]
  if does then return does() end
  local number = not scene.typed and tonumber(scancode)
  if not number or not scene.characters[number] then return end
  if love.keyboard.isDown("lshift", "rshift") then return scene:silence(number) end
  scene:ask(number)
end

function love.textinput(text)
  if scene.typed then scene.typed = scene.typed .. text end
end

function love.mousepressed(x, y, button)
  local number = scene:at(x, y)
  if not number then return end
  if button == 1 then scene:ask(number) else scene:silence(number) end
end

return { scene = function() return scene end }
