#!/usr/bin/env lua5.4
-- SPDX-License-Identifier: MIT
-- Structured output: a plain table says what shall come back, and what comes back is a Lua table that was checked
-- against it.
--
-- Run: lua5.4 examples/structured.lua
pcall(require, "examples.setup") -- only in a checkout
local chatabi = require "chatabi"

-- "?" at the end of a type: may be missing. A list of one: a list of these. A list of more: one of these.
local recipe = {
  name = "string",
  minutes = "integer: from the first step to the table",
  kind = { "starter", "main course", "dessert" },
  ingredients = { { what = "string", grams = "number?" } },
  warning = "string?: for people with allergies",
}

local client = assert(chatabi.new { model = "google/gemini-2.5-flash" })
local answer, err = client:chat("A recipe for pancakes", { schema = recipe, schema_name = "recipe" })
if not answer then
  -- Not what was wanted: err.problems says where, err.partial.text is what the model wrote. TRUNCATED and BLOCKED are
  -- told apart from that.
  print(err.name, err.message)
  for _, problem in ipairs(err.problems or {}) do print(problem.path, problem.message) end
  os.exit(1)
end

local found = answer.parsed
print(("%s (%s), %d minutes"):format(found.name, found.kind, found.minutes))
for _, ingredient in ipairs(found.ingredients) do
  print(("- %s, %s"):format(ingredient.what, ingredient.grams and ingredient.grams .. " g" or "some"))
end
if found.warning then print("Careful: " .. found.warning) end

-- In a conversation too: once, as here, or for every answer, as a field of its settings.
local talk = client:conversation { system = "You are a cook." }
assert(talk:send "What can I make of two eggs?")
local short = assert(talk:send("Sum it up.", { schema = { title = "string", steps = { "string" } } }))
print(short.parsed.title, #short.parsed.steps .. " steps")
