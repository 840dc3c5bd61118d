-- SPDX-License-Identifier: MIT
local chatabi = require "chatabi"

local has_integers = math.type ~= nil

local function refused(value)
  local good, message = pcall(chatabi.encode, value)
  assert.is_false(good)
  return message
end

local function fault_of(text)
  local value, err = chatabi.decode(text)
  assert.is_nil(value)
  assert.equal("JSON", err.name)
  assert.equal(chatabi.errors.JSON, err.code)
  return err.message
end

local function nested(depth) return ("["):rep(depth) .. ("]"):rep(depth) end

describe("encode", function()
  it("writes scalars", function()
    assert.equal("true", chatabi.encode(true))
    assert.equal("false", chatabi.encode(false))
    assert.equal("null", chatabi.encode(chatabi.null))
    assert.equal('"x"', chatabi.encode("x"))
    assert.equal("1", chatabi.encode(1))
    assert.equal("-1.5", chatabi.encode(-1.5))
  end)

  it("writes whole floats as whole numbers", function()
    assert.equal("5", chatabi.encode(10 / 2))
    assert.equal("-3", chatabi.encode(-9 / 3))
  end)

  it("writes floats so that the same number comes back", function()
    for _, number in ipairs { 0.1, 1 / 3, 1e300, -2.5e-300, 123456789.123, 2 ^ 60, 5e-324, 1.7976931348623157e308 } do
      assert.equal(number, tonumber(chatabi.encode(number)))
      assert.equal(number, chatabi.decode(chatabi.encode(number)))
    end
    assert.equal("0.1", chatabi.encode(0.1))
  end)

  it("writes big integers exactly", function()
    if not has_integers then return end
    assert.equal("9223372036854775807", chatabi.encode(math.maxinteger))
    assert.equal("-9223372036854775808", chatabi.encode(math.mininteger))
    assert.equal("9007199254740993", chatabi.encode(9007199254740993))
  end)

  it("writes and reads decimal points whatever the locale", function()
    local before = os.setlocale(nil, "numeric")
    local found = os.setlocale("de_DE.UTF-8", "numeric") or os.setlocale("fr_FR.UTF-8", "numeric")
    if not found then return pending "no locale with a decimal comma is installed" end
    local text, number = chatabi.encode(1.5), chatabi.decode "2.25"
    os.setlocale(before, "numeric")
    assert.equal("1.5", text)
    assert.equal(2.25, number)
  end)

  it("escapes what JSON must escape, and nothing else", function()
    assert.equal([["\"\\\b\f\n\r\t\u0000\u001f/é😀]] .. "\127" .. '"', chatabi.encode('"\\\b\f\n\r\t\0\31/é😀\127'))
  end)

  it("sorts keys", function()
    assert.equal('{"a":1,"ab":2,"b":3,"é":4}', chatabi.encode { b = 3, ["é"] = 4, ab = 2, a = 1 })
  end)

  it("tells arrays from objects", function()
    assert.equal("{}", chatabi.encode {})
    assert.equal("[]", chatabi.encode(chatabi.array()))
    assert.equal("[]", chatabi.encode(chatabi.array {}))
    assert.equal('[1,"2",[3],{}]', chatabi.encode { 1, "2", { 3 }, {} })
    assert.equal("[null,1]", chatabi.encode { chatabi.null, 1 })
    assert.equal('{"1":true}', chatabi.encode { ["1"] = true })
  end)

  it("names the place of what cannot be JSON", function()
    assert.matches("messages%[2%]%.content: a function cannot be JSON",
      refused { messages = { { content = "x" }, { content = print } } })
    assert.matches("%[3%]%.a%.b: NaN", refused { 1, 2, { a = { b = 0 / 0 } } })
    assert.matches("value: NaN and infinity", refused(math.huge))
    assert.matches("value: a function", refused(print))
    assert.matches("value: nil", refused(nil))
    assert.matches("x: a userdata", refused { x = io.stdout })
    assert.matches("y: a thread", refused { y = coroutine.create(function() end) })
  end)

  it("refuses tables that are neither array nor object", function()
    assert.matches("a%.b: .*holes", refused { a = { b = { 1, nil, 3 } } })
    assert.matches("holes", refused { [2] = 1 })
    assert.matches("holes", refused { [0] = 1 })
    assert.matches("holes", refused { [1.5] = 1 })
    assert.matches("holes", refused { [-1] = 1, [1] = 1 })
    assert.matches("both string and number", refused { 1, a = 2 })
    assert.matches("keys must be", refused { [true] = 1 })
    assert.matches("string keys", refused(chatabi.array { a = 1 }))
    assert.matches("holes", refused(chatabi.array { 1, nil, 3 }))
  end)

  it("refuses a table inside itself, but takes the same table twice", function()
    local loop = { list = {} }
    loop.list[1] = loop
    assert.matches("list%[1%]: .*contains itself", refused(loop))
    local shared = { 1 }
    assert.equal("[[1],[1]]", chatabi.encode { shared, shared })
  end)

  it("refuses text that is not UTF-8, in values and keys", function()
    for _, bytes in ipairs {
      "\128", "\192\175", "\237\160\128", "\244\144\128\128", "\224\128\128", "\240\143\191\191", "a\255", "\226\130",
    } do
      assert.matches("text: .*UTF%-8", refused { text = bytes })
      assert.matches("UTF%-8", refused { [bytes] = 1 })
    end
  end)

  it("has a limit of depth", function()
    local deep, value = 1, {}
    local root = value
    while deep < 128 do
      value[1] = {}
      value, deep = value[1], deep + 1
    end
    assert.equal(256, #chatabi.encode(root))
    value[1] = {}
    assert.matches("too deep", refused(root))
  end)

  it("does not ask metamethods", function()
    local value = setmetatable({ a = 1 }, { __index = { b = 2 }, __pairs = function() error "asked" end })
    assert.equal('{"a":1}', chatabi.encode(value))
  end)

  it("handles large values", function()
    local list = {}
    for i = 1, 20000 do list[i] = { id = i, text = ("x"):rep(20) } end
    assert.same(list, chatabi.decode(chatabi.encode(list)))
  end)
end)

describe("array", function()
  it("marks the table it is given", function()
    local list = {}
    assert.equal(list, chatabi.array(list))
  end)

  it("does not replace a metatable", function()
    assert.has_error(function() chatabi.array(setmetatable({}, {})) end)
    assert.has_no_error(function() chatabi.array(chatabi.array()) end)
  end)

  it("takes only tables", function() assert.has_error(function() chatabi.array "x" end) end)
end)

describe("decode", function()
  it("reads scalars", function()
    assert.is_true(chatabi.decode " true ")
    assert.is_false(chatabi.decode "false")
    assert.equal(chatabi.null, chatabi.decode "null")
    assert.equal("", chatabi.decode '""')
    assert.equal(-12, chatabi.decode "-12")
    assert.equal(1500, chatabi.decode "1.5e3")
    assert.equal(0.015, chatabi.decode "1.5E-2")
  end)

  it("reads integers exactly where Lua has them", function()
    if not has_integers then return end
    assert.equal("integer", math.type(chatabi.decode "0"))
    assert.equal("float", math.type(chatabi.decode "0.0"))
    assert.equal(math.maxinteger, chatabi.decode "9223372036854775807")
    assert.equal(math.mininteger, chatabi.decode "-9223372036854775808")
    assert.equal("float", math.type(chatabi.decode "9223372036854775808"))
  end)

  it("makes a float of what does not fit an integer", function()
    assert.equal(2 ^ 64, chatabi.decode "18446744073709551616")
    assert.equal(1e40, chatabi.decode("1" .. ("0"):rep(40)))
    assert.equal(0, chatabi.decode "1e-999")
    assert.equal(0.1, chatabi.decode("0.1" .. ("0"):rep(2000)))
  end)

  it("reads escapes", function()
    assert.equal('"\\/\b\f\n\r\t', chatabi.decode [["\"\\\/\b\f\n\r\t"]])
    assert.equal("a\0b", chatabi.decode [["a\u0000b"]])
    assert.equal("é€😀", chatabi.decode [["\u00e9\u20AC\uD83D\uDE00"]])
  end)

  it("reads half a surrogate pair as U+FFFD", function()
    local replacement = "\239\191\189"
    assert.equal(replacement, chatabi.decode [["\ud83d"]])
    assert.equal(replacement .. "x", chatabi.decode [["\ude00x"]])
    assert.equal(replacement .. "\n", chatabi.decode [["\ud83d\n"]])
    assert.equal(replacement .. "A", chatabi.decode [["\ud83d\u0041"]])
    assert.equal(replacement .. "😀", chatabi.decode [["\ud83d\ud83d\ude00"]])
  end)

  it("remembers which tables were arrays", function()
    local text = '{"a":[],"b":{},"c":[[],[{}]],"d":[null]}'
    assert.equal(text, chatabi.encode(chatabi.decode(text)))
  end)

  it("lets the last of two equal keys win", function() assert.same({ a = 2 }, chatabi.decode '{"a":1,"a":2}') end)

  it("says what is wrong, and where", function()
    assert.equal("expected a value at byte 4", fault_of "[1,]")
    assert.equal("the text ends too early at byte 1", fault_of "")
    assert.equal("there is more text after the value at byte 3", fault_of "1 2")
  end)

  it("is strict", function()
    for _, text in ipairs {
      "01", "+1", "1.", ".5", "1e", "- 1", "0x10", "NaN", "Infinity", "1e999", "1\0", "tru", "nul", "True",
      "{a:1}", "{'a':1}", '{"a":1,}', '{"a" 1}', '{"a":}', '{"a":1', "{,}", "[1", "[1 2]", "[,]", "]", "}",
      '"', '"a', '"\\x"', '"\\u12"', '"\\u12g4"', '"\\', '"\n"', '"a\0"', '"\255"', '"\237\160\128"',
      "// x\n1", "\239\187\1911",
    } do
      assert.is_string(fault_of(text), text)
    end
  end)

  it("has a limit of depth", function()
    assert.equal(nested(128), chatabi.encode(chatabi.decode(nested(128))))
    assert.matches("too deep", fault_of(nested(129)))
    assert.matches("too deep", fault_of(("["):rep(1e6)))
  end)

  it("takes only text", function() assert.has_error(function() chatabi.decode {} end) end)
end)
