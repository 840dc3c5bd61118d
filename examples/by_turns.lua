#!/usr/bin/env lua5.4
-- SPDX-License-Identifier: MIT
-- Asks Gemini and a self-deployed endpoint by turns, for as long as it is told to. Access tokens live for an hour, and
-- this program runs for days: it never sees one, nor their end. Without chatabi this takes a class that renews the
-- token of an OpenAI client behind its back: migrate.md has both.
--
-- Run: lua5.4 examples/by_turns.lua PROJECT LOCATION ENDPOINT_ID [SECONDS [PAUSE]]
pcall(require, "examples.setup") -- only in a checkout
local chatabi = require "chatabi"

local project, location, endpoint, seconds, pause = arg[1], arg[2], arg[3], arg[4], arg[5]
if not endpoint then
  io.stderr:write "usage: by_turns.lua PROJECT LOCATION ENDPOINT_ID [SECONDS [PAUSE]]\n"
  os.exit(2)
end

local gemini = { project = project, model = "google/gemini-2.5-flash" }
local own = { project = project, location = location, endpoint = endpoint, model = "mine" }
local models = {
  { name = "gemini", client = assert(chatabi.new(gemini)) },
  { name = "endpoint", client = assert(chatabi.new(own)) },
}

local function expiry(client)
  local auth = client:status().auth
  return auth and auth.expires_at or "unknown"
end

local deadline = os.time() + (tonumber(seconds) or math.huge)
local turn = 0
repeat
  local model = models[turn % #models + 1]
  local answer = assert(model.client:chat(("This is turn %d."):format(turn)))
  local line = "%-8s turn %d: %d characters, token good until %s"
  print(line:format(model.name, turn, #answer.text, expiry(model.client)))
  turn = turn + 1
  os.execute("sleep " .. (tonumber(pause) or 60))
until os.time() >= deadline
