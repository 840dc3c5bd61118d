-- SPDX-License-Identifier: MIT
-- A conversation as text: a chat completions body with its messages, and without tools, which are functions.
local bodies = require "chatabi.body"
local history = require "chatabi.talk.history"
local json = require "chatabi.json"

local saved = {}

function saved.write(fields, messages)
  local body = {}
  for key, value in pairs(fields) do body[key] = value end
  body.messages = history.text_all(bodies.messages(messages))
  return json.encode(body)
end

-- ---- reading, where everything may be wrong ----

local function type_of(value)
  if value == json.null then return "null" end
  return type(value) == "table" and (json.is_array(value) and "array" or "object") or type(value)
end

local CONTENTS = { string = true, array = true, null = true, ["nil"] = true }

local function check_message(message, place)
  local kind = type_of(message)
  if kind ~= "object" then return ("%s: object expected, got %s"):format(place, kind) end
  if type(message.role) ~= "string" then
    return ("%s.role: string expected, got %s"):format(place, type_of(message.role))
  end
  if not CONTENTS[type_of(message.content)] then
    return ("%s.content: string or array expected, got %s"):format(place, type_of(message.content))
  end
  local calls = json.present(message.tool_calls)
  if calls == nil then return nil end
  if type_of(calls) ~= "array" then return ("%s.tool_calls: array expected, got %s"):format(place, type_of(calls)) end
  for at, call in ipairs(calls) do
    if type_of(call) ~= "object" then
      return ("%s.tool_calls[%d]: object expected, got %s"):format(place, at, type_of(call))
    end
  end
end

local function check(body)
  if type_of(body) ~= "object" then return ("a JSON object expected, got %s"):format(type_of(body)) end
  if type_of(body.messages) ~= "array" then
    return ("messages: array expected, got %s"):format(type_of(body.messages))
  end
  for at, message in ipairs(body.messages) do
    local why = check_message(message, ("messages[%d]"):format(at))
    if why then return why end
  end
end

-- The body's other fields and its messages; or nil and what is wrong, and where.
function saved.read(text)
  local body, why = json.decode(text)
  why = why or check(body)
  if why then return nil, why end
  local messages, list = {}, json.pieces(text)
  local texts = list and json.pieces(list.messages) or {}
  for at, message in ipairs(body.messages) do
    messages[at] = message
    history.remember(message, texts[at])
  end
  body.messages, body.tools, body.stream, body.stream_options = nil, nil, nil, nil
  return body, messages
end

return saved
