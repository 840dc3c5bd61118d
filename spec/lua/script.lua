-- SPDX-License-Identifier: MIT
-- A server whose answers a spec writes: a recording that is replayed. A request whose body differs from the expected
-- one in any digit fails with REPLAY, so that what is sent is checked, too.
local chatabi = require "chatabi"
local json = require "chatabi.json"

local script = {}

local function line(body, round)
  return chatabi.encode {
    chatabi_record = 1,
    time = "2026-01-31T12:00:00.000Z",
    request = { attempt = 1, method = "POST", path = "/chat/completions", url = "http://127.0.0.1:1/v1", headers = {},
      body = assert(json.raw(body)) },
    response = { ms = 1, status = round.status or 200, http_version = 11,
      headers = { ["Content-Type"] = "application/json" } },
    chunks = chatabi.array { chatabi.array { 1, round.answer } },
    ["end"] = { ms = 2, error = chatabi.null },
  }
end

local function completion(round)
  return ('{"id":"x","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":%s,'
    .. '"finish_reason":"%s"}],"usage":%s}'):format(round.message, round.finish or "stop",
    round.usage or '{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}')
end

-- Each round: `said`, a list of messages as JSON that are new in its request; `message`, the answer's message as JSON,
-- or `answer`, the whole of it; `sent`, how the message comes back, where that differs (false: it does not); `finish`,
-- `usage`, `status`; `fields` of its own. `fields` is what the bodies have beside messages, as JSON
-- with a comma behind: '"tools":[...],'.
function script.client(fields, rounds)
  local path, messages, lines = os.tmpname(), {}, {}
  for _, round in ipairs(rounds) do
    for _, message in ipairs(round.said) do messages[#messages + 1] = message end
    round.answer = round.answer or completion(round)
    local body = ("{%s\"messages\":[%s]}"):format(round.fields or fields, table.concat(messages, ","))
    lines[#lines + 1] = line(body, round)
    if round.sent ~= false then messages[#messages + 1] = round.sent or round.message end
  end
  local file = assert(io.open(path, "w"))
  file:write(table.concat(lines, "\n"), "\n")
  file:close()
  local client = assert(chatabi.new { replay = path, base_url = "http://127.0.0.1:1/v1", model = "m", max_retries = 0 })
  client:start()
  return client, path
end

-- An assistant's message with calls: { id, name, arguments as text }.
function script.calls(...)
  local calls = chatabi.array()
  for at, call in ipairs { ... } do
    calls[at] = { id = call[1], type = "function", ["function"] = { name = call[2], arguments = call[3] } }
  end
  return chatabi.encode { role = "assistant", content = chatabi.null, tool_calls = calls }
end

function script.user(text) return chatabi.encode { role = "user", content = text } end

function script.assistant(text) return chatabi.encode { role = "assistant", content = text } end

-- What a tool says.
function script.result(id, content)
  if type(content) == "table" then content = chatabi.encode(content) end
  return chatabi.encode { role = "tool", tool_call_id = id, content = content }
end

return script
