-- SPDX-License-Identifier: MIT
-- The models of a server.
local chatabi = require "chatabi"
local errors = require "chatabi.error"
local patience = require "chatabi.cli.patience"
local session = require "chatabi.cli.session"
local terminal = require "chatabi.cli.terminal"

local models = {}

local NOT_THERE = "Vertex AI has no list of models for this protocol. Gemini's have names such as "
  .. "google/gemini-2.5-flash; others are in the Model Garden of Google Cloud's console."

function models.list(settings)
  if session.provider(settings.client) == "vertex" then return nil, errors.new("UNSUPPORTED", NOT_THERE) end
  local client, err = chatabi.new(settings.client)
  if not client then return nil, err end
  local list, why = patience.run(client, function() return client:models() end)
  client:close()
  if not list then return nil, why end
  if settings.json then
    terminal.write(chatabi.encode(chatabi.array(list)) .. "\n")
    return true
  end
  for _, model in ipairs(list) do terminal.write(model.id .. "\n") end
  return true
end

return models
