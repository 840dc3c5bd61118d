-- SPDX-License-Identifier: MIT
local chatabi = require "chatabi"
local span = require "chatabi.span"

local MESSAGE = [==[{"content":"\\\\\" } ]","n":1e9,"deep":[[{"]":"["}],null]}]==]
local ODD = [==[ { "a\"b" : [ ] , "choices" : [ {"x":"]}\\\"","message" : ]==] .. MESSAGE .. [==[
 , "y":true} , 2 ] ,"usage":{"message":0},"last":12345678901234567890} ]==]

describe("the span of a value", function()
  it("is its very text, whatever stands around it", function()
    assert.equal(MESSAGE, span.of(ODD, { "choices", 1, "message" }))
    assert.equal("true", span.of(ODD, { "choices", 1, "y" }))
    assert.equal("12345678901234567890", span.of(ODD, { "last" }))
    assert.equal("0", span.of(ODD, { "usage", "message" }))
    assert.equal("3", span.of(" [3]", { 1 }))
    assert.equal('"x"', span.of('"x"', {}))
  end)

  it("is nil where nothing is", function()
    local paths = { { "none" }, { "choices", "message" }, { "usage", 1 }, { "last", "x" }, { 1 }, { "a\\\"b", 1 } }
    for _, path in ipairs(paths) do
      assert.is_nil(span.of(ODD, path))
    end
    assert.is_nil(span.of("", { "a" }))
    assert.is_nil(span.of("{}", { "a" }))
    assert.is_nil(span.of('{"a":[]}', { "a", 1 }))
  end)

  it("is what pieces find, in every text that is written", function()
    local message = { content = "\\\"}]{[,:\n\t \195\169", list = chatabi.array(), map = { ["}"] = { 1, "2" } } }
    for _, first in ipairs { "[", "{", '"', "\\", "]}" } do
      local choice = { finish = first, message = message }
      local text = chatabi.encode { a = { [first] = first .. "\\" }, choices = { choice } }
      local choices = chatabi.pieces(chatabi.pieces(text).choices)
      assert.equal(chatabi.pieces(choices[1]).message, span.of(text, { "choices", 1, "message" }))
    end
  end)
end)
