-- SPDX-License-Identifier: MIT
local chatabi = require "chatabi"
local helper = require "spec.lua.helper"

setup(helper.start)
teardown(helper.stop)

local client
before_each(function() client = helper.client() end)
after_each(function() client:close() end)

local function read(stream)
  local texts = {}
  for chunk in stream do texts[#texts + 1] = chunk.text end
  return table.concat(texts)
end

describe("a for loop over a stream", function()
  it("gives the text", function()
    local stream = client:stream "Hello"
    local text = read(stream)
    assert.is_true(#text > 0)
    assert.is_true(stream:done())
    assert.is_nil(stream:error())
    local answer = assert(stream:result())
    assert.equal(text, answer.text)
    assert.equal("stop", answer.finish_reason)
    assert.equal("chat.completion", answer.completion.object)
  end)

  it("gives chunks with type, choice and JSON", function()
    local texts = 0
    for chunk in client:stream "Hello" do
      assert.is_string(chunk.text)
      assert.is_truthy(({ text = true, reasoning = true, refusal = true, tool = true, other = true })[chunk.type])
      if chunk.type == "text" then
        texts = texts + 1
        assert.equal(0, chunk.choice)
        assert.is_true(#chunk.text > 0)
      else
        assert.equal("", chunk.text)
      end
      if chunk.json ~= "" then assert.equal("chat.completion.chunk", assert(chatabi.decode(chunk.json)).object) end
    end
    assert.is_true(texts > 1)
  end)

  it("gives reasoning apart from the text", function()
    local reasoning, text = {}, {}
    local body = { messages = { { role = "user", content = "Hello" } }, reasoning_effort = "high" }
    local stream = client:stream(body)
    for chunk in stream do
      if chunk.type == "reasoning" then
        reasoning[#reasoning + 1] = chunk.reasoning
        assert.equal("", chunk.text)
      else
        assert.is_nil(chunk.reasoning)
        text[#text + 1] = chunk.text
      end
    end
    local answer = assert(stream:result())
    assert.equal(answer.reasoning, table.concat(reasoning))
    assert.equal(answer.text, table.concat(text))
    assert.is_true(#reasoning > 0)
  end)

  it("gives tool calls whole", function()
    local calls = {}
    local stream = client:stream(helper.with_tool "Weather in Oslo?")
    for chunk in stream do
      if chunk.type == "tool" then calls[#calls + 1] = chunk.tool_call end
      assert.equal("", chunk.text)
    end
    assert.is_true(#calls > 0)
    assert.equal("get_weather", calls[1]["function"].name)
    assert.is_table(chatabi.decode(calls[1]["function"].arguments))
    assert.same(calls, stream:result().tool_calls)
  end)

  it("tells choices apart", function()
    local texts = { [0] = {}, [1] = {} }
    local stream = client:stream { messages = { { role = "user", content = "Hello" } }, n = 2 }
    for chunk in stream do
      if chunk.type == "text" then table.insert(texts[chunk.choice], chunk.text) end
    end
    local choices = stream:result().completion.choices
    assert.equal(2, #choices)
    for i = 1, 2 do assert.equal(choices[i].message.content, table.concat(texts[i - 1])) end
  end)

  it("raises when the stream is cut", function()
    local stream = client:stream("Hello", helper.fault "cut=2")
    local good, err = pcall(read, stream)
    assert.is_false(good)
    assert.is_table(err)
    assert.equal(err.name .. ": " .. err.message, tostring(err))
    assert.equal(stream:error().name, err.name)
    assert.is_true(#err.partial.text > 0)
    assert.is_false((pcall(read, stream)))
  end)

  it("closes the stream at a break, in Lua 5.4", function()
    local iterator, state, control, closing = client:stream "Hello"
    assert.is_nil(state)
    assert.is_nil(control)
    assert.equal(iterator, closing)
    local loop = (loadstring or load) [[
      local client, keep = ...
      for _ in keep(client:stream "Hello") do break end
    ]]
    local kept
    loop(client, function(stream, ...)
      kept = stream
      return stream, ...
    end)
    if _VERSION >= "Lua 5.4" then assert.equal("chatabi stream (closed)", tostring(kept)) end
    kept:close()
  end)
end)

describe("next", function()
  it("tells a chunk, not yet, and the end apart", function()
    local stream = client:stream("Hello", helper.fault "slow_first_byte=400")
    assert.is_false(stream:next(0))
    local seconds, chunk = helper.time(stream.next, stream, 0.15)
    assert.is_false(chunk)
    assert.is_true(seconds >= 0.14)
    chunk = stream:next()
    while chunk do chunk = stream:next(10) end
    assert.is_nil(chunk)
    assert.is_true(stream:done())
    local again, err = stream:next()
    assert.is_nil(again)
    assert.is_nil(err)
  end)

  it("returns the error that ends the stream", function()
    local stream = client:stream("Hello", helper.fault "cut=2")
    local chunk, err
    repeat chunk, err = stream:next(10) until not chunk
    assert.is_nil(chunk)
    assert.is_table(err)
  end)

  it("takes seconds", function()
    local stream = client:stream "Hello"
    assert.error_matches(function() stream:next "1" end, "seconds expected")
    stream:close()
  end)
end)

describe("drain", function()
  it("never blocks", function()
    local stream = client:stream("Hello", helper.fault "slow_first_byte=2000")
    local seconds = helper.time(function()
      for _ in stream:drain() do error "too early" end
    end)
    assert.is_true(seconds < 0.5)
    assert.is_false(stream:done())
    stream:close()
  end)

  it("collects the whole answer in a frame loop", function()
    local stream = client:stream "Hello"
    local texts = {}
    while not stream:done() do
      for chunk in stream:drain() do texts[#texts + 1] = chunk.text end
    end
    assert.equal(assert(stream:result()).text, table.concat(texts))
  end)

  it("never raises", function()
    local stream = client:stream("Hello", helper.fault "cut=2")
    local texts = {}
    while not stream:done() do
      for chunk in stream:drain() do texts[#texts + 1] = chunk.text end
    end
    assert.is_table(stream:error())
    assert.is_true(#texts > 0)
    local answer, err = stream:result()
    assert.is_nil(answer)
    assert.equal(table.concat(texts), err.partial.text)
  end)
end)

describe("wait", function()
  it("reads the rest", function()
    local stream = client:stream "Hello"
    assert.is_table(stream:next(10))
    local answer = assert(stream:wait(10))
    assert.is_true(#answer.text > 0)
    assert.equal(answer.text, stream:wait().text)
  end)

  it("can be called again after its time is over", function()
    local stream = client:stream("Hello", helper.fault "slow_first_byte=500")
    local answer, err = stream:wait(0.1)
    assert.is_nil(answer)
    assert.equal("TIMEOUT", err.name)
    assert.is_false(stream:done())
    assert.is_true(#assert(stream:wait(10)).text > 0)
  end)

  it("lets debug hooks run, as Ctrl-C needs", function()
    -- enough waits for LuaJIT to compile what it may: compiled code runs no hooks
    local warm = client:stream("Hello", helper.fault "slow_first_byte=3000")
    for _ = 1, 500 do warm:wait(0.0001) end
    warm:close()
    local stream = client:stream("Hello", helper.fault "slow_first_byte=3000")
    -- locals, because busted looks globals up in Lua code, which would be counted
    local hits, pcall, wait, sethook, error = 0, pcall, stream.wait, debug.sethook, error
    local seconds, good = helper.time(function()
      sethook(function()
        hits = hits + 1
        if hits == 3 then error "interrupted!" end
      end, "", 20)
      local good = pcall(wait, stream, 10)
      sethook()
      return good
    end)
    assert.is_false(good)
    assert.equal(3, hits)
    assert.is_true(seconds < 2)
    stream:close()
  end)
end)

describe("a stream", function()
  it("has no result before its end", function()
    local stream = client:stream("Hello", helper.fault "slow_first_byte=1000")
    local answer, err = stream:result()
    assert.is_nil(answer)
    assert.equal("STATE", err.name)
    stream:close()
  end)

  it("can be cancelled", function()
    local stream = client:stream("Hello", helper.fault "stall=1")
    assert.is_table(stream:next(10))
    stream:cancel()
    local chunk, err = stream:next(10)
    assert.is_nil(chunk)
    assert.equal("CANCELLED", err.name)
    assert.is_true(stream:done())
    assert.is_false((pcall(read, stream)))
    stream:cancel()
  end)

  it("can be closed twice, and then raises", function()
    local stream = client:stream "Hello"
    stream:close()
    stream:close()
    assert.equal("chatabi stream (closed)", tostring(stream))
    for _, name in ipairs { "next", "wait", "result", "error", "done", "state", "info", "pollfd", "cancel", "drain" } do
      assert.error_matches(function() stream[name](stream) end, "the stream is closed")
    end
    assert.error_matches(function() read(stream) end, "the stream is closed")
  end)

  it("follows the protocol of cqueues", function()
    local stream = client:stream "Hello"
    assert.is_true(stream:pollfd() > 2)
    assert.equal("r", stream:events())
    assert.is_nil(stream:timeout())
    stream:close()
  end)

  it("tells its state, numbers and headers", function()
    local stream = client:stream("Hello", helper.fault "slow_first_byte=300")
    assert.is_truthy(({ queued = true, auth = true, connecting = true, waiting = true })[stream:state()])
    assert.is_nil(stream:header "content-type")
    assert(stream:wait(10))
    assert.equal("done", stream:state())
    local info = stream:info()
    assert.equal(200, info.http_status)
    assert.equal(1, info.attempts)
    assert.is_true(info.first_byte_ms >= 250)
    assert.is_true(info.total_ms >= info.first_byte_ms)
    assert.is_true(info.bytes > 0)
    assert.matches("text/event%-stream", stream:header "Content-Type")
    assert.is_nil(stream:header "X-Nothing")
  end)

  it("is no other kind of object", function()
    assert.error_matches(function() getmetatable(client:stream "x").__index.done(client) end, "chatabi.stream expected")
    assert.error_matches(function() client.stream(io.stdout, "x") end, "chatabi.client expected")
  end)
end)

describe("sentences", function()
  it("come whole, and are the text", function()
    local stream = client:stream "Tell me a story"
    local list = {}
    for sentence in stream:sentences() do list[#list + 1] = sentence end
    assert.is_true(#list > 1)
    local text = assert(stream:result()).text
    assert.equal((text:gsub("%s+", "")), (table.concat(list):gsub("%s+", "")))
    for i = 1, #list - 1 do assert.matches("[.!?:…][\"')]*$", list[i]) end
  end)

  it("raise when the stream breaks, after what was whole", function()
    local stream, count = client:stream("Tell me a story", helper.fault "cut=12"), 0
    local good, err = pcall(function()
      for _ in stream:sentences() do count = count + 1 end
    end)
    assert.is_false(good)
    assert.is_string(err.name)
  end)

  it("are not of a closed stream", function()
    local stream = client:stream "Hello"
    stream:close()
    assert.error_matches(function() stream:sentences() end, "the stream is closed")
  end)
end)
