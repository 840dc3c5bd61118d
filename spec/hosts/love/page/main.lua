-- SPDX-License-Identifier: MIT
-- Runs a program of README.md, block.lua, as LÖVE would run it as main.lua; presses Enter and Escape, and watches what
-- it writes on the screen until all that HARBOUR_WANTED names, line by line, was there.
local wanted = {}
for line in os.getenv("HARBOUR_WANTED"):gmatch "[^\n]+" do wanted[#wanted + 1] = line end

local function watch(name)
  local write = love.graphics[name]
  love.graphics[name] = function(text, ...)
    if wanted[1] and text:find(wanted[1], 1, true) then
      print("ok " .. table.remove(wanted, 1))
      local key = wanted[1] and wanted[1]:match "^press (.*)"
      if key then
        love.event.push("keypressed", key, key, false)
        table.remove(wanted, 1)
      end
      if not wanted[1] then love.event.quit() end
    end
    return write(text, ...)
  end
end

watch "print"
watch "printf"
love.filesystem.load "block.lua"()

function love.errorhandler(message)
  io.stderr:write(tostring(message), "\n")
  return function() return 1 end
end
