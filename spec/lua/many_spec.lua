-- SPDX-License-Identifier: MIT
-- Many requests at once, without an event loop.
local chatabi = require "chatabi"
local helper = require "spec.lua.helper"

setup(helper.start)
teardown(helper.stop)

local client
before_each(function() client = helper.client() end)
after_each(function() client:close() end)

describe("select", function()
  it("gives the streams that have something, and leaves out others", function()
    local quick = client:stream "Hello"
    local slow = client:stream("Hello", helper.fault "slow_first_byte=2000")
    assert.same({ quick }, client:select({ slow, quick }, 5))
    assert.same({}, client:select({ slow }, 0.05))
    slow:close()
    quick:close()
  end)

  it("reads many to their ends", function()
    local open, texts = {}, {}
    for i = 1, 20 do open[i] = (client:stream "Hello") end
    while open[1] do
      for _, stream in ipairs(client:select(open)) do
        for chunk in stream:drain() do texts[stream] = (texts[stream] or "") .. chunk.text end
      end
      for i = #open, 1, -1 do
        if open[i]:done() then
          assert.equal(assert(open[i]:result()).text, texts[open[i]])
          table.remove(open, i)
        end
      end
    end
  end)

  it("does not wait for what has ended or is closed", function()
    local ended, closed = client:stream "Hello", client:stream "Hello"
    assert(ended:wait())
    closed:close()
    assert.same({}, client:select { ended, closed })
    assert.same({}, client:select {})
  end)

  it("is not kept busy by a stream that nobody asks for", function()
    local other = client:stream "Hello"
    local slow = client:stream("Hello", helper.fault "slow_first_byte=300")
    assert(client:select({ other }, 5)[1])
    local before = os.clock()
    assert.same({ slow }, client:select({ slow }, 5))
    assert.is_true(os.clock() - before < 0.2)
    other:close()
    slow:close()
  end)

  it("takes turns of conversations", function()
    local done = 0
    local talks, turns = {}, {}
    for i = 1, 3 do
      talks[i] = client:conversation { tools = { get_weather = { run = function() done = done + 1 end } } }
      turns[i] = (talks[i]:stream "Weather in Oslo?")
    end
    while turns[1] do
      for _, turn in ipairs(client:select(turns, 5)) do
        for chunk in turn:drain() do assert.is_string(chunk.text) end
      end
      for i = #turns, 1, -1 do
        if turns[i]:done() then table.remove(turns, i) end
      end
    end
    assert.equal(3, done)
    for i = 1, 3 do assert.equal(4, #talks[i].messages) end
  end)

  it("does not wait for a turn that waits itself", function()
    local turn = client:conversation({ tools = { get_weather = {} } }):stream "Weather in Oslo?"
    while not turn:pending()[1] do
      client:select({ turn }, 5)
      for chunk in turn:drain() do assert.is_string(chunk.text) end
    end
    assert.same({}, client:select { turn })
    assert.is_nil((client:wait_any { turn }))
    turn:close()
  end)

  it("raises for what is no list of streams", function()
    assert.error_matches(function() client:select() end, "bad argument #1 to 'select' %(list of streams expected")
    assert.error_matches(function() client:select({}, "1") end, "bad argument #2 to 'select' %(seconds expected")
    assert.error_matches(function() client:select { 1 } end, "stream expected at %[1%], got number")
    assert.error_matches(function() client:select { client } end, "stream expected at %[1%], got chatabi client")
    assert.error_matches(function() client:wait_any { chatabi.null } end, "stream expected at %[1%], got userdata")
    local _, message = pcall(function() client:select(1) end)
    assert.matches("many_spec.lua:%d+:", message)
  end)
end)

describe("wait_any", function()
  it("gives the first that ends, with its answer", function()
    local slow = client:stream("Hello", helper.fault "slow_first_byte=500")
    local quick = client:stream "Hello"
    local first, answer = client:wait_any({ slow, quick }, 10)
    assert.equal(quick, first)
    assert.is_true(#answer.text > 0)
    local second = client:wait_any({ slow }, 10)
    assert.equal(slow, second)
  end)

  it("gives the error of one that breaks", function()
    local broken = client:stream("Hello", helper.fault "cut=2")
    local stream, answer, err = client:wait_any({ broken }, 10)
    assert.equal(broken, stream)
    assert.is_nil(answer)
    assert.is_string(err.name)
    assert.equal(broken, (client:wait_any { broken }))
  end)

  it("takes streams of several clients", function()
    local other = helper.client()
    local slow = client:stream("Hello", helper.fault "slow_first_byte=500")
    local quick = other:stream "Hello"
    assert.equal(quick, (chatabi.wait_any({ slow, quick }, 10)))
    slow:close()
    quick:close()
    other:close()
  end)

  it("gives nil when none ends in time, and for none", function()
    local slow = client:stream("Hello", helper.fault "slow_first_byte=2000")
    local seconds, stream = helper.time(client.wait_any, client, { slow }, 0.1)
    assert.is_nil(stream)
    assert.is_true(seconds >= 0.09 and seconds < 1)
    assert.is_nil((client:wait_any {}))
    slow:close()
  end)

  it("takes turns of conversations", function()
    local talk = client:conversation { tools = { get_weather = { run = function() return "sunny" end } } }
    local turn, slow = talk:stream "Weather in Oslo?", client:stream("Hello", helper.fault "slow_first_byte=2000")
    local first, answer = client:wait_any({ slow, turn }, 10)
    assert.equal(turn, first)
    assert.is_true(#answer.text > 0)
    slow:close()
  end)

  it("raises for a closed stream", function()
    local stream = client:stream "Hello"
    stream:close()
    assert.error_matches(function() client:wait_any { stream } end, "the stream is closed")
  end)
end)
