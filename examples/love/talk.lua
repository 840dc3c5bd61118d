-- SPDX-License-Identifier: MIT
-- All that has to do with chatabi: one client, a conversation for each character, and once a frame what has come. It
-- never waits, and counts the time that it took.
--
-- A listener is told, during talk:update: heard(text), wants(call), saw(call, result), ended(answer, err).
local chatabi = require "chatabi"
local tools = require "tools"

local talk, Talk, Talker = {}, {}, {}
Talk.__index, Talker.__index = Talk, Talker

talk.clock = love and love.timer.getTime or os.clock -- what chatabi's part of a frame is measured with, in seconds

local CHUNKS_A_FRAME = 16 -- of one character; what is left comes in the next frame
local SYSTEM = "You are %s You are one of eight people on a small harbour square, in a game. Answer in one to three "
  .. "short sentences, in plain text, in the language you are spoken to. Use a tool when you are asked to do "
  .. "something, and say what you did."

-- `options` as for chatabi.new; `state` is the world that the tools change.
function talk.new(options, state)
  local client, err = chatabi.new(options)
  if not client then return nil, err end
  client:start() -- certificates, token and connection get ready while the game loads
  return setmetatable({ client = client, tools = tools.new(state), talkers = {}, spent = 0 }, Talk)
end

function Talk:join(person, listener)
  local talker = setmetatable({ owner = self, person = person, listener = listener }, Talker)
  talker:restart()
  self.talkers[#self.talkers + 1] = talker
  return talker
end

-- Begins the conversation anew.
function Talker:restart()
  self:cancel()
  self.conversation = self.owner.client:conversation {
    system = SYSTEM:format(self.person.who),
    tools = self.owner.tools,
    keep_turns = 12,
    max_rounds = 5,
  }
end

-- ---- the clock ----

local function begin() return talk.clock() end

local function finish(self, since) self.spent = self.spent + (talk.clock() - since) end

-- Seconds inside of chatabi since this was asked last: once a frame.
function Talk:take_spent()
  local spent = self.spent
  self.spent = 0
  return spent
end

-- ---- one character ----

function Talker:is_busy() return self.turn ~= nil end

-- False when the character is still speaking.
function Talker:say(text)
  if self.turn then return false end
  local since = begin()
  self.turn = self.conversation:stream(text)
  finish(self.owner, since)
  return true
end

-- Nothing is heard of the turn after this: the connection is closed, and the conversation forgets it.
function Talker:cancel()
  local turn = self.turn
  if not turn then return false end
  local since = begin()
  self.turn, self.waits_for, self.calls = nil, nil, nil
  turn:cancel()
  local err = turn:error()
  turn:close()
  finish(self.owner, since)
  self.listener:ended(nil, err)
  return true
end

-- A call that the game has carried out; later ones are of a turn that is gone.
function Talker:answer(call, result)
  if not self.turn or self.waits_for ~= call.id then return end
  local since = begin()
  self.turn:answer(call, result)
  finish(self.owner, since)
  self.waits_for = nil
end

local function close(self, turn)
  local answer, err = turn:result()
  self.emulated = turn:header "x-emulator" ~= nil
  turn:close()
  self.turn, self.waits_for, self.calls = nil, nil, nil
  return answer, err
end

-- One piece, or nil. What the listener does with it is not chatabi's time.
local function take(self, step, state)
  local since = begin()
  local chunk = step(state)
  finish(self.owner, since)
  return chunk
end

function Talker:update()
  local turn = self.turn
  if not turn then return end
  local step, state = turn:drain()
  for _ = 1, CHUNKS_A_FRAME do
    local chunk = take(self, step, state)
    if not chunk then break end
    if chunk.text ~= "" then self.listener:heard(chunk.text) end
    if chunk.type == "tool" then self.calls = true end
    if chunk.type == "tool_result" then self.listener:saw(chunk.tool_call, chunk.result) end
    if self.turn ~= turn then return end -- the listener cancelled it
  end
  local since = begin()
  if turn:done() then
    local answer, err = close(self, turn)
    finish(self.owner, since)
    return self.listener:ended(answer, err)
  end
  local call = self.calls and turn:pending()[1]
  finish(self.owner, since)
  if call and call.id ~= self.waits_for then
    self.waits_for = call.id
    self.listener:wants(call)
  end
end

-- ---- all of them ----

function Talk:update()
  for _, talker in ipairs(self.talkers) do talker:update() end
end

function Talk:cancel_all()
  for _, talker in ipairs(self.talkers) do talker:cancel() end
end

function Talk:busy_count()
  local count = 0
  for _, talker in ipairs(self.talkers) do count = count + (talker.turn and 1 or 0) end
  return count
end

return talk
