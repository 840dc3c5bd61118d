-- SPDX-License-Identifier: MIT
-- What nearly everyone wants of a completion, beside all of it.
local json = require "chatabi.json"

local answer = {}

local Answer = {}
function Answer.__tostring(self) return self.text end
function Answer.__concat(left, right) return tostring(left) .. tostring(right) end

local present, table_or_empty = json.present, json.table_or_empty

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

-- No field here is ever JSON null.
function answer.new(completion)
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

return answer
