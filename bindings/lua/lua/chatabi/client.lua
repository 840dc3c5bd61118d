-- SPDX-License-Identifier: MIT
-- A client: configuration, credentials and connections, and everything that is asked through them.
local core = require "chatabi.half"
local bodies = require "chatabi.body"
local conversations = require "chatabi.talk.conversation"
local errors = require "chatabi.error"
local json = require "chatabi.json"
local many = require "chatabi.many"
local requests = require "chatabi.requests"
local sent = require "chatabi.stream"
local structured = require "chatabi.schema.structured"
local wait = require "chatabi.wait"

local client = {}
local Client = core.client.__index

-- What it keeps with the client itself, where the collector sees what refers to it: `yield`.
local notes_of = core.notes

-- Why the library gave NULL: these two are the only reasons.
local function refusal(self) return errors.new(core.client_forked(self) and "FORKED" or "NOMEM") end

-- ---- sending ----

local function request(self, text, wire, yield, check)
  local stream = core.client_send(self, text, wire)
  if not stream then return nil, refusal(self) end
  sent.attach(stream, self, yield or notes_of(self).yield, check)
  return stream
end

local function with_format(body, format, name, level)
  if body.response_format ~= nil then
    error(("bad argument #2 to '%s' (schema, where the body has a response_format)"):format(name), level + 1)
  end
  body = bodies.copy(body)
  body.response_format = format
  return body
end

-- The stream of one chat completion; `level` is where to blame misuse.
local function send(self, given, options, streamed, name, level)
  local wire, ours = bodies.options(options, name, level + 1)
  local body, check = bodies.new(given, streamed, name, level + 1), nil
  if ours.schema ~= nil then
    local format
    format, check = structured.want(ours.schema, ours.schema_name, level + 1)
    body = with_format(body, format, name, level + 1)
  end
  return request(self, json.encode_argument(body, 1, name, level + 1), wire, ours.yield, check)
end

-- One answer. `body` is one user message, a list of messages, or a table with OpenAI's field names.
function Client:chat(body, options)
  local stream, err = send(self, body, options, false, "chat", 2)
  if not stream then return nil, err end
  return wait.finish(stream, sent.has_yield(stream))
end

-- A stream, which the generic for calls. The other values are for it too: Lua 5.4 closes the fourth at a break. Where
-- they are in the way, in a list or as an argument, put the call in parentheses.
function Client:stream(body, options)
  local stream, err = send(self, body, options, true, "stream", 2)
  if not stream then return nil, err end
  return stream, nil, nil, stream
end

-- A stream whose body is JSON text, sent as it stands; what is streamed, `text` says. For whoever passes requests on.
function Client:send(text, options)
  if type(text) ~= "string" then
    error(("bad argument #1 to 'send' (string expected, got %s)"):format(type(text)), 2)
  end
  local wire, ours = bodies.options(options, "send", 2)
  if ours.schema ~= nil then error("bad argument #2 to 'send' (schema: chat and stream take one)", 2) end
  local stream, err = request(self, text, wire, ours.yield)
  if not stream then return nil, err end
  return stream, nil, nil, stream
end

-- What else can be asked for: waits, and makes a result of the server's JSON.
local function fetch(self, text, wire, new_result, ours)
  local stream, refused = request(self, text, wire, ours.yield)
  if not stream then return nil, refused end
  local answer, err = wait.finish(stream, sent.has_yield(stream))
  if not answer then return nil, err end
  return new_result(json.table_or_empty(answer.completion))
end

-- Vectors of a text, a list of texts, or a body with `input`.
function Client:embeddings(input, options)
  local text, wire, new_result, ours = requests.embeddings(input, options, 2)
  return fetch(self, text, wire, new_result, ours)
end

-- The models that the server lists, sorted by id.
function Client:models(options)
  local text, wire, new_result, ours = requests.models(options, 2)
  return fetch(self, text, wire, new_result, ours)
end

-- ---- conversations ----

-- A conversation: `settings` are system, messages, tools and the like; every other field is one of the body.
function Client:conversation(settings)
  local talk = conversations.new(self, send, settings, 2)
  return talk
end

-- One that talk:save wrote.
function Client:load_conversation(text, settings)
  local talk, err = conversations.load(self, send, text, settings, 2)
  return talk, err
end

-- ---- many at once ----

-- A stream that has something to read, taking turns; nil when there was none in time.
function Client:ready(timeout_s)
  return wait.until_ready(core.client_ready, self, wait.deadline(timeout_s, "ready"), notes_of(self).yield) or nil
end

-- Those of `streams` that have something to read, as soon as one has.
function Client:select(streams, timeout_s)
  core.client_forked(self) -- raises for a closed client
  local ready = many.select(streams, timeout_s, "select", 2)
  return ready
end

-- The first of `streams` that has ended, and its result.
function Client:wait_any(streams, timeout_s)
  core.client_forked(self)
  local stream, answer, err = many.wait_any(streams, timeout_s, "wait_any", 2)
  return stream, answer, err
end

-- ---- the client itself ----

function Client:set_yield(yield)
  if yield ~= nil and type(yield) ~= "function" then
    error(("bad argument #1 to 'set_yield' (function or nil expected, got %s)"):format(type(yield)), 2)
  end
  notes_of(self).yield = yield
end

function Client:start() return errors.outcome(core.client_start(self)) end

function Client:set_auth(source, value) return errors.outcome(core.client_set_auth(self, source, value)) end

function Client:status()
  local text = core.client_status(self)
  if not text then return nil, refusal(self) end
  local status, why = json.decode(text)
  if why then return nil, errors.new("JSON", why) end
  return status
end

-- Closes at once; with `timeout_s` waits as long as that for connections to end in good order.
function Client:close(timeout_s)
  if timeout_s then wait.until_ready(core.client_stop, self, wait.deadline(timeout_s, "close")) end
  core.client_close(self)
end

-- ---- making one ----

local function option_text(key, value, level)
  local kind = type(value)
  if kind == "string" then return value end
  if kind == "boolean" then return value and "yes" or "no" end
  if kind == "number" or kind == "table" then
    local good, text = pcall(json.encode, value)
    if good then return text end
    error(("bad option '%s' (%s)"):format(key, text), level + 1)
  end
  error(("bad option '%s' (text, number, boolean or table expected, got %s)"):format(key, kind), level + 1)
end

local OF_LUA = { auth = true, yield = true }

local function sorted_keys(options, level)
  local keys = {}
  for key in pairs(options) do
    if type(key) ~= "string" then error("bad argument #1 to 'new' (options have names)", level + 1) end
    if not OF_LUA[key] then keys[#keys + 1] = key end
  end
  table.sort(keys)
  return keys
end

local function auth_of(auth, level)
  if type(auth) == "string" then return auth end
  if type(auth) ~= "table" then error("bad option 'auth' (text or { source, value } expected)", level + 1) end
  return auth.source or auth[1], auth.value or auth[2]
end

-- What other clients call their keys.
local SOURCES = { api_key = "api_key", key = "api_key", apikey = "api_key", token = "token", access_token = "token" }

local function set(self, key, text)
  local good, err = errors.outcome(core.client_set(self, key, text))
  if good then return true end
  local source = SOURCES[key]
  if source then err.message = ("There is no option '%s': write auth = { \"%s\", ... }."):format(key, source) end
  return nil, err
end

local function configure(self, options, level)
  for _, key in ipairs(sorted_keys(options, level + 1)) do
    local good, err = set(self, key, option_text(key, options[key], level + 1))
    if not good then return nil, err end
  end
  if options.auth == nil then return true end
  return self:set_auth(auth_of(options.auth, level + 1))
end

-- Fields are the options of chatabi_client_set, `auth` (a source, or { source, value }) and `yield`.
function client.new(options)
  options = options or {}
  if type(options) ~= "table" then
    error(("bad argument #1 to 'new' (table expected, got %s)"):format(type(options)), 2)
  end
  if options.yield ~= nil and type(options.yield) ~= "function" then
    error(("bad option 'yield' (function expected, got %s)"):format(type(options.yield)), 2)
  end
  local self = core.client_new()
  local good, err = configure(self, options, 2)
  if not good then return nil, err end
  notes_of(self).yield = options.yield
  return self
end

return client
