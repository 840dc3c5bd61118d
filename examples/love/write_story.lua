-- SPDX-License-Identifier: MIT
-- Makes story.jsonl, a recording as core/RECORDING.md describes it, of story.lua. What is asked is what the game asks,
-- written by the library itself (`record`); what is answered is put to it here. After a change of story.lua, of
-- people.lua or of the tools, from the top directory of a checkout:
--
--   luajit examples/love/write_story.lua examples/love/story.jsonl
package.path = package.path .. ";./examples/love/?.lua"
pcall(require, "examples.setup")
local chatabi = require "chatabi"
local people = require "people"
local story = require "story"
local talk = require "talk"
local tools = require "tools"
local world = require "world"

local path = assert(arg[1], "which file is to be written?")
local asked_path = os.tmpname()

local function write(name, mode, text)
  local file = assert(io.open(name, mode))
  file:write(text)
  file:close()
end

-- ---- pieces of an answer, and when they come ----

local state = 20260131 -- the same story has the same times: of a generator of its own, not of math.random
local function random(least, most)
  state = (state * 16807) % 2147483647
  return least + state % (most - least + 1)
end

local function chunk_of(delta, finish)
  return "data: " .. chatabi.encode {
    id = "story", model = "story", choices = { { index = 0, delta = delta, finish_reason = finish } },
  } .. "\n\n"
end

local function text_chunks(text, at)
  local chunks = {}
  for word in text:gmatch "%s*%S+" do
    chunks[#chunks + 1] = { at, chunk_of { content = word } }
    at = at + random(55, 110) + (word:find "[.!?:…]$" and random(160, 320) or word:find "[,;]$" and 90 or 0)
  end
  return chunks, at, "stop"
end

local function call_chunks(calls, at, name)
  local list = {}
  for index, call in ipairs(calls) do
    list[index] = {
      index = index - 1, id = ("call_%s_%d"):format(name, index), type = "function",
      ["function"] = { name = call[1], arguments = chatabi.encode(call[2]) },
    }
  end
  return { { at, chunk_of { tool_calls = list } } }, at + 40, "tool_calls"
end

local function response(step, name)
  local first = random(350, 900)
  local chunks, at, finish
  if type(step) == "string" then
    chunks, at, finish = text_chunks(step, first)
  else
    chunks, at, finish = call_chunks(step, first, name)
  end
  chunks[#chunks + 1] = { at, chunk_of(chatabi.decode "{}", finish) .. "data: [DONE]\n\n" }
  return {
    response = { ms = first, status = 200, http_version = 11, headers = { ["Content-Type"] = "text/event-stream" } },
    chunks = chunks, ["end"] = { ms = at, error = chatabi.null },
  }
end

-- ---- what is asked ----

-- Nobody listens there, and the request is in the record all the same.
local asking = assert(talk.new({ base_url = "http://127.0.0.1:1", record = asked_path, max_retries = 0 }, world.new()))
local ear = { heard = function() end, saw = function() end }
function ear.ended(_, answer, err) ear.answer, ear.err = answer, err end
function ear.wants(self, call) self.talker:answer(call, tools.arrived(call.arguments.place)) end

local function converse(owner, person, messages)
  local talker = owner:join(person, ear)
  ear.talker = talker
  for _, message in ipairs(messages or {}) do talker.conversation:add(message) end
  return talker
end

local function finish(talker, question)
  ear.answer, ear.err = nil, nil
  talker:say(question)
  while talker:is_busy() do talker:update() end
  return ear.answer, ear.err
end

local function record_of(messages, question, person)
  write(asked_path, "wb", "")
  local talker = converse(asking, person)
  while talker.conversation.messages[1] do table.remove(talker.conversation.messages) end
  for _, message in ipairs(messages) do talker.conversation:add(message) end
  local _, err = finish(talker, question)
  assert(err.name == "CONNECT", tostring(err))
  local file = assert(io.open(asked_path))
  local line = assert(chatabi.decode(file:read "*l"))
  file:close()
  return line
end

-- ---- the story ----

local function add_line(person, name, step, messages, question)
  local asked, answered = record_of(messages, question, person), response(step, name)
  local line = {
    chatabi_record = 1, time = "2026-01-31T12:00:00.000Z",
    request = { attempt = 1, method = "POST", path = asked.request.path, url = "story.lua", headers = {},
      body = asked.request.body },
    response = answered.response, chunks = answered.chunks, ["end"] = answered["end"],
  }
  write(path, "ab", chatabi.encode(line) .. "\n")
end

-- Says it to what is written so far, and adds what is missing, until the answer is there.
local function tell(person, number, question, steps, history)
  for at, step in ipairs(steps) do
    local messages, asked = history, question
    if at > 1 then -- the rounds before it, from the recording itself
      local playing = assert(talk.new({ replay = path }, world.new()))
      local talker = converse(playing, person, { unpack(history, 2) })
      local _, err = finish(talker, question)
      assert(err and err.name == "REPLAY", "the rounds before it are not played")
      messages, asked = { unpack(history) }, nil
      for _, message in ipairs(err.turn) do messages[#messages + 1] = message end
      playing.client:close()
    end
    add_line(person, ("%s_%d_%d"):format(person.name:gsub("[\128-\255]", ""), number, at), step, messages, asked)
  end
  local playing = assert(talk.new({ replay = path }, world.new()))
  local talker = converse(playing, person, { unpack(history, 2) })
  assert(finish(talker, question), tostring(ear.err))
  local messages = talker.conversation.messages
  playing.client:close()
  return messages
end

write(path, "wb", "")
for _, person in ipairs(people) do
  local history = { converse(asking, person).conversation.messages[1] }
  for number, question in ipairs(person.asks) do
    history = tell(person, number, question, story[person.name][number], history)
  end
  print(person.name .. ": " .. #history .. " messages")
end
os.remove(asked_path)
