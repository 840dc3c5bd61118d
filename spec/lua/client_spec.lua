-- SPDX-License-Identifier: MIT
local chatabi = require "chatabi"
local helper = require "spec.lua.helper"

setup(helper.start)
teardown(helper.stop)

local function collect()
  collectgarbage()
  collectgarbage()
end

describe("the module", function()
  it("tells versions", function() assert.matches("^chatabi[/ ]%d", chatabi.version()) end)

  it("has the table of error codes", function()
    assert.equal(-34, chatabi.errors.RATE_LIMIT)
    assert.equal(-99, chatabi.errors.INTERNAL)
    assert.is_nil(chatabi.errors.UNKNOWN)
    assert.is_nil(chatabi.errors.OK)
  end)
end)

describe("assert", function()
  it("gives what it is given, or raises the error as it is", function()
    assert.same({ 1, 2, 3 }, { chatabi.assert(1, 2, 3) })
    local _, err = chatabi.new { projekt = "p" }
    local good, raised = pcall(chatabi.assert, nil, err)
    assert.is_false(good)
    assert.equal(err, raised)
    assert.error_matches(function() chatabi.assert(false) end, "assertion failed!")
  end)
end)

describe("new", function()
  it("takes text, numbers, booleans and tables", function()
    assert(chatabi.new { project = "p", max_retries = 3, connect_timeout_ms = 5000.0, headers = { A = "b" } })
    assert(chatabi.new())
    assert(chatabi.new { log_payloads = false, headers = {} })
    assert(chatabi.new { log_payloads = true })
  end)

  it("names an option that does not exist", function()
    local client, err = chatabi.new { projekt = "p" }
    assert.is_nil(client)
    assert.equal("CONFIG", err.name)
    assert.equal(chatabi.errors.CONFIG, err.code)
    assert.matches("projekt", err.message)
  end)

  it("names a value that an option does not take", function()
    local client, err = chatabi.new { max_retries = "many" }
    assert.is_nil(client)
    assert.matches("max_retries", tostring(err))
    assert.matches("many", tostring(err))
  end)

  it("says how a key is given", function()
    for _, name in ipairs { "api_key", "token" } do
      local client, err = chatabi.new { [name] = "sk-secret" }
      assert.is_nil(client)
      assert.equal("CONFIG", err.name)
      assert.matches('auth = { "' .. name .. '"', err.message, 1, true)
      assert.is_nil(tostring(err):find("sk-secret", 1, true))
    end
  end)

  it("raises for what is no option at all", function()
    assert.error_matches(function() chatabi.new "p" end, "table expected")
    assert.error_matches(function() chatabi.new { "p" } end, "options have names")
    assert.error_matches(function() chatabi.new { project = print } end, "bad option 'project'.*function")
    assert.error_matches(function() chatabi.new { headers = { a = print } } end, "bad option 'headers' %(a: a function")
    assert.error_matches(function() chatabi.new { auth = 1 } end, "bad option 'auth'")
    assert.error_matches(function() chatabi.new { project = "a\0b" } end, "NUL")
  end)

  it("takes auth in three forms", function()
    assert(chatabi.new { auth = "none" })
    assert(chatabi.new { auth = { "token", "t" } })
    assert(chatabi.new { auth = { source = "token", value = "t" } })
    local client, err = chatabi.new { auth = { "magic", "t" } }
    assert.is_nil(client)
    assert.matches("magic", err.message)
  end)

  it("does not repeat a key that stands where a source is expected", function()
    local _, err = chatabi.new { provider = "openai", auth = "sk-secret" }
    assert.equal("CONFIG", err.name)
    assert.is_nil(err.message:find("secret", 1, true))
    assert.matches("A key is the value of the source \"api_key\"", err.message)
  end)
end)

describe("chat", function()
  local client
  before_each(function() client = helper.client() end)
  after_each(function() client:close() end)

  it("answers a string", function()
    local answer = assert(client:chat "Hello")
    assert.is_string(answer.text)
    assert.is_true(#answer.text > 0)
    assert.equal(answer.text, tostring(answer))
    assert.equal("> " .. answer.text .. "\n", "> " .. answer .. "\n")
    assert.equal(answer.text, answer.message.content)
    assert.equal("assistant", answer.message.role)
    assert.equal("stop", answer.finish_reason)
    assert.equal("chat.completion", answer.completion.object)
    assert.is_number(answer.usage.total_tokens)
    assert.equal(200, answer.info.http_status)
    assert.is_nil(answer.tool_calls)
    assert.is_nil(answer.reasoning)
  end)

  it("gives one value, so that it can be printed", function() assert.equal(1, select("#", client:chat "Hello")) end)

  it("answers one message, and a list of parts", function()
    assert.is_string(assert(client:chat { role = "user", content = "Hello" }).text)
    local image, question = assert(chatabi.image "https://e.org/x.png"), "What is this?"
    assert.matches("You sent 1 image", assert(client:chat { question, image }).text)
    assert.matches("You sent 1 image", assert(client:chat { image, question }).text)
  end)

  it("says where tools by name belong", function()
    local body = { messages = { { role = "user", content = "x" } }, tools = { look = { run = print } } }
    assert.error_matches(function() client:chat(body) end, "bad argument #1 to 'chat' %(tools: .*client:conversation")
    body.tools = chatabi.array()
    assert(client:chat(body))
  end)

  it("answers a list of messages and a whole body", function()
    local messages = { { role = "system", content = "Be brief." }, { role = "user", content = "Hello" } }
    assert.is_string(assert(client:chat(messages)).text)
    assert.is_string(assert(client:chat { messages = messages, temperature = 0.5, stop = chatabi.array() }).text)
    assert.is_string(assert(client:chat { messages = messages, stream = true }).text)
  end)

  it("shows reasoning apart from the text", function()
    local messages = { { role = "user", content = "Hello" } }
    local answer = assert(client:chat { messages = messages, reasoning_effort = "high" })
    assert.is_true(#answer.reasoning > 0)
    assert.is_true(#answer.text > 0)
    assert.is_true(answer.text ~= answer.reasoning)
  end)

  it("shows tool calls, and has text all the same", function()
    local answer = assert(client:chat(helper.with_tool "Weather in Oslo?"))
    assert.equal("tool_calls", answer.finish_reason)
    assert.equal("get_weather", answer.tool_calls[1]["function"].name)
    assert.is_table(chatabi.decode(answer.tool_calls[1]["function"].arguments))
    assert.equal("", answer.text)
    local messages = {
      { role = "user", content = "Weather in Oslo?" },
      answer.message,
      { role = "tool", tool_call_id = answer.tool_calls[1].id, content = "Sunny" },
    }
    assert.equal("stop", assert(client:chat(messages)).finish_reason)
  end)

  it("takes back its own message", function()
    local first = assert(client:chat "Hello")
    assert(client:chat { { role = "user", content = "Hello" }, first.message, { role = "user", content = "And now?" } })
  end)

  it("leaves the body as it was", function()
    local body = { messages = { { role = "user", content = "Hello" } } }
    local stream = client:stream(body)
    stream:close()
    assert.same({ messages = { { role = "user", content = "Hello" } } }, body)
  end)

  it("raises for what cannot be a body", function()
    assert.error_matches(function() client:chat() end, "bad argument #1 to 'chat'")
    assert.error_matches(function() client:chat(42) end, "string or table expected, got number")
    assert.error_matches(function() client:stream { messages = { { content = print } } } end,
      "bad argument #1 to 'stream' %(messages%[1%]%.content: a function")
    assert.error_matches(function() client:chat("x", "y") end, "bad argument #2 to 'chat'")
    assert.error_matches(function() client:chat "\255" end, "UTF%-8")
  end)

  it("blames the caller's line", function()
    local _, message = pcall(function() client:chat(42) end)
    assert.matches("client_spec.lua:%d+:", message)
  end)

  it("returns an error for an option that requests do not have", function()
    local answer, err = client:chat("x", { colour = "red" })
    assert.is_nil(answer)
    assert.matches("colour", err.message)
  end)
end)

describe("a client", function()
  it("shows its status, log and descriptor", function()
    local client = helper.client { log_level = "debug" }
    assert.is_true(client:start())
    assert(client:chat "Hello")
    assert.is_table(assert(client:status()))
    assert.is_string(client:log())
    while client:log() do end
    assert.is_nil(client:log())
    assert.is_number(client:pollfd())
    client:close()
  end)

  it("takes a new token at any time", function()
    local client = helper.client { auth = { "token", "one" } }
    assert.is_true(client:start())
    assert.is_true(client:set_auth("token", "two"))
    local good, err = client:set_auth("adc")
    assert.is_nil(good)
    assert.equal("STATE", err.name)
    client:close()
  end)

  it("can be closed twice, and then raises", function()
    local client = helper.client()
    client:close()
    client:close()
    assert.equal("chatabi client (closed)", tostring(client))
    assert.error_matches(function() client:chat "x" end, "the client is closed")
    assert.error_matches(function() client:log() end, "the client is closed")
    assert.error_matches(function() client:status() end, "the client is closed")
  end)

  it("closes in good order within a time", function()
    local client = helper.client()
    assert(client:chat "Hello")
    assert.is_true(helper.time(client.close, client, 5) < 5)
    assert.equal("chatabi client (closed)", tostring(client))
  end)

  it("closes at the end of its block, in Lua 5.4", function()
    if _VERSION < "Lua 5.4" then return end
    local block = assert(load [[
      local client, body = ...
      local client <close> = client
      local stream <close> = client:stream(body)
      return stream
    ]])
    local client = helper.client()
    assert.equal("chatabi stream (closed)", tostring(block(client, "Hello")))
    assert.equal("chatabi client (closed)", tostring(client))
  end)

  it("lives as long as its streams", function()
    local stream = helper.client():stream "Hello"
    collect()
    assert.is_true(#assert(stream:wait(10)).text > 0)
  end)

  it("ends its streams when it is closed", function()
    local client = helper.client()
    local stream = client:stream("Hello", helper.fault "stall=1")
    client:close()
    local answer, err = stream:wait(10)
    assert.is_nil(answer)
    assert.equal("CLOSED", err.name)
  end)

  it("may be collected in any order", function()
    for _ = 1, 20 do
      local client = helper.client()
      local streams = { (client:stream "Hello"), (client:stream "Hello") }
      assert.matches("^chatabi stream", tostring(streams[2]))
    end
    collect()
  end)

  it("finds the stream that has something to read", function()
    local client = helper.client()
    local open = {}
    for _ = 1, 3 do open[client:stream "Hello"] = true end
    while next(open) do
      local stream = assert(client:ready(10))
      assert.is_true(open[stream])
      for chunk in stream:drain() do assert.is_string(chunk.text) end
      if stream:done() then open[stream] = nil end
    end
    local seconds, stream = helper.time(client.ready, client, 0.15)
    assert.is_nil(stream)
    assert.is_true(seconds >= 0.14 and seconds < 2)
    client:close()
  end)

  it("can be woken", function()
    local client = helper.client()
    local stream = client:stream("Hello", helper.fault "slow_first_byte=4000")
    assert.is_false(stream:next(0.3))
    client:wake()
    local seconds, chunk = helper.time(stream.next, stream, 3)
    assert.is_false(chunk)
    assert.is_true(seconds < 1)
    stream:close()
    client:close()
  end)
end)
