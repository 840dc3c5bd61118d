-- SPDX-License-Identifier: MIT
-- Waiting in nginx with Lua. Its event loop watches its own sockets and takes no descriptor from elsewhere. So one
-- light thread for each worker asks the clients that are waited for what has come, and wakes those who wait for it,
-- each by a semaphore: one question for all streams, instead of a timer for each. It ends when nobody waits.
local core = require "chatabi.half"

-- nginx counts time in milliseconds. Where nothing comes the pauses grow: what comes then was waited for so long that
-- an eighth of it more is not noticed.
local SHORTEST_S, LONGEST_S, SHARE = 0.001, 0.02, 1 / 8

-- Nobody is told that a stream was closed, or that nginx ended the thread that waits for it. So a wait is made of
-- slices, and one that was not begun again is forgotten.
local SLICE_S, TIDY_S = 0.5, 0.25

local polled = {} -- client -> what is waited for: a stream, or an entry of a wait for the client -> that entry
local spare = {} -- semaphores that nobody uses
local kick -- ends the pause of the poller
local last = 0 -- when something came, or a new stream was waited for
local alive_until = 0 -- one whose time is over never began, as nginx has a limit of timers, or broke
local generation = 0 -- of pollers: an older one ends

-- ---- the poller ----

local function wake(entries, key)
  entries[key].semaphore:post(1)
  entries[key] = nil
end

local function wake_if(entries, test)
  for key, entry in pairs(entries) do
    if test(entry) then wake(entries, key) end
  end
end

local function is_of_client(entry) return entry.of_client end
local function is_any() return true end

-- Wakes those who wait for streams that have something to read: the client names them in turn, one round.
local function deliver(client, entries)
  local first, found
  local stream = core.client_ready(client, 0)
  while stream and stream ~= first do
    first = first or stream
    if entries[stream] then
      wake(entries, stream)
      found = true
    end
    stream = core.client_ready(client, 0)
  end
  if first then wake_if(entries, is_of_client) end
  return found
end

-- That a client was closed is for those who wait to find out.
local function ask(client, entries)
  local open, found = pcall(deliver, client, entries)
  if not open then wake_if(entries, is_any) end
  return found
end

local function forget(now)
  for _, entries in pairs(polled) do
    for key, entry in pairs(entries) do
      if entry.good_until < now then entries[key] = nil end
    end
  end
end

local function poll(_, mine)
  local tidy_at = 0
  while mine == generation and next(polled) ~= nil do
    local now = core.now()
    for client, entries in pairs(polled) do
      if next(entries) == nil then
        polled[client] = nil
      elseif ask(client, entries) then
        last = now
      end
    end
    if now >= tidy_at then
      tidy_at = now + TIDY_S
      forget(now)
    end
    alive_until = now + SLICE_S
    kick:wait(math.max(SHORTEST_S, math.min(LONGEST_S, (now - last) * SHARE)))
  end
  if mine == generation then alive_until = 0 end
end

-- Also in a worker that is ending: there is still something under way. But a first timer there would leave a connection
-- open that nginx complains about: ngx_lua's watcher of timers, which is closed when the end begins.
local function start(ngx, now)
  if generation == 0 and ngx.worker.exiting() then return false end
  generation = generation + 1
  if not ngx.timer.at(0, poll, generation) then return false end
  alive_until = now + SLICE_S
  return true
end

-- ---- those who wait ----

local function is_client(pollable) return getmetatable(pollable) == core.client end

-- A new stream ends the pause that came of having nothing to do.
local function greet(stream, now)
  local notes = core.notes(stream)
  if notes.greeted then return end
  notes.greeted = true
  if (now - last) * SHARE > SHORTEST_S then kick:post(1) end
  last = now
end

local function enter(pollable, semaphore, now)
  local of_client = is_client(pollable)
  local entry = { semaphore = semaphore, good_until = now + SLICE_S + TIDY_S, of_client = of_client }
  local client, key = pollable, entry
  if not of_client then
    greet(pollable, now)
    client, key = core.notes(pollable).client, pollable
  end
  local entries = polled[client] or {}
  polled[client], entries[key] = entries, entry
  return entries, key, entry
end

-- (ngx, ngx.semaphore) -> the yield function
return function(ngx, semaphores)
  return function(pollable, timeout_s)
    kick = kick or assert(semaphores.new())
    local now = core.now()
    local semaphore = table.remove(spare) or assert(semaphores.new())
    local entries, key, entry = enter(pollable, semaphore, now)
    local slice = math.min(timeout_s or SLICE_S, SLICE_S)
    if alive_until <= now and not start(ngx, now) then slice = math.min(slice, SHORTEST_S) end -- no timer to be had
    local good, why = semaphore:wait(slice)
    if entries[key] == entry then entries[key] = nil end
    if not good and why ~= "timeout" then error("chatabi.loop.nginx() cannot wait here: " .. tostring(why), 0) end
    spare[#spare + 1] = semaphore
  end
end
