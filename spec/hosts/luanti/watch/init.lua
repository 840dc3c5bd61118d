-- SPDX-License-Identifier: MIT
-- Says once what has happened in the village, and at the end how long steps took, from one to the next.
local said, steps = {}, {}

local function say(what)
  if not said[what] then print("watch: " .. what) end
  said[what] = true
end

local function look(player)
  if core.get_node({ x = 0, y = 9, z = -18 }).name == "village:gate_open" then say "the gate is open" end
  if player:get_inventory():contains_item("main", "village:apple") then say "there is an apple" end
  for _, object in ipairs(core.get_objects_inside_radius(player:get_pos(), 4)) do
    local entity = object:get_luaentity()
    if entity and entity.kind and entity.kind.name == "Ilse" then say "Ilse is near" end
  end
end

local last
core.register_globalstep(function()
  local now = core.get_us_time()
  for _, player in ipairs(core.get_connected_players()) do
    look(player)
    if last then steps[#steps + 1] = now - last end
  end
  last = now
end)

core.register_on_shutdown(function()
  table.sort(steps)
  local function at(share) return (steps[math.max(1, math.ceil(#steps * share))] or 0) / 1000 end
  local line = "watch: %d steps, one every %.1f ms at the median, p99 %.1f ms, longest %.1f ms"
  print(line:format(#steps, at(0.5), at(0.99), at(1)))
end)
