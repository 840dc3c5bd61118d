-- SPDX-License-Identifier: MIT
-- A session: a client, the conversation that is held through it, and the file that keeps the conversation.
local chatabi = require "chatabi"
local errors = require "chatabi.error"
local files = require "chatabi.cli.files"

local session = {}

local Session = {}
Session.__index = Session

local DEFAULT_MODELS = { vertex = "google/gemini-2.5-flash", gemini = "gemini-2.5-flash", openai = "gpt-4o-mini" }

-- As the library chooses one.
function session.provider(options) return options.provider or (options.base_url and "compatible" or "vertex") end

function session.default_model(options)
  return not options.endpoint and DEFAULT_MODELS[session.provider(options)] or nil
end

-- ---- the conversation ----

-- Without a model of its own a conversation has the one that was named, or the usual one.
local function begin_talk(self, talk)
  talk.body.model = self.named or talk.body.model or self.default
  self.talk = talk
end

local function settings_of(self)
  local settings = {}
  for key, value in pairs(self.body) do settings[key] = value end
  settings.system, settings.schema = self.system, self.schema
  return settings
end

function Session:load(path)
  local text, err = files.read(path)
  if not text then return nil, err end
  local talk, why = self.client:load_conversation(text, settings_of(self))
  if not talk then return nil, errors.new("ARG", path .. ": " .. why.message) end
  begin_talk(self, talk)
  return true
end

function Session:save(path) return files.write(path, self.talk:save()) end

-- After an answer: into the file of --continue.
function Session:keep()
  if not self.file then return true end
  return self:save(self.file)
end

function Session:model() return self.talk.body.model end

function Session:set_model(name)
  self.named = name
  self.talk.body.model = name
end

local function is_instruction(message) return message.role == "system" or message.role == "developer" end

-- The messages of the system, as text.
function Session:instructions()
  local texts = {}
  for _, message in ipairs(self.talk.messages) do
    if is_instruction(message) and type(message.content) == "string" then texts[#texts + 1] = message.content end
  end
  return table.concat(texts, "\n")
end

function Session:set_instructions(text)
  local messages = self.talk.messages
  while messages[1] and is_instruction(messages[1]) do table.remove(messages, 1) end
  if text ~= "" then table.insert(messages, 1, { role = "system", content = text }) end
end

function Session:forget()
  local messages = self.talk.messages
  for at = #messages, 1, -1 do
    if not is_instruction(messages[at]) then table.remove(messages, at) end
  end
end

-- What is sent for `text`: with attachments a list of parts. They are sent once.
function Session:content(text)
  if #self.attachments == 0 then return text end
  local parts = { text }
  for _, part in ipairs(self.attachments) do parts[#parts + 1] = part end
  self.attachments = {}
  return parts
end

-- The module's advice to tell the type has no place where there is no option for it.
local function without_option(err)
  local what = err.message:match "^(.* is of no known type): "
  return what and errors.new("ARG", what .. ": text, images, sound, films and PDF can be sent.") or err
end

-- `source` is a file, an address, or "-" for standard input.
function Session:attach(source)
  local part, err
  if source == "-" then
    part, err = chatabi.file { data = io.read "*a" or "" }
  else
    part, err = chatabi.file(source)
  end
  if not part then return nil, without_option(err) end
  self.attachments[#self.attachments + 1] = part
  return true
end

-- ---- making one ----

local function begin(self, settings)
  if self.file then
    local writable, why = files.check(self.file)
    if not writable then return nil, why end
  end
  for _, source in ipairs(settings.attachments) do
    local good, err = self:attach(source)
    if not good then return nil, err end
  end
  if self.file and files.exists(self.file) then return self:load(self.file) end
  begin_talk(self, self.client:conversation(settings_of(self)))
  return true
end

-- A session; nil and an error.
function session.open(settings)
  local client, err = chatabi.new(settings.client)
  if not client then return nil, err end
  local self = setmetatable({
    client = client, body = settings.body, system = settings.system, schema = settings.schema,
    named = settings.client.model, default = session.default_model(settings.client),
    file = settings.continue, attachments = {}, usage = settings.usage, json = settings.json,
    whole = settings.no_stream, log = settings.client.log_level or settings.client.log_telemetry,
  }, Session)
  local good, why = begin(self, settings)
  if not good then return nil, why end
  return self
end

return session
