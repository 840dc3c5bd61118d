-- SPDX-License-Identifier: MIT
-- The conversation of spec/hosts/transcript/transcript.c, by the Lua module or the one file for LuaJIT.
local chatabi = require "chatabi"

local TOOLS = {
  {
    type = "function",
    ["function"] = {
      name = "get_weather",
      description = "Tells the weather.",
      parameters = { type = "object", properties = { city = { type = "string" } }, required = { "city" } },
    },
  },
}

local function line(...) print(table.concat({ ... }, " ")) end
local function flat(text) return (text:gsub("\n", "\\n")) end

local function print_event(chunk)
  local kind = chunk.type
  local piece = kind == "text" and chunk.text or chunk[kind]
  if kind == "tool" then
    line("tool", chunk.tool_call["function"].name, chunk.tool_call["function"].arguments)
  elseif piece then
    line(kind, #piece, flat(piece))
  else
    line "other"
  end
end

local function print_error(err, http_status)
  line("error", err.name, err.status or http_status or -1, err.retryable and 1 or 0)
  line(flat(err.message))
end

local function print_end(answer)
  local info = answer.info
  line("done", info.finish, info.prompt_tokens, info.completion_tokens)
end

-- Prints all of a stream; its answer, or nil and the error.
local function read(client, body, options)
  local stream = client:stream(body, options)
  local chunk, err = stream:next(20)
  while chunk do
    print_event(chunk)
    chunk, err = stream:next(20)
  end
  assert(chunk == nil, "no event for 20 s")
  if err then
    print_error(err, stream:info().http_status)
    return nil, err
  end
  local answer = assert(stream:result())
  print_end(answer)
  return answer
end

local function saying(content) return { messages = { { role = "user", content = content } } } end
local function fault(name) return { headers = { ["x-emulator-fault"] = name } } end

local client = assert(chatabi.new {
  provider = "vertex",
  base_url = os.getenv "TRANSCRIPT_URL",
  auth = { "file", os.getenv "TRANSCRIPT_CREDENTIALS" },
  ca_file = os.getenv "TRANSCRIPT_CA",
  auth_allow_hosts = "127.0.0.1",
  model = "google/gemini-3-flash-preview",
  max_retries = 0,
})
local messages = {}

line "== stream"
messages[1] = { role = "user", content = "Grüße aus Zürich, 東京 und vom Strand 🌊" }
local thoughts = { google = { thinking_config = { include_thoughts = true } } }
messages[2] = read(client, { messages = messages, extra_body = thoughts }).message

line "== tools"
messages[3] = { role = "user", content = "The weather in Oslo and Rome, in parallel and in steps" }
local answer
repeat
  answer = read(client, { messages = messages, tools = TOOLS })
  messages[#messages + 1] = answer.message
  for _, call in ipairs(answer.tool_calls or {}) do
    messages[#messages + 1] = { role = "tool", tool_call_id = call.id, content = call["function"].arguments }
  end
until answer.info.finish ~= "tool_calls"

line "== whole"
answer = assert(client:chat "One, two")
line(flat(answer.text))
print_end(answer)

line "== embeddings"
local words = { model = "google/text-embedding-005", input = { "sea", "shore" }, dimensions = 5 }
local vectors = assert(client:embeddings(words))
for _, vector in ipairs(vectors.vectors) do line(#vector) end

line "== cut"
local _, err = read(client, saying "One, two, three", fault "cut=4")
line("partial", flat(err.partial.text))

line "== refused"
local elsewhere = saying "Hello"
elsewhere.model = "google/no-such-model"
read(client, elsewhere)
_, err = client:chat(saying "Hello", fault "429=7")
print_error(err)
line(("retry after %d ms"):format(err.retry_after_ms))

line "== cancelled"
local stream = client:stream(saying "A long story", fault "long=500")
repeat until stream:next(20).type == "text"
stream:cancel()
_, err = stream:next(0)
line("error", err.name)

line "== misspelt"
_, err = chatabi.new { projct = "my-project" }
line("error", err.name)
line(err.message)
