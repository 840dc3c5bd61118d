-- SPDX-License-Identifier: MIT
-- Which of many streams have something to read, and what event loops ask one of them.
local chatabi = require "chatabi"
local core = require "chatabi.half"
local helper = require "spec.lua.helper"

setup(helper.start)
teardown(helper.stop)

local client
before_each(function() client = helper.client() end)
after_each(function() client:close() end)

-- A stream that is quiet from its first text on.
local function quiet_stream()
  local stream = assert((client:stream("Hello", helper.fault "stall=2")))
  local chunk
  repeat chunk = assert(stream:next(5)) until chunk.type == "text"
  return stream
end

local function ended_stream(of)
  local stream = assert(((of or client):stream "Hello"))
  assert(stream:wait(5))
  return stream
end

-- A stream with its end still to be read.
local function full_stream(of)
  local stream = assert(((of or client):stream "Hello"))
  while stream:state() ~= "done" do core.poll({}, 0) end
  return stream
end

describe("poll", function()
  it("gives those that have something to read, in order", function()
    local quiet, one, two = quiet_stream(), full_stream(), full_stream()
    local found = core.poll({ two, quiet, one }, 1000)
    assert.equal(2, #found)
    assert.equal(two, found[1])
    assert.equal(one, found[2])
  end)

  it("takes streams of several clients", function()
    local other = helper.client()
    local one, two = full_stream(), full_stream(other)
    assert.equal(2, #core.poll({ one, two }, 0))
    other:close()
  end)

  it("waits for the first", function()
    local quiet = quiet_stream()
    local stream = assert((client:stream("Hello", helper.fault "slow_first_byte=60")))
    local took, found = helper.time(core.poll, { quiet, stream }, 5000)
    assert.equal(stream, found[1])
    assert.is_nil(found[2])
    assert.is_true(took > 0.03 and took < 4)
  end)

  it("gives none when none came in time", function()
    local quiet = quiet_stream()
    local took, found = helper.time(core.poll, { quiet }, 60)
    assert.same({}, found)
    assert.is_true(took > 0.05 and took < 3)
    took, found = helper.time(core.poll, { quiet }, 0)
    assert.same({}, found)
    assert.is_true(took < 0.5)
    assert.same({}, core.poll({ quiet }, -5))
  end)

  it("leaves out what is closed and what was read, and does not wait for it", function()
    local closed = full_stream()
    closed:close()
    local took, found = helper.time(core.poll, { closed, ended_stream() }, 5000)
    assert.same({}, found)
    assert.is_true(took < 3)
    assert.same({}, core.poll({}, 5000))
    local stream = full_stream()
    assert.equal(stream, core.poll({ closed, ended_stream(), stream }, 5000)[1])
  end)

  it("gives a stream whose client was closed, and one that was cancelled: their end is there to read", function()
    local cancelled, orphan = quiet_stream(), quiet_stream()
    cancelled:cancel()
    assert.equal(cancelled, core.poll({ cancelled, orphan }, 5000)[1])
    assert.is_nil((cancelled:next(0)))
    client:close()
    assert.equal(orphan, core.poll({ cancelled, orphan }, 5000)[1])
    assert.equal("CLOSED", select(2, orphan:wait(1)).name)
    assert.same({}, core.poll({ cancelled, orphan }, 5000))
  end)

  it("gives a stream twice that is in the list twice", function()
    local stream = full_stream()
    assert.equal(2, #core.poll({ stream, stream }, 0))
  end)

  it("raises for what is no list of streams", function()
    assert.error_matches(function() core.poll({ quiet_stream(), client }, 0) end, "stream expected at %[2%]")
    assert.error_matches(function() core.poll({ io.stdout }, 0) end, "stream expected at %[1%]")
    assert.error_matches(function() core.poll({ 5 }, 0) end, "stream expected at %[1%], got number")
    assert.has_error(function() core.poll(nil, 0) end)
    assert.has_error(function() core.poll({}, "soon") end)
  end)
end)

describe("what event loops ask", function()
  it("is answered alike by clients and streams", function()
    local stream = quiet_stream()
    for _, pollable in ipairs { client, stream } do
      assert.is_true(pollable:pollfd() >= 0)
      assert.equal(pollable:pollfd(), pollable:getfd())
      assert.equal("r", pollable:events())
      assert.equal(1, select("#", pollable:timeout()))
      assert.is_nil(pollable:timeout())
      assert.is_false(pollable:dirty())
    end
    assert.is_true(client:pollfd() ~= stream:pollfd())
  end)

  it("raises for anything else", function()
    local pollfd = client.pollfd
    assert.error_matches(function() pollfd(io.stdout) end, "bad argument #1")
    assert.error_matches(function() pollfd(chatabi.null) end, "bad argument #1")
    assert.error_matches(function() pollfd {} end, "bad argument #1")
    assert.error_matches(function() pollfd() end, "bad argument #1")
  end)
end)
