-- SPDX-License-Identifier: MIT
-- OpenAI's strict mode, in which a model's words cannot but match: which schemas it takes, and how a plain schema
-- becomes one. Source: https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
local json = require "chatabi.json"

local strict = {}

local MAX_NESTING = 10

local function set(names)
  local result = {}
  for name in names:gmatch "%S+" do result[name] = true end
  return result
end

local TAKEN = set [[
  type enum const anyOf properties required additionalProperties items $ref $defs definitions $schema
  minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minItems maxItems pattern format title description
]]

local FORMATS = set "date-time time date duration email hostname ipv4 ipv6 uuid"

-- ---- what it takes ----

local complies

local function all_comply(schemas, depth)
  for _, one in pairs(schemas) do
    if not complies(one, depth) then return false end
  end
  return true
end

local function has_type(schema, name)
  if type(schema.type) ~= "table" then return schema.type == name end
  for _, one in ipairs(schema.type) do
    if one == name then return true end
  end
  return false
end

-- All members, and no others.
local function requires_all(schema)
  local properties, required = json.table_or_empty(schema.properties), {}
  for _, name in ipairs(json.table_or_empty(schema.required)) do
    if properties[name] == nil then return false end
    required[name] = true
  end
  for name in pairs(properties) do
    if not required[name] then return false end
  end
  return true
end

-- Nothing may stand beside a reference.
local function reference_complies(schema)
  return schema["$ref"] == nil or next(schema, next(schema)) == nil
end

local function object_complies(schema, depth)
  if schema.additionalProperties ~= false or not requires_all(schema) then return false end
  return depth < MAX_NESTING and all_comply(json.table_or_empty(schema.properties), depth + 1)
end

function complies(schema, depth)
  if type(schema) ~= "table" then return false end
  for key in pairs(schema) do
    if not TAKEN[key] then return false end
  end
  if not reference_complies(schema) or (schema.format ~= nil and not FORMATS[schema.format]) then return false end
  if schema.type == nil and not schema.anyOf and not schema["$ref"] then return false end
  if has_type(schema, "object") and not object_complies(schema, depth) then return false end
  if has_type(schema, "array") and not (depth < MAX_NESTING and complies(schema.items, depth + 1)) then return false end
  return all_comply(json.table_or_empty(schema.anyOf), depth)
end

-- Takes OpenAI's strict mode this schema? When in doubt no: it is then sent without, and works.
function strict.complies(schema)
  if type(schema) ~= "table" or schema.type ~= "object" or schema.anyOf ~= nil then return false end
  return complies(schema, 0) and all_comply(json.table_or_empty(schema["$defs"]), 0)
    and all_comply(json.table_or_empty(schema.definitions), 0)
end

-- ---- what becomes one ----

local function copy(value)
  local result = {}
  for key, one in pairs(value) do result[key] = one end
  return result
end

local function takes_all(schema)
  if type(schema) ~= "table" then return schema == true end
  for key in pairs(schema) do
    if key ~= "description" and key ~= "title" then return false end
  end
  return true
end

-- Strict mode knows no optional members. What may be absent is null then.
local function or_null(schema)
  if takes_all(schema) then return schema end
  if type(schema) ~= "table" or json.is_raw(schema) then return { anyOf = json.array { schema, { type = "null" } } } end
  local result = copy(schema)
  if type(schema.type) == "string" and schema.type ~= "object" and schema.type ~= "array" and schema.enum == nil
    and schema.const == nil then
    result.type = json.array { schema.type, "null" }
    return result
  end
  result.description = nil
  return { anyOf = json.array { result, { type = "null" } }, description = schema.description }
end

local function strict_object(schema)
  local result, required, properties = copy(schema), {}, {}
  local names = json.array()
  for _, name in ipairs(json.table_or_empty(schema.required)) do required[name] = true end
  for name, property in pairs(schema.properties) do
    local made = strict.strict(property)
    properties[name] = required[name] and made or or_null(made)
    names[#names + 1] = name
  end
  table.sort(names)
  result.properties, result.required = properties, names
  return result
end

-- A copy of a schema that was made from a plain one, in which every member is required, and what was optional may be
-- null. Objects that allow other members, and what came as JSON text, stay as they are.
function strict.strict(schema)
  if type(schema) ~= "table" or json.is_raw(schema) then return schema end
  if schema.type == "object" and type(schema.properties) == "table" and schema.additionalProperties == false then
    return strict_object(schema)
  end
  if schema.type ~= "array" or type(schema.items) ~= "table" then return schema end
  local result = copy(schema)
  result.items = strict.strict(schema.items)
  return result
end

return strict
