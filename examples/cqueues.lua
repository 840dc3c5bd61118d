#!/usr/bin/env lua5.4
-- SPDX-License-Identifier: MIT
-- chatabi in cqueues: while one coroutine waits for an answer the others run. lua-http and all else that is built on
-- cqueues works likewise.
--
-- Run: lua5.4 examples/cqueues.lua      Needed: cqueues (Debian: lua-cqueues).
pcall(require, "examples.setup") -- only in a checkout
local chatabi = require "chatabi"
local cqueues = require "cqueues"

-- This is all it takes: whatever waits inside of a coroutine now lets the others run.
local client = assert(chatabi.new { model = "google/gemini-2.5-flash", yield = chatabi.loop.cqueues() })

local queue, waiting, ticks = cqueues.new(), 2, 0

queue:wrap(function()
  print("chat: " .. assert(client:chat "Why is the sky blue?").text)
  waiting = waiting - 1
end)

queue:wrap(function()
  local stream = assert(client:stream "Tell me a story")
  local chunk, err = stream:next() -- in a while loop: in Lua 5.1 a `for chunk in stream` cannot yield
  while chunk do
    io.write(chunk.text)
    chunk, err = stream:next()
  end
  print(err or "")
  waiting = waiting - 1
end)

queue:wrap(function()
  while waiting > 0 do
    ticks = ticks + 1
    cqueues.sleep(0.01)
  end
end)

assert(queue:loop())
print(("meanwhile the clock ticked %s"):format(ticks > 1 and "on" or "not"))
