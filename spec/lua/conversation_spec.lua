-- SPDX-License-Identifier: MIT
-- Conversations with the emulator, sent and waited for.
local chatabi = require "chatabi"
local helper = require "spec.lua.helper"
local script = require "spec.lua.script"

setup(helper.start)
teardown(helper.stop)

local client
before_each(function() client = helper.client() end)
after_each(function() client:close() end)

local WHERE = { type = "object", properties = { where = { type = "string" } }, required = { "where" } }

local function senses(log)
  local function sense(name)
    return { parameters = WHERE, run = function(arguments)
      if log then log[#log + 1] = name end
      return { [name] = arguments.where }
    end }
  end
  return { look = sense "look", listen = sense "listen" }
end

local function roles(messages)
  local names = {}
  for at, message in ipairs(messages) do names[at] = message.role end
  return table.concat(names, " ")
end

describe("send", function()
  it("answers, and remembers", function()
    local talk = client:conversation { system = "Be brief." }
    local answer = assert(talk:send "Hello")
    assert.is_true(#answer.text > 0)
    assert.equal("stop", answer.finish_reason)
    assert.equal(200, answer.info.http_status)
    assert(talk:send "And again")
    assert.equal("system user assistant user assistant", roles(talk.messages))
    assert.equal("Hello", talk.messages[2].content)
    assert.equal(answer.text, talk.messages[3].content)
    assert.equal("chatabi conversation (5 messages)", tostring(talk))
  end)

  it("runs tools until there is an answer in words", function()
    local log = {}
    local talk = client:conversation { tools = senses(log) }
    local answer = assert(talk:send "Look around in steps.")
    assert.same({ "listen", "look" }, log)
    assert.matches("look", answer.text)
    assert.equal("user assistant tool assistant tool assistant", roles(talk.messages))
    assert.equal(talk.messages[2].tool_calls[1].id, talk.messages[3].tool_call_id)
    assert.equal(3, talk.usage.requests)
  end)

  it("takes parts, one part, and a message", function()
    local talk = client:conversation()
    local image = { type = "image_url", image_url = { url = "https://example.com/a.png" } }
    assert.matches("1 image", assert(talk:send { "What is this?", image }).text)
    assert.matches("1 image", assert(talk:send(image)).text)
    assert.is_true(#assert(talk:send { role = "user", content = "Hello", name = "ada" }).text > 0)
    assert.same({ type = "text", text = "What is this?" }, talk.messages[1].content[1])
    assert.equal("ada", talk.messages[5].name)
  end)

  it("continues without a word when it is given none", function()
    local talk = client:conversation()
    talk:add("user", "Hello")
    assert(talk:send())
    assert.equal("user assistant", roles(talk.messages))
    assert.error_matches(function() client:conversation():send() end, "has no message to send")
  end)

  it("passes fields of the body and options of the request on", function()
    local talk = client:conversation { max_tokens = 3, options = helper.fault "slow_first_byte=60" }
    local answer = assert(talk:send "Hello")
    assert.equal("length", answer.finish_reason)
    assert.is_true(answer.info.first_byte_ms >= 50)
    talk.body.max_tokens = nil
    assert.equal("stop", assert(talk:send("Hello", helper.fault "pace=0")).finish_reason)
    assert.equal(403, select(2, talk:send("Hello", helper.fault "status=403")).status)
    talk.options = nil
    assert.equal("stop", assert(talk:send "Hello").finish_reason)
  end)

  it("takes content that is JSON text already", function()
    local bodies = require "chatabi.body"
    for _, text in ipairs { '"Hi"', '[{"type":"text","text":"Hi"}]' } do
      local message = { role = "user", content = chatabi.raw(text) }
      assert.equal(message, bodies.message(message))
      assert.equal('{"content":' .. text .. ',"role":"user"}', chatabi.encode(bodies.message(message)))
    end
  end)

  it("sends the system's parts as one message", function()
    local text, part = "Be brief.", { type = "text", text = "Be kind." }
    local talk = client:conversation { system = { text, part } }
    assert.same({ { type = "text", text = text }, part }, talk.messages[1].content)
    assert(talk:send "Hello")
  end)

  it("sums what the server counted", function()
    local talk = client:conversation { tools = senses() }
    local last = assert(talk:send "Hello, in steps.").usage
    assert.equal(3, talk.usage.requests)
    assert.is_true(talk.usage.prompt_tokens > last.prompt_tokens)
    assert.equal(talk.usage.total_tokens, talk.usage.prompt_tokens + talk.usage.completion_tokens)
    local before = talk.usage.total_tokens
    talk:undo()
    assert(talk:send "Hello")
    assert.is_true(talk.usage.total_tokens > before)
  end)
end)

describe("a schema", function()
  it("is for the last answer, behind all calls of tools", function()
    local talk = client:conversation { tools = senses(), schema = { city = "string", days = "integer" } }
    local answer = assert(talk:send "Look around.")
    assert.is_string(answer.parsed.city)
    assert.is_number(answer.parsed.days)
    assert.equal("user assistant tool assistant", roles(talk.messages))
    assert.is_boolean(assert(talk:send("Hello", { schema = { good = "boolean" } })).parsed.good)
    assert.is_true(assert(talk:stream("Hello"):wait(5)).parsed ~= nil)
  end)

  it("that the answer misses is a failed send", function()
    local talk = client:conversation { schema = { city = "string" } }
    local answer, err = talk:send("Hello", helper.fault "long=3")
    assert.is_nil(answer)
    assert.equal("JSON", err.name)
    assert.equal("user", roles(err.turn))
    assert.same({}, talk.messages)
  end)
end)

describe("a send that fails", function()
  it("leaves the history as it was, and tells what it had", function()
    local talk = client:conversation()
    assert(talk:send "Hello")
    local before = talk:save()
    local answer, err = talk:send("Again", helper.fault "status=500")
    assert.is_nil(answer)
    assert.equal("SERVER", err.name)
    assert.equal(before, talk:save())
    assert.same({ { role = "user", content = "Again" } }, err.turn)
    assert(talk:send "Again")
  end)

  it("in the second round tells the first one", function()
    local talk
    talk = client:conversation { tools = senses(), on_tool = function()
      talk.options.headers["X-Emulator-Fault"] = "status=500"
    end, options = { headers = {} } }
    local answer, err = talk:send "Hello"
    assert.is_nil(answer)
    assert.equal("SERVER", err.name)
    assert.same({}, talk.messages)
    assert.equal("user assistant tool", roles(err.turn))
    -- it goes on from there
    talk.options = nil
    for _, message in ipairs(err.turn) do talk:add(message) end
    assert(talk:send())
    assert.equal("user assistant tool assistant", roles(talk.messages))
  end)

  it("keeps what had arrived", function()
    local talk = client:conversation()
    local answer, err = talk:stream("Hello", helper.fault "cut=4"):wait()
    assert.is_nil(answer)
    assert.is_true(#err.partial.text > 0)
    assert.equal("user", roles(err.turn))
    assert.same({}, talk.messages)
  end)

  it("because the client is closed raises", function()
    local talk = client:conversation()
    client:close()
    assert.error_matches(function() talk:send "Hello" end, "the client is closed")
  end)

  it("because the answer is empty tells why, and does not spoil the history", function()
    local nothing = '{"role":"assistant","content":null,"reasoning_content":"Hm"}'
    for finish, name in pairs { length = "TRUNCATED", content_filter = "BLOCKED" } do
      local player, path = script.client("", { { said = { script.user "Hello" }, message = nothing, finish = finish } })
      local talk = player:conversation()
      local answer, err = talk:send "Hello"
      os.remove(path)
      assert.is_nil(answer)
      assert.equal(name, err.name)
      assert.equal("Hm", err.partial.reasoning)
      assert.same({}, talk.messages)
    end
  end)

  it("because there is no message in the answer", function()
    for _, choices in ipairs { '[]', '[{"message":"Hi","finish_reason":"stop"}]' } do
      local player, path = script.client("", { { said = { script.user "Hello" },
        answer = '{"object":"chat.completion","choices":' .. choices .. '}' } })
      local talk = player:conversation()
      local answer, err = talk:send "Hello"
      os.remove(path)
      assert.is_nil(answer)
      assert.equal("PROTOCOL", err.name)
      assert.same({}, talk.messages)
    end
  end)
end)

describe("an answer without a role", function()
  it("gets one, for it has to go back", function()
    local player, path = script.client("", {
      { said = { script.user "Hello" }, message = '{"content":"Hi"}', sent = script.assistant "Hi" },
      { said = { script.user "Again" }, message = script.assistant "Yes" },
    })
    local talk = player:conversation()
    assert(talk:send "Hello")
    assert(talk:send "Again")
    os.remove(path)
    assert.equal("user assistant user assistant", roles(talk.messages))
    assert(player:load_conversation(talk:save()))
  end)
end)

describe("an answer with nothing in it", function()
  it("is in the history, and not sent back, for servers refuse it", function()
    local player, path = script.client("", {
      { said = { script.user "Hello" }, message = '{"role":"assistant","content":null}', sent = false },
      { said = { script.user "Again" }, message = script.assistant "Yes" },
    })
    local talk = player:conversation()
    assert(talk:send "Hello")
    assert.equal("Yes", assert(talk:send "Again").text)
    os.remove(path)
    assert.equal("user assistant user assistant", roles(talk.messages))
    assert.equal(4, #chatabi.decode(talk:save()).messages)
  end)
end)

describe("a send in a coroutine that dies", function()
  local SLOW = helper.fault "slow_first_byte=200"

  local function check(kill, options)
    local talk = client:conversation()
    local routine = coroutine.create(function()
      local answer = talk:send("Hello", options)
      return answer
    end)
    kill(routine)
    assert.equal("dead", coroutine.status(routine))
    assert(talk:send "Again")
    assert.equal("user assistant", roles(talk.messages))
    return routine -- held until here, and with it all that is on its stack
  end

  it("of an error of its scheduler does not keep the conversation shut", function()
    check(function(routine) assert.is_false((coroutine.resume(routine))) end,
      { headers = SLOW.headers, yield = function() error "too late" end })
  end)

  it("because it is closed does not, either", function()
    if not coroutine.close then return end
    check(function(routine)
      assert(coroutine.resume(routine))
      coroutine.close(routine)
    end, { headers = SLOW.headers, yield = coroutine.yield })
  end)

  it("gives up its request at once where pcall can yield", function()
    if _VERSION == "Lua 5.1" and not jit then return end
    local given
    local routine = coroutine.create(function()
      client:chat("Hello", { headers = SLOW.headers, yield = function(stream)
        given = stream
        error "too late"
      end })
    end)
    assert.is_false((coroutine.resume(routine)))
    assert.error_matches(function() given:done() end, "the stream is closed")
  end)
end)

describe("an answer without content", function()
  it("is remembered as it is", function()
    local player, path = script.client("", { { said = { script.user "Hello" },
      message = '{"role":"assistant","content":null,"refusal":"No."}' } })
    local talk = player:conversation()
    local answer = assert(talk:send "Hello")
    os.remove(path)
    assert.equal("", answer.text)
    assert.equal("No.", answer.refusal)
    assert.equal(chatabi.null, talk.messages[2].content)
  end)
end)

describe("a strict server", function()
  local function gemini(dialect) return helper.strict_client { dialect = dialect, log_level = "warn" } end

  it("gets every thought signature back where it was", function()
    for _, dialect in ipairs { "auto", "off" } do
      for _, way in ipairs { "send", "stream" } do
        local log = {}
        local talk = gemini(dialect):conversation { tools = senses(log) }
        for _, prompt in ipairs { "Look around in steps.", "Look around twice, in parallel." } do
          local answer, err = talk[way](talk, prompt)
          if way == "stream" then answer, err = answer:wait() end
          assert(answer, err)
        end
        assert.equal("listen look listen look look listen", table.concat(log, " "))
        assert.is_truthy(talk:save():find("thought_signature", 1, true))
        -- what was saved is as good
        local again = assert(talk.client:load_conversation(talk:save(), { tools = senses() }))
        assert(again:send "And now in steps.")
        assert.is_nil(talk.client:log()) -- a missing one would have been made up, with a warning
      end
    end
  end)

  it("refuses one that was altered, or this would show nothing", function()
    local talk = gemini("off"):conversation { tools = senses() }
    assert(talk:send "Look around in steps.")
    talk.messages[2].tool_calls[1].extra_content.google.thought_signature = "QWx0ZXJlZA=="
    assert.equal("INVALID_REQUEST", select(2, talk:send "Once more.").name)
  end)
end)

-- `run` raises, and the error names this file.
local function blames_us(run, pattern)
  local good, raised = pcall(run)
  assert.is_false(good)
  assert.matches("conversation_spec.lua:%d+: " .. pattern, raised)
end

describe("misuse", function()
  it("of the settings raises, and blames the caller", function()
    local function make(settings) return function() client:conversation(settings) end end
    for name, value in pairs {
      approve = true, on_tool = "print", max_rounds = "8", keep_turns = "2", keep_tokens = {}, count_tokens = 1,
      options = "x", messages = "Hello", system = 7,
    } do
      blames_us(make { [name] = value }, "bad setting '" .. name .. "'")
    end
    assert.error_matches(make { stream = true }, "bad setting 'stream'")
    blames_us(make "Hello", "the settings of a conversation are a table")
    assert.error_matches(make { "Hello" }, "settings of a conversation have names")
  end)

  it("of a member that was changed raises before anything is sent", function()
    local talk = client:conversation()
    for name, wrong in pairs { keep_turns = "3", options = 5, messages = false, body = 7, approve = true } do
      local right = talk[name]
      talk[name] = wrong
      blames_us(function() talk:send "Hello" end, "bad setting '" .. name .. "'")
      talk[name] = right
    end
    talk.max_rounds = nil
    blames_us(function() talk:send "Hello" end, "bad setting 'max_rounds' %(number expected, got nil%)")
    assert.equal(0, talk.usage.requests)
  end)

  it("of what is said raises, and blames the caller", function()
    local talk = client:conversation()
    for _, content in ipairs { 7, true, {}, { text = "x" }, print } do
      blames_us(function() talk:send(content) end, "bad argument #1 to 'send'")
    end
    blames_us(function() talk:send("x", 7) end, "bad argument #2 to 'send'")
    blames_us(function() talk:stream(7) end, "bad argument #1 to 'stream'")
    blames_us(function() talk:send { role = "user", content = print } end,
      "bad argument #1 to 'send' %(messages%[1%]")
    assert.same({}, talk.messages)
    assert(talk:send "Hello")
  end)

  it("is a send beside an open turn", function()
    local talk = client:conversation { tools = senses() }
    local turn = talk:stream "Hello"
    for _, name in ipairs { "send", "stream", "add", "undo", "trim" } do
      blames_us(function() talk[name](talk, "Hello") end,
        "the conversation has an open turn: close it or read it to the end")
    end
    assert.equal("", roles(talk:fork().messages)) -- looking is allowed
    turn:close()
    assert(talk:send "Hello")
  end)

  it("is a send from a tool of the same conversation", function()
    for _, name in ipairs { "send", "add", "trim" } do
      local talk
      talk = client:conversation { tools = { look = { run = function()
        local answer = talk[name](talk, "user")
        return answer
      end } } }
      blames_us(function() talk:send "Hello" end, "a tool cannot use")
      assert.same({}, talk.messages)
      talk.tools = nil
      assert(talk:send "Hello")
    end
  end)

  it("is a tool without run in a send", function()
    local talk = client:conversation { tools = { walk = {} } }
    blames_us(function() talk:send "Hello" end, "tool 'walk' has no run function")
  end)
end)

describe("a tool", function()
  it("may ask in a conversation of its own", function()
    local talk
    talk = client:conversation { tools = { ask = { run = function()
      local fork = talk:fork()
      fork.tools = nil
      return assert(fork:send "What do you think?").text
    end } } }
    assert.matches("canned", assert(talk:send "Hello").text)
    assert.equal("user assistant tool assistant", roles(talk.messages))
  end)
end)

describe("a turn that was dropped", function()
  it("does not keep the conversation shut", function()
    local talk = client:conversation()
    local function drop() talk:stream "Hello" end
    drop()
    assert.is_true(#assert(talk:send "Hello").text > 0)
    assert.equal("user assistant", roles(talk.messages))
  end)
end)
