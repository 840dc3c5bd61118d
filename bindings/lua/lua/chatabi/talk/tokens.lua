-- SPDX-License-Identifier: MIT
-- How many tokens a message may be: an estimate, which the count of the last answer corrects.
local tokens = {}

local BYTES_OF_TOKEN = 4
local OF_MESSAGE = 4 -- what marks where a message begins and whose it is
local OF_MEDIA = 300 -- an image or a file, of which the bytes say nothing

local function of_content(content)
  if type(content) == "string" then return #content / BYTES_OF_TOKEN end
  local sum = 0
  for _, part in ipairs(type(content) == "table" and content or {}) do
    local text = type(part) == "table" and part.text or part
    sum = sum + (type(text) == "string" and #text / BYTES_OF_TOKEN or OF_MEDIA)
  end
  return sum
end

local function of_calls(calls)
  local sum = 0
  for _, call in ipairs(type(calls) == "table" and calls or {}) do
    local called = type(call) == "table" and call["function"]
    if type(called) == "table" then sum = sum + #tostring(called.name) + #tostring(called.arguments) end
  end
  return sum / BYTES_OF_TOKEN
end

function tokens.of_message(message)
  if type(message) ~= "table" then return OF_MESSAGE end
  return OF_MESSAGE + of_content(message.content) + of_calls(message.tool_calls)
end

function tokens.of_bytes(count) return count / BYTES_OF_TOKEN end

-- The factor that makes `estimated` what the server counted. An odd count shall not make a history vanish.
function tokens.scale(counted, estimated)
  if type(counted) ~= "number" or counted <= 0 or estimated <= 0 then return nil end
  return math.max(0.1, math.min(10, counted / estimated))
end

return tokens
