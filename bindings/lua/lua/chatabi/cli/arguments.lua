-- SPDX-License-Identifier: MIT
-- The command line, taken apart. What is no option of the command is one of the library's, which knows its own.
local chatabi = require "chatabi"
local form = require "chatabi.cli.form"

local arguments = {}

local COMMANDS = { chat = true, models = true, doctor = true, serve = true }

local SHORT = {
  m = "model", s = "system", a = "attach", c = "continue", o = "option", u = "usage", h = "help",
}

local FLAGS = {
  usage = "usage", json = "json", help = "help", version = "version",
  ["no-stream"] = "no_stream", ["no-color"] = "no_color",
}

-- ---- options with a value ----

local TAKE = {}

function TAKE.model(settings, value) settings.client.model = value end
function TAKE.system(settings, value) settings.system = value end
function TAKE.attach(settings, value) settings.attachments[#settings.attachments + 1] = value end
TAKE["continue"] = function(settings, value) settings.continue = value end

function TAKE.schema(settings, value)
  local schema, why = form.read(value)
  settings.schema = schema
  return why
end

-- The library says so; `yield` is of Lua programs only.
local function is_option_of_library(key)
  if key == "yield" then return false end
  local _, err = chatabi.new { [key] = "" }
  return not err or not err.message:find("no option", 1, true)
end

-- Sets an option of the library; `shown` is how the user wrote it. Its list of all options would hide the mistake.
local function set(settings, name, value, shown)
  local key = name:gsub("%-", "_")
  if not is_option_of_library(key) then return ("There is no option %s."):format(shown) end
  settings.client[key] = value
end

-- A value that is JSON is that, any other one is text.
function TAKE.option(settings, value)
  local key, text = value:match "^([^=]+)=(.*)$"
  if not key then return "-o takes KEY=VALUE." end
  local decoded = chatabi.decode(text)
  if decoded == nil then decoded = text end
  settings.body[key] = decoded
end

function TAKE.auth(settings, value)
  local source, rest = value:match "^([^:]*):(.*)$"
  settings.client.auth = source and { source, rest } or value
end

function TAKE.set(settings, value)
  local key, text = value:match "^([^=]+)=(.*)$"
  if not key then return "--set takes OPTION=VALUE." end
  if key == "auth" then return TAKE.auth(settings, text) end
  return set(settings, key, text, key)
end

local function take(settings, name, value, shown)
  if TAKE[name] then return TAKE[name](settings, value) end
  return set(settings, name, value, shown)
end

-- ---- one argument ----

-- The option that `argument` is, and the value that is in it: "--model=x", "-mx"; `shown` is how to name it.
local function option_of(argument)
  local long, value = argument:match "^%-%-([^=]+)=(.*)$"
  long = long or argument:match "^%-%-(.+)$"
  if long then return long, value, "--" .. long end
  local letter, rest = argument:match "^%-(.)(.*)$"
  if not letter then return nil end
  return SHORT[letter], rest ~= "" and rest or nil, "-" .. letter
end

-- An option of the library never begins with "--": there the value was forgotten.
local function is_value(name, value)
  return value ~= nil and (TAKE[name] ~= nil or not value:match "^%-%-")
end

-- What to say of an option without a value: perhaps there is none of that name.
local function value_missing(name, shown)
  return not TAKE[name] and set({ client = {} }, name, "", shown) or shown .. " needs a value."
end

-- Takes the option at `at`; returns the last place that belongs to it, or nil and what is wrong.
local function read_option(settings, list, at)
  local name, value, shown = option_of(list[at])
  if not name then return nil, "There is no option " .. shown .. "." end
  if FLAGS[name] then
    if value then return nil, shown .. " takes no value." end
    settings[FLAGS[name]] = true
    return at
  end
  if value == nil then
    at = at + 1
    value = list[at]
    if not is_value(name, value) then return nil, value_missing(name, shown) end
  end
  local why = take(settings, name, value, shown)
  if why then return nil, why end
  return at
end

-- ---- all of them ----

local function empty() return { client = {}, body = {}, attachments = {}, words = {} } end

local function rest_of(list, from)
  local rest = {}
  for at = from, #list do rest[#rest + 1] = list[at] end
  return rest
end

-- `serve` passes on all that follows it.
local function read_word(settings, list, at)
  local word = list[at]
  if settings.command or #settings.words > 0 or not COMMANDS[word] then
    settings.words[#settings.words + 1] = word
    return at
  end
  settings.command = word
  if word ~= "serve" then return at end
  settings.words = rest_of(list, at + 1)
  return #list
end

local function finish(settings)
  local command = settings.command
  if #settings.words > 0 and (command == "models" or command == "doctor") then
    return nil, ("'chatabi %s' takes options only. If that is your prompt: chatabi -- %s ...")
      :format(command, command)
  end
  if #settings.words > 0 then settings.prompt = table.concat(settings.words, " ") end
  if settings.json and command == "chat" then return nil, "--json is for one answer, not for a conversation." end
  return settings
end

-- The settings; nil and a sentence when something is wrong.
function arguments.read(list)
  local settings, at = empty(), 1
  while at <= #list do
    local argument, why = list[at], nil
    if argument == "--" then
      for _, word in ipairs(rest_of(list, at + 1)) do settings.words[#settings.words + 1] = word end
      break
    elseif argument:match "^%-." then
      at, why = read_option(settings, list, at)
    else
      at = read_word(settings, list, at)
    end
    if not at then return nil, why end
    at = at + 1
  end
  return finish(settings)
end

return arguments
