-- SPDX-License-Identifier: MIT
-- Turns of conversations, read piece by piece: in a loop, in a frame loop, and in coroutines.
local chatabi = require "chatabi"
local helper = require "spec.lua.helper"
local script = require "spec.lua.script"

setup(helper.start)
teardown(helper.stop)

local client
before_each(function() client = helper.client() end)
after_each(function() client:close() end)

local WHERE = { type = "object", properties = { where = { type = "string" } }, required = { "where" } }

-- Two tools; `made` makes what they run.
local function senses(made)
  local function sense(name)
    return { parameters = WHERE, run = made and made(name) or function() return name .. " done" end }
  end
  return { look = sense "look", listen = sense "listen" }
end

-- The kinds of what came: texts as one word, a call and a result with the tool's name.
local function kind_of(chunk)
  if chunk.type == "tool" then return "?" .. chunk.tool_call["function"].name end
  if chunk.type == "tool_result" then return "!" .. chunk.tool_call["function"].name end
  return chunk.type == "text" and "text" or nil
end

local function add(kinds, chunk)
  local kind = kind_of(chunk)
  if kind and not (kind == "text" and kinds[#kinds] == "text") then kinds[#kinds + 1] = kind end
end

-- Reads as a game does; `on_frame(turn)` is called between two frames.
local function play(turn, on_frame)
  local kinds, texts = {}, {}
  for _ = 1, 2000 do
    for chunk in turn:drain() do
      add(kinds, chunk)
      texts[#texts + 1] = chunk.text
    end
    if turn:done() then break end
    if on_frame then on_frame(turn) end
    client:ready(0.01)
  end
  assert.is_true(turn:done())
  return table.concat(kinds, " "), table.concat(texts)
end

local function roles(messages)
  local names = {}
  for at, message in ipairs(messages) do names[at] = message.role end
  return table.concat(names, " ")
end

describe("a for loop over a turn", function()
  it("gives calls, results and the text of all rounds", function()
    local talk = client:conversation { tools = senses() }
    local kinds, texts, results = {}, {}, {}
    local turn = talk:stream "Look around in steps."
    for chunk in turn do
      add(kinds, chunk)
      texts[#texts + 1] = chunk.text
      if chunk.type == "tool_result" then results[#results + 1] = chunk.result end
    end
    assert.equal("?listen !listen ?look !look text", table.concat(kinds, " "))
    assert.same({ "listen done", "look done" }, results)
    local answer = assert(turn:result())
    assert.equal(answer.text, table.concat(texts))
    assert.equal("user assistant tool assistant tool assistant", roles(talk.messages))
    assert.is_true(turn:done())
    assert.is_nil(turn:error())
    assert.is_nil(turn:next())
    assert.equal(3, talk.usage.requests)
    assert.is_true(talk.usage.total_tokens > answer.usage.total_tokens)
  end)

  it("gives the calls of one answer in order, each result behind its run", function()
    local log = {}
    local talk = client:conversation { tools = senses(function(name)
      return function() log[#log + 1] = name end
    end) }
    local kinds = {}
    for chunk in talk:stream "Look and listen in parallel." do
      add(kinds, chunk)
      if chunk.type == "tool_result" then assert.equal("done", chunk.result) end
      if kinds[#kinds] == "!listen" and #kinds == 3 then assert.same({ "listen" }, log) end
    end
    assert.equal("?listen ?look !listen !look text", table.concat(kinds, " "))
    assert.equal("user assistant tool tool assistant", roles(talk.messages))
  end)

  it("raises when a round breaks", function()
    local talk = client:conversation()
    local turn = talk:stream("Hello", helper.fault "cut=3")
    local good, err = pcall(function()
      for _ in turn do end -- luacheck: ignore 542
    end)
    assert.is_false(good)
    assert.equal(turn:error(), err)
    assert.equal("user", roles(err.turn))
    assert.is_true(#err.partial.text > 0)
    assert.same({}, talk.messages)
    assert.is_true(turn:done())
    assert(talk:send "Hello")
  end)

  it("closes the turn at a break, in Lua 5.4", function()
    local talk = client:conversation()
    local iterator, state, control, closing = talk:stream "Hello"
    assert.is_nil(state)
    assert.is_nil(control)
    assert.equal(iterator, closing)
    iterator:close()
    if _VERSION < "Lua 5.4" then return end
    for _ in talk:stream "Hello" do break end -- luacheck: ignore 512
    assert(talk:send "Hello")
  end)
end)

describe("next", function()
  it("gives a chunk, not yet, and the end", function()
    local talk = client:conversation { tools = senses() }
    local turn = talk:stream("Look.", helper.fault "slow_first_byte=40")
    assert.is_false(turn:next(0))
    local kinds = {}
    while true do
      local chunk, err = turn:next(5)
      if not chunk then
        assert.is_nil(chunk)
        assert.is_nil(err)
        break
      end
      add(kinds, chunk)
    end
    assert.equal("?listen !listen text", table.concat(kinds, " "))
    assert.error_matches(function() turn:next "1" end, "seconds expected")
  end)

  it("returns the error that ends the turn", function()
    local turn = client:conversation():stream("Hello", helper.fault "cut=3")
    local chunk, err
    repeat chunk, err = turn:next(5) until not chunk
    assert.is_nil(chunk)
    assert.equal(turn:error(), err)
    assert.equal(err, select(2, turn:result()))
    assert.equal(err, select(2, turn:next()))
  end)
end)

describe("sentences", function()
  it("come from all rounds, and call tools on the way", function()
    local talk = client:conversation { tools = senses() }
    local turn, whole = talk:stream "Look.", {}
    for sentence in turn:sentences() do whole[#whole + 1] = sentence end
    assert.matches("here is what it means: all is well.", table.concat(whole, " "), 1, true)
    assert.equal(4, #talk.messages)
  end)
end)

describe("wait", function()
  it("runs the tools, and can be called again after its time", function()
    local talk = client:conversation { tools = senses() }
    local turn = talk:stream("Look in steps.", helper.fault "slow_first_byte=30")
    local answer, err = turn:wait(0.01)
    assert.is_nil(answer)
    assert.equal("TIMEOUT", err.name)
    assert.equal("STATE", select(2, turn:result()).name)
    answer = assert(turn:wait(5))
    assert.equal(answer, turn:wait())
    assert.equal(6, #talk.messages)
  end)
end)

describe("a frame loop", function()
  it("never blocks, and runs the tools between frames", function()
    local talk = client:conversation { tools = senses() }
    local turn = talk:stream("Look in steps.", helper.fault "slow_first_byte=25")
    local longest = 0
    local drain = turn.drain
    function turn.drain(...)
      local began = helper.time
      local seconds, iterator, state = began(drain, ...)
      longest = math.max(longest, seconds)
      return iterator, state
    end
    local kinds, text = play(turn)
    assert.equal("?listen !listen ?look !look text", kinds)
    assert.equal(text, assert(turn:result()).text)
    assert.is_true(longest < 0.05)
  end)

  it("never raises", function()
    local turn = client:conversation():stream("Hello", helper.fault "cut=3")
    play(turn)
    assert.is_table(turn:error())
  end)
end)

describe("a tool without run", function()
  local function walking(prompt, tools)
    local talk = client:conversation { tools = tools or { walk = { parameters = WHERE } } }
    return talk:stream(prompt), talk
  end

  it("is answered from a frame loop, later", function()
    local turn, talk = walking "Walk in steps."
    local waited, answered = 0, {}
    local kinds = play(turn, function()
      local pending = turn:pending()
      if #pending == 0 then return end
      assert.equal("walk", pending[1].name)
      assert.is_string(pending[1].arguments.where)
      assert.is_false(turn:next(0))
      assert.is_false(turn:dirty())
      assert.equal("tools", turn:state())
      waited = waited + 1
      if waited % 3 == 0 then
        turn:answer(pending[1], { at = "the door" })
        assert.is_true(turn:dirty())
        assert.equal(0, turn:timeout())
        answered[#answered + 1] = pending[1].id
      end
    end)
    assert.equal("?walk !walk ?walk !walk text", kinds)
    assert.equal('{"at":"the door"}', talk.messages[3].content)
    assert.equal(answered[2], talk.messages[5].tool_call_id)
  end)

  it("may be answered as soon as its chunk comes", function()
    local turn, talk = walking "Walk in parallel, twice."
    for chunk in turn do
      if chunk.type == "tool" then turn:answer(chunk.tool_call, nil, "the door is shut") end
    end
    assert.equal("user assistant tool tool assistant tool tool assistant", roles(talk.messages))
    for _, at in ipairs { 3, 4, 6, 7 } do assert.equal('{"error":"the door is shut"}', talk.messages[at].content) end
  end)

  it("must be answered before a wait without a limit", function()
    local turn = walking "Walk."
    repeat local chunk = turn:next(5) until not chunk
    for _, read in ipairs { turn.next, turn.wait, getmetatable(turn).__call } do
      local good, raised = pcall(function()
        local chunk = read(turn)
        return chunk
      end)
      assert.is_false(good)
      assert.matches("turn_spec.lua:%d+: a call of 'walk' waits: answer the call first", raised)
    end
    local _, err = turn:wait(0.01)
    assert.equal("TIMEOUT", err.name)
    turn:answer(turn:pending()[1], "there")
    assert(turn:wait(5))
  end)

  it("is answered once, by a call of the turn that waits for it", function()
    local turn = walking("Walk and look in parallel.", { walk = { parameters = WHERE }, look = senses().look })
    local chunks = {}
    repeat
      local chunk = turn:next(5)
      if chunk and chunk.type == "tool" then chunks[#chunks + 1] = chunk.tool_call end
    until not chunk
    assert.equal("look", chunks[1]["function"].name)
    assert.is_false((pcall(turn.answer, turn, nil, "x")))
    for _, wrong in ipairs { {}, "x", { id = "x" }, chunks[1], 7 } do
      local good, raised = pcall(turn.answer, turn, wrong, "x")
      assert.is_false(good)
      assert.matches("bad argument #1 to 'answer'", raised)
    end
    turn:answer(chunks[2], "there")
    assert.is_false((pcall(turn.answer, turn, chunks[2], "again")))
    assert(turn:wait(5))
    assert.is_false((pcall(turn.answer, turn, chunks[2], "late")))
  end)

  it("is the one that is meant, though a server gives two calls the same id", function()
    local calls = script.calls({ "c1", "walk", '{"to":1}' }, { "c1", "walk", '{"to":2}' })
    for _, is_early in ipairs { true, false } do
      local player, path = script.client('"stream":true,"tools":[{"type":"function","function":{"name":"walk"}}],', {
        { said = { script.user "Go" }, message = calls, finish = "tool_calls" },
        { said = { script.result("c1", "one"), script.result("c1", "two") }, message = script.assistant "ok" },
      })
      local turn = player:conversation({ tools = { walk = {} } }):stream "Go"
      local chunks = {}
      repeat
        local chunk = turn:next(5)
        if chunk and chunk.type == "tool" then chunks[#chunks + 1] = chunk.tool_call end
      until is_early and chunks[2] or not chunk
      local given = is_early and chunks or turn:pending()
      turn:answer(given[2], "two")
      assert.is_false((pcall(turn.answer, turn, given[2], "again")))
      turn:answer(given[1], "one")
      local answer, err = turn:wait(5)
      os.remove(path)
      assert(answer, err)
    end
  end)

  it("holds up those behind it that have one, and no others", function()
    local log = {}
    local tools = { ago = {}, bow = {}, cry = { run = function() log[#log + 1] = "cry" end } }
    local wire = chatabi.array()
    for at, name in ipairs { "ago", "bow", "cry" } do
      wire[at] = { type = "function", ["function"] = { name = name } }
    end
    local calls = script.calls({ "c1", "ago", "{}" }, { "c2", "bow", "{}" }, { "c3", "cry", "{}" })
    local player, path = script.client('"stream":true,"tools":' .. chatabi.encode(wire) .. ",", {
      { said = { script.user "Go" }, message = calls, finish = "tool_calls" },
      { said = { script.result("c1", "1"), script.result("c2", "2"), script.result("c3", "done") },
        message = script.assistant "ok" },
    })
    local turn = player:conversation({ tools = tools }):stream "Go"
    repeat until not turn:next(5)
    local pending = turn:pending()
    assert.equal(2, #pending)
    turn:answer(pending[2], 2) -- out of order
    assert.is_false(turn:next(0))
    assert.same({}, log)
    turn:answer(pending[1], 1)
    local answer = assert(turn:wait(5))
    os.remove(path)
    assert.equal("ok", answer.text)
    assert.same({ "cry" }, log)
  end)

  it("may want to be approved first", function()
    local function approve() return false end
    local talk = client:conversation { tools = { walk = { parameters = WHERE } }, approve = approve }
    local turn = talk:stream "Walk."
    assert(turn:wait(5))
    assert.matches("did not allow", talk.messages[3].content)
  end)
end)

describe("cancel", function()
  it("in the first round leaves nothing", function()
    local talk = client:conversation()
    local turn = talk:stream("Hello", helper.fault "stall=3")
    assert.is_table(turn:next(5))
    turn:cancel()
    assert.is_true(turn:done())
    local chunk, err = turn:next()
    assert.is_nil(chunk)
    assert.equal("CANCELLED", err.name)
    assert.equal("user", roles(err.turn))
    assert.same({}, talk.messages)
    turn:cancel()
    assert(talk:send "Hello")
  end)

  it("in the midst of the second round keeps the first in the error", function()
    local talk = client:conversation { tools = senses() }
    local turn = talk:stream "Look."
    repeat
      local chunk = assert(turn:next(5))
    until chunk.type == "text"
    turn:cancel()
    local answer, err = turn:result()
    assert.is_nil(answer)
    assert.equal("CANCELLED", err.name)
    assert.is_true(#err.partial.text > 0)
    assert.equal("user assistant tool", roles(err.turn))
    assert.same({}, talk.messages)
  end)

  it("from a tool ends the turn behind it", function()
    local turn
    local talk = client:conversation { tools = senses(function()
      return function() turn:cancel() end
    end) }
    turn = talk:stream "Look."
    local answer, err = turn:wait(5)
    assert.is_nil(answer)
    assert.equal("CANCELLED", err.name)
    assert.same({}, talk.messages)
    assert(client:conversation():send "Hello")
  end)

  it("while a call waits for its answer", function()
    local talk = client:conversation { tools = { walk = {} } }
    local turn = talk:stream "Walk."
    repeat until not turn:next(5)
    turn:cancel()
    assert.same({}, turn:pending())
    assert.equal("CANCELLED", select(2, turn:wait()).name)
    assert.is_false(turn:dirty())
  end)
end)

describe("close", function()
  it("ends a turn, and leaves the conversation free", function()
    local talk = client:conversation { tools = senses() }
    local turn = talk:stream "Look."
    assert.is_table(turn:next(5))
    turn:close()
    turn:close()
    assert.equal("chatabi turn (closed)", tostring(turn))
    for _, name in ipairs { "next", "wait", "await", "drain", "result", "error", "done", "state", "info", "pollfd",
      "cancel", "pending", "answer", "dirty", "timeout" } do
      local good, raised = pcall(turn[name], turn)
      assert.is_false(good)
      assert.matches("the turn is closed", raised)
    end
    assert.same({}, talk.messages)
    assert(talk:send "Hello")
  end)

  it("from a loop ends the loop", function()
    local turn = client:conversation():stream "Hello"
    repeat until turn:next(5).type == "text"
    for _ in turn:drain() do turn:close() end
  end)
end)

describe("a function of the user that raises", function()
  it("ends the turn", function()
    local talk = client:conversation { tools = senses(), on_tool = function() error("the window is gone", 0) end }
    local turn = talk:stream "Look."
    assert.error_matches(function() turn:wait() end, "^the window is gone$")
    assert.is_true(turn:done())
    assert.equal("CANCELLED", turn:error().name)
    assert.matches("the window is gone", turn:error().message)
    assert.same({}, talk.messages)
    assert(client:conversation():send "Hello")
  end)

  it("may be one that reads the turn it is in", function()
    for _, name in ipairs { "next", "wait", "await" } do
      local turn
      local talk = client:conversation { tools = senses(function()
        return function()
          local chunk = turn[name](turn, name == "await" and coroutine.yield or nil)
          return chunk
        end
      end) }
      turn = talk:stream "Look."
      local good, raised = pcall(turn.wait, turn)
      assert.is_false(good)
      assert.matches("turn_spec.lua:%d+: a tool cannot read the turn that called it", raised)
    end
  end)

  it("is told to the model, whatever another coroutine tries meanwhile", function()
    local turn, told
    local talk = client:conversation { on_tool = function(_, result) told = result end, tools = senses(function()
      return function()
        coroutine.yield "tool"
        error "No luck."
      end
    end) }
    turn = talk:stream "Look."
    local reader = coroutine.create(function() return turn:wait() end)
    local good, place = coroutine.resume(reader)
    assert.is_true(good)
    assert.equal("tool", place)
    assert.error_matches(function() talk:send "Hello" end, "the conversation has an open turn")
    assert.error_matches(function() turn:next(0) end, "a tool of this turn is running in another coroutine")
    assert(coroutine.resume(reader))
    assert.equal('{"error":"No luck."}', told)
    assert.equal(4, #talk.messages)
  end)
end)

describe("a turn", function()
  it("tells what its request does", function()
    local talk = client:conversation()
    local turn = talk:stream "Hello"
    assert.equal("chatabi turn (round 1)", tostring(turn))
    assert.is_true(turn:pollfd() > 2)
    assert.equal("r", turn:events())
    assert.is_nil(turn:timeout())
    assert.is_false(turn:dirty())
    assert(turn:wait(5))
    assert.equal("done", turn:state())
    assert.equal(200, turn:info().http_status)
    assert.matches("text/event%-stream", turn:header "Content-Type")
  end)
end)

-- ---- coroutines ----

-- Runs coroutines on one thread. Each yields what it waits for.
local function schedule(routines)
  local waiting = {}
  for _, routine in ipairs(routines) do waiting[#waiting + 1] = { routine = routine } end
  for _ = 1, 100000 do
    local still, moved = {}, false
    for _, entry in ipairs(waiting) do
      local good, pollable = coroutine.resume(entry.routine)
      if not good then error(pollable, 0) end
      if coroutine.status(entry.routine) ~= "dead" then still[#still + 1] = entry end
      moved = moved or pollable == "tool"
    end
    waiting = still
    if #waiting == 0 then return end
    if not moved then client:ready(0.05) end
  end
  error "the coroutines do not come to an end"
end

describe("coroutines", function()
  it("hold fifty conversations with tools and a strict server on one thread", function()
    client:close()
    client = helper.strict_client { yield = coroutine.yield }
    local answers, order, overlapping, running = {}, {}, 0, 0
    local function conversation(number)
      local talk = client:conversation { tools = senses(function(name)
        return function()
          running = running + 1
          overlapping = math.max(overlapping, running)
          coroutine.yield "tool"
          running = running - 1
          return name .. number
        end
      end) }
      if number % 2 == 0 then
        answers[number] = assert(talk:send "Look around in steps.").text
      else
        local turn = talk:stream "Look around in steps."
        local texts = {}
        while true do
          local chunk, err = turn:next()
          if chunk == nil then
            assert(not err, err)
            break
          end
          texts[#texts + 1] = chunk.text
        end
        answers[number] = table.concat(texts)
      end
      order[#order + 1] = number
      assert.equal("user assistant tool assistant tool assistant", roles(talk.messages))
    end
    local routines = {}
    for number = 1, 50 do routines[number] = coroutine.create(function() conversation(number) end) end
    schedule(routines)
    for number = 1, 50 do assert.matches("look" .. number .. "”", answers[number], 1, true) end
    assert.is_true(overlapping > 5)
  end)

  it("wait with a yield function of their own", function()
    local waits, answer = 0, nil
    local function yield(pollable, timeout_s)
      waits = waits + 1
      assert.is_true(pollable:pollfd() > 2)
      assert.is_true(timeout_s <= 5)
      coroutine.yield()
    end
    schedule { coroutine.create(function()
      local turn = client:conversation({ tools = senses() }):stream "Look."
      answer = assert(turn:await(yield, 5))
    end) }
    assert.matches("canned", answer.text)
    assert.is_true(waits > 0)
    for _, wrong in ipairs { 7, false } do -- false: nil, where nobody gave one before
      assert.error_matches(function() client:conversation():stream("x"):await(wrong or nil) end,
        "bad argument #1 to 'await'")
    end
  end)

  it("can approve slowly", function()
    client:set_yield(coroutine.yield)
    local asked, talk = false, nil
    schedule { coroutine.create(function()
      talk = client:conversation { tools = senses(), approve = function()
        asked = true
        coroutine.yield "tool"
        return false, "too late"
      end }
      assert(talk:send "Look.")
    end) }
    assert.is_true(asked)
    assert.matches("too late", talk.messages[3].content)
  end)

  it("can be left alone with an open turn", function()
    client:set_yield(coroutine.yield)
    local talk = client:conversation()
    local routine = coroutine.create(function() talk:send("Hello", helper.fault "stall=3") end)
    coroutine.resume(routine)
    assert.error_matches(function() talk:send "Hello" end, "open turn")
    routine = nil -- luacheck: ignore 311
    assert(talk:send "Hello")
  end)
end)
