-- SPDX-License-Identifier: MIT
-- The one client of chatabi that all villagers share, or why there is none. It is kept in here: other mods ask a
-- villager, within limits, and not the model.
local use = ...
local options = use "options"

local client = {}

local chatabi, connection
local why = "chatabi is not loaded."

local function say_why(sentence)
  why = sentence
  core.log("error", "[chatabi_villager] Villagers cannot talk. " .. sentence)
end

-- Loads chatabi and makes the client. Whatever is missing, the server goes on.
function client.load(load, insecure, mod_path)
  local module, missing = load(insecure, mod_path)
  if not module then return say_why(missing) end
  local good, all = insecure.pcall(options.read, insecure) -- pcall may be another mod's by now
  if not good then return say_why(tostring(all)) end
  local made, err = module.new(all)
  if not made then return say_why(err.message) end
  local started, not_started = made:start() -- credential and connection get ready while the world loads
  if not started then return say_why(not_started.message) end
  chatabi, connection = module, made
  core.log("action", "[chatabi_villager] Villagers talk by " .. module.version():match "^%S+" .. ".")
end

-- Nil when villagers can talk, else a sentence for whoever runs the server.
function client.why_not() return not connection and why or nil end

function client.conversation(settings) return connection:conversation(settings) end

function client.splitter() return chatabi.splitter() end

function client.status() return connection:status() end

-- Takes the library's warnings into the server's log.
function client.step()
  if not connection then return end
  local line = connection:log()
  while line do
    core.log("warning", "[chatabi_villager] " .. line)
    line = connection:log()
  end
end

function client.close()
  if not connection then return end
  connection:close()
  connection, why = nil, "The server is shutting down."
end

return client
