-- SPDX-License-Identifier: MIT
-- Runs the game, sixty times a second whatever the display does, and a scenario beside it: a coroutine that is resumed
-- after every update of the game and presses keys. What it raises is the test's failure; when it returns, the game is
-- quit as a player quits it.
local source = require "source"
local game = require "game"

local STEP = 1 / 60
local draws = tonumber(os.getenv "HARBOUR_DRAW" or 1) -- one frame in so many is drawn: a processor that renders is slow
local driver = { frames = 0, late = 0 }
package.loaded.driver = driver

function driver.scene() return game.scene() end

local holds_shift = false
local is_down = love.keyboard.isDown

function love.keyboard.isDown(...)
  local first = ...
  return first == "lshift" and holds_shift or is_down(...)
end

-- As LÖVE tells of a key; it is up again when this returns.
function driver.press(key, with_shift)
  love.event.push("keypressed", key, key, false)
  holds_shift = with_shift or false
  coroutine.yield()
  coroutine.yield()
  holds_shift = false
end

function driver.click(x, y, button)
  local scene = game.scene()
  love.event.push("mousepressed", scene.left + x * scene.scale, scene.top + y * scene.scale, button, false, 1)
  coroutine.yield()
  coroutine.yield()
end

function driver.type(text) love.event.push("textinput", text) end

-- Frames pass until `holds` gives something, which is returned.
function driver.wait(what, seconds, holds)
  local deadline = love.timer.getTime() + seconds
  while true do
    coroutine.yield()
    local value = holds()
    if value then return value end
    if love.timer.getTime() > deadline then error("waited for " .. seconds .. " s: " .. what, 2) end
  end
end

function driver.sleep(seconds)
  local deadline = love.timer.getTime() + seconds
  repeat coroutine.yield() until love.timer.getTime() >= deadline
end

function driver.check(holds, what)
  if not holds then error("not so: " .. what, 2) end
end

local run = coroutine.wrap(function()
  love.filesystem.load(os.getenv "HARBOUR_SCENARIO" .. ".lua")() -- not require, through which nothing can yield
  love.event.quit()
  while true do coroutine.yield() end
end)

-- In a hurry the story comes without its pauses, and everything else moves faster.
local speed = tonumber(os.getenv "HARBOUR_SPEED" or 1)
if speed > 1 then
  local choose = source.choose
  function source.choose(...)
    local chosen = choose(...)
    chosen.options.replay_timing = nil
    return chosen
  end
end

local update = love.update

function love.update(dt)
  driver.frame_s = dt
  driver.frames = driver.frames + 1
  update(dt * speed)
  run()
end

function love.errorhandler(message)
  io.stderr:write("FAILED: ", tostring(message), "\n", debug.traceback(), "\n")
  return function() return 1 end
end

function love.run()
  love.load(love.arg.parseGameArguments(arg), arg)
  love.timer.step()
  local next_frame = love.timer.getTime()
  return function()
    love.event.pump()
    for name, a, b, c, d in love.event.poll() do
      if name == "quit" then return a or 0 end
      love.handlers[name](a, b, c, d)
    end
    love.update(love.timer.step())
    if driver.frames % draws == 0 then
      love.graphics.origin()
      love.draw()
      love.graphics.present()
    end
    local now = love.timer.getTime()
    next_frame = math.max(next_frame + STEP, now - STEP)
    if next_frame > now then love.timer.sleep(next_frame - now) end
  end
end
