#!/usr/bin/env lua5.4
-- SPDX-License-Identifier: MIT
-- One program for every server: a model with tools answers a question and then fills in a form. What it sends is
-- written as OpenAI documents it; what a server wants to have differently is the library's business. Where it goes is
-- said by nothing but the configuration: the fields of chatabi.new, here in a file that CHATABI_CONFIG names.
--
--   return { project = "my-project", model = "google/gemini-2.5-flash" }
--   { "provider": "openai", "model": "gpt-5-mini" }
--   { "base_url": "http://localhost:8000/v1", "model": "Qwen/Qwen3-8B" }
--
-- Run: CHATABI_CONFIG=my.lua lua5.4 examples/anywhere.lua [QUESTION]
pcall(require, "examples.setup") -- only in a checkout
local chatabi = require "chatabi"

-- JSON Schema, with all that servers differ in; most tools need no more than a plain table, see tools.lua.
local weather = {
  ["$defs"] = {
    place = {
      type = "object",
      properties = { city = { type = "string" }, country = { type = { "string", "null" } } },
      required = { "city", "country" },
      additionalProperties = false,
    },
  },
  type = "object",
  properties = {
    place = { ["$ref"] = "#/$defs/place" },
    days = { type = "integer", minimum = 1, maximum = 7 },
    unit = { const = "celsius" },
  },
  required = { "place", "days", "unit" },
  additionalProperties = false,
}

local tools = {
  find_person = {
    description = "Says in which city a person is.",
    parameters = { person = "string", on = "string?: a day; today when it is missing" },
    run = function() return { city = "Zürich" } end,
  },
  weather_in = {
    description = "Tells the weather of a place, today and on the next days.",
    parameters = weather,
    run = function(arguments) return { celsius = 21, sky = "Föhn", days = arguments.days } end,
  },
}

local client = assert(chatabi.new { model = "google/gemini-2.5-flash" })
local talk = client:conversation {
  messages = { { role = "developer", content = "You are brief. Use the tools for facts." } },
  tools = tools,
  max_tokens = 2000,
  reasoning_effort = "low",
  on_tool = function(call) print(("* %s %s"):format(call.name, call.json)) end,
}

local function ask(text, options)
  print("> " .. text)
  local turn = assert(talk:stream(text, options))
  for chunk in turn do io.write(chunk.text) end
  io.write "\n"
  return assert(turn:result())
end

ask(arg[1] or "Find out in steps where Ada is and how the weather is there.")

talk.body.tool_choice = "none"
local form = ask("Fill in the form.", {
  schema_name = "form",
  schema = { city = "string", celsius = "integer", umbrella = "boolean", warning = "string?: of storms and the like" },
}).parsed
local umbrella = form.umbrella and "with an umbrella" or "no umbrella"
print(("%s, %d degrees, %s"):format(form.city, form.celsius, umbrella))
