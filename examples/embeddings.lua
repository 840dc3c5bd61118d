#!/usr/bin/env lua5.4
-- SPDX-License-Identifier: MIT
-- Embeddings: which of a few texts is nearest to a question. And the list of a server's models.
--
-- Run: OPENAI_API_KEY=... lua5.4 examples/embeddings.lua
pcall(require, "examples.setup") -- only in a checkout
local chatabi = require "chatabi"

local client = assert(chatabi.new { provider = "openai", model = "text-embedding-3-small" })

local texts = {
  "The harbour is closed in winter.",
  "Bread needs flour, water, salt and time.",
  "A closure keeps the variables that it was made with.",
}

-- One request for all texts; the vectors come in their order.
local result = assert(client:embeddings(texts))
print(("%d vectors of %d numbers, %d tokens"):format(#result.vectors, #result.vector, result.usage.total_tokens))

local function cosine(left, right)
  local dot, a, b = 0, 0, 0
  for at = 1, #left do
    dot, a, b = dot + left[at] * right[at], a + left[at] ^ 2, b + right[at] ^ 2
  end
  return dot / math.sqrt(a * b)
end

local question = arg[1] or texts[3]
local wanted = assert(client:embeddings(question)).vector
local best, likeness = nil, -math.huge
for at, vector in ipairs(result.vectors) do
  local now = cosine(wanted, vector)
  print(("%.3f  %s"):format(now, texts[at]))
  if now > likeness then best, likeness = at, now end
end
print("nearest: " .. texts[best])

-- Further fields: a body instead of the text.
local short = assert(client:embeddings { input = question, dimensions = 4 })
print(#short.vector .. " numbers")

local models, err = client:models()
if not models then
  print("no list of models: " .. err.message) -- not every server has one
else
  for _, model in ipairs(models) do print("model " .. model.id) end
end
