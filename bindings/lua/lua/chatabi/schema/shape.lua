-- SPDX-License-Identifier: MIT
-- Tells plain schemas from JSON Schemas: both are tables, and an object to describe may well have a member that is
-- named "type", "items" or "properties".
local json = require "chatabi.json"

local shape = {}

local function set(names)
  local result = {}
  for name in names:gmatch "%S+" do result[name] = true end
  return result
end

shape.plain_types = set "string integer number boolean object array any"

local JSON_TYPES = set "string integer number boolean object array null"

local KEYWORDS = set [[
  type enum const anyOf oneOf allOf not if then else properties required additionalProperties patternProperties
  propertyNames unevaluatedProperties dependentRequired dependentSchemas dependencies minProperties maxProperties
  items prefixItems additionalItems unevaluatedItems contains minContains maxContains minItems maxItems uniqueItems
  minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength pattern format
  contentEncoding contentMediaType contentSchema title description default example examples deprecated readOnly
  writeOnly nullable discriminator definitions propertyOrdering
]]

local NOTES = { "description", "title", "format", "pattern", "default" }

-- "integer?: how many" -> "integer", true, "how many"
function shape.split(text)
  local head, description = text:match "^([^:]*):?%s*(.-)%s*$"
  local name, mark = head:match "^%s*(.-)%s*(%??)%s*$"
  return name, mark == "?", description
end

local function is_list(value) return type(value) == "table" and value[1] ~= nil end

local function is_type(value)
  if not is_list(value) then return JSON_TYPES[value] == true end
  for _, name in ipairs(value) do
    if not JSON_TYPES[name] then return false end
  end
  return true
end

local function is_map_of_schemas(value)
  if type(value) ~= "table" or is_list(value) then return false end
  for key, one in pairs(value) do
    if type(key) ~= "string" or (type(one) ~= "table" and type(one) ~= "boolean") or is_list(one) then return false end
  end
  return true
end

local function is_list_of_tables(value) return is_list(value) and type(value[1]) == "table" end

-- { { name = "string" } } is a plain array, { type = "string" } an item's JSON Schema.
local function is_items(value)
  if type(value) ~= "table" then return type(value) == "boolean" end
  return not is_list(value) and (next(value) == nil or json.is_raw(value) or shape.is_json_schema(value))
end

-- keyword -> does this value make the table around it a JSON Schema?
local TELLING = {
  ["$ref"] = function(value) return type(value) == "string" and not shape.plain_types[shape.split(value)] end,
  anyOf = is_list_of_tables,
  oneOf = is_list_of_tables,
  allOf = is_list_of_tables,
  enum = is_list,
  const = function() return true end,
  properties = is_map_of_schemas,
  items = is_items,
}

local function is_told(value)
  for keyword, tells in pairs(TELLING) do
    if value[keyword] ~= nil and tells(value[keyword]) then return true end
  end
  return false
end

-- The first member that JSON Schema does not know.
local function stranger(value)
  local first
  for key in pairs(value) do
    if type(key) ~= "string" then return tostring(key) end
    local known = KEYWORDS[key] or key:match "^%$" or key:match "^x%-"
    if not known and (not first or key < first) then first = key end
  end
  return first
end

local function has_only_keywords(value) return stranger(value) == nil end

-- { type = "string", description = "string" } describes an object with these two members.
local function has_type_as_note(value)
  for _, name in ipairs(NOTES) do
    if type(value[name]) == "string" and shape.plain_types[shape.split(value[name])] then return true end
  end
  return false
end

-- At the top a schema describes an object, so that only the type "object" counts there.
function shape.is_json_schema(value, is_top)
  if value[1] ~= nil then return false end
  local has_type = is_type(value.type) and (not is_top or value.type == "object")
  if has_type and value.type == "object" and is_map_of_schemas(value.properties) then return true end
  if not has_only_keywords(value) then return false end
  return is_told(value) or (has_type and not has_type_as_note(value))
end

-- Text is JSON Schema and never plain: as that, {"name":"string"} would allow anything. The member that shows it; nil
-- when `value` may be meant as JSON Schema.
function shape.stranger(value)
  if is_type(value.type) or is_told(value) then return nil end
  return stranger(value)
end

-- ---- what nobody would understand ----

local function check_one(value, place, fail, depth)
  if type(value) == "boolean" then return end
  if type(value) ~= "table" or is_list(value) then
    fail(place, ("in JSON Schema this is a table, such as { type = %q }; or describe all of it the plain way, without "
      .. "'type' and 'properties' around it"):format(shape.plain_types[value] and value or "string"))
  end
  if depth < 64 then shape.check(value, place, fail, depth + 1) end
end

-- Returns `value`; fails where it mixes in what is no JSON Schema.
function shape.check(value, place, fail, depth)
  if json.is_raw(value) then return value end
  if type(value.properties) == "table" then
    for key, one in pairs(value.properties) do
      check_one(one, ("%s.properties.%s"):format(place, tostring(key)), fail, depth or 0)
    end
  end
  if value.items ~= nil and not is_list_of_tables(value.items) then
    check_one(value.items, place .. ".items", fail, depth or 0)
  end
  return value
end

return shape
