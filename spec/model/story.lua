-- SPDX-License-Identifier: MIT
-- A real model's story, token by token: lua5.4 story.lua NODE SERVER MODEL
-- Passes when the text is long enough to be one, came in many pieces over time, and the result says the same.
local chatabi = require "chatabi"
local now = require("chatabi.core").now

local node, server, model = table.unpack(arg)
local place = os.tmpname()
local pipe = assert(io.popen(("exec '%s' '%s' '%s' >'%s'"):format(node, server, model, place), "w"))

local function address()
  for _ = 1, 600 do
    local file = assert(io.open(place))
    local line = file:read "*l"
    file:close()
    if line then return line end
    os.execute "sleep 0.1"
  end
  error "the model's server does not start"
end

local url = address()
os.remove(place)
local client = assert(chatabi.new { base_url = url })
local stream = client:stream {
  model = "gguf", max_tokens = 120,
  messages = { { role = "user", content = "Once upon a time, there was a little girl named Lily." } },
}

local pieces, times = {}, {}
for chunk in stream do
  if chunk.text ~= "" then
    pieces[#pieces + 1] = chunk.text
    times[#times + 1] = now()
    io.write(chunk.text)
    io.flush()
  end
end
print()

local story = table.concat(pieces)
local answer = assert(stream:result())
local spread = times[#times] - times[1]
print(("%d pieces over %.3f s, %d bytes, finish_reason %s, %d completion tokens"):format(
  #pieces, spread, #story, answer.finish_reason, answer.usage.completion_tokens))
assert(#pieces >= 40 and #story >= 100, "too short for a story")
assert(spread > 0, "everything came at once")
assert(answer.text == story, "the result is not what was streamed")
assert(story:find "[Ll]ily" or story:find " the ", "no English in it")
client:close()
pipe:close()
