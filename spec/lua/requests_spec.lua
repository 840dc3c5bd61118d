-- SPDX-License-Identifier: MIT
-- Embeddings and the list of models.
local chatabi = require "chatabi"
local helper = require "spec.lua.helper"

setup(helper.start)
teardown(helper.stop)

local client
before_each(function() client = helper.client() end)
after_each(function() client:close() end)

describe("embeddings", function()
  it("gives the vector of a text", function()
    local result = assert(client:embeddings "Hello")
    assert.equal(8, #result.vector)
    assert.equal(result.vector, result.vectors[1])
    assert.is_number(result.usage.total_tokens)
    assert.is_string(result.model)
    assert.equal("list", result.response.object)
    local length = 0
    for _, x in ipairs(result.vector) do length = length + x * x end
    assert.is_true(math.abs(length - 1) < 1e-3)
  end)

  it("gives the vectors of many texts, in their order", function()
    local result = assert(client:embeddings { "one", "two", "one" })
    assert.equal(3, #result.vectors)
    assert.same(result.vectors[1], result.vectors[3])
    assert.not_same(result.vectors[1], result.vectors[2])
  end)

  it("takes a body", function()
    local result = assert(client:embeddings { input = "one", dimensions = 4 })
    assert.equal(4, #result.vector)
  end)

  it("leaves out what is no vector", function()
    local new_result = select(3, require("chatabi.requests").embeddings("x", nil, 1))
    local list = chatabi.decode '{"data":[null,5,{"index":null,"embedding":[1]},{"index":0,"embedding":null}]}'
    local result = new_result(list)
    assert.is_nil(result.vector)
    assert.same({ 1 }, result.vectors[3])
  end)

  it("returns what goes wrong, and raises for misuse", function()
    local result, err = client:embeddings("x", helper.fault "status=500")
    assert.is_nil(result)
    assert.equal("SERVER", err.name)
    assert.error_matches(function() client:embeddings() end, "bad argument #1 to 'embeddings'")
    assert.error_matches(function() client:embeddings {} end, "bad argument #1 to 'embeddings'")
    assert.error_matches(function() client:embeddings("x", 1) end, "bad argument #2 to 'embeddings'")
    local _, message = pcall(function() client:embeddings() end)
    assert.matches("requests_spec.lua:%d+:", message)
  end)
end)

local function read_to_end(stream)
  local pieces = {}
  for chunk in stream do pieces[#pieces + 1] = chunk.json end
  return pieces
end

describe("send", function()
  local ASKED = '"messages":[{"role":"user","content":"Gr\\u00fc\\u00dfe"}]'

  it("streams when the text says so", function()
    local pieces = read_to_end((client:send('{"stream":true,' .. ASKED .. "}")))
    assert.is_true(#pieces > 5)
    for _, piece in ipairs(pieces) do assert.matches('^{.*"chat.completion.chunk"', piece) end
    local stream = client:send("{" .. ASKED .. "}")
    pieces = read_to_end(stream)
    assert.equal(1, #pieces)
    assert.equal(pieces[1], stream:json())
    assert.matches("Grüße", assert(stream:result()).text)
  end)

  it("has the answer as text where chat has it as a table", function()
    local stream = client:send("{" .. ASKED .. "}")
    assert.is_nil(stream:json())
    assert(stream:wait())
    local answer = assert(client:chat "Grüße")
    assert.same(answer.completion, chatabi.decode(stream:json()))
  end)

  it("asks any path", function()
    local stream = client:send('{"input":"Hello","model":"text-embedding-3-small"}', { path = "/embeddings" })
    assert(stream:wait())
    assert.matches('^{"object":"list"', stream:json())
    stream = client:send("", { path = "/models", method = "GET" })
    assert(stream:wait())
    assert.matches('^{"object":"list"', stream:json())
  end)

  it("keeps what had come before an error, and has nothing where nothing came", function()
    local stream = client:send('{"stream":true,' .. ASKED .. "}", helper.fault "cut=5")
    local _, err = stream:wait()
    assert.equal("DISCONNECT", err.name)
    assert.same(err.partial.completion, chatabi.decode(stream:json()))
    stream = client:send('{"messages":[')
    _, err = stream:wait()
    assert.equal("JSON", err.name)
    assert.is_nil(stream:json())
  end)

  it("takes text, and options but a schema", function()
    assert.error_matches(function() client:send { messages = {} } end, "bad argument #1 to 'send' %(string expected")
    assert.error_matches(function() client:send("{}", { schema = { a = "string" } }) end, "bad argument #2 to 'send'")
  end)
end)

describe("pieces", function()
  it("has the parts of a text as they stand", function()
    local parts = assert(chatabi.pieces ' {"seed":12345678901234567890, "a":[ 1.0 ]}')
    assert.same({ seed = "12345678901234567890", a = "[ 1.0 ]" }, parts)
    assert.same({ "1e2", '"x"' }, setmetatable(chatabi.pieces '[1e2,"x"]', nil))
  end)

  it("says what is wrong with a text", function()
    for _, text in ipairs { "", "1", "{" } do
      local pieces, err = chatabi.pieces(text)
      assert.is_nil(pieces)
      assert.equal("JSON", err.name)
    end
  end)
end)

describe("models", function()
  it("lists what the server has, sorted", function()
    local models = assert(client:models())
    assert.is_true(#models > 0)
    for i = 1, #models do
      assert.is_string(models[i].id)
      assert.is_true(i == 1 or models[i - 1].id <= models[i].id)
    end
  end)

  it("returns an error where there is no list", function()
    local elsewhere = assert(chatabi.new { base_url = helper.client_url() .. "/nowhere", max_retries = 0 })
    local models, err = elsewhere:models()
    assert.is_nil(models)
    assert.equal("NOT_FOUND", err.name)
    elsewhere:close()
  end)
end)
