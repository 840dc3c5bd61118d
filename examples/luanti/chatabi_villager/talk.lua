-- SPDX-License-Identifier: MIT
-- One answer of a villager to a player, over as many rounds as the model calls tools: read piece by piece in the
-- server's steps. Tools are called from here and not from inside of chatabi, so that a tool may take several steps,
-- and code of other mods never runs below chatabi's functions.
local use = ...
local client = use "client"
local kinds = use "kinds"
local ledger = use "ledger"
local options = use "options"
local speech = use "speech"
local tools = use "tools"

local KEEP_TURNS = 12

local Talk = {}
Talk.__index = Talk

-- Villager -> name of the player -> conversation, for as long as both are there. Not in the villager's own table: every
-- mod can reach that, and a conversation asks the model without limits.
local memory = setmetatable({}, { __mode = "k" })

local function conversation_of(villager, player_name)
  memory[villager] = memory[villager] or {}
  local found = memory[villager][player_name]
  if found then return found end
  local kind = villager.kind
  local conversation = client.conversation {
    system = kinds.system(kind, player_name),
    tools = tools.of(kind),
    max_tokens = options.number("max_tokens", 400),
    max_rounds = kind.max_rounds or options.number("max_rounds", 6),
    keep_turns = KEEP_TURNS,
    model = kind.model,
  }
  memory[villager][player_name] = conversation
  return conversation
end

-- ---- what comes of the model ----

local function say(self, sentence)
  if sentence then speech.say(self.villager, sentence) end
end

local function hear_text(self, text)
  if text == "" then return end
  self.said = self.said .. text
  speech.show(self.villager, self.said)
  for _, sentence in ipairs(self.splitter:feed(text)) do say(self, sentence) end
end

local function take(self, chunk)
  if chunk.type == "text" then return hear_text(self, chunk.text) end
  if chunk.type == "refusal" then return hear_text(self, chunk.refusal) end
  if chunk.type ~= "tool" then return end
  say(self, self.splitter:finish()) -- what was said before something is done
  self.said = ""
end

-- ---- calls of tools ----

function Talk:answer(call, result, message)
  local entry = self.calls[call]
  if self.over or not entry or entry.answered then return false end
  entry.answered = true
  self.turn:answer(call, result, message)
  return true
end

local function work_on(self, call)
  local entry = self.calls[call]
  if not entry then
    entry = { until_us = core.get_us_time() + tools.timeout_us(self.villager.kind, call.name) }
    self.calls[call] = entry
    tools.begin(self, call, entry)
  elseif core.get_us_time() > entry.until_us then
    self:answer(call, nil, "It took too long.")
  end
end

-- ---- the end ----

-- What a server did not count, because it could not finish or never does, costs all the same.
local function account(self, is_uncounted)
  local tokens = self.conversation.usage.total_tokens - self.before
  if is_uncounted then
    tokens = tokens + ledger.estimate(#self.conversation:save() + #self.asked + #self.said)
  end
  ledger.spend(self.player_name, tokens)
end

local function tell_failure(self, err)
  if err.name == "CANCELLED" or err.name == "CLOSED" then return end
  local title = self.villager.kind.name
  core.log("warning", ("[chatabi_villager] %s cannot answer %s: %s: %s"):format(title, self.player_name, err.name,
    err.message))
  local is_admin = core.check_player_privs(self.player_name, { server = true })
  local why = is_admin and err.message or "Try again later."
  core.chat_send_player(self.player_name, ("%s cannot answer you (%s). %s"):format(title, err.name, why))
end

local function finish(self)
  local answer, err = self.turn:result()
  say(self, self.splitter:finish())
  self.over = true
  account(self, self.said ~= "" and self.conversation.usage.total_tokens == self.before)
  if not answer then tell_failure(self, err) end
  speech.finish(self.villager)
  self.turn:close()
end

-- Ends it; the server's work on it, too.
function Talk:cancel()
  if self.over then return end
  local state = self.turn:state()
  self.turn:cancel()
  self.over = true
  for _, entry in pairs(self.calls) do
    if not entry.answered and entry.on_cancel then entry.on_cancel() end
  end
  account(self, state == "waiting" or state == "streaming")
  speech.finish(self.villager)
  self.turn:close()
end

-- Takes what is there, up to this time. Never waits.
function Talk:step(until_us)
  for chunk in self.turn:drain() do
    take(self, chunk)
    if core.get_us_time() > until_us then return end
  end
  for _, call in ipairs(self.turn:pending()) do
    work_on(self, call)
    if self.over then return end -- a tool may have taken the villager away
  end
  if self.turn:done() then finish(self) end
end

local talk = {}

function talk.forget(player_name)
  for _, conversations in pairs(memory) do conversations[player_name] = nil end
end

-- (villager, name of the player, what was said) -> a talk that is under way
function talk.begin(villager, player_name, text)
  local conversation = conversation_of(villager, player_name)
  local self = setmetatable({
    villager = villager,
    player_name = player_name,
    asked = text,
    said = "",
    conversation = conversation,
    before = conversation.usage.total_tokens,
    splitter = client.splitter(),
    calls = {}, -- call -> { until_us, answered, on_cancel }
    over = false,
  }, Talk)
  self.turn = assert(conversation:stream(text))
  speech.think(villager)
  return self
end

return talk
