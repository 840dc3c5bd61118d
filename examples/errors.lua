#!/usr/bin/env lua5.4
-- SPDX-License-Identifier: MIT
-- What can go wrong, how it is told, and what to do. The world failing gives nil and an error; a mistake in the program
-- raises. What may pass has been tried again before an error is given.
--
-- Run: lua5.4 examples/errors.lua
pcall(require, "examples.setup") -- only in a checkout
local chatabi = require "chatabi"

local client = assert(chatabi.new { model = "google/gemini-2.5-flash", max_retries = 2 })

-- An error is a table. `name` is for the program, `message` for people: it says what to do.
local function explain(what, err)
  print(("%s: %s, status %s, %s"):format(what, err.name, err.status or "none", err.retryable and "may pass" or "stays"))
  print("  " .. err.message)
end

-- Refused by the server.
local answer, err = client:chat { model = "google/no-such-model", messages = { { role = "user", content = "Hello" } } }
if not answer then explain("wrong model", err) end

-- Out of patience: the answer is still on its way. Wait again, or cancel.
local stream = assert(client:stream "Tell me a very long story")
answer, err = stream:wait(0) -- seconds; five minutes would be usual
if not answer then explain("too slow", err) end
stream:cancel()
answer, err = stream:wait()
if not answer then explain("cancelled", err) end

-- A for loop raises, or half an answer would look like a short one. What had come of it is in the result's error.
stream = assert(client:stream "Tell me a very long story")
local good, raised = pcall(function()
  for chunk in stream do
    if chunk.text ~= "" then stream:cancel() end
  end
end)
if not good then explain("in a loop", raised) end
local _, why = stream:result()
if why and why.partial then print(("  %d bytes had come"):format(#why.partial.text)) end

-- No errors, and yet not what was wanted: too few tokens, and a model or a filter against it.
answer = assert(client:chat { messages = { { role = "user", content = "Tell me a story" } }, max_tokens = 5 })
if answer.finish_reason == "length" then print("cut: " .. #answer.text .. " bytes") end
answer = assert(client:chat "Please refuse this.")
if answer.refusal or answer.finish_reason == "content_filter" then
  print("withheld: " .. (answer.refusal or "nobody says why"))
end

-- A mistake raises where it was made, and is mended in the program.
good, raised = pcall(function() client:chat(42) end)
if not good then print("misuse: " .. raised) end
good, raised = chatabi.new { modell = "google/gemini-2.5-flash" }
if not good then explain("an option that is none", raised) end
