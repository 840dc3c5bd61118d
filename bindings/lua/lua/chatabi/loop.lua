-- SPDX-License-Identifier: MIT
-- `yield` functions for event loops, and a small scheduler for programs that have none. A yield function is called as
-- yield(pollable, timeout_s or nil) in the coroutine that wants to read; it returns when there may be something.
local core = require "chatabi.half"
local wait = require "chatabi.wait"

local loop = {}

-- cqueues polls whatever has pollfd, events and timeout, and goes on watching the descriptor until it is told not to:
-- which must be before the descriptor is closed.
function loop.cqueues()
  local cqueues = require "cqueues"
  return function(pollable, timeout_s)
    cqueues.poll(pollable, timeout_s)
    cqueues.cancel(pollable)
  end
end

-- Copas waits for what looks like a socket of LuaSocket: the second time it asks, there is something. It closes the
-- last socket of a thread that ends. Copas 1 knows no timeouts: there a wait with one ends when something comes.
function loop.copas()
  local copas = require "copas"
  return function(pollable, timeout_s)
    local asked = false
    local socket = {
      getfd = function() return pollable:pollfd() end,
      dirty = function() return false end,
      close = function() return true end,
      receive = function()
        if asked then return true end
        asked = true
        return nil, "timeout"
      end,
    }
    if timeout_s and copas.settimeout then copas.settimeout(socket, timeout_s) end
    copas.receive(socket)
  end
end

local function resume(routine)
  local good, message = coroutine.resume(routine)
  if not good then error(debug.traceback(routine, tostring(message)), 0) end
end

-- For libuv: `uv` is luv, by default require "luv". `schedule` wraps the callback, for hosts that restrict what one may
-- do in it.
function loop.luv(uv, schedule)
  uv = uv or require "luv"
  return function(pollable, timeout_s)
    local routine, waiting = wait.running(), true
    local function wake()
      if not waiting then return end
      waiting = false
      resume(routine)
    end
    if schedule then wake = schedule(wake) end
    local poll = uv.new_poll(pollable:pollfd())
    local timer = timeout_s and uv.new_timer()
    poll:start(pollable:events(), wake)
    if timer then timer:start(math.ceil(timeout_s * 1000), 0, wake) end
    coroutine.yield()
    waiting = false
    poll:close()
    if timer then timer:close() end
  end
end

-- Neovim runs libuv's callbacks where most of its API is forbidden.
function loop.nvim()
  local vim = rawget(_G, "vim")
  return loop.luv(vim.uv or vim.loop, vim.schedule_wrap)
end

-- nginx's Lua: see there.
function loop.nginx()
  local ngx = _G.ngx
  if type(ngx) ~= "table" or not ngx.timer then error("bad call of 'nginx' (it is for Lua inside of nginx)", 2) end
  return require "chatabi.loop.nginx"(ngx, require "ngx.semaphore")
end

-- ---- a scheduler ----

local ASK_AGAIN_MS = 10

local tasks -- of the loop.run that is running: list of { routine, pollable, deadline }

-- The yield function for coroutines of loop.run.
function loop.yield(pollable, timeout_s) return coroutine.yield(pollable, timeout_s) end

-- Adds a coroutine to the loop.run that is running.
function loop.spawn(run, ...)
  if not tasks then error("bad call of 'spawn' (it is for functions that loop.run runs)", 2) end
  tasks[#tasks + 1] = { routine = coroutine.create(run), arguments = { n = select("#", ...), ... } }
end

local unpack = table.unpack or unpack -- luacheck: ignore

local function step(task)
  local arguments = task.arguments or { n = 0 }
  task.arguments = nil
  local good, pollable, timeout_s = coroutine.resume(task.routine, unpack(arguments, 1, arguments.n))
  if not good then error(pollable, 0) end
  task.pollable = pollable
  task.deadline = timeout_s and core.now() + timeout_s
end

local function is_client(pollable) return getmetatable(pollable) == core.client end

-- Who waits for a client that was closed meanwhile has to find that out.
local function is_closed(client) return not pcall(client.events, client) end

-- Streams and clients that tasks wait for, and for how long nobody needs to be resumed.
local function waits()
  local streams, clients, ms, now = {}, {}, wait.SLICE_MS, core.now()
  for _, task in ipairs(tasks) do
    if not task.pollable or is_client(task.pollable) and is_closed(task.pollable) then
      ms = 0
    elseif is_client(task.pollable) then
      clients[#clients + 1] = task.pollable
    else
      streams[#streams + 1] = task.pollable
    end
    if task.deadline then ms = math.min(ms, math.max(0, math.ceil((task.deadline - now) * 1000))) end
  end
  return streams, clients, ms
end

-- Waits until one of them has something to read; the streams that have. What is polled at once are streams: while a
-- client is waited for too, it is asked every few milliseconds.
local function poll()
  local streams, clients, ms = waits()
  local ready = {}
  if clients[1] then ms = math.min(ms, ASK_AGAIN_MS) end
  if streams[1] then
    for _, stream in ipairs(core.poll(streams, ms)) do ready[stream] = true end
  elseif clients[1] then
    core.client_ready(clients[1], ms)
  end
  return ready
end

-- A stream that was closed meanwhile never becomes ready: its task is to find that out.
local function is_over(stream)
  local open, done = pcall(stream.done, stream)
  return not open or done
end

local function is_due(task, ready, now)
  local pollable = task.pollable
  if not pollable or ready[pollable] or task.deadline and task.deadline <= now then return true end
  if is_client(pollable) then return is_closed(pollable) or core.client_ready(pollable, 0) end
  return is_over(pollable)
end

local function turn()
  local ready = poll()
  local now, left = core.now(), {}
  for at = 1, #tasks do -- those that are spawned meanwhile have their turn next time
    if is_due(tasks[at], ready, now) then step(tasks[at]) end
  end
  for _, task in ipairs(tasks) do
    if coroutine.status(task.routine) ~= "dead" then left[#left + 1] = task end
  end
  tasks = left
end

-- Runs functions as coroutines by turns until all have ended; an error in one ends it all. The clients that they use
-- need `yield = chatabi.loop.yield`.
function loop.run(...)
  if tasks then error("bad call of 'run' (a loop is running: use loop.spawn)", 2) end
  tasks = {}
  local good, err = pcall(function(...)
    for at = 1, select("#", ...) do loop.spawn((select(at, ...))) end
    while tasks[1] do turn() end
  end, ...)
  tasks = nil
  if not good then error(err, 0) end
end

return loop
