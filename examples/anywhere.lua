#!/usr/bin/env lua5.4
-- SPDX-License-Identifier: MIT
-- One program for every server: a model with tools answers a question and then fills in a form. What it sends is
-- written as OpenAI documents it; what a server wants to have differently is the library's business. Where it goes is
-- said by nothing but the configuration: the fields of chatabi.new, in a Lua or JSON file that CHATABI_CONFIG names.
--
--   return { project = "my-project", model = "google/gemini-2.5-flash" }
--   { "provider": "openai", "model": "gpt-5-mini" }
--   { "base_url": "http://localhost:8000/v1", "model": "Qwen/Qwen3-8B" }
--
-- usage: CHATABI_CONFIG=my.lua anywhere.lua [QUESTION]
local good, chatabi = pcall(require, "chatabi")
if not good then -- not installed: the build tree of this checkout
  local root = (arg[0]:match "^(.*)/" or ".") .. "/.."
  package.path = root .. "/bindings/lua/lua/?.lua;" .. package.path
  package.cpath = root .. "/build/bindings/lua/?.so;" .. package.cpath
  chatabi = require "chatabi"
end

local function configuration()
  local path = os.getenv "CHATABI_CONFIG"
  if not path then return { model = "google/gemini-2.5-flash" } end
  if path:match "%.lua$" then return dofile(path) end
  local file = assert(io.open(path))
  local text = file:read "*a"
  file:close()
  return assert(chatabi.decode(text))
end

-- ---- what the model may call ----

local tools, run = {}, {}

local function tool(name, description, parameters, action)
  tools[#tools + 1] = {
    type = "function",
    ["function"] = { name = name, description = description, parameters = parameters },
  }
  run[name] = action
end

tool("where_is", "Says in which city a person is.", {
  type = "object",
  properties = {
    person = { type = "string", minLength = 1 },
    on = { type = { "string", "null" }, description = "A day; null is today." },
  },
  required = { "person", "on" },
  additionalProperties = false,
}, function() return { city = "Zürich" } end)

tool("weather_in", "Tells the weather of a place, today and on the next days.", {
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
}, function(wish) return { celsius = 21, sky = "Föhn", days = wish.days } end)

-- A tool that fails says so to the model, which may try again.
local function result_of(call)
  local name = call["function"].name
  local action, wish = run[name], chatabi.decode(call["function"].arguments)
  if not action or type(wish) ~= "table" then return { error = "No such tool, or its arguments are no object." } end
  local fine, result = pcall(action, wish)
  return fine and result or { error = tostring(result) }
end

-- ---- the conversation ----

local client = assert(chatabi.new(configuration()))
local messages = { { role = "developer", content = "You are brief. Use the tools for facts." } }

-- Streams answers until one of them calls no tool. The model's messages go back just as they came: there can be more in
-- them than text and calls.
local function ask(text, more)
  print("> " .. text)
  messages[#messages + 1] = { role = "user", content = text }
  while true do
    local body = { messages = messages, tools = tools, max_tokens = 2000, reasoning_effort = "low" }
    for name, value in pairs(more or {}) do body[name] = value end
    local stream = assert(client:stream(body))
    for chunk in stream do io.write(chunk.text) end
    local answer = assert(stream:result())
    messages[#messages + 1] = answer.message
    if not answer.tool_calls then
      print()
      return answer
    end
    for _, call in ipairs(answer.tool_calls) do
      local result = chatabi.encode(result_of(call))
      print(("* %s %s"):format(call["function"].name, call["function"].arguments))
      messages[#messages + 1] = { role = "tool", tool_call_id = call.id, content = result }
    end
  end
end

ask(arg[1] or "Find out in steps where Ada is and how the weather is there.")

local form = {
  type = "object",
  properties = {
    city = { type = "string" },
    celsius = { type = "integer", minimum = -60, maximum = 60 },
    umbrella = { type = "boolean" },
    warning = { type = { "string", "null" } },
  },
  required = { "city", "celsius", "umbrella", "warning" },
  additionalProperties = false,
}
local answer = ask("Fill in the form.", {
  tool_choice = "none",
  response_format = { type = "json_schema", json_schema = { name = "form", strict = true, schema = form } },
})
local filled = assert(chatabi.decode(answer.text))
local umbrella = filled.umbrella and "with an umbrella" or "no umbrella"
print(("%s, %d degrees, %s"):format(filled.city, filled.celsius, umbrella))
