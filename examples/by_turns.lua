#!/usr/bin/env lua5.4
-- SPDX-License-Identifier: MIT
-- Asks Gemini and a self-deployed endpoint by turns, for as long as it is told to. Access tokens live for an hour, and
-- this program runs for days: it never sees one, nor their end. Compare: without chatabi this takes a class that renews
-- the token of an OpenAI client behind its back.
--
-- usage: by_turns.lua PROJECT LOCATION ENDPOINT_ID [SECONDS [PAUSE]]
-- Other options of chatabi.new as JSON in CHATABI_OPTIONS, e.g. '{"provider":"vertex","base_url":"https://10.0.0.7"}'.
local good, chatabi = pcall(require, "chatabi")
if not good then -- not installed: the build tree of this checkout
  local root = (arg[0]:match "^(.*)/" or ".") .. "/.."
  package.path = root .. "/bindings/lua/lua/?.lua;" .. package.path
  package.cpath = root .. "/build/bindings/lua/?.so;" .. package.cpath
  chatabi = require "chatabi"
end

local project, location, endpoint, seconds, pause = arg[1], arg[2], arg[3], arg[4], arg[5]
if not endpoint then
  io.stderr:write "usage: by_turns.lua PROJECT LOCATION ENDPOINT_ID [SECONDS [PAUSE]]\n"
  os.exit(2)
end

local function open(options)
  for name, value in pairs(chatabi.decode(os.getenv "CHATABI_OPTIONS" or "{}")) do options[name] = value end
  return assert(chatabi.new(options))
end

local models = {
  { name = "gemini", client = open { project = project, model = "google/gemini-2.5-flash" } },
  { name = "endpoint", client = open { project = project, location = location, endpoint = endpoint, model = "mine" } },
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
