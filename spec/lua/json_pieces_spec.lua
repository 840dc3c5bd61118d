-- SPDX-License-Identifier: MIT
-- JSON texts that stay as they are: raw and pieces.
local core = require "chatabi.half"

local function fault_of(read, text)
  local value, message = read(text)
  assert.is_nil(value)
  assert.is_string(message)
  return message
end

describe("raw", function()
  it("is written as it stands", function()
    for _, text in ipairs {
      '{"b":1,"a":[1.0,1e2,-0,"\\u00e9"],"a":2}', "[ 1 ,\t2 ]", "12345678901234567890", "null", "true", '"x"', "{}",
    } do
      assert.equal(text, core.encode(assert(core.raw(text))))
      assert.equal('{"m":[' .. text .. "]}", core.encode { m = { core.raw(text) } })
    end
  end)

  it("loses the space around it", function() assert.equal("[ 1 ]", core.encode(core.raw " \t\r\n[ 1 ]\n ")) end)

  it("is checked as decode does", function()
    for _, text in ipairs { "", " ", "{", "[1,]", "1 2", "nul", '"\255"', "1e999", ("["):rep(129) .. ("]"):rep(129) } do
      local _, expected = core.decode(text)
      assert.equal(expected, fault_of(core.raw, text))
    end
  end)

  it("counts as no depth", function()
    local deep = core.raw(("["):rep(128) .. ("]"):rep(128))
    assert.equal(258, #core.encode { deep })
  end)

  it("is refused when its text was taken away", function()
    local value = core.raw "1"
    value[1] = nil
    assert.error_matches(function() core.encode { a = value } end, "a: the text of raw JSON was changed")
    value[1] = 1
    assert.error_matches(function() core.encode { a = value } end, "a: the text of raw JSON was changed")
  end)

  it("takes only text", function()
    assert.has_error(function() core.raw() end)
    assert.has_error(function() core.raw {} end)
  end)
end)

describe("pieces", function()
  it("gives the texts of an array", function()
    local pieces = assert(core.pieces ' [ 1.0 , "a" ,{"b" : [ ]}, null,[1, 2] ] ')
    assert.same({ "1.0", '"a"', '{"b" : [ ]}', "null", "[1, 2]" }, pieces)
    assert.equal('["1.0"]', core.encode(core.pieces "[1.0]"))
  end)

  it("gives the texts of an object by their keys", function()
    local pieces = assert(core.pieces '{ "a" : 1e2 , "\\u00e9":{"x":1,"x":2},"":"" , "c":false}')
    assert.same({ a = "1e2", ["é"] = '{"x":1,"x":2}', [""] = '""', c = "false" }, pieces)
  end)

  it("lets the last of two equal keys win", function() assert.same({ a = "2" }, core.pieces '{"a":1,"a":2}') end)

  it("tells an empty array from an empty object", function()
    assert.equal("[]", core.encode(core.pieces " [ ] "))
    assert.equal("{}", core.encode(core.pieces " { } "))
  end)

  it("gives what puts the text together again", function()
    local parts = {}
    for i, text in ipairs(core.pieces '[{"z":1,"a":1.50},[],"\\/"]') do parts[i] = core.raw(text) end
    assert.equal('[{"z":1,"a":1.50},[],"\\/"]', core.encode(parts))
  end)

  it("is checked as decode does, the whole of it", function()
    for _, text in ipairs {
      "", "[", "{", "[1,]", '{"a":1,}', '{"a" 1}', "{1:2}", '{"a":[1,{"b":tru}]}', "[] x", '["\255"]', "[1e999]",
      "nul", ("["):rep(129) .. ("]"):rep(129), '{"a', "[1",
    } do
      local _, expected = core.decode(text)
      assert.equal(expected, fault_of(core.pieces, text))
    end
    assert.is_table(core.pieces(("["):rep(128) .. ("]"):rep(128)))
  end)

  it("refuses what has no pieces", function()
    for _, text in ipairs { "1", '"[]"', "null", " true " } do
      assert.matches("neither an array nor an object", fault_of(core.pieces, text))
    end
  end)
end)
