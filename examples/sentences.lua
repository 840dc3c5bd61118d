#!/usr/bin/env lua5.4
-- SPDX-License-Identifier: MIT
-- Whole sentences as soon as each of them is complete, while the rest is still on its way: for speech, subtitles and
-- the people in a game.
--
-- Run: lua5.4 examples/sentences.lua [QUESTION]
pcall(require, "examples.setup") -- only in a checkout
local chatabi = require "chatabi"

-- Here would be what speaks. It gets "Dr. Lee paid 3.50 for it." in one piece.
local function speak(sentence) print("> " .. sentence) end

local client = assert(chatabi.new { model = "google/gemini-2.5-flash" })
local stream = assert(client:stream(arg[1] or "Tell me a story of five sentences."))

-- The loop raises when the answer breaks off, after the sentences that were whole.
for sentence in stream:sentences() do speak(sentence) end

-- A conversation's turns have them, too.
local talk = client:conversation { system = "You are an old lighthouse keeper. Speak in short sentences." }
for sentence in talk:stream("What did you see last night?"):sentences() do speak(sentence) end

-- For text that comes from elsewhere there is the splitter alone.
local splitter = chatabi.splitter()
for _, piece in ipairs { "It is 3.", "5 degrees. The wi", "nd is strong. Stay insi", "de" } do
  for _, sentence in ipairs(splitter:feed(piece)) do speak(sentence) end
end
local rest = splitter:finish()
if rest then speak(rest) end
