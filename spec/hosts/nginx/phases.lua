-- SPDX-License-Identifier: MIT
-- chatabi.loop.nginx() in every phase whose code may wait, in timers and in coroutines of the program's own. Each
-- function here is a location of phases.test.mjs.
local chatabi = require "chatabi"
local semaphores = require "ngx.semaphore"
local settings = require "gateway.settings"

local MODEL = "google/gemini-2.5-flash"

local phases = {}
local client

-- Options of a request that the emulator is to serve in its way `fault`.
local function fault(name) return { headers = { ["x-emulator-fault"] = name } } end

local function get()
  if client then return client end
  local options = { yield = chatabi.loop.nginx(), model = MODEL, max_retries = 0 }
  for key, value in pairs(settings.backends.vertex) do options[key] = value end
  client = assert(chatabi.new(options))
  return client
end

-- Everything that waits.
local function talk()
  local first = assert(get():chat "Hello").text
  local texts = {}
  for chunk in get():stream "Hello" do texts[#texts + 1] = chunk.text end
  assert(table.concat(texts) == first)
  local conversation = get():conversation {
    tools = { get_weather = { run = function() return assert(get():chat "Hello").text end } },
  }
  assert(conversation:send "Weather in Oslo?")
  assert(conversation.messages[3].content == first)
  return "good"
end

phases.talk = talk

-- Those who are waited for later.
local function in_background(run)
  local done, result = semaphores.new(), nil
  assert(ngx.timer.at(0, function()
    local good, why = pcall(run)
    result = good and why or "bad: " .. tostring(why)
    done:post(1)
  end))
  assert(done:wait(10))
  return result
end

function phases.in_timer() return in_background(talk) end

function phases.in_own_coroutine() return coroutine.wrap(talk)() end

function phases.in_light_threads()
  local threads, results = {}, {}
  for at = 1, 10 do threads[at] = ngx.thread.spawn(talk) end
  for at = 1, 10 do
    local good, result = ngx.thread.wait(threads[at])
    results[at] = good and result or "bad"
  end
  return table.concat(results, " ")
end

-- A wait that has a limit ends at it, neither before nor long after.
function phases.in_time()
  local stream = get():stream("Hello", fault "stall=1")
  assert(stream:next())
  while stream:next(0.3) do end
  ngx.update_time()
  local began = ngx.now()
  assert(stream:next(0.2) == false)
  ngx.update_time()
  local took = ngx.now() - began
  stream:close()
  return took > 0.15 and took < 1 and "good" or "took " .. took
end

-- One that another light thread cancels, and one that it closes, while they are waited for.
function phases.ended_by_another()
  local results = {}
  for _, how in ipairs { "cancel", "close" } do
    local stream = get():stream("Hello", fault "stall=1")
    local reader = ngx.thread.spawn(function()
      local good, err = pcall(function()
        local chunk, why = stream:next()
        while chunk do chunk, why = stream:next() end
        return why.name
      end)
      return good and err or tostring(err):match "closed" or err
    end)
    ngx.sleep(0.2)
    stream[how](stream)
    results[#results + 1] = select(2, ngx.thread.wait(reader))
  end
  return table.concat(results, " ")
end

function phases.closed_client()
  local options = { yield = chatabi.loop.nginx() }
  for key, value in pairs(settings.backends.vertex) do options[key] = value end
  local another = assert(chatabi.new(options))
  local reader = ngx.thread.spawn(function()
    local stream = another:stream({ model = MODEL, messages = { { role = "user", content = "x" } } },
      fault "slow_first_byte=5000")
    local _, err = stream:next()
    return err.name
  end)
  ngx.sleep(0.1)
  another:close()
  return select(2, ngx.thread.wait(reader))
end

-- client:ready waits for whichever comes first.
function phases.whichever()
  local slow, quick = get():stream("Hello", fault "slow_first_byte=400"), get():stream "Hello"
  local order, left = {}, 2
  while left > 0 do
    local stream = assert(get():ready(5))
    for _ in stream:drain() do end
    if stream:done() then
      order[#order + 1] = stream == slow and "slow" or stream == quick and "quick" or "other"
      left = left - 1
    end
  end
  return table.concat(order, " ")
end

-- In a phase that may not wait there are no coroutines either, so waits block: good for nothing but to know that.
function phases.while_logging() ngx.log(ngx.NOTICE, "while logging: ", talk()) end

return phases
