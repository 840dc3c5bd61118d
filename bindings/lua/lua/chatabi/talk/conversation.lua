-- SPDX-License-Identifier: MIT
-- A conversation: the history, which only grows by whole turns; what of it is sent; the tools that answers may call.
local body_of = require "chatabi.body"
local errors = require "chatabi.error"
local history = require "chatabi.talk.history"
local json = require "chatabi.json"
local saved = require "chatabi.talk.saved"
local settings_of = require "chatabi.talk.settings"
local streams = require "chatabi.stream"
local tokens = require "chatabi.talk.tokens"
local toolbox = require "chatabi.talk.toolbox"
local turns = require "chatabi.talk.turn"
local wait = require "chatabi.wait"

local conversation = {}
local Talk = {}
Talk.__index = Talk

-- conversation -> its open turn. Weak: a turn that was dropped shall not keep the conversation shut.
local open = setmetatable({}, { __mode = "kv" })

-- A coroutine that died in a send, of an error or because somebody closed it, may still be held by its owner, and with
-- it the turn, which nobody else can close.
local function close_orphan(turn)
  local sender = turn.sender
  if sender and coroutine.status(sender) == "dead" then turn:close() end
end

local function check_free(self, level)
  if open[self] then close_orphan(open[self]) end
  if not open[self] then return end
  if turns.in_tool(open[self]) then
    error("a tool cannot use the conversation that called it: give it one of its own, such as talk:fork()", level + 1)
  end
  collectgarbage() -- it may be dropped, and not yet collected
  if open[self] then error("the conversation has an open turn: close it or read it to the end", level + 1) end
end

-- ---- what is sent ----

local function limits_of(self, keep_turns, keep_tokens)
  local count = self.count_tokens
  local function estimate(message) return tokens.of_message(message) * self._scale end
  return { turns = keep_turns, tokens = keep_tokens, count = count or estimate }
end

-- The messages that are sent; `more` are those of the turn at hand.
local function window_of(self, more)
  local all = {}
  for at, message in ipairs(self.messages) do all[at] = message end
  for _, message in ipairs(more) do all[#all + 1] = message end
  return history.window(all, limits_of(self, self.keep_turns, self.keep_tokens))
end

local function estimate_of(window, tools, box)
  local bytes = box and box.size or tools and #json.encode(tools) or 0
  local sum = tokens.of_bytes(bytes)
  for _, message in ipairs(window) do sum = sum + tokens.of_message(message) end
  return sum
end

-- Whoever has to call a tool in every answer never comes to an end: that holds for the first request only.
local function is_forced(choice) return choice == "required" or type(choice) == "table" end

local function body_for(self, window, box, round)
  local body = {}
  for key, value in pairs(self.body) do body[key] = value end
  body.messages = history.wire_all(body_of.messages(window))
  body.tools = box and box.wire or (toolbox.is_list(self.tools) and self.tools) or nil
  if box and round > 1 and is_forced(body.tool_choice) then body.tool_choice = nil end
  return body
end

local function options_for(self, options)
  local all = { schema = self.schema, schema_name = self.schema_name }
  for key, value in pairs(self.options or {}) do all[key] = value end
  for key, value in pairs(options or {}) do all[key] = value end
  return all
end

-- ---- a turn ----

local function add_usage(self, usage)
  for _, name in ipairs { "prompt_tokens", "completion_tokens", "total_tokens" } do
    local count = usage[name]
    if type(count) == "number" then self.usage[name] = self.usage[name] + count end
  end
end

-- What a turn needs of its conversation.
local function job_of(self, messages, box, streamed, options, name)
  local estimated
  local job = { messages = messages, box = box, on_tool = self.on_tool, max_rounds = self.max_rounds }
  function job.ask(more, round, level)
    local window = window_of(self, more)
    if #window == 0 then error("the conversation has no message to send", level + 1) end
    local body = body_for(self, window, box, round)
    local stream, err = self._send(self.client, body, options, streamed, name, level + 1)
    if not stream then return nil, err end
    estimated = estimate_of(window, body.tools, box)
    self.usage.requests = self.usage.requests + 1
    return stream
  end
  function job.counted(answer)
    local usage = answer and answer.usage
    if type(usage) ~= "table" then return end
    add_usage(self, usage)
    self._scale = tokens.scale(usage.prompt_tokens, estimated) or self._scale
  end
  function job.arrived(answer, source)
    history.remember(answer.message, streams.message_text(source))
    -- some servers name no role, and all want one back
    if type(answer.message.role) ~= "string" then answer.message.role = "assistant" end
  end
  function job.settle(settled)
    open[self] = nil
    for _, message in ipairs(settled or {}) do self.messages[#self.messages + 1] = message end
  end
  return job
end

-- What is said, as a message; nil: nothing, the conversation goes on as it stands.
local function message_of(content, name, level)
  if content == nil then return nil end
  if type(content) == "string" then return { role = "user", content = content } end
  if type(content) == "table" then
    if content.role ~= nil then return history.copy(content) end
    if content[1] ~= nil then return { role = "user", content = body_of.content(history.copy(content)) } end
    if content.type ~= nil then return { role = "user", content = { history.copy(content) } } end
  end
  local text = "bad argument #1 to '%s' (text, a list of parts or a message expected, got %s)"
  error(text:format(name, type(content) == "table" and "another table" or type(content)), level + 1)
end

local function box_of(self, streamed, level)
  local box = self._box
  if not (box and box:fits(self.tools, self.approve)) then
    local why
    box, why = toolbox.new(self.tools, self.approve)
    if why then error("bad setting 'tools' (" .. why .. ")", level + 1) end
    self._box = box
  end
  local open_tool = box and not streamed and box:without_run()
  if open_tool then
    local text = "tool '%s' has no run function, and 'send' cannot answer for it: use talk:stream and turn:answer"
    error(text:format(open_tool), level + 1)
  end
  return box
end

local function start(self, content, options, streamed, name, level)
  check_free(self, level + 1)
  if options ~= nil and type(options) ~= "table" then
    error(("bad argument #2 to '%s' (table expected, got %s)"):format(name, type(options)), level + 1)
  end
  settings_of.check_members(self, level + 1)
  local messages = { message_of(content, name, level + 1) }
  local box = box_of(self, streamed, level + 1)
  local job = job_of(self, messages, box, streamed, options_for(self, options), name)
  local stream, err = job.ask(messages, 1, level + 1)
  if not stream then
    err.turn = messages
    return nil, err
  end
  local turn = turns.new(job, stream)
  open[self] = turn
  return turn
end

-- Says something and returns the answer in words, after running the tools that the model called. Nothing is added to
-- the history when it fails.
function Talk:send(content, options)
  local turn, err = start(self, content, options, false, "send", 2)
  if not turn then return nil, err end
  local answer
  turn.sender = coroutine.running()
  answer, err = wait.finish(turn, true)
  return answer, err
end

-- The same, as a turn that is read like a stream.
function Talk:stream(content, options)
  local turn, err = start(self, content, options, true, "stream", 2)
  if not turn then return nil, err end
  return turn, nil, nil, turn
end

-- ---- the history ----

-- Adds a message to the history, and sends nothing: a table, or a role and its content.
function Talk:add(message, content)
  check_free(self, 2)
  if type(message) == "string" then message = { role = message, content = content } end
  if type(message) ~= "table" or type(message.role) ~= "string" then
    error(("bad argument #1 to 'add' (a message with a role, or a role expected, got %s)"):format(type(message)), 2)
  end
  local kind = type(message.content)
  if kind ~= "string" and kind ~= "table" and json.present(message.content) ~= nil then
    error(("bad argument #2 to 'add' (text or a list of parts expected, got %s)"):format(kind), 2)
  end
  message = history.copy(message)
  self.messages[#self.messages + 1] = message
  return message
end

-- The messages that would be sent now.
function Talk:window() return window_of(self, {}) end

-- Drops all but the latest turns for good, and returns the messages that went.
function Talk:trim(limits)
  check_free(self, 2)
  limits = limits or { turns = self.keep_turns, tokens = self.keep_tokens }
  for _, name in ipairs { "turns", "tokens" } do
    local kind = type(type(limits) == "table" and limits[name] or nil)
    if type(limits) ~= "table" or (kind ~= "nil" and kind ~= "number") then
      error("bad argument #1 to 'trim' (a table with the numbers turns, tokens or both expected)", 2)
    end
  end
  local head, from = history.fit(self.messages, limits_of(self, limits.turns, limits.tokens))
  return history.remove(self.messages, head + 1, from - 1)
end

-- Removes the last turn and returns its messages; nil when there is none.
function Talk:undo()
  check_free(self, 2)
  local from = history.last_turn(self.messages)
  return from and history.remove(self.messages, from, #self.messages) or nil
end

local function shallow(source) return type(source) == "table" and body_of.copy(source) or source end

-- A conversation of its own, which goes on from here, or from behind the first `count` messages.
function Talk:fork(count)
  if count == nil then count = #self.messages end
  if type(count) ~= "number" or count % 1 ~= 0 or count < 0 or count > #self.messages then
    error(("bad argument #1 to 'fork' (a number from 0 to %d expected)"):format(#self.messages), 2)
  end
  if history.parts_pair(self.messages, count) then
    error(("bad argument #1 to 'fork' (message %d is the result of a call before it)"):format(count + 1), 2)
  end
  local fork = conversation.bare(self.client, self._send)
  for _, name in ipairs(settings_of.names) do fork[name] = self[name] end
  fork.tools, fork.options, fork.body = shallow(self.tools), shallow(self.options), shallow(self.body)
  fork._scale, fork.messages = self._scale, {}
  for at = 1, count do fork.messages[at] = history.copy(self.messages[at]) end
  return fork
end

-- The history and the fields of the body as JSON text, for load_conversation.
function Talk:save()
  local good, text = pcall(saved.write, self.body, self.messages)
  if not good then error("the conversation cannot be saved (" .. tostring(text) .. ")", 2) end
  return text
end

function Talk:__tostring() return ("chatabi conversation (%d messages)"):format(#self.messages) end

-- ---- making one ----

-- `send(client, body, options, streamed, name, level) -> stream | nil, err` is the client's.
function conversation.bare(client, send)
  local usage = { prompt_tokens = 0, completion_tokens = 0, total_tokens = 0, requests = 0 }
  local self = { client = client, messages = {}, body = {}, usage = usage, max_rounds = 8, _send = send, _scale = 1 }
  return setmetatable(self, Talk)
end

function conversation.new(client, send, settings, level)
  local self = conversation.bare(client, send)
  settings = settings_of.apply(self, settings, level + 1)
  self.messages[1] = settings_of.system(settings, level + 1)
  for _, message in ipairs(settings.messages or {}) do self.messages[#self.messages + 1] = history.copy(message) end
  return self
end

-- What was saved goes on, with `settings` for what is not in it. Its own `system` takes the place of the saved one.
function conversation.load(client, send, text, settings, level)
  if type(text) ~= "string" then
    error(("bad argument #1 to 'load_conversation' (text expected, got %s)"):format(type(text)), level + 1)
  end
  local self = conversation.bare(client, send)
  local fields, messages = saved.read(text)
  if not fields then return nil, errors.new("JSON", "This is no saved conversation: " .. messages) end
  self.body, self.messages = fields, messages
  settings = settings_of.apply(self, settings, level + 1)
  local system = settings_of.system(settings, level + 1)
  if system then history.set_head(messages, system) end
  return self
end

return conversation
