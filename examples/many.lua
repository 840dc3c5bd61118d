#!/usr/bin/env lua5.4
-- SPDX-License-Identifier: MIT
-- Twenty requests at once on one thread, in two ways: taking each answer when it is complete, and with a coroutine for
-- each task, of which every one reads as if it were alone.
--
-- Run: lua5.4 examples/many.lua
pcall(require, "examples.setup") -- only in a checkout
local chatabi = require "chatabi"

local client = assert(chatabi.new {
  model = "google/gemini-2.5-flash",
  max_in_flight = 10, -- the others wait for their turn
})

-- ---- the answers, in the order in which they become complete ----

local streams, number_of = {}, {}
for number = 1, 20 do
  local stream = assert(client:stream(("Say something nice about the number %d."):format(number)))
  streams[number], number_of[stream] = stream, number
end

local function remove(list, wanted)
  for at = #list, 1, -1 do
    if list[at] == wanted then table.remove(list, at) end
  end
end

while streams[1] do
  local stream, answer, err = client:wait_any(streams, 60)
  if not stream then break end -- none within a minute
  remove(streams, stream)
  print(("number %d: %s"):format(number_of[stream], answer and #answer.text .. " bytes" or err))
end

-- ---- tasks: whatever waits inside of one lets the others go on ----

local loop = require "chatabi.loop"
client:set_yield(loop.yield)

local function task(name)
  return function()
    local talk = client:conversation {}
    local first = assert(talk:send("Who was " .. name .. "?"))
    local second = assert(talk:send "In one sentence?")
    print(("%s: %d bytes, then %d"):format(name, #first.text, #second.text))
  end
end

loop.run(task "Ada Lovelace", task "Alan Turing", task "Grace Hopper")
