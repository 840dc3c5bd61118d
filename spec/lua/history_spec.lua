-- SPDX-License-Identifier: MIT
-- What a conversation keeps, sends, drops and saves.
local chatabi = require "chatabi"
local script = require "spec.lua.script"

local client, path
before_each(function()
  client, path = script.client("", { { said = {}, message = script.assistant "ok" } })
end)
after_each(function()
  client:close()
  os.remove(path)
end)

local function replace_client(fields, rounds)
  client:close()
  os.remove(path)
  client, path = script.client(fields, rounds)
end

-- Roles by their first letters, contents behind them: "s u1 a1 u2".
local function short(messages)
  local words = {}
  for at, message in ipairs(messages) do
    words[at] = message.role:sub(1, 1) .. (type(message.content) == "string" and message.content or "")
  end
  return table.concat(words, " ")
end

local CALLS = chatabi.decode(script.calls({ "c1", "look", "{}" }, { "c2", "look", "{}" }))
local ROLES = { s = "system", d = "developer", u = "user", a = "assistant" }

-- The other way round; "c" is an assistant's message with two calls, "t1" the result of the first.
local function list(text)
  local messages = {}
  for letter, content in text:gmatch "(%a)(%S*)" do
    if letter == "c" then
      messages[#messages + 1] = CALLS
    elseif letter == "t" then
      messages[#messages + 1] = { role = "tool", tool_call_id = "c" .. content, content = content }
    else
      messages[#messages + 1] = { role = ROLES[letter], content = content }
    end
  end
  return messages
end

local function talk_of(text, settings)
  local all = { messages = list(text) }
  for key, value in pairs(settings or {}) do all[key] = value end
  return client:conversation(all)
end

local function one(message) return type(message) == "table" and 1 or error "no message" end

describe("what is sent", function()
  it("is everything, unless there is a limit", function()
    assert.equal("s u1 a1 u2", short(talk_of("s u1 a1 u2"):window()))
    assert.equal("", short(talk_of(""):window()))
  end)

  it("is the head and the latest turns", function()
    local talk = talk_of("s d u1 a1 u2 a2 u3 a3", { keep_turns = 2 })
    assert.equal("s d u2 a2 u3 a3", short(talk:window()))
    talk.keep_turns = 1
    assert.equal("s d u3 a3", short(talk:window()))
    talk.keep_turns = 0 -- the latest turn always is
    assert.equal("s d u3 a3", short(talk:window()))
    talk.keep_turns = 3
    assert.equal("s d u1 a1 u2 a2 u3 a3", short(talk:window()))
    talk.keep_turns = 99
    assert.equal("s d u1 a1 u2 a2 u3 a3", short(talk:window()))
    assert.equal("s d u1 a1 u2 a2 u3 a3", short(talk.messages)) -- nothing is dropped
  end)

  it("keeps calls and their results together", function()
    local talk = talk_of("s u1 c t1 t2 a1 u2 c t1 t2 c t1 t2 a2", { keep_turns = 1 })
    assert.equal("s u2 a t1 t2 a t1 t2 a2", short(talk:window()))
    talk.keep_turns, talk.keep_tokens, talk.count_tokens = nil, 3, one
    assert.equal("s u2 a t1 t2 a t1 t2 a2", short(talk:window()))
  end)

  it("counts what stands in front of the first user message as a turn", function()
    local talk = talk_of("s a0 u1 a1 u2 a2", { keep_turns = 2 })
    assert.equal("s u1 a1 u2 a2", short(talk:window()))
    talk.keep_turns = 3
    assert.equal("s a0 u1 a1 u2 a2", short(talk:window()))
  end)

  it("leaves a word of the system in the midst of it where it is", function()
    assert.equal("s u2 s2 a2", short(talk_of("s u1 s1 a1 u2 s2 a2", { keep_turns = 1 }):window()))
  end)

  it("stays within a number of tokens that the user counts", function()
    local talk = talk_of("s u1 a1 u2 a2 u3 a3", { keep_tokens = 5, count_tokens = one })
    assert.equal("s u2 a2 u3 a3", short(talk:window()))
    talk.keep_tokens = 4 -- whole turns only
    assert.equal("s u3 a3", short(talk:window()))
    talk.keep_tokens = 7
    assert.equal("s u1 a1 u2 a2 u3 a3", short(talk:window()))
    talk.keep_tokens = 0
    assert.equal("s u3 a3", short(talk:window()))
    talk.keep_tokens, talk.keep_turns = 7, 1
    assert.equal("s u3 a3", short(talk:window()))
  end)

  it("stays within a number of tokens that is estimated", function()
    local talk = talk_of("s u1 a1", { keep_tokens = 300 })
    for turn = 2, 5 do
      talk:add("user", ("x"):rep(200) .. turn)
      talk:add("assistant", ("y"):rep(200) .. turn)
    end
    -- a turn is about 108, so two of them
    assert.equal(5, #talk:window())
    talk.keep_tokens = 330
    assert.equal(7, #talk:window())
    talk.keep_tokens = 10000
    assert.equal(11, #talk:window())
  end)

  it("has images and files, which count more than their address", function()
    local talk = talk_of("s", { keep_tokens = 700 })
    for _ = 1, 3 do
      talk:add("user", { "Look:", { type = "image_url", image_url = { url = "https://example.com/x.png" } } })
    end
    assert.equal(3, #talk:window())
  end)

  it("is estimated by what the server counted", function()
    local usage = '{"prompt_tokens":%d,"completion_tokens":1,"total_tokens":1}'
    local long = ("x"):rep(400)
    -- 104 are estimated, the server counts twice as many
    replace_client("", {
      { said = { script.user(long) }, message = script.assistant(long), usage = usage:format(208) },
    })
    local talk = client:conversation()
    assert(talk:send(long))
    talk:add("user", long)
    talk:add("assistant", long)
    talk.keep_tokens = 450
    assert.equal(2, #talk:window()) -- two turns would be 416 by bytes, and are 832
    talk.keep_tokens = 840
    assert.equal(4, #talk:window())
  end)

  it("is the head and the latest turn at every send", function()
    replace_client("", { { said = { script.user "1" }, message = script.assistant "a" } })
    local talk = client:conversation { keep_turns = 1 }
    assert.equal("a", assert(talk:send "1").text)
    assert.equal("a", assert(talk:send "1").text) -- the same request again: the first turn was left out
    assert.equal("u1 aa u1 aa", short(talk.messages))
  end)
end)

describe("count_tokens", function()
  it("has to return numbers", function()
    local talk = talk_of("s u1 a1", { keep_tokens = 5, count_tokens = function() end })
    assert.error_matches(function() talk:window() end, "bad setting 'count_tokens'")
  end)
end)

describe("trim", function()
  it("drops for good, and returns what went", function()
    local talk = talk_of("s u1 a1 u2 a2 u3 a3")
    local messages = talk.messages
    assert.equal("u1 a1", short(talk:trim { turns = 2 }))
    assert.equal("s u2 a2 u3 a3", short(talk.messages))
    assert.equal(messages, talk.messages)
    talk.count_tokens = one
    assert.equal("u2 a2", short(talk:trim { tokens = 3 }))
    assert.equal("", short(talk:trim { tokens = 0, turns = 0 }))
    assert.equal("s u3 a3", short(talk.messages))
  end)

  it("goes by the limits of the conversation when none are given", function()
    local talk = talk_of("s u1 a1 u2 a2", { keep_turns = 1 })
    talk:trim()
    assert.equal("s u2 a2", short(talk.messages))
    talk.keep_turns = nil
    talk:trim()
    assert.equal("s u2 a2", short(talk.messages))
    assert.equal("", short(talk_of("", { keep_turns = 1 }):trim()))
  end)

  it("takes a table of numbers", function()
    assert.error_matches(function() talk_of("u1"):trim(2) end, "bad argument #1 to 'trim'")
    assert.error_matches(function() talk_of("u1"):trim { turns = "2" } end, "bad argument #1 to 'trim'")
  end)
end)

describe("undo", function()
  it("removes the last turn, and returns it", function()
    local talk = talk_of("s a0 u1 a1 u2 c t1 t2 a2")
    assert.equal("u2 a t1 t2 a2", short(talk:undo()))
    assert.equal("u1 a1", short(talk:undo()))
    assert.equal("s a0", short(talk.messages))
    assert.is_nil(talk:undo())
    assert.equal("s a0", short(talk.messages))
    assert.is_nil(talk_of(""):undo())
  end)
end)

describe("fork", function()
  it("goes on by itself, and so does the first", function()
    local talk = talk_of("s u1 a1", { model = "m1", tools = { look = { run = print } }, keep_turns = 3 })
    local fork = talk:fork()
    fork:add("user", "2")
    fork.messages[2].content = "other"
    fork.body.model, fork.tools.look, fork.keep_turns = "m2", nil, 4
    assert.equal("s u1 a1", short(talk.messages))
    assert.equal("m1", talk.body.model)
    assert.is_function(talk.tools.look.run)
    assert.equal(3, talk.keep_turns)
    talk:undo()
    assert.equal("s uother a1 u2", short(fork.messages))
  end)

  it("may begin earlier", function()
    local talk = talk_of "s u1 a1 u2"
    assert.equal("s u1", short(talk:fork(2).messages))
    assert.equal("", short(talk:fork(0).messages))
    for _, count in ipairs { -1, 5, 1.5, "2" } do
      assert.error_matches(function() talk:fork(count) end, "bad argument #1 to 'fork' %(a number from 0 to 4 expected")
    end
  end)

  it("does not part a call from its results", function()
    local talk = talk_of "u1 c t1 t2 a1"
    for _, count in ipairs { 2, 3 } do
      assert.error_matches(function() talk:fork(count) end, "is the result of a call")
    end
    assert.equal("u1", short(talk:fork(1).messages))
    assert.equal("u1 a t1 t2", short(talk:fork(4).messages))
    assert.equal("u1 a", short(talk_of("u1 c"):fork().messages)) -- nobody has answered yet
  end)

  it("counts its own tokens", function()
    local talk = client:conversation()
    talk.usage.total_tokens = 7
    assert.equal(0, talk:fork().usage.total_tokens)
  end)
end)

describe("add", function()
  it("takes a role and its content, or a message", function()
    local talk = client:conversation()
    talk:add("system", "s")
    talk:add("user", { "text", { type = "image_url", image_url = { url = "https://example.com" } } })
    talk:add { role = "assistant", content = "1" }
    talk:add { role = "assistant", tool_calls = CALLS.tool_calls }
    assert.equal("ss u a1 a", short(talk.messages))
  end)

  it("copies what it is given", function()
    local talk, message = client:conversation(), { role = "user", content = { "one" } }
    talk:add(message)
    message.content[1] = "two"
    assert.same({ "one" }, talk.messages[1].content)
    local settings = { messages = { message } }
    talk = client:conversation(settings)
    talk.messages[1].content = "three"
    assert.same({ "two" }, message.content)
  end)

  it("takes nothing else", function()
    local talk = client:conversation()
    assert.error_matches(function() talk:add() end, "bad argument #1 to 'add'")
    assert.error_matches(function() talk:add { content = "x" } end, "bad argument #1 to 'add'")
    assert.error_matches(function() talk:add("user", 7) end, "bad argument #2 to 'add'")
  end)
end)

-- An answer that a table of Lua cannot say in full.
local ODD = '{"role":"assistant", "content":null,"one":1.0,"big":12345678901234567890123,"zero":-0,"e":1e2,"none":{},'
  .. '"empty":[],"text":"\\u00e9\\/","tool_calls":[{"id":"c1","type":"function","function":{"name":"look",'
  .. '"arguments":"{}"},"extra_content":{"google":{"thought_signature":"Ab+/C=="}}}]}'

describe("a message of the server", function()
  local tools = { look = { run = function() return "seen" end } }
  local wire = '"tools":[{"type":"function","function":{"name":"look"}}],'

  local function rounds()
    return {
      { said = { script.user "1" }, message = ODD, finish = "tool_calls" },
      { said = { script.result("c1", "seen") }, message = script.assistant "2" },
      { said = { script.user "3" }, message = script.assistant "4" },
    }
  end

  it("goes back as the very text it was", function()
    replace_client(wire, rounds())
    local talk = client:conversation { tools = tools }
    assert.equal("2", assert(talk:send "1").text)
    assert.equal("4", assert(talk:send "3").text)
    assert.matches(ODD, talk:save(), 1, true)
  end)

  it("goes back so from a fork, and as a copy", function()
    replace_client(wire, rounds())
    local talk = client:conversation { tools = tools }
    assert(talk:send "1")
    local fork, copy = talk:fork(), client:conversation { tools = tools, messages = talk.messages }
    assert.equal("4", assert(fork:send "3").text)
    assert.equal("4", assert(copy:send "3").text)
  end)

  it("goes back as the table when somebody changed it", function()
    replace_client(wire, rounds())
    local talk = client:conversation { tools = tools }
    assert(talk:send "1")
    talk.messages[2].one = 2
    assert.equal("REPLAY", select(2, talk:send "3").name)
    talk.messages[2].one = 1 -- changed back
    assert.equal("4", assert(talk:send "3").text)
  end)

  it("goes out as it is now when it is the user's, and was changed", function()
    replace_client(wire, rounds())
    local talk = client:conversation { tools = tools }
    assert(talk:send "1")
    local message = talk.messages[1]
    for _, change in ipairs { { "content", "2" }, { "name", "Ada" } } do
      local key, before = change[1], message[change[1]]
      message[key] = change[2]
      assert.equal("REPLAY", select(2, talk:send "3").name)
      message[key] = before
    end
    assert.equal("4", assert(talk:send "3").text)
  end)

  it("goes back as the table however deep the change is", function()
    local changes = {
      function(message) message.tool_calls[1].extra_content.google.thought_signature = "Ab" end,
      function(message) message.tool_calls[1].extra_content.google.thought_signature = nil end,
      function(message) message.none.some = true end,
      function(message) message.empty[1] = "one" end,
      function(message) message.tool_calls[1]["function"].arguments = chatabi.null end,
    }
    for _, change in ipairs(changes) do
      replace_client(wire, rounds())
      local talk = client:conversation { tools = tools }
      assert(talk:send "1")
      change(talk.messages[2])
      assert.equal("REPLAY", select(2, talk:send "3").name)
      assert.is_nil(talk:save():find(ODD, 1, true))
    end
  end)
end)

describe("save and load", function()
  it("keep every message and every field", function()
    replace_client('"tools":[{"type":"function","function":{"name":"look"}}],"temperature":0.5,', {
      { said = { script.user "1" }, message = ODD, finish = "tool_calls" },
      { said = { script.result("c1", "seen") }, message = script.assistant "2" },
      { said = { script.user "3" }, message = script.assistant "4" },
    })
    local tools = { look = { run = function() return "seen" end } }
    local talk = client:conversation { tools = tools, temperature = 0.5 }
    assert(talk:send "1")
    local text = talk:save()
    local body = assert(chatabi.decode(text))
    assert.equal(0.5, body.temperature)
    assert.is_nil(body.tools)
    assert.equal(4, #body.messages)

    local again = assert(client:load_conversation(text, { tools = tools }))
    assert.equal(text, again:save())
    assert.equal("4", assert(again:send "3").text)
  end)

  it("keep nothing, too", function()
    local text = client:conversation():save()
    assert.same({}, assert(client:load_conversation(text)).messages)
    assert.equal('{"messages":[]}', text)
  end)

  it("are a body that any server takes", function()
    local talk = client:conversation()
    talk:add("user", { "Look.", { type = "text", text = "Listen." } })
    assert.same({ type = "text", text = "Look." }, chatabi.decode(talk:save()).messages[1].content[1])
  end)

  it("take any chat completions body", function()
    local talk = assert(client:load_conversation(' {"model":"m","stream":true,"tools":[],"messages":[ '
      .. '{"role":"user","content":[{"type":"text","text":"x"}],"n":1.0} ]}'))
    assert.same({ model = "m" }, talk.body)
    local message = '{"role":"user","content":[{"type":"text","text":"x"}],"n":1.0}'
    assert.equal('{"messages":[' .. message .. '],"model":"m"}', talk:save())
  end)

  it("let the settings have the last word", function()
    local text = client:conversation({ system = "old", temperature = 0.5, seed = 1 }):save()
    local talk = assert(client:load_conversation(text, { system = "new", temperature = 1 }))
    assert.equal("snew", short(talk.messages))
    assert.same({ temperature = 1, seed = 1 }, talk.body)
    talk = assert(client:load_conversation(client:conversation({ messages = list "u1" }):save(), { system = "new" }))
    assert.equal("snew u1", short(talk.messages))
  end)

  it("say what is wrong with a text, and where", function()
    for text, why in pairs {
      [""] = "", ["{"] = "", ["\255"] = "", ["7"] = "a JSON object expected, got number",
      ["[]"] = "a JSON object expected, got array", ["{}"] = "messages: array expected, got nil",
      ['{"messages":{}}'] = "messages: array expected, got object",
      ['{"messages":[7]}'] = "messages[1]: object expected, got number",
      ['{"messages":[null]}'] = "messages[1]: object expected, got null",
      ['{"messages":[{"content":"x"}]}'] = "messages[1].role: string expected, got nil",
      ['{"messages":[{"role":"user","content":"x"},{"role":"user","content":7}]}'] =
        "messages[2].content: string or array expected, got number",
      ['{"messages":[{"role":"user","content":{}}]}'] = "messages[1].content: string or array expected, got object",
      ['{"messages":[{"role":"assistant","tool_calls":7}]}'] = "messages[1].tool_calls: array expected, got number",
      ['{"messages":[{"role":"assistant","tool_calls":[7]}]}'] =
        "messages[1].tool_calls[1]: object expected, got number",
    } do
      local talk, err = client:load_conversation(text)
      assert.is_nil(talk)
      assert.equal("JSON", err.name)
      assert.matches(why, err.message, 1, true)
    end
    assert.error_matches(function() client:load_conversation() end, "bad argument #1 to 'load_conversation'")
  end)

  it("raise when a message is none that JSON can say", function()
    local talk = client:conversation()
    talk.messages[1] = { role = "user", content = print }
    assert.error_matches(function() talk:save() end, "cannot be saved %(messages%[1%].content: ")
  end)
end)
