-- SPDX-License-Identifier: MIT
-- What a Lua program sees of the ways in which servers differ: nothing but the answer.
local chatabi = require "chatabi"
local helper = require "spec.lua.helper"

setup(helper.start)
teardown(helper.stop)

local function streamed(client, body)
  local seen = { text = "", reasoning = "", refusal = "" }
  local stream = client:stream(body)
  for chunk in stream do
    for name, text in pairs(seen) do
      local piece = chunk.type == name and (chunk[name] or chunk.text)
      if piece then seen[name] = text .. piece end
    end
  end
  return seen, assert(stream:result()), stream:info()
end

describe("whatever server it is", function()
  local client
  before_each(function() client = helper.client() end)
  after_each(function() client:close() end)

  for _, dialect in ipairs { "deepseek", "openrouter", "gemini", "mistral", "vllm" } do
    it("shows reasoning apart from the text: " .. dialect, function()
      local body = {
        model = "dialect:" .. dialect,
        messages = { { role = "user", content = "Hello" } },
        reasoning_effort = "high",
      }
      local seen, answer = streamed(client, body)
      assert.is_true(#seen.reasoning > 0)
      assert.equal(seen.reasoning, answer.reasoning)
      assert.equal(seen.text, answer.text)
      assert.is_nil(answer.text:find(seen.reasoning, 1, true))
    end)
  end

  it("shows a refusal as one", function()
    local seen, answer = streamed(client, "Please refuse")
    assert.is_true(#seen.refusal > 0)
    assert.equal(seen.refusal, answer.refusal)
    assert.equal("", seen.text)
    assert.equal(seen.refusal, assert(client:chat "Please refuse").refusal)
  end)

  it("says why the model stopped and what it cost", function()
    local _, _, info = streamed(client, "Hello")
    assert.equal("stop", info.finish)
    assert.is_true(info.output_tokens > 0)
    assert.equal(0, info.place)
    local answer = assert(client:chat { max_tokens = 2, messages = { { role = "user", content = "Hello" } } })
    assert.equal("length", answer.info.finish)
  end)

  it("takes other paths", function()
    local embedding = assert(client:chat({ input = "Hello", model = "e" }, { path = "/embeddings" })).completion
    assert.is_number(embedding.data[1].embedding[1])
  end)

  it("names the option whose limit was met", function()
    client:close()
    client = helper.client { max_events = 3 }
    local answer, err = client:stream({ messages = { { role = "user", content = "Hello" } } }):wait()
    assert.is_nil(answer)
    assert.equal("TOO_MANY", err.name)
    assert.equal("max_events", err.limit)
    assert.is_true(#err.partial.text > 0)
  end)

  it("refuses what contradicts itself before it is sent", function()
    client:close()
    client = helper.client { provider = "openai", auth = { "api_key", "sk-emulator" } }
    local answer, err = client:chat { max_tokens = 1, max_completion_tokens = 2, messages = { "x" } }
    assert.is_nil(answer)
    assert.equal("BODY", err.name)
    assert.equal(chatabi.errors.BODY, err.code)
  end)
end)
