-- SPDX-License-Identifier: MIT
-- JSON by the table of json_suite.lua, and by damage: cut at every byte, and changed at every byte.
local chatabi = require "chatabi"
local core = require "chatabi.half"
local suite = require "spec.lua.json_suite"

local has_integers = math.type ~= nil

-- A document with everything in it.
local RICH = '{"id":"a\\u00e9\\ud83d\\ude00\\n\\"","list":[1,-2.5e-3,0,1E+2,true,false,null,[],{}, [[""]]],'
  .. '"é€😀":{"a":{"b":[{"c":12345678901234567890}]}},"big":9007199254740993 ,\t"n":-0.0}\r\n'

describe("what JSON is", function()
  for _, case in ipairs(suite.accepted) do
    local what, text, value, again = case[1], case[2], case[3], case[4]
    it("has " .. what, function()
      local got, err = chatabi.decode(text)
      assert.is_nil(err)
      assert.same(value, got)
      if again ~= false then assert.equal(again or text, chatabi.encode(got)) end
      assert.same(value, chatabi.decode(chatabi.encode(got)))
      local raw = assert(core.raw(text))
      assert.equal(text:match "^[ \t\r\n]*(.-)[ \t\r\n]*$", core.encode(raw))
    end)
  end
end)

describe("what is no JSON", function()
  for _, case in ipairs(suite.refused) do
    local what, text, place = case[1], case[2], case[3]
    it("has " .. what, function()
      local got, err = chatabi.decode(text)
      assert.is_nil(got)
      assert.equal("JSON", err.name)
      assert.matches(" at byte " .. place .. "$", err.message)
      assert.is_nil((core.raw(text)))
      assert.is_nil((core.pieces(text)))
    end)
  end
end)

describe("numbers", function()
  it("are exact where Lua has integers, up to 64 bits", function()
    if not has_integers then return end
    for _, text in ipairs {
      "9007199254740993", "-9007199254740993", "1234567890123456789", "9223372036854775807", "-9223372036854775808",
    } do
      assert.equal("integer", math.type(chatabi.decode(text)))
      assert.equal(text, chatabi.encode(chatabi.decode(text)))
    end
  end)

  -- JSON itself promises no more than a double (RFC 8259, 6), and one long id must not cost the whole answer. Who needs
  -- the digits has them in chatabi.raw and pieces.
  it("beyond what Lua's have are the nearest double", function()
    local texts = { "9223372036854775808", "-9223372036854775809", "18446744073709551615", "12345678901234567890123" }
    if not has_integers then texts[#texts + 1] = "9007199254740993" end
    for _, text in ipairs(texts) do
      local number = chatabi.decode(text)
      assert.equal(tonumber(text .. ".0"), number)
      assert.equal(number, chatabi.decode(chatabi.encode(number)))
    end
    assert.equal('["9007199254740993"]', core.encode(core.pieces "[9007199254740993]"))
  end)

  it("come back the same, whatever they are", function()
    math.randomseed(7)
    for exponent = -1070, 1020, 11 do
      local number = (math.random() - 0.5) * 2 ^ exponent
      assert.equal(number, chatabi.decode(chatabi.encode(number)))
      assert.equal(number, chatabi.decode(("%.17g"):format(number)))
    end
    for power = 0, 62 do
      for _, number in ipairs { 2 ^ power, 2 ^ power - 1, -2 ^ power, 2 ^ power + 0.5 } do
        assert.equal(number, chatabi.decode(chatabi.encode(number)))
      end
    end
  end)

  it("are written in a form that JSON has", function()
    for _, number in ipairs { 1e15, 1e16, 2 ^ 53, 1e17, 1e100, 1e-7, 123.456, -0.001, 2 ^ 63, -2 ^ 63, 1e21 } do
      assert.matches("^%-?%d+%.?%d*e?[+-]?%d*$", chatabi.encode(number))
      assert.is_nil(chatabi.encode(number):find "%.$")
    end
  end)
end)

describe("tables", function()
  local function refused(value, why)
    local good, message = pcall(chatabi.encode, value)
    assert.is_false(good)
    assert.matches(why, message)
  end

  it("with number keys are arrays only without holes", function()
    refused({ [1] = 1, [3] = 3 }, "holes")
    refused({ [1e15] = 1 }, "holes")
    refused({ 1, 2, [2.5] = 3 }, "holes")
    refused({ [-1] = 1 }, "holes")
    refused({ [math.huge] = 1 }, "holes")
    refused({ [-math.huge] = 1 }, "holes")
    refused({ [2 ^ 53] = 1 }, "holes")
    refused({ [2 ^ 63] = 1 }, "holes")
    refused({ [2 ^ 64] = 1, 1 }, "holes")
    assert.equal("[1,2]", chatabi.encode { [2] = 2, [1] = 1 })
    assert.equal("[1]", chatabi.encode { [1.0] = 1 })
  end)

  it("tell which place of an array is nil", function()
    refused({ "a", nil, "c" }, "%(value: %[2%] is nil")
    refused({ list = { [2] = 1 } }, "%(list: %[1%] is nil")
    refused({ 1, 2, [2.5] = 3 }, "%(value: %[3%] is nil")
    refused({ [0] = "a", "b" }, "%(value: %[2%] is nil")
  end)

  it("do not lose their order or length by how they were filled", function()
    local list = {}
    for i = 40, 1, -1 do list[i] = i end
    assert.same(list, chatabi.decode(chatabi.encode(list)))
    for i = 40, 21, -1 do list[i] = nil end
    assert.equal(20, #chatabi.decode(chatabi.encode(list)))
    for i = 1, 20 do list[i] = nil end
    assert.equal("{}", chatabi.encode(list))
  end)

  it("with keys of other types are refused", function()
    for _, key in ipairs { true, false, print, {}, io.stdout, coroutine.create(function() end), chatabi.null } do
      refused({ [key] = 1 }, "keys must be")
      refused({ 1, [key] = 1 }, "keys must be")
    end
  end)

  it("in a circle are refused, however long it is", function()
    local first = {}
    local last = first
    for _ = 1, 60 do
      last.next = {}
      last = last.next
    end
    last.next = first
    refused(first, "contains itself")
    local list = { 1, {} }
    list[2][1] = list
    refused(list, "%[2%]%[1%]: .*contains itself")
    refused(chatabi.array { list }, "contains itself")
  end)

  it("may be there many times", function()
    local shared = { x = 1 }
    local level = shared
    for _ = 1, 10 do level = { level, level } end
    assert.equal(1024, select(2, chatabi.encode(level):gsub("x", "x")))
  end)

  it("nest as deep as they are read", function()
    for _, pair in ipairs { { "[", "]" }, { '{"a":', "}" } } do
      local text = pair[1]:rep(127) .. "[]" .. pair[2]:rep(127)
      assert.equal(text, chatabi.encode(assert(chatabi.decode(text))))
      assert.matches("too deep", select(2, chatabi.decode(pair[1]:rep(128) .. "[]" .. pair[2]:rep(128))).message)
      assert.matches("too deep", select(2, chatabi.decode(pair[1]:rep(100000))).message)
    end
  end)

  it("are read and written in coroutines as well", function()
    local text = ("["):rep(128) .. ("]"):rep(128)
    local level = function() return chatabi.encode(assert(chatabi.decode(text))) end
    for _ = 1, 20 do
      local inner = level
      level = function() return coroutine.wrap(inner)() end
    end
    assert.equal(text, level())
  end)
end)

describe("damage", function()
  it("the document itself is whole", function()
    local value = assert(chatabi.decode(RICH))
    assert.equal('aé😀\n"', value.id)
    assert.same(value, chatabi.decode(chatabi.encode(value)))
  end)

  it("a text that is cut is an error at every byte", function()
    local whole = #RICH - 2 -- what follows is space
    for len = 0, whole - 1 do
      local value, err = chatabi.decode(RICH:sub(1, len))
      assert.is_nil(value)
      assert.equal("JSON", err.name)
      local place = tonumber(err.message:match "at byte (%d+)$")
      assert.is_true(place >= 1 and place <= len + 1, err.message)
      assert.is_nil((core.raw(RICH:sub(1, len))))
      assert.is_nil((core.pieces(RICH:sub(1, len))))
    end
  end)

  -- Every byte that means something to JSON or UTF-8, one of each kind of the others.
  local BYTES = '{}[]":,\\/ \n\r\t\v019+-.eEtfnuxG\0\31\127\128\160\191\192\194\224\237\239\240\244\245\255'

  it("a text with a changed byte is a value or an error", function()
    local read = 0
    for place = 1, #RICH do
      local before, after = RICH:sub(1, place - 1), RICH:sub(place + 1)
      for byte in BYTES:gmatch "." do
        local text = before .. byte .. after
        local value, message = core.decode(text)
        local raw = core.raw(text)
        if value == nil then
          if type(message) ~= "string" or raw ~= nil then error("byte " .. place .. " as " .. byte:byte()) end
        else
          local pieces = core.pieces(text)
          read = read + 1
          -- what was read can be written, and is the same when it is read again
          local again = core.encode(value)
          if core.encode(core.decode(again)) ~= again or raw == nil or pieces == nil then
            error("byte " .. place .. " as " .. byte:byte())
          end
        end
      end
    end
    assert.is_true(read > 100)
  end)

  it("a text without one of its bytes is a value or an error", function()
    for place = 1, #RICH do
      local value, message = core.decode(RICH:sub(1, place - 1) .. RICH:sub(place + 1))
      assert.is_true(value ~= nil or type(message) == "string")
    end
  end)
end)
