-- SPDX-License-Identifier: MIT
-- Structured output: a schema goes out as response_format, and what comes back is a checked Lua value or an error that
-- says why there is none.
local errors = require "chatabi.error"
local json = require "chatabi.json"
local schemas = require "chatabi.schema.schema"
local validator = require "chatabi.schema.validator"

local structured = {}

-- What the server gets, and the table to check answers by.
local function prepare(given, name, level)
  local schema, is_plain, checked = schemas.from(given, "schema", level + 1)
  if is_plain then schema, checked = schemas.made_strict(schema) end
  local wire = { name = name or "answer", schema = schema }
  if schemas.complies(checked) then wire.strict = true end
  return { type = "json_schema", json_schema = wire }, checked
end

-- Models that were not trained for it wrap JSON in a fence for Markdown.
-- In steps that each take linear time: some models end their JSON with thousands of empty lines.
local function unfenced(text)
  local from = text:match "^%s*```%w*[ \t\r]*\n()"
  local last = from and text:match("^.*%S()", from)
  if not last or text:sub(last - 3, last - 1) ~= "```" then return text end
  return text:sub(from, last - 4)
end

local function no_value(answer, name, message, fields)
  fields = fields or {}
  fields.partial, fields.finish_reason = answer, answer.finish_reason
  return nil, errors.new(name, message, fields)
end

local function parse(answer, schema)
  local value, why = json.decode(unfenced(answer.text))
  if why then
    local problems = { { path = "", message = why } }
    return no_value(answer, "JSON", "The answer is not JSON: " .. why .. ".", { problems = problems })
  end
  local good, problems = validator.check(schema, value)
  if not good then
    local first = problems[1]
    local place = first.path ~= "" and first.path .. ": " or ""
    return no_value(answer, "JSON", "The answer does not match the schema: " .. place .. first.message .. ".",
      { problems = problems })
  end
  answer.parsed = validator.without_nulls(value)
  return answer
end

-- A complete answer with `parsed`, or nil and an error. An answer that calls tools is not the last one: it passes.
local function check(answer, schema)
  if answer.tool_calls then return answer end
  if answer.refusal then
    return no_value(answer, "BLOCKED", "The model refused: " .. answer.refusal, { refusal = answer.refusal })
  end
  if answer.finish_reason == "length" then
    return no_value(answer, "TRUNCATED", "The answer was cut before its JSON was complete: raise max_tokens.")
  end
  if answer.finish_reason == "content_filter" then
    return no_value(answer, "BLOCKED", "The provider's filter withheld the answer or the rest of it.")
  end
  return parse(answer, schema)
end

-- response_format for a schema (JSON Schema, a plain table, or text of one), and the function that checks an answer.
-- What is no schema is blamed on the caller `level` levels up.
function structured.want(given, name, level)
  local format, schema = prepare(given, name, (level or 1) + 1)
  return format, function(answer) return check(answer, schema) end
end

return structured
