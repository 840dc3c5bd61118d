#!/usr/bin/env lua5.4
-- SPDX-License-Identifier: MIT
-- chatabi in Copas: while one coroutine waits for an answer the others run, servers and LuaSocket's clients among them.
--
-- Run: lua5.4 examples/copas.lua      Needed: Copas (LuaRocks: copas; Debian: lua-copas, for Lua 5.1, 5.2 and LuaJIT).
pcall(require, "examples.setup") -- only in a checkout
local chatabi = require "chatabi"
local copas = require "copas"

-- To Copas a stream looks like a socket of LuaSocket.
local client = assert(chatabi.new { model = "google/gemini-2.5-flash", yield = chatabi.loop.copas() })

local waiting, ticks = 2, 0

copas.addthread(function()
  print("chat: " .. assert(client:chat "Why is the sky blue?").text)
  waiting = waiting - 1
end)

copas.addthread(function()
  local stream = assert(client:stream "Tell me a story")
  local chunk, err = stream:next() -- in a while loop: in Lua 5.1 a `for chunk in stream` cannot yield
  while chunk do
    io.write(chunk.text)
    chunk, err = stream:next()
  end
  print(err or "")
  waiting = waiting - 1
end)

-- copas.loop() where there is nothing else to do, and in Copas 4 it also ends. A step is for programs with a loop of
-- their own.
while waiting > 0 do
  copas.step(0.01)
  ticks = ticks + 1
end
print(("meanwhile the clock ticked %s"):format(ticks > 1 and "on" or "not"))
