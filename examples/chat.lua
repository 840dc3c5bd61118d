#!/usr/bin/env lua5.4
-- SPDX-License-Identifier: MIT
-- A conversation in the terminal: an answer is shown as it comes, and what was said is known when the next question is
-- asked. The command chatabi is this with all that a user wants besides.
--
-- Run: lua5.4 examples/chat.lua
pcall(require, "examples.setup") -- only in a checkout
local chatabi = require "chatabi"

local client = assert(chatabi.new { model = "google/gemini-2.5-flash" })
local talk = client:conversation { system = "Answer in a few sentences." }

-- Raises when the answer does not come whole; then the question counts as not asked.
local function ask(question)
  for chunk in assert(talk:stream(question)) do
    io.write(chunk.text)
    io.flush()
  end
end

io.write "> "
for line in io.lines() do
  local fine, err = pcall(ask, line)
  if not fine then io.stderr:write(tostring(err)) end
  io.write "\n> "
end
io.write("\n", talk.usage.total_tokens, " tokens\n")
