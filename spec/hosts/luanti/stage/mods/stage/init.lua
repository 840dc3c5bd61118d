-- SPDX-License-Identifier: MIT
-- Plays the scenario that the setting stage.scenario names. Each test is a coroutine that is resumed in every step of
-- the server, so all of them run at once; what came out is printed, and then the server shuts down.
local path = core.get_modpath "stage"
local stage = {}

assert(loadfile(path .. "/players.lua"))(stage)
assert(loadfile(path .. "/ground.lua"))(stage)

local running, failed, passed = {}, 0, 0

-- Waits until check() gives something, which is returned; fails when it does not in so many seconds.
function stage.wait(what, check, seconds)
  local until_us = core.get_us_time() + (seconds or 15) * 1e6
  repeat
    local found = check()
    if found then return found end
    coroutine.yield()
  until core.get_us_time() > until_us
  error("this does not happen: " .. what, 2)
end

function stage.sleep(seconds)
  local until_us = core.get_us_time() + seconds * 1e6
  while core.get_us_time() < until_us do coroutine.yield() end
end

function stage.test(name, run)
  running[#running + 1] = { name = name, thread = coroutine.create(run) }
end

local function step(test)
  local good, why = coroutine.resume(test.thread)
  if good and coroutine.status(test.thread) ~= "dead" then return end
  test.over = true
  if good then
    passed = passed + 1
    print("ok " .. test.name)
  else
    failed = failed + 1
    print(("not ok %s: %s"):format(test.name, debug.traceback(test.thread, tostring(why))))
  end
end

local preparing = coroutine.create(stage.prepare)

core.register_globalstep(function()
  if coroutine.status(preparing) ~= "dead" then return assert(coroutine.resume(preparing)) end
  if #running == 0 then return end
  for _, test in ipairs(running) do step(test) end
  for at = #running, 1, -1 do
    if running[at].over then table.remove(running, at) end
  end
  if #running > 0 then return end
  if stage.after then
    local after = stage.after
    stage.after = nil
    return after()
  end
  print(("stage: %d passed, %d failed"):format(passed, failed))
  core.request_shutdown()
end)

core.register_on_mods_loaded(function()
  for name in core.settings:get("stage.scenario"):gmatch "%S+" do
    assert(loadfile(("%s/%s.lua"):format(path, name)))(stage)
  end
end)
