-- SPDX-License-Identifier: MIT
local json = require "chatabi.json"
local validator = require "chatabi.schema.validator"

local function decode(text)
  local value, message = json.decode(text)
  assert(message == nil, (message or "") .. ": " .. text)
  return value
end

local function check(schema, value) return validator.check(decode(schema), decode(value)) end

-- { what is shown, schema, values that match, values that do not }
local CASES = {
  { "no schema says no", "{}", { "1", '"a"', "null", "[]", "{}", "true" }, {} },
  { "true", "true", { "1", "null" }, {} },
  { "false", "false", {}, { "1", "null", "{}" } },
  { "type string", '{"type":"string"}', { '""', '"a"', '"1"' }, { "1", "null", "[]", "{}", "true" } },
  { "type number", '{"type":"number"}', { "1", "1.5", "-0", "1e300" }, { '"1"', "null", "true", "[1]" } },
  { "type integer", '{"type":"integer"}', { "1", "5.0", "-3", "1e3", "9007199254740993" }, { "1.5", '"1"', "1e-1" } },
  { "type boolean", '{"type":"boolean"}', { "true", "false" }, { "0", "1", '"true"', "null" } },
  { "type null", '{"type":"null"}', { "null" }, { "0", "false", '""', "[]", "{}" } },
  { "type object", '{"type":"object"}', { "{}", '{"a":1}', '{"1":1}' }, { "[]", "[{}]", '"{}"', "null" } },
  { "type array", '{"type":"array"}', { "[]", "[1]", "[null]", "[[]]" }, { "{}", '{"1":1}', "null", '"[]"' } },
  { "types", '{"type":["string","null"]}', { '"a"', "null" }, { "1", "[]" } },
  { "types with integer", '{"type":["integer","array"]}', { "1", "[]" }, { "1.5", "{}" } },
  { "a type that nobody knows", '{"type":"date"}', { "1", '"a"' }, {} },

  { "enum", '{"enum":["a","b"]}', { '"a"', '"b"' }, { '"c"', '"A"', "1", "null" } },
  { "enum of all kinds", '{"enum":[1,null,[],{},false,{"a":[1]}]}',
    { "1", "1.0", "null", "[]", "{}", "false", '{"a":[1]}', '{"a":[1.0]}' },
    { "0", "true", "[1]", '{"a":1}', '{"a":[1],"b":2}', '{"a":[]}' } },
  { "const", '{"const":"x"}', { '"x"' }, { '"y"', "null" } },
  { "const null", '{"const":null}', { "null" }, { "0", "{}" } },
  { "const false", '{"const":false}', { "false" }, { "0", "null", "true" } },
  { "const of a list", '{"const":[1,{"a":null}]}', { '[1,{"a":null}]', '[1.0,{"a":null}]' },
    { "[1,{}]", '[1]', '[{"a":null},1]', '[1,{"a":null},2]' } },
  { "const {} is not []", '{"const":{}}', { "{}" }, { "[]" } },

  { "minimum", '{"minimum":1.5}', { "1.5", "2", '"a"', "null" }, { "1.4", "-9" } },
  { "maximum", '{"maximum":3}', { "3", "3.0", "-1" }, { "3.1", "4" } },
  { "exclusiveMinimum", '{"exclusiveMinimum":1}', { "1.1", "2" }, { "1", "1.0", "0" } },
  { "exclusiveMaximum", '{"exclusiveMaximum":1}', { "0.9" }, { "1", "2" } },
  { "exclusive limits of draft 4", '{"minimum":1,"exclusiveMinimum":true,"maximum":3,"exclusiveMaximum":true}',
    { "2" }, { "1", "3" } },
  { "multipleOf", '{"multipleOf":2}', { "0", "4", "-2", "4.0", "1e20" }, { "3", "2.5", "10000000001" } },
  { "multipleOf of what is large", '{"multipleOf":1000}', { "1700000000000", "1e300" }, { "1700000000123" } },
  { "multipleOf beyond the numbers", '{"multipleOf":0.5}', { "1e308" }, {} },
  { "multipleOf a small fraction", '{"multipleOf":0.01}', { "19.99", "4.35", "1e300" }, { "19.999", "19.9900001" } },
  { "multipleOf a fraction", '{"multipleOf":0.1}', { "0.3", "1", "1.1", "123.4" }, { "0.35", "0.01" } },
  { "multipleOf nothing", '{"multipleOf":0}', { "3" }, {} },

  { "minLength", '{"minLength":2}', { '"ab"', '"éü"', '"日本"', "1" }, { '"a"', '""', '"é"', '"日"', '"🌙"' } },
  { "maxLength", '{"maxLength":2}', { '"ab"', '"éü"', '"日本"', '"🌙🌙"', '""' }, { '"abc"', '"日本語"' } },
  { "pattern and format are left to the server", '{"pattern":"^a","format":"date"}', { '"b"' }, {} },

  { "minItems", '{"minItems":1}', { "[1]", "[null]", "{}", '""' }, { "[]" } },
  { "maxItems", '{"maxItems":1}', { "[]", "[1]" }, { "[1,2]" } },
  { "uniqueItems", '{"uniqueItems":true}',
    { "[]", "[1,2]", '[1,"1"]', "[0,false]", "[1,true]", "[[1],[2]]", '[{"a":1},{"a":2}]', '[null,"null"]', "[{},[]]" },
    { "[1,1]", "[1,1.0]", "[0,-0.0]", "[null,null]", '["a","b","a"]', "[[1],[1]]",
      '[{"a":1,"b":2},{"b":2,"a":1.0}]' } },
  { "uniqueItems false", '{"uniqueItems":false}', { "[1,1]" }, {} },
  { "items", '{"items":{"type":"integer"}}', { "[]", "[1,2]", "{}", '"x"' }, { '["a"]', "[1,null]" } },
  { "items false", '{"items":false}', { "[]" }, { "[1]", "[null]" } },
  { "prefixItems", '{"prefixItems":[{"type":"integer"},{"type":"string"}]}',
    { "[]", "[1]", '[1,"a"]', '[1,"a",null]' }, { '["a"]', "[1,2]" } },
  { "prefixItems and items", '{"prefixItems":[{"type":"integer"}],"items":{"type":"string"}}',
    { "[1]", '[1,"a"]', '[1,"a","b"]' }, { '["a"]', "[1,2]", '[1,"a",2]' } },
  { "prefixItems and no more", '{"prefixItems":[true],"items":false}', { "[]", "[1]" }, { "[1,2]" } },
  { "items of draft 4", '{"items":[{"type":"integer"}],"additionalItems":false}', { "[]", "[1]" }, { '["a"]',
    "[1,1]" } },

  { "properties", '{"properties":{"a":{"type":"integer"},"b":{"type":"string"}}}',
    { "{}", '{"a":1}', '{"a":1,"b":"x"}', '{"c":[]}', "[]", "1" }, { '{"a":"x"}', '{"a":1,"b":2}', '{"b":{}}' } },
  { "properties that are booleans", '{"properties":{"a":true,"b":false}}', { '{"a":1}', "{}" }, { '{"b":1}' } },
  { "properties with odd names",
    '{"properties":{"a.b":{"type":"integer"},"":{"type":"integer"},"1":{"type":"integer"}}}',
    { '{"a.b":1,"":2,"1":3}' }, { '{"a.b":"x"}', '{"":"x"}', '{"1":"x"}' } },
  { "required", '{"required":["a","b"]}', { '{"a":1,"b":2}', '{"a":null,"b":false}', "[]", "1" }, { "{}", '{"a":1}' } },
  { "required nothing", '{"required":[]}', { "{}" }, {} },
  { "an optional member that is null is not there", '{"properties":{"a":{"type":"string"}}}', { '{"a":null}' },
    { '{"a":1}' } },
  { "a required member that is null is", '{"properties":{"a":{"type":"string"}},"required":["a"]}', { '{"a":""}' },
    { '{"a":null}', "{}" } },
  { "additionalProperties false", '{"properties":{"a":{}},"additionalProperties":false}',
    { "{}", '{"a":1}', '{"b":null}' }, { '{"b":1}', '{"a":1,"b":2}' } },
  { "additionalProperties true", '{"additionalProperties":true}', { '{"b":1}' }, {} },
  { "additionalProperties of a type", '{"properties":{"a":{}},"additionalProperties":{"type":"integer"}}',
    { '{"a":"x"}', '{"b":1}', '{"b":null}' }, { '{"b":"x"}' } },
  { "patternProperties: then nobody knows what is additional",
    '{"patternProperties":{"^x":{}},"additionalProperties":false}',
    { '{"xa":1}', '{"b":1}' }, {} },

  { "allOf", '{"allOf":[{"minimum":1},{"maximum":3}]}', { "1", "3" }, { "0", "4" } },
  { "allOf with false", '{"allOf":[true,false]}', {}, { "1" } },
  { "anyOf", '{"anyOf":[{"type":"integer"},{"minimum":2}]}', { "1", "2.5", '"a"' }, { "1.5" } },
  { "anyOf with null", '{"anyOf":[{"type":"string"},{"type":"null"}]}', { '"a"', "null" }, { "1" } },
  { "oneOf", '{"oneOf":[{"type":"integer"},{"minimum":2}]}', { "1", "2.5" }, { "3", "1.5" } },
  { "not", '{"not":{"type":"integer"}}', { '"a"', "1.5" }, { "1" } },
  { "not not", '{"not":{"not":{"type":"integer"}}}', { "1" }, { '"a"' } },
  { "beside each other", '{"type":"integer","anyOf":[{"minimum":5},{"maximum":1}],"not":{"const":7}}',
    { "0", "6" }, { "3", "7", "0.5" } },
  { "nullable", '{"type":"string","nullable":true}', { '"a"', "null" }, { "1" } },
  { "nullable with enum", '{"type":"string","enum":["a"],"nullable":true}', { '"a"', "null" }, { '"b"' } },
  { "nullable false", '{"type":"string","nullable":false}', { '"a"' }, { "null" } },

  { "$ref", '{"$defs":{"n":{"type":"integer"}},"properties":{"a":{"$ref":"#/$defs/n"}}}', { '{"a":1}' },
    { '{"a":"x"}' } },
  { "$ref to the root", '{"properties":{"next":{"$ref":"#"}},"additionalProperties":false}',
    { "{}", '{"next":{}}', '{"next":{"next":{"next":{}}}}' }, { '{"x":1}', '{"next":{"next":{"x":1}}}' } },
  { "$ref with escapes", '{"$defs":{"a/b~c d":{"type":"integer"}},"items":{"$ref":"#/$defs/a~1b~0c%20d"}}',
    { "[1]" }, { '["x"]' } },
  { "$ref into a list", '{"prefixItems":[{"type":"integer"},{"$ref":"#/prefixItems/0"}]}', { "[1,2]" }, { '[1,"x"]' } },
  { "$ref through a $ref", '{"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"type":"integer"}},"$ref":"#/$defs/a"}',
    { "1" }, { '"x"' } },
  { "$ref and its neighbours", '{"$defs":{"n":{"type":"integer"}},"$ref":"#/$defs/n","minimum":3}', { "3" }, { "2",
    "3.5" } },
  { "$ref to nowhere or elsewhere",
    '{"prefixItems":[{"$ref":"#/$defs/x"},{"$ref":"http://x.invalid/y"},{"$ref":"#x"}]}',
    { "[1,2,3]" }, {} },
  { "$ref to itself", '{"$ref":"#","type":"integer"}', { "1" }, { '"x"' } },
  { "$refs in a circle", '{"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}},"$ref":"#/$defs/a"}', { "1" },
    {} },
  { "allOf of itself", '{"allOf":[{"$ref":"#"}],"type":"integer"}', { "1" }, { '"x"' } },
  { "anyOf of itself", '{"anyOf":[{"$ref":"#"},{"type":"integer"}]}', { "1" }, {} },
  { "a tree", [[{"$defs":{"node":{"type":"object","properties":{"value":{"type":"integer"},
    "children":{"type":"array","items":{"$ref":"#/$defs/node"}}},"required":["value"]}},"$ref":"#/$defs/node"}]],
    { '{"value":1}', '{"value":1,"children":[{"value":2},{"value":3,"children":[]}]}' },
    { "{}", '{"value":1,"children":[{"value":2,"children":[{}]}]}', '{"value":1,"children":{}}' } },
  { "members of the schema that are nonsense", '{"required":"a","properties":[],"items":3,"enum":"x","minimum":"1"}',
    { "1", "{}", "[1]" }, {} },
}

describe("check", function()
  local count = 0
  for _, case in ipairs(CASES) do
    local name, schema, good, bad = case[1], case[2], case[3], case[4]
    count = count + #good + #bad
    it("knows " .. name, function()
      for _, value in ipairs(good) do
        local matches, problems = check(schema, value)
        assert.is_true(matches, value .. ": " .. validator.describe(problems or {}))
        assert.is_nil(problems)
      end
      for _, value in ipairs(bad) do
        local matches, problems = check(schema, value)
        assert.is_false(matches, value)
        assert.is_true(#problems > 0)
      end
    end)
  end

  it("is shown by many cases", function() assert.is_true(count > 200) end)

  it("takes tables made in Lua, too", function()
    assert.is_true(validator.check({ type = "array", items = { type = "number" } }, { 1, 2 }))
    assert.is_true(validator.check({ type = "array" }, json.array()))
    assert.is_false(validator.check({ type = "array" }, {}))
    assert.is_true(validator.check({ type = "object", properties = { a = { type = "null" } } }, { a = json.null }))
    assert.is_false(validator.check({ type = "string" }, nil))
    assert.is_false(validator.check({ type = "string" }, print))
  end)
end)

describe("what does not match", function()
  local function described(schema, value)
    local _, problems = check(schema, value)
    return validator.describe(problems)
  end

  local CITY = '{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer","minimum":1}},'
    .. '"required":["city"],"additionalProperties":false}'

  it("is told with its place", function()
    local _, problems = check('{"properties":{"items":{"items":' .. CITY .. "}}}",
      '{"items":[{"city":"x"},{"city":5}]}')
    assert.same({ { path = "items[2].city", message = "expected a string, got a number" } }, problems)
    assert.equal("items[2].city: expected a string, got a number", validator.describe(problems))
    assert.equal("expected an object, got a string", described(CITY, '"x"'))
    assert.equal("[2][1]: expected an integer, got 1.5", described('{"items":{"items":{"type":"integer"}}}',
      "[[],[1.5]]"))
  end)

  it("is told completely, missing members first", function()
    assert.equal("city: is missing\ndays: must be at least 1, got 0\nnote: is not allowed here; allowed: city, days\n"
      .. "zip: is not allowed here; allowed: city, days", described(CITY, '{"days":0,"zip":1,"note":"x"}'))
  end)

  it("is told in words for each keyword", function()
    local words = {
      { '{"type":["string","null"]}', "{}", "expected a string or null, got an object" },
      { '{"enum":["a",2,null]}', '"b"', 'must be one of "a", 2, null, got "b"' },
      { '{"const":{"a":1}}', "[]", 'must be {"a":1}, got []' },
      { '{"maximum":3}', "4.5", "must be at most 3, got 4.5" },
      { '{"exclusiveMinimum":3}', "3", "must be more than 3, got 3" },
      { '{"exclusiveMaximum":3}', "3", "must be less than 3, got 3" },
      { '{"multipleOf":5}', "3", "must be a multiple of 5, got 3" },
      { '{"minLength":1}', '""', "must have at least 1 character, has 0" },
      { '{"maxLength":2}', '"äöü"', "must have at most 2 characters, has 3" },
      { '{"minItems":2}', "[1]", "must have at least 2 items, has 1" },
      { '{"maxItems":1}', "[1,2]", "must have at most 1 item, has 2" },
      { '{"uniqueItems":true}', "[3,1,3]", "items 1 and 3 are equal, and all must differ" },
      { '{"additionalProperties":false}', '{"a":1}', "a: is not allowed here" },
      { "false", "1", "is not allowed here" },
      { '{"not":{"const":1}}', "1", "has a form that is not allowed" },
      { '{"oneOf":[{"minimum":0},{"maximum":9}]}', "5",
        "matches 2 of the forms that are allowed, and must match exactly one" },
    }
    for _, case in ipairs(words) do assert.equal(case[3], described(case[1], case[2])) end
  end)

  it("is told of the alternative that was meant", function()
    local shapes = '{"anyOf":[{"type":"null"},{"properties":{"kind":{"const":"circle"},"r":{"type":"number"}}},'
      .. '{"properties":{"kind":{"const":"square"},"side":{"type":"number"}},"type":"object"}]}'
    assert.equal("side: expected a number, got a string", described(shapes, '{"kind":"square","side":"x"}'))
    assert.matches("^matches none of the 3 forms", described(shapes, '{"kind":"star"}'))
    assert.equal("expected null or a string, got an array",
      described('{"anyOf":[{"type":"null"},{"type":"string"},{"type":"string","minLength":3}]}', "[]"))
    assert.equal('expected "a" or one of "b", "c", got "d"',
      described('{"anyOf":[{"const":"a"},{"type":"string","enum":["b","c"]}]}', '"d"'))
    assert.equal("x: expected a string or null, got a number",
      described('{"properties":{"x":{"anyOf":[{"type":"string"},{"type":"null"}]}}}', '{"x":1}'))
  end)

  it("is told shortly of alternatives within alternatives, however deep, and in good time", function()
    local list = '{"type":"array","items":{"$ref":"#"}%s}'
    local schema = ('{"anyOf":[%s,%s]}'):format(list:format "", list:format ',"maxItems":3')
    local began = os.clock()
    local _, problems = check(schema, ("["):rep(100) .. "1" .. ("]"):rep(100))
    assert.is_true(os.clock() - began < 1)
    assert.equal(1, #problems)
    local none = "matches none of the 2 forms that are allowed"
    assert.equal(none .. " (of the first: [1]: " .. none .. ")", problems[1].message)
    assert.is_true(check(schema, ("["):rep(100) .. ("]"):rep(100)))
  end)

  it("is cut when a value is long, between characters", function()
    local _, problems = check('{"const":1}', '"' .. ("é"):rep(100) .. '"')
    local shown = problems[1].message:match "got (.*)$"
    assert.is_true(#shown <= 63)
    assert.equal("", (shown:gsub("é", ""):gsub('["%.]', "")))
  end)

  it("is told of ten problems at most", function()
    local _, problems = check('{"items":{"type":"string"}}', "[1,2,3,4,5,6,7,8,9,10,11,12]")
    assert.equal(10, #problems)
    assert.equal("[10]", problems[10].path)
    local list = '{"items":{"type":"string"}}'
    _, problems = check('{"allOf":[' .. list .. ',{"anyOf":[' .. list .. ',{"type":"null"}]}]}', "[1,2,3,4,5,6,7]")
    assert.equal(10, #problems)
  end)

  it("is told in the same order each time", function()
    local names, schema = {}, {}
    for i = 1, 8 do
      names[i] = ('"m%d":1'):format(i)
      schema[i] = ('"m%d":{"type":"string"}'):format(i)
    end
    local text = described("{\"properties\":{" .. table.concat(schema, ",") .. "}}", "{" .. table.concat(names, ",")
      .. "}")
    local order = {}
    for number in text:gmatch "m(%d): " do order[#order + 1] = number end
    assert.equal("12345678", table.concat(order))
  end)

  it("ends for schemas that multiply, and for tables that contain themselves", function()
    local branch = '{"type":"object","properties":{"a":{"$ref":"#"},"b":%s}}'
    local schema = ('{"anyOf":[%s,%s,{"type":"integer"}]}'):format(branch:format "true", branch:format "false")
    local value = "1.5"
    for _ = 1, 8 do value = '{"a":' .. value .. ',"b":1}' end
    assert.is_false((check(schema, value)))
    local endless = {}
    endless.next = endless
    local _, problems = validator.check(decode '{"properties":{"next":{"$ref":"#"}}}', endless)
    assert.equal("is nested too deep", problems[1].message)
  end)
end)

describe("without_nulls", function()
  it("drops null members of objects and keeps null elements", function()
    local value = decode '{"a":null,"b":{"c":null,"d":[null,{"e":null}]},"f":[],"g":{}}'
    local before = json.encode(value)
    assert.equal('{"b":{"d":[null,{}]},"f":[],"g":{}}', json.encode(validator.without_nulls(value)))
    assert.equal(before, json.encode(value))
  end)

  it("gives scalars as they are", function()
    assert.equal(1, validator.without_nulls(1))
    assert.equal(json.null, validator.without_nulls(json.null))
  end)
end)
