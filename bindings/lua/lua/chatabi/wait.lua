-- SPDX-License-Identifier: MIT
-- Every wait of the module. Without a scheduler it blocks in slices; with one, inside a coroutine, it hands what it
-- waits for to the scheduler's `yield` function: yield(pollable, timeout_s or nil).
local core = require "chatabi.half"

local wait = {}

-- Lua runs debug hooks, and so the Ctrl-C handler of the lua program, only between Lua instructions. A wait of many
-- seconds inside C would be deaf to it. Therefore every wait is a Lua loop over slices of this length.
wait.SLICE_MS = 100

-- Lua 5.1 returns nil in the main coroutine, later ones return it and true.
function wait.in_coroutine()
  local running, is_main = coroutine.running()
  return running ~= nil and not is_main
end

-- When a wait that begins now is to end; nil: never. What is no time is blamed on the caller of `name`.
function wait.deadline(timeout_s, name, position, level)
  if timeout_s == nil then return nil end
  if type(timeout_s) ~= "number" then
    local text = "bad argument #%d to '%s' (seconds expected, got %s)"
    error(text:format(position or 1, name, type(timeout_s)), (level or 2) + 1)
  end
  return core.now() + timeout_s
end

-- The seconds until then, for a wait that follows.
function wait.left(deadline)
  if deadline == nil then return nil end
  return math.max(0, deadline - core.now())
end

local function block(poll, handle, deadline)
  while true do
    local began = core.now()
    local ms = wait.SLICE_MS
    if deadline then ms = math.max(0, math.min(ms, math.ceil((deadline - began) * 1000))) end
    local result = poll(handle, ms)
    if result ~= false then return result end
    local now = core.now()
    if deadline and now >= deadline then return false end
    -- client:wake shows in a slice that was cut short
    if (now - began) * 1000 < ms - 1 then return false end
  end
end

-- LuaJIT runs no debug hooks in compiled code, so a loop that is compiled would be deaf to Ctrl-C after all.
if jit then jit.off(block) end

local function hand_over(poll, handle, deadline, yield)
  while true do
    local result = poll(handle, 0)
    if result ~= false then return result end
    if not deadline then
      yield(handle)
    else
      local left = deadline - core.now()
      if left <= 0 then return false end
      yield(handle, left)
    end
  end
end

-- Calls poll(handle, ms) until it gives something else than false. False when the deadline passed, or client:wake
-- ended the wait.
function wait.until_ready(poll, handle, deadline, yield)
  if yield and wait.in_coroutine() then return hand_over(poll, handle, deadline, yield) end
  return block(poll, handle, deadline)
end

local HAS_YIELD_IN_PCALL = _VERSION ~= "Lua 5.1" or jit ~= nil

-- Waits for the end of what is read, and closes it. Also when Ctrl-C or the scheduler ends the wait with an error: the
-- server shall stop too. A coroutine cannot yield across pcall in Lua 5.1, so there the collector does that.
function wait.finish(reader, may_yield)
  if may_yield and not HAS_YIELD_IN_PCALL and wait.in_coroutine() then
    local answer, err = reader:wait()
    reader:close()
    if answer then return answer end
    return nil, err
  end
  local good, answer, err = pcall(reader.wait, reader)
  reader:close()
  if not good then error(answer, 0) end
  if answer then return answer end -- and nothing behind it, or print would show a nil
  return nil, err
end

-- ---- pcall that a coroutine can yield across ----

local outer_of = setmetatable({}, { __mode = "kv" }) -- coroutine that `wait.pcall` made -> the one it runs for

local function relay(routine, good, ...)
  if not good then return false, ... end
  if coroutine.status(routine) == "dead" then return true, ... end
  return relay(routine, coroutine.resume(routine, coroutine.yield(...)))
end

-- In Lua 5.1 itself nothing yields across pcall: there the function runs in a coroutine of its own, whose yields are
-- passed on.
function wait.pcall(run, ...)
  if HAS_YIELD_IN_PCALL or not wait.in_coroutine() then return pcall(run, ...) end
  local routine = coroutine.create(function(...) return run(...) end)
  outer_of[routine] = coroutine.running()
  return relay(routine, coroutine.resume(routine, ...))
end

-- The coroutine to resume for the one that runs: the outermost, which passes on what it is resumed with.
function wait.running()
  local routine = coroutine.running()
  while outer_of[routine] do routine = outer_of[routine] end
  return routine
end

return wait
