-- SPDX-License-Identifier: MIT
local json = require "chatabi.json"
local schema = require "chatabi.schema.schema"

local function text_of(value) return json.encode((schema.from(value))) end

local function refused(value, place)
  local good, message = pcall(schema.from, value, place)
  assert.is_false(good)
  return (message:gsub("^[^ ]*spec%.lua:%d+: ", ""))
end

local function object(properties, required)
  local form = '{"additionalProperties":false,"properties":{%s},"required":[%s],"type":"object"}'
  return form:format(properties, required)
end

describe("a plain schema", function()
  it("has a name for every type", function()
    assert.equal(
      object('"a":{"type":"string"},"b":{"type":"integer"},"c":{"type":"number"},"d":{"type":"boolean"},'
        .. '"e":{"type":"object"},"f":{"type":"array"},"g":{}', '"a","b","c","d","e","f","g"'),
      text_of { a = "string", b = "integer", c = "number", d = "boolean", e = "object", f = "array", g = "any" }
    )
  end)

  it("has optional members and descriptions", function()
    assert.equal(object('"a":{"type":"string"}', ""), text_of { a = "string?" })
    assert.equal(object('"a":{"description":"how: many?","type":"integer"}', ""),
      text_of { a = " integer ? : how: many? " })
    assert.equal(object('"a":{"description":"where","type":"string"}', '"a"'), text_of { a = "string:where" })
    assert.equal(object('"a":{"type":"string"}', '"a"'), text_of { a = "string:" })
    assert.equal(object('"a":{"description":"two\\nlines"}', ""), text_of { a = "any?: two\nlines" })
  end)

  it("makes members that are tables optional by their key", function()
    assert.equal(object('"a":{"enum":["x","y"],"type":"string"},"b":{"items":{"type":"number"},"type":"array"}', '"b"'),
      text_of { ["a?"] = { "x", "y" }, b = { "number" } })
    assert.matches("schema%.a: is there twice", refused { a = "string", ["a?"] = "string" })
  end)

  it("sorts what is required", function()
    local made = schema.from { d = "string", b = "string", a = "string", c = "string?" }
    assert.same({ "a", "b", "d" }, made.required)
  end)

  it("takes a list of one for an array, and of more for a choice", function()
    assert.equal('{"items":{"type":"string"},"type":"array"}', text_of { "string" })
    assert.equal('{"items":{"items":{"type":"string"},"type":"array"},"type":"array"}', text_of { { "string" } })
    assert.equal('{"enum":["a","b","c"],"type":"string"}', text_of { "a", "b", "c" })
    assert.equal('{"items":' .. object('"n":{"type":"string"}', '"n"') .. ',"type":"array"}',
      text_of { { n = "string" } })
  end)

  it("may be empty at the top: a tool without arguments", function() assert.equal(object("", ""), text_of {}) end)

  it("may be a text", function()
    assert.equal('{"type":"number"}', text_of "number")
    assert.equal('{"description":"a name","type":"string"}', text_of "string: a name")
  end)

  it("is told from JSON Schema", function()
    local _, plain = schema.from { a = "string" }
    assert.is_true(plain)
    _, plain = schema.from { type = "object", properties = { a = { type = "string" } } }
    assert.is_false(plain)
    _, plain = schema.from '{"type":"object"}'
    assert.is_false(plain)
  end)

  it("is not changed, and gives a copy to check values against", function()
    local plain = { a = "string", list = { "integer" } }
    local made, _, checked = schema.from(plain)
    assert.same({ a = "string", list = { "integer" } }, plain)
    assert.equal(json.encode(made), json.encode(checked))
    assert.are_not.equal(made, checked)
  end)
end)

describe("members with the names of keywords", function()
  local plain = {
    ["a type beside others"] = { type = "string", name = "string" },
    ["a type and a description"] = { type = "string", description = "string: in a sentence" },
    ["a type that is optional"] = { type = "string?" },
    ["items to order"] = { items = { { name = "string", price = "number" } }, total = "number" },
    ["items alone"] = { items = { { name = "string" } } },
    ["items by name"] = { items = { apples = "integer" } },
    ["properties"] = { properties = { "string" } },
    ["properties by name"] = { properties = { name = "string" } },
    ["an enum"] = { enum = "string", pattern = "string" },
    ["a type of its own"] = { type = { "bug", "feature" }, title = "string" },
  }
  for name, value in pairs(plain) do
    it("are members: " .. name, function()
      local made = schema.from { list = { value } }
      local item = made.properties.list.items
      assert.equal("object", item.type)
      for key in pairs(value) do assert.is_table(item.properties[key], key) end
    end)
  end

  local schemas = {
    ["a type"] = { type = "string", minLength = 1, description = "A city." },
    ["types"] = { type = { "string", "null" } },
    ["an object"] = { type = "object", properties = { type = { type = "string" } } },
    ["an object with words of a vendor"] = { type = "object", properties = {}, errorMessage = "no" },
    ["properties without a type"] = { properties = { a = { type = "string" } } },
    ["a reference"] = { ["$ref"] = "#/$defs/a" },
    ["alternatives"] = { anyOf = { { type = "string" }, { type = "null" } } },
    ["one of"] = { oneOf = { { type = "string" } } },
    ["all of"] = { allOf = { { type = "string" } } },
    ["values"] = { enum = { 1, 2 } },
    ["one value"] = { const = "celsius" },
    ["items"] = { items = { type = "string" } },
    ["any items"] = { items = true },
  }
  for name, value in pairs(schemas) do
    it("are JSON Schema: " .. name, function()
      local made = schema.from { list = { value } }
      assert.equal(value, made.properties.list.items)
    end)
  end

  it("are members at the top, unless the type is object", function()
    assert.is_table(schema.from({ type = "string" }).properties.type)
    assert.is_nil(schema.from({ type = "object" }).properties)
    assert.is_table(schema.from({ type = "object", name = "string" }).properties.type)
    assert.is_nil(schema.from({ type = "array", items = { type = "string" } }).properties)
    assert.is_nil(schema.from({ anyOf = { { type = "object" } } }).properties)
  end)
end)

describe("a bad schema", function()
  it("is refused with its place and what to write", function()
    local places = {
      { { days = "int" }, "parameters%.days: unknown type 'int'; write 'integer'; one of string, integer, number" },
      { { a = "bool?" }, "parameters%.a: unknown type 'bool'; write 'boolean'" },
      { { a = "float: x" }, "parameters%.a: unknown type 'float'; write 'number'" },
      { { a = "str" }, "unknown type 'str'; write 'string'" },
      { { a = "String" }, "unknown type 'String'; write 'string'" },
      { { a = "null" }, "unknown type 'null'; one of string" },
      { { a = "" }, "unknown type ''; one of string" },
      { { a = "string[]" }, "unknown type 'string%[%]'; write { \"string\" }" },
      { { a = { b = { { c = "flaot" } } } }, "parameters%.a%.b%[1%]%.c: unknown type 'flaot'; one of string" },
      { { color = { "red" } }, "parameters%.color%[1%]: unknown type 'red'" },
      { { a = { { b = "string" }, { c = "string" } } }, "parameters%.a%[1%]: a list has one element" },
      { { a = { "x", 2 } }, "parameters%.a%[2%]: a list has one element" },
      { { a = {} }, "parameters%.a: an empty table says nothing" },
      { { a = 5 }, "parameters%.a: a type's name or a table expected, got number" },
      { { a = json.null }, "parameters%.a: a type's name or a table expected, got null" },
      { { a = "string", [true] = "string" }, "parameters: has both names and numbers as keys" },
      { { [3] = "string" }, "parameters: has both names and numbers as keys" },
      { '{"type":', "parameters: is not JSON: the text ends too early" },
      { "{} []", "parameters: is not JSON" },
      { '{"name":"string"}', "parameters: 'name' is no keyword of JSON Schema" },
      { '{"title":"string","pages":"integer"}', "parameters: 'pages' is no keyword of JSON Schema" },
      { { type = "object", properties = { a = "string" } }, "parameters%.properties%.a: in JSON Schema this is a" },
      { { a = { type = "array", items = { "string" } } }, "parameters%.a%.items: in JSON Schema this is a table" },
      { { type = "object", default = print }, "parameters: default: a function cannot be JSON" },
      { nil, "parameters: a type's name or a table expected, got nil" },
    }
    for _, case in ipairs(places) do assert.matches(case[2], refused(case[1], "parameters")) end
  end)

  it("that contains itself is refused", function()
    local plain = { a = "string" }
    plain.b = plain
    assert.matches("contains itself", refused(plain))
    local list = {}
    list[1] = list
    assert.matches("contains itself", refused(list))
  end)

  it("is the caller's mistake, at the level that is told", function()
    local function tool(value) schema.from(value, "parameters", 2) end
    local good, message = pcall(function()
      tool { a = "int" } -- this line
    end)
    assert.is_false(good)
    local line = debug.getinfo(1, "l").currentline - 3
    assert.matches("^[^:]*schema_spec%.lua:" .. line .. ": parameters%.a: unknown", message)
  end)
end)

describe("JSON text", function()
  it("is a schema whose members keep their order", function()
    local text = '{"type":"object","properties":{"z":{"type":"string"},"a":{"type":"null"}}}'
    local made, plain, checked = schema.from(" " .. text .. " ")
    assert.is_false(plain)
    assert.equal("string", checked.properties.z.type)
    assert.equal(text, json.encode(made))
  end)

  it("may be raw, also within a plain schema", function()
    local raw = json.raw '{"type":"string","minLength":2}'
    local made, plain, checked = schema.from { a = raw }
    assert.is_true(plain)
    assert.equal(object('"a":{"type":"string","minLength":2}', '"a"'), json.encode(made))
    assert.equal(2, checked.properties.a.minLength)
    made, plain, checked = schema.from(json.raw '{"type":"object","b":1,"a":2}')
    assert.equal('{"type":"object","b":1,"a":2}', json.encode(made))
    assert.is_false(plain)
    assert.equal("object", checked.type)
    assert.matches("is not a JSON object", refused(json.raw "[1]"))
  end)
end)

describe("strict", function()
  local function strict_text(plain) return json.encode(schema.strict((schema.from(plain)))) end

  it("requires every member and lets optional ones be null", function()
    assert.equal(
      object('"a":{"type":"string"},"b":{"description":"x","type":["integer","null"]}', '"a","b"'),
      strict_text { a = "string", b = "integer?: x" }
    )
    assert.equal(
      object('"a":{"anyOf":[{"enum":["x","y"],"type":"string"},{"type":"null"}]}', '"a"'),
      strict_text { ["a?"] = { "x", "y" } }
    )
    assert.equal(
      object('"a":{"anyOf":[{"items":{"type":"string"},"type":"array"},{"type":"null"}]},'
        .. '"b":{"anyOf":[{"type":"object"},{"type":"null"}],"description":"c"}', '"a","b"'),
      strict_text { ["a?"] = { "string" }, b = "object?: c" }
    )
  end)

  it("lets what is optional be null when it is JSON Schema, too", function()
    local function or_null(one) return '{"anyOf":[' .. one .. ',{"type":"null"}]}' end
    assert.equal(
      object('"a":' .. or_null '{"enum":["x"]}' .. ',"b":' .. or_null '{"const":1}' .. ',"c":' .. or_null '{"type":"x"}'
        .. ',"d":{"description":"y"}', '"a","b","c","d"'),
      strict_text {
        ["a?"] = { enum = { "x" } }, ["b?"] = { const = 1 }, ["c?"] = json.raw '{"type":"x"}', d = "any?: y",
      }
    )
    assert.equal(
      object('"o":' .. object('"x":true,"y":' .. or_null "false", '"x","y"'), '"o"'),
      strict_text { o = { type = "object", properties = { x = true, y = false }, additionalProperties = false } }
    )
  end)

  it("does so in objects within", function()
    local made = schema.strict((schema.from { list = { { a = "string?" } }, inner = { b = "number?" } }))
    assert.same({ "string", "null" }, made.properties.list.items.properties.a.type)
    assert.same({ "a" }, made.properties.list.items.required)
    assert.same({ "number", "null" }, made.properties.inner.properties.b.type)
  end)

  it("changes nothing that it is given", function()
    local made = schema.from { a = "string?", list = { { b = "string?" } } }
    local before = json.encode(made)
    schema.strict(made)
    assert.equal(before, json.encode(made))
  end)

  it("makes plain schemas comply", function()
    for _, plain in ipairs {
      { a = "string" }, { a = "string?: x", ["b?"] = { "x", "y" }, ["c?"] = { "integer" } },
      { list = { { inner = { a = "boolean?" } } } }, {},
    } do
      assert.is_true(schema.complies(schema.strict((schema.from(plain)))))
    end
    assert.is_false(schema.complies((schema.from { a = "string?" })))
    assert.is_false(schema.complies(schema.strict((schema.from { a = "any" }))))
    assert.is_false(schema.complies(schema.strict((schema.from { a = "object" }))))
    assert.is_false(schema.complies(schema.strict((schema.from { "string" }))))
  end)
end)

describe("complies", function()
  local function wrap(property)
    return ('{"type":"object","properties":{"a":%s},"required":["a"],"additionalProperties":false}'):format(property)
  end

  it("says yes to what OpenAI documents", function()
    for _, property in ipairs {
      '{"type":"string","description":"x","pattern":"^a"}', '{"type":["string","null"]}', '{"$ref":"#/$defs/b"}',
      '{"anyOf":[{"type":"string"},{"type":"null"}]}', '{"type":"array","items":{"type":"number"},"maxItems":3}',
      '{"type":"string","enum":["a"]}', '{"type":"string","format":"date-time"}',
      '{"type":"integer","minimum":1}', wrap '{"type":"string"}',
    } do
      assert.is_true(schema.complies((schema.from(wrap(property)))), property)
    end
  end)

  it("says no to the rest", function()
    for _, property in ipairs {
      "{}", "true", '{"type":"object"}', '{"type":"object","properties":{},"additionalProperties":true}',
      '{"type":"object","properties":{"b":{"type":"string"}},"additionalProperties":false}', '{"type":"array"}',
      '{"oneOf":[{"type":"string"}]}', '{"allOf":[{"type":"string"}]}', '{"type":"string","default":"x"}',
      '{"type":"string","minLength":1}', '{"type":"array","items":{"type":"string"},"uniqueItems":true}',
      '{"anyOf":[{"type":"string"},{}]}', '{"enum":["a"]}', '{"type":"string","format":"uri"}',
      '{"$ref":"#/$defs/b","description":"x"}', '{"type":"string","$ref":"#/$defs/b"}',
      '{"type":"object","properties":{},"required":["b"],"additionalProperties":false}',
    } do
      assert.is_false(schema.complies((schema.from(wrap(property)))), property)
    end
    assert.is_false(schema.complies((schema.from '{"type":"array","items":{"type":"string"}}')))
    assert.is_false(schema.complies((schema.from '{"anyOf":[{"type":"object"}]}')))
  end)

  it("says no to what is nested too deep", function()
    local text = '{"type":"string"}'
    for _ = 1, 10 do text = wrap(text) end
    assert.is_true(schema.complies((schema.from(text))))
    for _ = 1, 3 do text = wrap(text) end
    assert.is_false(schema.complies((schema.from(text))))
  end)
end)
