-- SPDX-License-Identifier: MIT
-- Waiting in coroutines: one thread, many requests, whatever the scheduler. Each scheduler is asked for the same.
local chatabi = require "chatabi"
local helper = require "spec.lua.helper"

setup(helper.start)
teardown(helper.stop)

local is_lua51 = _VERSION == "Lua 5.1" and not jit -- nothing yields across an iterator there

-- Everything that waits, in one coroutine: true when all of it gave what it should.
local function talk(client)
  local first = assert(client:chat "Hello")
  local stream, texts = client:stream "Hello", {}
  local chunk = stream:next()
  while chunk do
    texts[#texts + 1] = chunk.text
    chunk = stream:next()
  end
  assert(table.concat(texts) == first.text)
  assert(client:stream("Hello"):wait().text == first.text)
  assert(client:embeddings("Hello").vector[1])
  local conversation = client:conversation {
    tools = { get_weather = { run = function() return assert(client:chat "Hello").text end } },
  }
  assert(conversation:send "Weather in Oslo?")
  assert(#conversation.messages == 4 and conversation.messages[3].content == first.text)
  if not is_lua51 then
    texts = {}
    for piece in client:stream "Hello" do texts[#texts + 1] = piece.text end
    assert(table.concat(texts) == first.text)
  end
  return true
end

-- `start(fn)` runs fn in a coroutine of the scheduler, `run()` lets the scheduler work until all have ended.
local function behaves(yield, start, run)
  local client = helper.client { yield = yield }
  local done, events = 0, {}
  for _ = 1, 5 do
    start(function() if talk(client) then done = done + 1 end end)
  end
  start(function()
    local slow = client:stream("Hello", helper.fault "slow_first_byte=250")
    assert(slow:wait())
    events[#events + 1] = "slow"
  end)
  start(function()
    assert(client:chat "Hello")
    events[#events + 1] = "quick"
  end)
  run()
  assert.equal(5, done)
  assert.same({ "quick", "slow" }, events)
  client:close()
end

-- A wait that has a limit ends at it, and a cancel wakes who waits.
local function keeps_time(yield, start, run)
  local client = helper.client { yield = yield }
  local seen = {}
  start(function()
    local stream = client:stream("Hello", helper.fault "stall=1")
    assert(stream:next())
    seen.timeout = stream:next(0.05)
    local answer, err = stream:wait(0.05)
    seen.answer, seen.name = answer, err.name
    stream:close()
  end)
  run()
  assert.is_false(seen.timeout)
  assert.is_nil(seen.answer)
  assert.equal("TIMEOUT", seen.name)
  client:close()
end

local function wakes_on_cancel(yield, start, run)
  local client = helper.client { yield = yield }
  local stream = client:stream("Hello", helper.fault "stall=1")
  local name
  start(function()
    local _, err = stream:wait()
    name = err.name
  end)
  start(function()
    assert(client:chat "Hello")
    stream:cancel()
  end)
  run()
  assert.equal("CANCELLED", name)
  client:close()
end

-- CPU seconds of a wait of 0.3 s: one that asks over and over again would need all of it.
local function does_not_spin(yield, start, run)
  local client = helper.client { yield = yield }
  local used
  start(function()
    assert(client:chat "Hello")
    local stream = client:stream("Hello", helper.fault "slow_first_byte=300")
    local before = os.clock()
    assert(stream:wait())
    used = os.clock() - before
  end)
  run()
  assert.is_true(used < 0.2, "the wait took " .. tostring(used) .. " s of CPU")
  client:close()
end

local function all(yield, start, run, has_no_timeouts)
  it("runs requests side by side", function() behaves(yield(), start, run) end)
  if not has_no_timeouts then it("keeps limits of time", function() keeps_time(yield(), start, run) end) end
  it("wakes who waits for what is cancelled", function() wakes_on_cancel(yield(), start, run) end)
  it("does not spin", function() does_not_spin(yield(), start, run) end)
end

describe("chatabi.loop", function()
  local waiting = {}
  local function start(run) waiting[#waiting + 1] = run end
  local function run()
    local list = waiting
    waiting = {}
    chatabi.loop.run((table.unpack or unpack)(list)) -- luacheck: ignore
  end
  all(function() return chatabi.loop.yield end, start, run)

  it("runs what is spawned meanwhile", function()
    local client = helper.client { yield = chatabi.loop.yield }
    local texts = {}
    chatabi.loop.run(function(...)
      assert.equal(0, select("#", ...))
      chatabi.loop.spawn(function(prompt) texts[#texts + 1] = assert(client:chat(prompt)).text end, "Hello")
    end)
    assert.equal(1, #texts)
    client:close()
  end)

  it("ends with the first error", function()
    local problem = setmetatable({}, { __tostring = function() return "broken" end })
    local good, err = pcall(chatabi.loop.run, function() error(problem) end, function() coroutine.yield() end)
    assert.is_false(good)
    assert.equal(problem, err)
    chatabi.loop.run(function() end)
  end)

  it("tells who waits for a stream that is closed", function()
    local client = helper.client { yield = chatabi.loop.yield }
    local stream = client:stream("Hello", helper.fault "stall=1")
    local good, message
    chatabi.loop.run(
      function() good, message = (is_lua51 and require("chatabi.wait").pcall or pcall)(stream.wait, stream) end,
      function() stream:close() end)
    assert.is_false(good)
    assert.matches("the stream is closed", message)
    client:close()
  end)

  it("tells who waits for a client that is closed, and lets the others go on", function()
    local client = helper.client { yield = chatabi.loop.yield }
    local went_on = false
    local waits = coroutine.wrap(function()
      client:ready(5)
    end)
    start(function()
      local pollable, timeout_s = waits()
      coroutine.yield(pollable, timeout_s)
      assert.error_matches(waits, "the client is closed")
    end)
    start(function()
      client:close()
      coroutine.yield()
      went_on = true
    end)
    run()
    assert.is_true(went_on)
  end)

  it("waits for whichever stream of a client is ready", function()
    local client = helper.client { yield = chatabi.loop.yield }
    local ready
    chatabi.loop.run(function()
      local stream = client:stream "Hello"
      ready = client:ready() == stream
      stream:close()
    end)
    assert.is_true(ready)
    client:close()
  end)

  it("is not for others", function()
    assert.error_matches(function() chatabi.loop.spawn(print) end, "bad call of 'spawn'")
    assert.error_matches(function() chatabi.loop.run(function() chatabi.loop.run() end) end, "bad call of 'run'")
  end)
end)

describe("cqueues", function()
  local found, cqueues = pcall(require, "cqueues")
  if not found then return it("is not installed", function() pending "no cqueues" end) end
  local queue = cqueues.new()
  all(chatabi.loop.cqueues, function(run) queue:wrap(run) end, function() assert(queue:loop()) end)

  it("polls streams and clients themselves", function()
    local client = helper.client()
    local stream = client:stream "Hello"
    assert.equal(stream, cqueues.poll(stream, 5))
    assert.equal(client, cqueues.poll(client, 5))
    stream:close()
    client:close()
  end)
end)

describe("copas", function()
  local found, copas = pcall(require, "copas")
  if not found then return it("is not installed", function() pending "no copas" end) end
  -- Copas 1 ends its loop by itself never
  local open = 0
  local function start(run)
    open = open + 1
    copas.addthread(function()
      run()
      open = open - 1
    end)
  end
  local function run()
    while open > 0 do copas.step(0.05) end
  end
  all(chatabi.loop.copas, start, run, not copas.settimeout)
end)

describe("luv", function()
  local found, uv = pcall(require, "luv")
  if not found or rawget(_G, "vim") then return it("is not installed", function() pending "no luv" end) end
  local function start(task) assert(coroutine.resume(coroutine.create(task))) end
  all(function() return chatabi.loop.luv(uv) end, start, function() uv.run() end)
end)

describe("Neovim", function()
  local vim = rawget(_G, "vim")
  if not vim then return it("is not the host", function() pending "not in Neovim" end) end
  local open = 0
  local function start(task)
    open = open + 1
    assert(coroutine.resume(coroutine.create(function()
      task()
      vim.api.nvim_get_current_buf() -- which a callback of libuv may not call
      open = open - 1
    end)))
  end
  all(chatabi.loop.nvim, start, function() assert.is_true(vim.wait(8000, function() return open == 0 end, 5)) end)
end)

describe("LuaSocket", function()
  local found, socket = pcall(require, "socket")
  if not found then return it("is not installed", function() pending "no LuaSocket" end) end
  it("selects streams and clients", function()
    local client = helper.client()
    local stream = client:stream "Hello"
    assert.equal(stream, socket.select({ stream }, nil, 5)[1])
    assert.equal(client, socket.select({ client }, nil, 5)[1])
    stream:close()
    client:close()
  end)
end)

describe("any scheduler", function()
  it("is handed the stream and the time that is left", function()
    local client = helper.client()
    local stream = client:stream("Hello", helper.fault "slow_first_byte=100")
    local routine = coroutine.create(function() return stream:await(coroutine.yield, 10) end)
    local good, pollable, timeout_s = coroutine.resume(routine)
    assert.is_true(good)
    assert.equal(stream, pollable)
    assert.is_true(timeout_s > 9 and timeout_s <= 10)
    local answer
    repeat
      stream.next(stream, 0) -- whoever resumes it too early does no harm
      good, answer = coroutine.resume(routine)
      assert.is_true(good)
    until coroutine.status(routine) == "dead"
    assert.is_true(#answer.text > 0)
    client:close()
  end)

  it("is left out of what waits outside of coroutines", function()
    local client = helper.client { yield = function() error "asked" end }
    if require("chatabi.wait").in_coroutine() then return pending "busted runs it in a coroutine" end
    assert(client:chat "Hello")
    client:close()
  end)

  it("can be changed and taken away", function()
    local client = helper.client { yield = function() error "asked" end }
    local function chat() return coroutine.wrap(function() return (client:chat "Hello") end)() end
    assert.error_matches(chat, "asked")
    client:set_yield(nil)
    assert.is_true(#chat().text > 0)
    assert.error_matches(function() client:set_yield(1) end, "bad argument #1 to 'set_yield'")
    assert.error_matches(function() chatabi.new { yield = 1 } end, "bad option 'yield'")
    assert.error_matches(function() client:chat("Hello", { yield = 1 }) end, "bad option 'yield'")
    assert.error_matches(function() (client:stream "x"):await() end, "bad argument #1 to 'await'")
    client:close()
  end)
end)

describe("nginx", function()
  it("is refused elsewhere; what it does is shown in nginx", function()
    assert.error_matches(chatabi.loop.nginx, "bad call of 'nginx' %(it is for Lua inside of nginx%)")
  end)
end)
