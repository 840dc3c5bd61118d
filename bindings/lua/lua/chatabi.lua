-- SPDX-License-Identifier: MIT
-- chatabi: OpenAI-style chat completions, from Vertex AI, OpenAI and compatible servers.
--
--   local chatabi = require "chatabi"
--   local client = assert(chatabi.new { project = "my-project", model = "google/gemini-2.5-flash" })
--   print(assert(client:chat "Why is the sky blue?").text)
--   for chunk in client:stream "Tell me a story" do io.write(chunk.text) end
--
-- When the world fails, functions return nil and an error: a table with name, code, message and more, one line as
-- text. Misuse raises. So does a for loop over a stream that breaks, or a cut answer would look like a short one.
--
-- One source for Lua 5.1 to 5.4 and LuaJIT. The C half, chatabi.core, never waits longer than it is told.

local core = require "chatabi.core"

local chatabi = {
  null = core.null, -- JSON null; equal to cjson.null and ngx.null. It counts as true, as every userdata does
  errors = core.errors, -- name -> code
  array = core.array, -- marks a table as a JSON array, so that an empty one is [] and not {}
  version = core.version,
  interrupted = core.interrupted, -- was Ctrl-C pressed since the last call? The first call takes over SIGINT
}

local Client, Stream = core.client.__index, core.stream.__index

-- Lua runs debug hooks, and so the Ctrl-C handler of the lua program, only between Lua instructions. A wait of many
-- seconds inside C would be deaf to it. Therefore every wait is a Lua loop over slices of this length.
local SLICE_MS = 100

-- ---- errors ----

local Error = {}
function Error.__tostring(err) return err.name .. ": " .. err.message end
function Error.__concat(left, right) return tostring(left) .. tostring(right) end

local RENAMED = { http_status = "status" }

local function new_error(code, message, details)
  local name, text = core.error_name(code)
  local err = {}
  for key, value in pairs(details or {}) do
    if value ~= chatabi.null then err[RENAMED[key] or key] = value end
  end
  err.name, err.code = name, code
  err.message = message and message ~= "" and message or text
  return setmetatable(err, Error)
end

-- Turns (nil, code, message) of the C half into (nil, err).
local function outcome(good, code, message)
  if good then return good end
  return nil, new_error(code, message)
end

-- Why the core gave NULL: these two are the only reasons.
local function refusal(client)
  return new_error(core.client_forked(client) and chatabi.errors.FORKED or chatabi.errors.NOMEM)
end

-- ---- JSON ----

local function encode_argument(value, position, name, level)
  local good, text = pcall(core.encode, value)
  if not good then error(("bad argument #%d to '%s' (%s)"):format(position, name, tostring(text)), level + 1) end
  return text
end

function chatabi.encode(value)
  local text = encode_argument(value, 1, "encode", 2) -- no tail call: the level of its errors counts this function
  return text
end

function chatabi.decode(text)
  local value, message = core.decode(text)
  if message then return nil, new_error(chatabi.errors.JSON, message) end
  return value
end

-- ---- waiting ----

local function check_timeout(timeout_s, name)
  if timeout_s == nil then return nil end
  if type(timeout_s) ~= "number" then
    error(("bad argument #1 to '%s' (seconds expected, got %s)"):format(name, type(timeout_s)), 3)
  end
  return core.now() + timeout_s
end

-- Calls poll(handle, ms) until it gives something else than false. False when the deadline passed, or client:wake
-- ended the wait, which shows in a slice that was cut short.
local function poll_until(poll, handle, deadline)
  while true do
    local began = core.now()
    local ms = SLICE_MS
    if deadline then ms = math.max(0, math.min(SLICE_MS, math.ceil((deadline - began) * 1000))) end
    local result = poll(handle, ms)
    if result ~= false then return result end
    local now = core.now()
    if deadline and now >= deadline then return false end
    if (now - began) * 1000 < ms - 1 then return false end
  end
end

-- LuaJIT runs no debug hooks in compiled code, so a loop that is compiled would be deaf to Ctrl-C after all.
if jit then jit.off(poll_until) end

-- ---- answers ----

local Answer = {}
function Answer.__tostring(answer) return answer.text end

local function present(value)
  if value ~= chatabi.null then return value end
  return nil
end

local function table_or_empty(value) return type(value) == "table" and value or {} end

-- Google marks a part as thought, Mistral has parts of that type.
local function is_thought(part)
  return part.type == "thinking" or table_or_empty(table_or_empty(part.extra_content).google).thought == true
end

-- Some servers give content as a list of parts.
local function text_of(content, of_thoughts)
  if type(content) == "string" then return of_thoughts and "" or content end
  local texts = {}
  for _, part in ipairs(table_or_empty(content)) do
    if type(part) == "table" and is_thought(part) == (of_thoughts or false) then
      texts[#texts + 1] = type(part.text) == "string" and part.text or text_of(part.thinking)
    end
  end
  return table.concat(texts)
end

local function reasoning_of(message)
  local reasoning = present(message.reasoning_content) or present(message.reasoning)
  if type(reasoning) == "string" then return reasoning end
  reasoning = text_of(message.content, true)
  return reasoning ~= "" and reasoning or nil
end

-- What nearly everyone wants of a completion, beside all of it. No field here is ever chatabi.null.
local function new_answer(completion)
  local choice = table_or_empty(table_or_empty(table_or_empty(completion).choices)[1])
  local message = table_or_empty(choice.message)
  local tool_calls = present(message.tool_calls)
  local refused = present(message.refusal)
  return setmetatable({
    completion = completion,
    message = present(choice.message),
    text = text_of(present(message.content) or choice.text),
    reasoning = reasoning_of(message),
    refusal = type(refused) == "string" and refused ~= "" and refused or nil,
    tool_calls = type(tool_calls) == "table" and #tool_calls > 0 and tool_calls or nil,
    finish_reason = present(choice.finish_reason),
    usage = present(table_or_empty(completion).usage),
  }, Answer)
end

-- ---- streams ----

function Stream:error()
  local code, message, details = core.stream_error(self)
  if not code then return nil end
  local decoded = core.decode(details)
  return new_error(code, message, type(decoded) == "table" and decoded or nil)
end

-- The answer when it is complete; else nil and an error, with what had arrived as its field `partial`.
function Stream:result()
  local json = core.stream_result(self)
  if not json then return nil, new_error(chatabi.errors.STATE, "The answer is not complete yet.") end
  local completion, why = nil, "The answer is empty."
  if json ~= "" then completion, why = core.decode(json) end
  local err = self:error()
  if not err and not why then return new_answer(completion) end
  err = err or new_error(chatabi.errors.PROTOCOL, why)
  if completion then err.partial = new_answer(completion) end
  return nil, err
end

-- A chunk; false when none came in time; nil at the end; nil and an error when the stream broke.
function Stream:next(timeout_s)
  local chunk = poll_until(core.stream_next, self, check_timeout(timeout_s, "next"))
  if chunk == nil then return nil, self:error() end
  return chunk
end

-- Reads to the end and returns what `result` does. After a timeout it can be called again.
function Stream:wait(timeout_s)
  local deadline = check_timeout(timeout_s, "wait")
  local ended
  repeat ended = poll_until(core.stream_skip, self, deadline) until ended ~= nil
  if ended then return self:result() end
  return nil, new_error(chatabi.errors.TIMEOUT, "The answer is still on its way: wait again, or cancel it.")
end

local stream_next = core.stream_next

function core.stream.__call(stream)
  local chunk = stream_next(stream, SLICE_MS)
  while chunk == false do chunk = stream_next(stream, SLICE_MS) end
  if chunk == nil then
    local err = stream:error()
    if err then error(err, 0) end
  end
  return chunk
end

-- ---- clients ----

local function request_body(body, streamed, name)
  if type(body) == "string" then body = { messages = { { role = "user", content = body } } } end
  if type(body) ~= "table" then
    error(("bad argument #1 to '%s' (string or table expected, got %s)"):format(name, type(body)), 4)
  end
  if body[1] ~= nil then body = { messages = body } end
  if not streamed or body.stream == true then return body end
  local copy = { stream = true }
  for key, value in pairs(body) do
    if key ~= "stream" then copy[key] = value end
  end
  return copy
end

local function send(client, body, options, streamed, name)
  local text = encode_argument(request_body(body, streamed, name), 1, name, 3)
  if options ~= nil and type(options) ~= "table" then
    error(("bad argument #2 to '%s' (table expected, got %s)"):format(name, type(options)), 3)
  end
  local stream = core.client_send(client, text, options and encode_argument(options, 2, name, 3))
  if not stream then return nil, refusal(client) end
  return stream
end

-- One answer. `body` is one user message, a list of messages, or a table with OpenAI's field names.
function Client:chat(body, options)
  local stream, err = send(self, body, options, false, "chat")
  if not stream then return nil, err end
  local good, answer, failure = pcall(stream.wait, stream)
  if good and answer then answer.info = stream:info() end
  -- closed also when Ctrl-C ended the wait: the server shall stop too
  stream:close()
  if not good then error(answer, 0) end
  return answer, failure
end

-- A stream, which the generic for calls. The other values are for it too: Lua 5.4 closes the fourth at a break. Where
-- they are in the way, in a list or as an argument, put the call in parentheses.
function Client:stream(body, options)
  local stream, err = send(self, body, options, true, "stream")
  if not stream then return nil, err end
  return stream, nil, nil, stream
end

-- A stream that has something to read, taking turns; nil when there was none in time.
function Client:ready(timeout_s)
  return poll_until(core.client_ready, self, check_timeout(timeout_s, "ready")) or nil
end

function Client:start() return outcome(core.client_start(self)) end

function Client:set_auth(source, value) return outcome(core.client_set_auth(self, source, value)) end

function Client:status()
  local json = core.client_status(self)
  if not json then return nil, refusal(self) end
  return chatabi.decode(json)
end

-- Closes at once; with `timeout_s` waits as long as that for connections to end in good order.
function Client:close(timeout_s)
  if timeout_s then
    poll_until(core.client_stop, self, check_timeout(timeout_s, "close"))
  end
  core.client_close(self)
end

local function option_text(key, value)
  local kind = type(value)
  if kind == "string" then return value end
  if kind == "boolean" then return value and "yes" or "no" end
  if kind == "number" or kind == "table" then
    local good, text = pcall(core.encode, value)
    if good then return text end
    error(("bad option '%s' (%s)"):format(key, text), 3)
  end
  error(("bad option '%s' (text, number, boolean or table expected, got %s)"):format(key, kind), 3)
end

local function sorted_keys(options)
  local keys = {}
  for key in pairs(options) do
    if type(key) ~= "string" then error("bad argument #1 to 'new' (options have names)", 3) end
    if key ~= "auth" then keys[#keys + 1] = key end
  end
  table.sort(keys)
  return keys
end

local function auth_of(auth)
  if type(auth) == "string" then return auth end
  if type(auth) ~= "table" then error("bad option 'auth' (text or { source, value } expected)", 3) end
  return auth.source or auth[1], auth.value or auth[2]
end

-- A client. Fields are the options of chatabi_client_set, and `auth`: a source, or { source, value }.
function chatabi.new(options)
  options = options or {}
  if type(options) ~= "table" then
    error(("bad argument #1 to 'new' (table expected, got %s)"):format(type(options)), 2)
  end
  local client = core.client_new()
  for _, key in ipairs(sorted_keys(options)) do
    local good, err = outcome(core.client_set(client, key, option_text(key, options[key])))
    if not good then return nil, err end
  end
  if options.auth ~= nil then
    local good, err = client:set_auth(auth_of(options.auth))
    if not good then return nil, err end
  end
  return client
end

return chatabi
