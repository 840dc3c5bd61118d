#!/usr/bin/env lua5.4
-- SPDX-License-Identifier: MIT
-- A conversation: what was said before is sent along, as much of it as shall be. It can be streamed, tried in another
-- way, saved and taken up again.
--
-- Run: lua5.4 examples/conversation.lua [FILE]      The conversation is kept in FILE.
pcall(require, "examples.setup") -- only in a checkout
local chatabi = require "chatabi"

local client = assert(chatabi.new { model = "google/gemini-2.5-flash" })
local talk = client:conversation {
  system = "You are a patient teacher. Be brief.",
  keep_turns = 20, -- older ones stay in the history, and are not sent any more
  temperature = 0.2, -- every other field goes into the requests
}

-- When this fails the history is as it was before, so that sending again is right.
print(assert(talk:send "What is a closure?").text)

-- The same as it comes.
for chunk in talk:stream "Show me one in Lua." do io.write(chunk.text) end
io.write "\n"

-- The history is a plain list. It may be read, changed and added to.
for number, message in ipairs(talk.messages) do print(number, message.role) end
talk:add("user", "By the way: I know C.")
talk:add("assistant", "Good to know.")

-- A fork goes its own way. Of the first turn alone here: the system's message, a question, its answer.
local other = talk:fork(3)
print(assert(other:send "And in Python?").text)
print(("%d messages here, %d there"):format(#talk.messages, #other.messages))

-- Taking back the last turn, or forgetting all but the latest.
talk:undo()
talk:trim { turns = 1 }
print(#talk.messages .. " messages are left")

-- Saved as text, and taken up again: in another process, or next week.
local path = arg[1] or os.tmpname()
local file = assert(io.open(path, "w"))
file:write(talk:save())
file:close()

local text = assert(io.open(path)):read "*a"
local again = assert(client:load_conversation(text))
print(assert(again:send "What did we talk about?").text)
print(("%d requests, %d tokens"):format(again.usage.requests, again.usage.total_tokens))
if not arg[1] then os.remove(path) end
