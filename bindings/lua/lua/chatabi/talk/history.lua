-- SPDX-License-Identifier: MIT
-- The messages of a conversation: which of them belong together, which are sent, and the very text of those that came
-- from a server, so that they go back with every digit and every member they had.
local json = require "chatabi.json"
local likeness = require "chatabi.talk.likeness"

local history = {}

-- ---- the text that a message came as ----

-- message -> { raw = its text as a value, seen = a copy of the message as it was then }
local origins = setmetatable({}, { __mode = "k" })

function history.remember(message, text)
  if type(message) ~= "table" or not text then return end
  origins[message] = { raw = json.raw(text), seen = likeness.copy(message) }
end

local KEPT_BYTES = 65536 -- of a message that did not come from a server

-- Words are written once, and not again with every turn to come. What cannot be written is left as it is: the place is
-- named when all is written.
local function write(message)
  local content = type(message) == "table" and message.content
  if type(content) ~= "string" or #content > KEPT_BYTES then return message end
  local good, text = pcall(json.encode, message)
  if not good then return message end
  history.remember(message, text)
  return origins[message].raw
end

-- What to send for a message: the text it came as, unless somebody changed the table since.
function history.wire(message)
  local origin = origins[message]
  return origin and likeness.same(message, origin.seen) and origin.raw or write(message)
end

-- Has a message of the model nothing in it? Servers send such answers, and refuse them in a history.
local function is_empty(message)
  if type(message) ~= "table" or message.role ~= "assistant" then return false end
  for name, value in pairs(message) do
    local is_nothing = name == "role" or value == json.null or value == ""
    if not is_nothing and not (type(value) == "table" and next(value) == nil) then return false end
  end
  return true
end

-- The messages to send.
function history.wire_all(messages)
  local list = json.array {}
  for _, message in ipairs(messages) do
    if not is_empty(message) then list[#list + 1] = history.wire(message) end
  end
  return list
end

-- All messages, to be kept.
function history.text_all(messages)
  local list = json.array {}
  for at, message in ipairs(messages) do list[at] = history.wire(message) end
  return list
end

local function deep_copy(value, copies)
  if type(value) ~= "table" then return value end
  if copies[value] then return copies[value] end
  local copy = {}
  copies[value] = copy
  for key, member in pairs(value) do copy[key] = deep_copy(member, copies) end
  return setmetatable(copy, getmetatable(value))
end

function history.copy(message)
  local copy = deep_copy(message, {})
  if type(message) == "table" then origins[copy] = origins[message] end
  return copy
end

-- ---- what belongs together ----

local function role_of(message) return type(message) == "table" and message.role or nil end

local HEAD = { system = true, developer = true }

-- Where turns begin, and how many messages are the head: those of the system in front of everything. What stands
-- between the head and the first user message counts as a turn, too.
function history.turns(messages)
  local head, starts = 0, {}
  while HEAD[role_of(messages[head + 1])] do head = head + 1 end
  for at = head + 1, #messages do
    if at == head + 1 or role_of(messages[at]) == "user" then starts[#starts + 1] = at end
  end
  return starts, head
end

-- Puts a word of the system in place of the first one, or in front of everything.
function history.set_head(messages, message)
  local _, head = history.turns(messages)
  if head == 0 then return table.insert(messages, 1, message) end
  -- one that says the same stays, with the text it came as
  if json.encode(messages[1]) ~= json.encode(message) then messages[1] = message end
end

-- Where the last turn of the user begins, or nil.
function history.last_turn(messages)
  local starts = history.turns(messages)
  local last = starts[#starts]
  return last and role_of(messages[last]) == "user" and last or nil
end

-- Would a cut behind the first `count` messages part a call from its result?
function history.parts_pair(messages, count)
  local role = role_of(messages[count + 1])
  return count > 0 and (role == "tool" or role == "function")
end

-- ---- what is sent ----

local function total(messages, from, to, count)
  local sum = 0
  for at = from, to do
    local number = count(messages[at])
    if type(number) ~= "number" then
      error(("bad setting 'count_tokens' (it has to return a number, not a %s)"):format(type(number)), 0)
    end
    sum = sum + number
  end
  return sum
end

-- The number of head messages, and where the turns begin that stay within limits.turns and limits.tokens, as
-- limits.count counts them. The latest turn always stays.
function history.fit(messages, limits)
  local starts, head = history.turns(messages)
  local first, left = #starts, limits.tokens
  if first == 0 then return head, #messages + 1 end
  if left then
    left = left - total(messages, 1, head, limits.count) - total(messages, starts[first], #messages, limits.count)
  end
  while first > 1 and not (limits.turns and #starts - first + 1 >= limits.turns) do
    if left then
      left = left - total(messages, starts[first - 1], starts[first] - 1, limits.count)
      if left < 0 then break end
    end
    first = first - 1
  end
  return head, starts[first]
end

function history.window(messages, limits)
  local head, from = history.fit(messages, limits)
  local window = {}
  for at = 1, head do window[at] = messages[at] end
  for at = from, #messages do window[#window + 1] = messages[at] end
  return window
end

-- Takes messages[from] to messages[to] out of the list, and returns them.
function history.remove(messages, from, to)
  local removed, count = {}, #messages
  for at = from, to do removed[#removed + 1] = messages[at] end
  for at = from, count do messages[at] = messages[at + #removed] end
  return removed
end

return history
