-- SPDX-License-Identifier: MIT
-- How clients and streams end: closed twice, collected in the middle, used afterwards, closed by a finalizer.
local chatabi = require "chatabi"
local core = require "chatabi.half"
local helper = require "spec.lua.helper"

local unpack = table.unpack or unpack -- luacheck: ignore

setup(helper.start)
teardown(helper.stop)

local client
before_each(function() client = helper.client() end)
after_each(function()
  client:close()
  collectgarbage()
end)

local function stream_of(of, fault) return assert(((of or client):stream("Hello", fault and helper.fault(fault)))) end

-- A stream in the middle of its answer, which does not go on.
local function begun_stream(of)
  local stream = stream_of(of, "stall=2")
  local chunk
  repeat chunk = assert(stream:next(5)) until chunk.type == "text"
  return stream
end

-- Runs `run` when the value that is returned is collected.
local function finalizer(run)
  if not newproxy then return setmetatable({}, { __gc = run }) end -- luacheck: ignore
  local proxy = newproxy(true) -- luacheck: ignore
  getmetatable(proxy).__gc = run
  return proxy
end

-- What methods need beside the object; those without an entry are called without more.
local ARGUMENTS = {
  chat = { "Hello" },
  stream = { "Hello" },
  embeddings = { "Hello" },
  set_auth = { "none" },
  select = { {}, 0 },
  wait_any = { {}, 0 },
  load_conversation = { '{"messages":[]}' },
  conversation = { {} },
  header = { "Date" },
  send = { "{}" },
  await = { function() end },
}

-- What is no use of the connection: allowed for good.
local ALLOWED = {}
for _, name in ipairs { "close", "set_yield", "select", "wait_any", "conversation", "load_conversation" } do
  ALLOWED[name] = true
end

local function check_closed(object, methods, message)
  local count = 0
  for name, method in pairs(methods) do
    local good, err = pcall(method, object, unpack(ARGUMENTS[name] or {}))
    count = count + 1
    if not ALLOWED[name] then
      assert.is_false(good, name .. " is possible after the end")
      assert.matches(message, tostring(err), name)
    end
  end
  assert.is_true(count >= 10)
end

describe("after close", function()
  it("every method of a stream raises", function()
    local stream = begun_stream()
    stream:close()
    check_closed(stream, core.stream.__index, "the stream is closed")
    assert.error_matches(function() stream() end, "the stream is closed")
    assert.matches("closed", tostring(stream))
  end)

  it("every method of a client raises", function()
    client:close()
    check_closed(client, core.client.__index, "the client is closed")
    assert.matches("closed", tostring(client))
  end)

  it("every method raises for an object of another kind", function()
    local stream = begun_stream()
    for name, method in pairs(core.stream.__index) do
      if core.client.__index[name] == nil then
        assert.is_false(pcall(method, client, unpack(ARGUMENTS[name] or {})), name)
      end
      for _, other in ipairs { io.stdout, chatabi.null, {}, "stream", 5 } do
        assert.is_false(pcall(method, other, unpack(ARGUMENTS[name] or {})), name)
      end
    end
    stream:close()
  end)

  it("closing again does nothing", function()
    local stream = begun_stream()
    for _ = 1, 3 do
      stream:close()
      client:close()
      client:close(0.1)
    end
  end)

  it("what was begun with drain is over", function()
    local stream = begun_stream()
    local following, state = stream:drain()
    stream:close()
    assert.is_nil(following(state))
  end)

  it("the memory goes, even when the finalizer is called by hand", function()
    local stream = begun_stream()
    local collect = getmetatable(stream).__gc
    if type(collect) ~= "function" then return end
    collect(stream)
    collect(stream)
    assert.error_matches(function() stream:next() end, "closed")
    assert.has_error(function() collect(io.stdout) end)
    assert.has_error(function() collect(client) end)
  end)
end)

describe("a client that ends before its streams", function()
  it("ends them when it is closed, and what had come is still there", function()
    local stream = begun_stream()
    client:close()
    local answer, err = stream:wait(5)
    assert.is_nil(answer)
    assert.equal("CLOSED", err.name)
    assert.is_true(#err.partial.text > 0)
    assert.equal("failed", stream:state())
    stream:cancel()
    stream:close()
  end)

  it("lives on when only its variable is gone", function()
    local stream = stream_of(helper.client())
    collectgarbage()
    collectgarbage()
    assert.is_true(#assert(stream:wait(5)).text > 0)
  end)

  it("and they are collected in any order", function()
    for _ = 1, 5 do
      local of = helper.client()
      local streams = { begun_stream(of), stream_of(of), stream_of(of) }
      streams[2]:cancel()
      streams[3]:close()
      of, streams[2] = nil, nil -- luacheck: ignore
      collectgarbage()
    end
    collectgarbage()
    assert.is_true(#assert(client:chat "Hello").text > 0)
  end)
end)

describe("a stream that is left", function()
  it("is ended by the collector", function()
    local seen = setmetatable({}, { __mode = "k" })
    for _ = 1, 5 do seen[begun_stream()] = true end
    collectgarbage()
    collectgarbage()
    assert.is_nil(next(seen))
    assert.is_nil(client:ready(0))
  end)

  it("by an error in the loop's body can be read on", function()
    local stream = stream_of()
    local good, err = pcall(function()
      for chunk in stream do
        if chunk.type == "text" then error "of the body" end
      end
    end)
    assert.is_false(good)
    assert.matches("of the body", err)
    assert.is_true(#assert(stream:wait(5)).text > 0)
  end)

  it("by a coroutine that died can be read on", function()
    local stream = stream_of()
    local routine = coroutine.create(function()
      while assert(stream:next(5)).type ~= "text" do end
      error "of the coroutine"
    end)
    assert.is_false(coroutine.resume(routine))
    assert.equal("dead", coroutine.status(routine))
    assert.is_true(#assert(stream:wait(5)).text > 0)
  end)

  it("by a coroutine that waits for it and is collected can be read on", function()
    local stream = stream_of(client, "slow_first_byte=30")
    local routine = coroutine.wrap(function() return stream:await(coroutine.yield) end)
    assert.equal(stream, routine())
    routine = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    assert.is_true(#assert(stream:wait(5)).text > 0)
  end)

  it("and closed within its own loop ends the loop with an error", function()
    local stream = stream_of()
    local good, err = pcall(function()
      for chunk in stream do
        if chunk.type == "text" then stream:close() end
      end
    end)
    assert.is_false(good)
    assert.matches("closed", tostring(err))
  end)

  it("and cancelled within its own loop ends the loop with an error", function()
    local stream = stream_of()
    local good, err = pcall(function()
      for chunk in stream do
        if chunk.type == "text" then stream:cancel() end
      end
    end)
    assert.is_false(good)
    assert.equal("CANCELLED", err.name)
  end)
end)

describe("a yield function that refers to what it waits for", function()
  -- How many of five that are dropped the collector finds.
  local function found(make)
    local kept = setmetatable({}, { __mode = "k" })
    local function drop()
      for _ = 1, 5 do kept[make()] = true end
    end
    drop()
    collectgarbage()
    collectgarbage()
    local left = 0
    for _ in pairs(kept) do left = left + 1 end
    return 5 - left
  end

  it("keeps no client alive", function()
    assert.is_true(found(function()
      local of
      of = helper.client { yield = function() return of end }
      return of
    end) >= 4) -- one may be on the stack still
  end)

  it("keeps no stream alive", function()
    assert.is_true(found(function()
      local stream
      stream = client:stream("Hello", { yield = function() return stream end })
      return stream
    end) >= 4)
  end)
end)

describe("a finalizer", function()
  -- Runs `run` so that its first allocation, wherever it is, starts a whole round of the collector.
  local function collecting_at_once(run)
    local multiplier
    if _VERSION == "Lua 5.4" then
      collectgarbage("incremental", 200, 1000, 25)
    else
      multiplier = collectgarbage("setstepmul", 1e7)
    end
    collectgarbage "restart"
    local good, result = pcall(run)
    if multiplier then
      collectgarbage("setstepmul", multiplier)
    else
      collectgarbage("incremental", 200, 100, 13)
    end
    return good and result, not good and result
  end

  -- What `read` returns while a finalizer runs `doom`; for each way to meet it a new stream.
  local function met(doom, read, prepare)
    local stream, ran = (prepare or begun_stream)(), false
    collectgarbage()
    collectgarbage "stop"
    local doomed = { finalizer(function()
      ran = true
      doom(stream)
    end) }
    for place in ipairs(doomed) do doomed[place] = nil end
    local result, err = collecting_at_once(function() return read(stream) end)
    collectgarbage()
    assert.is_true(ran)
    return result, err, stream
  end

  local function ended_stream()
    local stream = stream_of(client, "cut=3")
    assert.is_nil((stream:wait(5)))
    return stream
  end

  local function close(stream) stream:close() end

  it("may close the stream whose piece is being read", function()
    -- where the collector came before the call, the stream is closed already
    local chunk, err, stream = met(close, function(stream) return core.stream_next(stream, 1000) end, stream_of)
    if chunk then
      assert.equal("chat.completion.chunk", chatabi.decode(chunk.json).object)
    else
      assert.matches("closed", err)
    end
    assert.matches("closed", tostring(stream))
  end)

  it("may close the stream whose end is being read", function()
    local methods = core.stream.__index
    for _, read in ipairs {
      core.stream_result, core.stream_error, function(of) return of:header "Date" end, methods.info, methods.result,
      methods.error,
    } do
      local result, err, stream = met(close, read, ended_stream)
      if not result and err then assert.matches("closed", tostring(err)) end
      assert.matches("closed", tostring(stream))
    end
  end)

  it("may read the stream that is being read: each piece comes once", function()
    local texts = {}
    local function take(stream, ms)
      local chunk = core.stream_next(stream, ms)
      if chunk then texts[#texts + 1] = chunk.text end
      return chunk
    end
    local first, err, stream = met(function(stream) take(stream, 0) end, function(stream) return take(stream, 1000) end,
      function()
        local stream = stream_of()
        while stream:state() ~= "done" do core.poll({}, 0) end
        return stream
      end)
    assert.is_table(first, err)
    while take(stream, 1000) do end
    local answer = assert(stream:result())
    assert.equal(#answer.text, #table.concat(texts))
  end)

  it("may change the table that is being written", function()
    local inner, left = {}, 60 -- each one is a whole round of the collector
    local function disturb()
      left = left - 1
      for i = 1, 20 do inner["key" .. left % 7 .. "-" .. i] = left % 3 ~= 0 and ("x"):rep(left) or nil end
      if left % 5 == 0 then inner[1] = true else inner[1] = nil end
      if left > 0 then finalizer(disturb) else collectgarbage "stop" end
    end
    -- Compiled code of LuaJIT's does not look again at a table that a finalizer changed, but where a step of the
    -- collector ended among finalizers. Here a step is a whole round: it saw freed slots, and went on for ever.
    local is_compiling = jit and jit.status()
    if is_compiling then
      jit.off()
      jit.flush()
    end
    collectgarbage()
    finalizer(disturb)
    local pause = collectgarbage("setpause", 0)
    while left > 0 do
      local good, result = collecting_at_once(function()
        return chatabi.encode { a = { inner, inner }, b = inner, c = ("y"):rep(2000) }
      end)
      if good then
        assert.is_table(chatabi.decode(good))
      else
        assert.matches("^bad argument #1 to 'encode'", result)
      end
    end
    collectgarbage "restart"
    collectgarbage("setpause", pause)
    if is_compiling then jit.on() end
  end)

  it("may close the client that is being used", function()
    local function use(call)
      local of
      local result, err = met(function() of:close() end, function() return call(of) end, function()
        of = helper.client { log_level = "debug" }
        of:stream "Hello"
      end)
      assert.matches("closed", tostring(of))
      if err then assert.matches("closed", tostring(err)) end
      return result
    end
    use(core.client_status)
    use(function(of) return of:log() end)
    use(function(of) return (of:stream "Hello") end)
    use(function(of) return of:set_auth("magic", "x") end)
    use(function(of) return core.client_set(of, 5, 6) end)
    use(function(of) return of:ready(0.01) end)
  end)

  it("of a stream may come after that of its client", function()
    local ran
    local function doom()
      local of = helper.client()
      local stream = begun_stream(of)
      local own = {}
      own[1] = finalizer(function()
        of:close()
        stream:close()
        ran = own
      end)
    end
    doom()
    for _ = 1, 3 do collectgarbage() end
    assert.is_table(ran)
  end)
end)

describe("thousands of objects", function()
  it("come and go in any order", function()
    local kept = {}
    math.randomseed(5)
    for i = 1, 1500 do
      local place = math.random(40)
      if i % 3 == 0 then
        kept[place] = assert(chatabi.new { base_url = helper.client_url(), model = "m" })
      elseif i % 3 == 1 and i % 10 == 0 then
        kept[place] = stream_of()
      elseif kept[place] and i % 5 == 0 then
        kept[place]:close()
      else
        kept[place] = nil
      end
      if i % 300 == 0 then collectgarbage() end
    end
    kept = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    assert.is_true(#assert(client:chat "Hello").text > 0)
  end)
end)
