-- SPDX-License-Identifier: MIT
-- Many requests at once on one thread, without an event loop: which of these streams has something, which has ended.
local core = require "chatabi.half"
local wait = require "chatabi.wait"

local many = {}

local function check_list(streams, name, level)
  if type(streams) ~= "table" then
    error(("bad argument #1 to '%s' (list of streams expected, got %s)"):format(name, type(streams)), level + 1)
  end
end

local function is_open(stream)
  local open, done = pcall(stream.done, stream)
  return open and not done
end

local function some(streams, test)
  for _, stream in ipairs(streams) do
    if test(stream) then return stream end
  end
end

local function poll(streams, ms)
  local ready = core.poll(streams, ms)
  return ready[1] and ready or false
end

-- Those of `streams` that have something to read, as soon as there is one. An empty list when none had in time, or all
-- have been read to the end.
function many.select(streams, timeout_s, name, level)
  check_list(streams, name, level + 1)
  local deadline = wait.deadline(timeout_s, name, 2, level + 1)
  local ready
  repeat
    if not some(streams, is_open) then return {} end
    ready = wait.until_ready(poll, streams, deadline)
  until ready or deadline and core.now() >= deadline
  return ready or {}
end

local function ended(streams)
  return some(streams, function(stream) return stream:done() end)
end

-- The first of `streams` that has ended, and what its `result` gives; nil when none has in time. Reads them all
-- meanwhile, as stream:wait does.
function many.wait_any(streams, timeout_s, name, level)
  check_list(streams, name, level + 1)
  local deadline = wait.deadline(timeout_s, name, 2, level + 1)
  local first = ended(streams)
  while not first and streams[1] do
    local left = deadline and math.max(0, deadline - core.now())
    local ready = many.select(streams, left, name, level + 1)
    for _, stream in ipairs(ready) do core.stream_skip(stream, 0) end
    first = ended(ready)
    if not first and left == 0 then return nil end
  end
  if first then return first, first:result() end
end

return many
