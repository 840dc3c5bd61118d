-- SPDX-License-Identifier: MIT
-- What a user may give as a body, made into a chat completions body: one text, a list of messages, or the table
-- itself. What the user gave is never changed.
local json = require "chatabi.json"

local body = {}

-- Of the table itself, not of what is in it.
function body.copy(source)
  local target = {}
  for key, value in pairs(source) do target[key] = value end
  return setmetatable(target, getmetatable(source))
end

local copy = body.copy

-- ---- content ----

local function has_text(parts)
  for _, part in ipairs(parts) do
    if type(part) == "string" then return true end
  end
  return false
end

-- A list of parts, in which a text stands for a text part.
function body.content(content)
  if type(content) ~= "table" or json.is_raw(content) or not has_text(content) then return content end
  local parts = copy(content)
  for at, part in ipairs(parts) do
    if type(part) == "string" then parts[at] = { type = "text", text = part } end
  end
  return parts
end

function body.message(message)
  if type(message) ~= "table" then return message end
  local content = body.content(message.content)
  if content == message.content then return message end
  local changed = copy(message)
  changed.content = content
  return changed
end

function body.messages(messages)
  local changed = messages
  for at, message in ipairs(messages) do
    local whole = body.message(message)
    if whole ~= message then
      if changed == messages then changed = copy(messages) end
      changed[at] = whole
    end
  end
  return changed
end

-- ---- the body ----

local function from_user(content) return { messages = { { role = "user", content = content } } } end

-- A list is one of messages, unless it begins with a text or a part.
local function from_list(list)
  local first = list[1]
  local is_part = type(first) == "string" or type(first) == "table" and first.role == nil and first.type ~= nil
  return is_part and from_user(list) or { messages = list }
end

-- `level` is where to blame what cannot be a body, as for error.
local function from_any(given, name, level)
  if type(given) == "string" then return from_user(given) end
  if type(given) ~= "table" then
    error(("bad argument #1 to '%s' (string or table expected, got %s)"):format(name, type(given)), level + 1)
  end
  if given[1] ~= nil then return from_list(given) end
  if given.role ~= nil and given.messages == nil then return { messages = { given } } end
  return given
end

local function check_tools(tools, name, level)
  if type(tools) ~= "table" or json.is_raw(tools) or tools[1] ~= nil or next(tools) == nil then return end
  local text = "bad argument #1 to '%s' (tools: a body has OpenAI's list; client:conversation takes tools by name "
    .. "and runs them)"
  error(text:format(name), level + 1)
end

function body.new(given, streamed, name, level)
  given = from_any(given, name, level + 1)
  check_tools(given.tools, name, level + 1)
  local messages = given.messages
  if type(messages) == "table" then messages = body.messages(messages) end
  if messages == given.messages and (not streamed or given.stream == true) then return given end
  local changed = copy(given)
  changed.messages = messages
  if streamed then changed.stream = true end
  return changed
end

-- ---- options of one request ----

local OF_LUA = { schema = true, schema_name = true, yield = true }

-- Options as JSON for the library (nil: none), and the table that was given for the ones that are ours. `defaults` are
-- those that the caller of this sends where they are not given.
function body.options(options, name, level, defaults)
  options = options == nil and {} or options
  if type(options) ~= "table" then
    error(("bad argument #2 to '%s' (table expected, got %s)"):format(name, type(options)), level + 1)
  end
  if options.yield and type(options.yield) ~= "function" then
    error(("bad option 'yield' (function expected, got %s)"):format(type(options.yield)), level + 1)
  end
  local wire = copy(defaults or {})
  for key, value in pairs(options) do
    if not OF_LUA[key] then wire[key] = value end
  end
  return next(wire) ~= nil and json.encode_argument(wire, 2, name, level + 1) or nil, options
end

return body
