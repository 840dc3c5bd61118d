-- SPDX-License-Identifier: MIT
-- Everybody is in the middle of a sentence when the player quits.
local driver = require "driver"
local ffi = require "ffi"

ffi.cdef [[
  struct harbour_time { long seconds, nanoseconds; };
  int clock_gettime(int clock, struct harbour_time *time);
]]

local scene = driver.scene()
scene:ask_all(0)
local run = tonumber(os.getenv "HARBOUR_RUN")
driver.wait("somebody speaks", 20, function()
  for _, one in ipairs(scene.characters) do
    if #(one.bubble.text or "") > 12 then return true end
  end
end)
driver.sleep(run % 10 * 0.01)
driver.check(scene.talk:busy_count() > 0, "somebody is in the middle of a sentence")
local now = ffi.new "struct harbour_time"
ffi.C.clock_gettime(0, now)
io.write(("%d%06d\n"):format(tonumber(now.seconds), tonumber(now.nanoseconds) / 1000))
