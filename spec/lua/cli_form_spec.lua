-- SPDX-License-Identifier: MIT
-- What the option --schema of the command chatabi takes.
local chatabi = require "chatabi"
local form = require "chatabi.cli.form"

local function refused(text)
  local schema, why = form.read(text)
  assert.is_nil(schema)
  return why
end

describe("--schema", function()
  it("takes members with and without a type, in their order", function()
    assert.equal('{"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer"}},'
      .. '"required":["name","age"],"additionalProperties":false}', form.read "name, age integer")
  end)

  it("knows short names of types, lists, descriptions and what may be left out", function()
    local schema = chatabi.decode(form.read "a int, b float, c bool, d str: of: text, e number[], f?, g integer?: why?")
    local properties = schema.properties
    assert.equal("integer", properties.a.type)
    assert.equal("number", properties.b.type)
    assert.equal("boolean", properties.c.type)
    assert.equal("of: text", properties.d.description)
    assert.equal("number", properties.e.items.type)
    assert.same({ "string", "null" }, { properties.f.type[1], properties.f.type[2] })
    assert.same({ "integer", "null" }, { properties.g.type[1], properties.g.type[2] })
    assert.equal("why?", properties.g.description)
    assert.equal(7, #schema.required)
  end)

  it("takes a member a line, with commas in what describes it", function()
    local properties = chatabi.decode(form.read "name: first, then last\n\nage int\n").properties
    assert.equal("first, then last", properties.name.description)
    assert.equal("integer", properties.age.type)
  end)

  it("takes JSON Schema as it is, from a file too", function()
    local text = ' {"type":"object","properties":{"b":{},"a":{}}}'
    assert.equal(text, form.read(text))
    local path = os.tmpname()
    local file = io.open(path, "w")
    file:write(text)
    file:close()
    assert.equal(text, form.read("@" .. path))
    os.remove(path)
  end)

  it("says what it cannot take", function()
    assert.matches('%-%-schema: "age" has the type "years"', refused "name, age years")
    assert.matches('"a" is there twice', refused "a, b, a int")
    assert.matches("no name", refused "a, : what")
    assert.matches("empty", refused " , ")
    assert.matches("no JSON Schema: ", refused '{"type":')
    assert.matches('no JSON Schema, which has no "name"', refused '{"name":"string","title":"string"}')
    assert.matches("/nowhere/schema.json", refused "@/nowhere/schema.json")
    assert.matches("cannot be read", refused "@/")
  end)
end)
