-- SPDX-License-Identifier: MIT
-- Many requests at once on one thread, without an event loop: which of these streams has something, which has ended.
local core = require "chatabi.half"
local wait = require "chatabi.wait"

local many = {}

local function check_list(streams, name, level)
  if type(streams) ~= "table" then
    error(("bad argument #1 to '%s' (list of streams expected, got %s)"):format(name, type(streams)), level + 1)
  end
  for at, stream in ipairs(streams) do
    local is_stream = getmetatable(stream) == core.stream or (type(stream) == "table" and stream.done)
    if not is_stream then
      local got = tostring(stream):match "^chatabi %a+" or type(stream)
      error(("bad argument #1 to '%s' (stream expected at [%d], got %s)"):format(name, at, got), level + 1)
    end
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

-- What has a descriptor: of a conversation's turn it is the stream that it reads now.
local function source_of(stream) return type(stream) == "table" and stream.stream or stream end

-- Those that have something now or within `ms`; nil when nothing can come: all were read to the end, or wait to be
-- answered.
local function look(streams, ms)
  local is_ready, sources, found = {}, {}, {}
  for _, stream in ipairs(streams) do
    if not is_open(stream) then
      is_ready[stream] = false
    elseif stream:dirty() then
      is_ready[stream], ms = true, 0
    elseif stream:events() then
      sources[#sources + 1] = source_of(stream)
    end
  end
  for _, source in ipairs(core.poll(sources, ms)) do is_ready[source] = true end
  for _, stream in ipairs(streams) do
    local known = is_ready[stream]
    if known == nil then known = is_ready[source_of(stream)] end
    if known then found[#found + 1] = stream end
  end
  if found[1] then return found end
  return sources[1] and false
end

-- Those of `streams` that have something to read, as soon as there is one. An empty list when none had in time, or
-- nothing more can come. `streams` may have turns of conversations among them.
function many.select(streams, timeout_s, name, level)
  check_list(streams, name, level + 1)
  local deadline = wait.deadline(timeout_s, name, 2, level + 1)
  local ready
  repeat ready = wait.until_ready(look, streams, deadline) until ready ~= false or deadline and core.now() >= deadline
  return ready or {}
end

-- Takes what is there. Of a stream that is many events at once.
local function advance(stream)
  if getmetatable(stream) == core.stream then return core.stream_skip(stream, 0) end
  stream:next(0)
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
  while not first do
    local left = deadline and math.max(0, deadline - core.now())
    local ready = many.select(streams, left, name, level + 1)
    for _, stream in ipairs(ready) do advance(stream) end
    first = ended(ready)
    if not first and (left == 0 or not ready[1]) then return nil end
  end
  if first then return first, first:result() end
end

return many
