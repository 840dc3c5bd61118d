-- SPDX-License-Identifier: MIT
-- The settings of a conversation: what is a member of it, and what goes into every body as it is.
local bodies = require "chatabi.body"
local history = require "chatabi.talk.history"
local toolbox = require "chatabi.talk.toolbox"

local settings = {}

local TYPES = {
  approve = "function", on_tool = "function", max_rounds = "number", keep_turns = "number", keep_tokens = "number",
  count_tokens = "function", options = "table", messages = "table",
}

-- Those that are members of the conversation, and may be changed there.
settings.names = {
  "approve", "on_tool", "max_rounds", "keep_turns", "keep_tokens", "count_tokens", "options", "tools", "schema",
  "schema_name",
}

local IS_MEMBER, IS_MESSAGE = {}, { system = true, messages = true }
for _, name in ipairs(settings.names) do IS_MEMBER[name] = true end

local function check(name, value, level)
  if type(name) ~= "string" then error("settings of a conversation have names", level + 1) end
  local kind = TYPES[name]
  if kind and type(value) ~= kind then
    error(("bad setting '%s' (%s expected, got %s)"):format(name, kind, type(value)), level + 1)
  end
  if name == "stream" then error("bad setting 'stream' (talk:stream streams, talk:send does not)", level + 1) end
end

-- The same for what was changed since: a turn shall not find out in its midst.
function settings.check_members(talk, level)
  for name in pairs(TYPES) do
    local is_needed = name == "max_rounds" or name == "messages"
    if talk[name] ~= nil or is_needed then check(name, talk[name], level + 1) end
  end
  if type(talk.body) ~= "table" then
    error(("bad setting 'body' (table expected, got %s)"):format(type(talk.body)), level + 1)
  end
end

-- Gives the settings, as a table in any case. `level` is where to blame misuse.
function settings.apply(talk, given, level)
  if given == nil then return {} end
  if type(given) ~= "table" then
    error(("the settings of a conversation are a table, not a %s"):format(type(given)), level + 1)
  end
  for name, value in pairs(given) do
    check(name, value, level + 1)
    if not IS_MESSAGE[name] then
      local target = IS_MEMBER[name] and talk or talk.body
      target[name] = value
    end
  end
  local why
  talk._box, why = toolbox.new(talk.tools, talk.approve)
  if why then error("bad setting 'tools' (" .. why .. ")", level + 1) end
  return given
end

-- The system's message, or nil.
function settings.system(given, level)
  local system = given.system
  if system == nil then return nil end
  if type(system) ~= "string" and type(system) ~= "table" then
    error(("bad setting 'system' (text or a list of parts expected, got %s)"):format(type(system)), level + 1)
  end
  return { role = "system", content = bodies.content(history.copy(system)) }
end

return settings
