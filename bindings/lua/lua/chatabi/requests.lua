-- SPDX-License-Identifier: MIT
-- What else a client can be asked for, beside chat completions: embeddings, and the list of models.
local bodies = require "chatabi.body"
local json = require "chatabi.json"

local requests = {}

-- ---- embeddings ----

local function embeddings_body(input, level)
  if type(input) == "string" then return { input = input } end
  if type(input) == "table" and input.input ~= nil then return input end
  if type(input) == "table" and input[1] ~= nil then return { input = input } end
  error("bad argument #1 to 'embeddings' (a text, a list of texts, or a body with 'input' expected)", level + 1)
end

local function new_vectors(response)
  local vectors = {}
  for at, item in ipairs(json.table_or_empty(response.data)) do
    item = json.table_or_empty(item)
    vectors[(tonumber(item.index) or at - 1) + 1] = json.present(item.embedding)
  end
  return {
    vectors = vectors,
    vector = vectors[1],
    usage = json.present(response.usage),
    model = json.present(response.model),
    response = response,
  }
end

-- The text and options to send, what makes a result of the answer, and the options that are ours. Servers number the
-- vectors and need not keep their order.
function requests.embeddings(input, options, level)
  local text = json.encode_argument(embeddings_body(input, level + 1), 1, "embeddings", level + 1)
  local wire, ours = bodies.options(options, "embeddings", level + 1, { path = "/embeddings" })
  return text, wire, new_vectors, ours
end

-- ---- models ----

local function new_models(response)
  local models = {}
  for _, model in ipairs(json.table_or_empty(response.data)) do
    if type(model) == "table" and type(model.id) == "string" then models[#models + 1] = model end
  end
  table.sort(models, function(left, right) return left.id < right.id end)
  return models
end

function requests.models(options, level)
  local wire, ours = bodies.options(options, "models", level + 1, { path = "/models", method = "GET" })
  return "", wire, new_models, ours
end

return requests
