#!/usr/bin/env lua5.4
-- SPDX-License-Identifier: MIT
-- In a game: an answer while frames are drawn. Nothing here waits, not even for the name of the server, and a frame
-- takes no more than its share of what has come.
--
-- Run: lua5.4 examples/frames.lua
pcall(require, "examples.setup") -- only in a checkout
local chatabi = require "chatabi"

local client = assert(chatabi.new { model = "google/gemini-2.5-flash" })
assert(client:start()) -- credential and connection get ready while the game loads
local talk = client:conversation { system = "You are a guard. You do not like strangers." }

local CHUNKS_A_FRAME = 4
local guard = { said = "" }

local function ask(text)
  guard.said, guard.turn = "", talk:stream(text)
end

-- Called once a frame.
local function update()
  local turn = guard.turn
  if not turn then return end
  local budget = CHUNKS_A_FRAME
  for chunk in turn:drain() do -- what is there now; never waits
    guard.said = guard.said .. chunk.text
    budget = budget - 1
    if budget == 0 then break end -- the rest comes in the next frame
  end
  if not turn:done() then return end
  local answer, err = turn:result()
  guard.turn = nil
  if answer then return print("guard: " .. answer.text) end
  -- CANCELLED: the player left. The conversation does not remember the turn; what had come of it is in guard.said.
  print(("guard falls silent (%s) after %d bytes"):format(err.name, #guard.said))
end

-- ---- what an engine does: sixty times a second ----

local function next_frame()
  local time = os.clock() + 1 / 60
  repeat until os.clock() >= time
end

local frames = 0
local function play(until_when)
  repeat
    update()
    next_frame()
    frames = frames + 1
  until until_when()
end

ask "Who are you?"
play(function() return not guard.turn end)

ask "Tell me all about your childhood."
play(function() return guard.said ~= "" end)
guard.turn:cancel() -- the player walks away; the server stops, too
play(function() return not guard.turn end)
print(("%s frames, %d messages remembered"):format(frames > 2 and "many" or "few", #talk.messages))
client:close()
