-- SPDX-License-Identifier: MIT
-- Eight characters talk without end; how long is a frame inside of chatabi? Frames in which the system gave the
-- processor to another program while chatabi was at work are counted, and not judged: they tell of that program.
local driver = require "driver"
local ffi = require "ffi"

local function setting(name) return tonumber(os.getenv("HARBOUR_" .. name)) end

local SECONDS, BUDGET_MS = setting "SECONDS", setting "BUDGET_MS"
local P99_MS, CALM_P99_MS = setting "P99_MS", setting "CALM_P99_MS" -- calm: no answer begins or ends in the frame
local LATE_S = 1.5 / 60
local WARM_S = 1.5 -- connections, and LuaJIT's first traces
local APART = 9 -- frames between two questions

ffi.cdef "int getrusage(int who, long *usage);"
local RUSAGE_THREAD, INVOLUNTARY = 1, 17 -- the place of ru_nivcsw
local usage = ffi.new "long[18]"

local function switches()
  ffi.C.getrusage(RUSAGE_THREAD, usage)
  return tonumber(usage[INVOLUNTARY])
end

local scene = driver.scene()
local spent, calm, wall, kilobytes, text_frames = {}, {}, {}, {}, {}
local frames, late, lost, put_aside, texts, replies = 0, 0, 0, 0, 0, 0
local heap, switched, has_edge, wall_s, next_ask, told_before_ms = 0, 0, false, 0, 0, 0

-- ---- what comes ----

local function listen(one)
  local hear, over = one.heard, one.ended
  local in_frame, count = 0, 0
  function one.heard(self, text)
    local before = collectgarbage "count"
    hear(self, text)
    heap = heap - (collectgarbage "count" - before) -- a bubble's memory is not chatabi's
    texts = texts + 1
    if in_frame ~= driver.frames then in_frame, count = driver.frames, count + 1 end
  end
  function one.ended(self, answer, err)
    driver.check(answer, tostring(err))
    over(self, answer, err)
    replies, has_edge = replies + 1, true
    text_frames[#text_frames + 1] = count
    count = 0
  end
end

for _, one in ipairs(scene.characters) do
  listen(one)
  one.talker.conversation.body.tool_choice = "none" -- words only: what is measured is text that comes
end

-- ---- frames ----

local function guarded(run, ...)
  local before = switches()
  local result = run(...)
  switched = switched + switches() - before
  return result
end

local update = scene.talk.update

function scene.talk.update(self)
  local since, before = love.timer.getTime(), collectgarbage "count"
  heap = 0
  guarded(update, self)
  wall_s = love.timer.getTime() - since
  heap = heap + collectgarbage "count" - before
end

-- driver.frame_s is the frame that ended when this one began. What chatabi took of it was told then, but for a question
-- that was asked at its end, which is told now. Late without that is late because of somebody else.
local function is_lost(told_ms)
  local took_ms = told_before_ms + told_ms
  return took_ms > BUDGET_MS and driver.frame_s > LATE_S and driver.frame_s - took_ms / 1000 <= LATE_S
end

local function count_frame()
  frames = frames + 1
  wall[frames] = wall_s * 1000
  local spent_ms = scene.spent_s * 1000
  if heap >= 0 then kilobytes[#kilobytes + 1] = heap end -- else the collector was at work
  if driver.frame_s > LATE_S then late = late + 1 end
  if switched > 0 then
    put_aside = put_aside + 1
  else
    spent[#spent + 1] = spent_ms
    if not has_edge then calm[#calm + 1] = spent_ms end
    if is_lost(spent_ms) then lost = lost + 1 end
  end
  switched, has_edge, told_before_ms = 0, false, spent_ms
end

local function ask(one, text) return one:ask(text) end

-- One after the other: people who all begin in the same moment also end in the same.
local function ask_who_is_silent()
  if driver.frames < next_ask then return end
  for number, one in ipairs(scene.characters) do
    if not one.talker:is_busy() then
      guarded(ask, one, ("Tell me of the sea, %s. (%d)"):format(one.person.name, number + replies))
      has_edge, next_ask = true, driver.frames + APART
      return
    end
  end
end

local function run_for(seconds, on_frame)
  local since = love.timer.getTime()
  repeat
    coroutine.yield()
    on_frame()
    ask_who_is_silent()
  until love.timer.getTime() - since > seconds
  return love.timer.getTime() - since
end

run_for(WARM_S, function() end)
switched, texts, replies, text_frames = 0, 0, 0, {}
local seconds = run_for(SECONDS, count_frame)

-- ---- what it was ----

local function at(list, share) return list[math.max(1, math.ceil(#list * share))] or 0 end

local function line(what, list, unit)
  table.sort(list)
  print(("%-34s median %8.3f  p90 %8.3f  p99 %8.3f  max %8.3f  %s"):format(what, at(list, 0.5), at(list, 0.9),
    at(list, 0.99), at(list, 1), unit))
end

print(("%d frames in %.1f s (%.1f a second), %d replies, %d texts"):format(frames, seconds, frames / seconds, replies,
  texts))
line("in chatabi", spent, "ms a frame")
line("  where no answer begins or ends", calm, "ms a frame")
line("bubbles and others' turns included", wall, "ms a frame")
line("memory that chatabi takes", kilobytes, "KB a frame")
line("frames with text", text_frames, "a reply")
print(("%d frames late, %d in which another program had the processor, %d lost to chatabi"):format(late, put_aside,
  lost))

driver.check(replies >= 8, "eight replies")
driver.check((text_frames[1] or 0) >= 30, "text over 30 frames a reply")
driver.check(#spent > 30, "thirty frames undisturbed")
driver.check(at(calm, 0.5) > 0, "time is measured")
driver.check(lost == 0, "no frame is lost")
driver.check(at(calm, 0.99) < CALM_P99_MS, "p99 of frames in between below " .. CALM_P99_MS .. " ms")
driver.check(at(spent, 0.99) < P99_MS, "p99 below " .. P99_MS .. " ms")
