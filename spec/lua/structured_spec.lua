-- SPDX-License-Identifier: MIT
-- Structured output: a checked value, or an error that says why there is none.
local chatabi = require "chatabi"
local helper = require "spec.lua.helper"

setup(helper.start)
teardown(helper.stop)

local client
before_each(function() client = helper.client() end)
after_each(function() client:close() end)

local PERSON = { name = "string: the full name", age = "integer?", tags = { "string" } }

-- What is sent, without a server: the body as it stands in a recording would need one, so a server shows it.
local function wants(schema) return require("chatabi.schema.structured").want(schema, "it") end

local function finished(text, finish, refusal)
  return setmetatable({ text = text, finish_reason = finish or "stop", refusal = refusal }, nil)
end

describe("a schema", function()
  it("gives a checked table", function()
    local answer = assert(client:chat("Ada Lovelace", { schema = PERSON }))
    assert.is_string(answer.parsed.name)
    assert.is_table(answer.parsed.tags)
    assert.is_true(answer.parsed.age == nil or type(answer.parsed.age) == "number")
    assert.is_string(answer.text)
  end)

  it("is for streams too", function()
    local stream = client:stream("Ada Lovelace", { schema = PERSON })
    for chunk in stream do assert.is_string(chunk.text) end
    assert.is_string(assert(stream:result()).parsed.name)
  end)

  it("may be JSON Schema, as a table or as text", function()
    local schema = {
      type = "object",
      properties = { name = { type = "string" }, age = { type = "integer" } },
      required = { "name", "age" },
      additionalProperties = false,
    }
    for _, form in ipairs { schema, chatabi.encode(schema), chatabi.raw(chatabi.encode(schema)) } do
      local answer = assert(client:chat("Ada Lovelace", { schema = form, schema_name = "person" }))
      assert.is_string(answer.parsed.name)
      assert.is_number(answer.parsed.age)
    end
  end)

  it("is strict where it can be", function()
    local format = wants(PERSON)
    assert.equal("json_schema", format.type)
    assert.equal("it", format.json_schema.name)
    assert.is_true(format.json_schema.strict)
    assert.is_true(wants({ type = "object", properties = {}, additionalProperties = false }).json_schema.strict)
    assert.is_nil(wants({ type = "object", properties = { a = { type = "string" } } }).json_schema.strict)
  end)

  it("keeps the order of a schema that is text", function()
    local text = '{"type":"object","properties":{"z":{"type":"string"},"a":{"type":"string"}}}'
    assert.matches(text, chatabi.encode(wants(text)), 1, true)
  end)

  it("drops what is null", function()
    local _, check = wants(PERSON)
    local answer = assert(check(finished '{"name":"Ada","age":null,"tags":[]}'))
    assert.is_nil(answer.parsed.age)
    assert.same({}, answer.parsed.tags)
  end)

  it("reads JSON in a Markdown fence", function()
    local _, check = wants(PERSON)
    local answer = assert(check(finished '```json\n{"name":"Ada","age":1,"tags":[]}\n```'))
    assert.equal(1, answer.parsed.age)
  end)

  it("tells a cut answer, a filtered one and a refusal apart", function()
    local answer, err = client:chat({ messages = { { role = "user", content = "Ada Lovelace" } }, max_tokens = 1 },
      { schema = PERSON })
    assert.is_nil(answer)
    assert.equal("TRUNCATED", err.name)
    assert.matches("max_tokens", err.message)
    assert.is_string(err.partial.text)

    answer, err = client:chat("Please refuse", { schema = PERSON })
    assert.is_nil(answer)
    assert.equal("BLOCKED", err.name)
    assert.is_string(err.refusal)

    answer, err = client:chat("x", { schema = PERSON, headers = helper.fault("content_filter").headers })
    assert.is_nil(answer)
    assert.equal("BLOCKED", err.name)
  end)

  it("tells what does not match", function()
    local _, check = wants(PERSON)
    local answer, err = check(finished '{"name":"Ada","age":"old","tags":["a",2]}')
    assert.is_nil(answer)
    assert.equal("JSON", err.name)
    assert.equal(2, #err.problems)
    assert.equal("age", err.problems[1].path)
    assert.equal("tags[2]", err.problems[2].path)
    assert.matches("age: ", err.message)
    assert.is_table(err.partial)
    _, err = check(finished "It is Ada.")
    assert.equal("JSON", err.name)
    assert.matches("not JSON", err.message)
  end)

  it("reads JSON in a fence, and the time is that of its length", function()
    local _, check = wants { a = "string" }
    local began = os.clock()
    for _, text in ipairs {
      '```\n{"a":"x"}\n```', '\n ```json \r\n\n{"a":"x"}\r\n ``` \n',
      '```json\n{"a":"x"}' .. ("\n"):rep(30000) .. "```",
    } do
      assert.equal("x", assert(check(finished(text))).parsed.a)
    end
    for _, text in ipairs {
      "```", "```\n", "```\n```", '```json\n{"a":"x"}\n', "```json" .. ("\n"):rep(30000) .. "x",
      "```json\nx" .. ("\n "):rep(30000) .. "x",
    } do
      local _, err = check(finished(text))
      assert.matches("not JSON", err.message)
    end
    assert.is_true(os.clock() - began < 1)
  end)

  it("is checked by what was sent: raw text in a plain schema stays as it is", function()
    local part = chatabi.raw '{"type":"object","properties":{"x":{"type":"string"}},"additionalProperties":false}'
    local format, check = wants { part = part }
    assert.is_nil(format.json_schema.strict)
    assert.same({ part = {} }, assert(check(finished '{"part":{}}')).parsed)
  end)

  it("lets calls of tools pass", function()
    local body = helper.with_tool "Weather in Oslo?"
    local answer = assert(client:chat(body, { schema = PERSON }))
    assert.is_table(answer.tool_calls)
    assert.is_nil(answer.parsed)
  end)

  it("raises for what is no schema, in the caller's line", function()
    assert.error_matches(function() client:chat("x", { schema = { age = "int" } }) end, "age")
    local _, message = pcall(function() client:chat("x", { schema = { age = "int" } }) end)
    assert.matches("structured_spec.lua:%d+:", message)
    assert.error_matches(function()
      client:chat({ messages = {}, response_format = { type = "json_object" } }, { schema = PERSON })
    end, "response_format")
  end)
end)
