-- SPDX-License-Identifier: MIT
-- JSON Schemas, from what is easy to write in Lua. A plain schema looks like the value that it describes:
--
--   { city = "string: where", days = "integer?", unit = { "celsius", "kelvin" }, hours = { "number" } }
--
-- A text names a type; "?" behind it makes the member optional, and what follows ":" describes it. A list of one is an
-- array of that; two or more texts are the values to choose from. A member that is a table is optional when its key
-- ends with "?". JSON Schema is taken as it is, as a table, as JSON text, or in the midst of a plain schema.
local json = require "chatabi.json"
local shape = require "chatabi.schema.shape"
local strict = require "chatabi.schema.strict"

local schema = { strict = strict.strict }

local TYPE_LIST = "string, integer, number, boolean, object, array, any"
local MAX_DEPTH = 64

local MEANT = {
  int = "integer", long = "integer", float = "number", double = "number", num = "number", bool = "boolean",
  str = "string", text = "string", table = "object", map = "object", dict = "object", list = "array",
}

local function fail(place, message) error(place .. ": " .. message, 0) end

local function advice(name)
  local lower = name:lower()
  local meant = MEANT[lower] or (shape.plain_types[lower] and lower)
  local element = name:match "^(.-)%s*%[%]$"
  if element then return ("write { %q }, a list of one, for an array of it"):format(element) end
  return (meant and ("write '%s'; "):format(meant) or "") .. "one of " .. TYPE_LIST
end

-- "integer?: how many" -> its schema, is it optional
local function from_text(text, place)
  local name, mark, description = shape.split(text)
  if not shape.plain_types[name] then
    fail(place, ("unknown type '%s'; %s"):format(name, advice(name)))
  end
  local result = {}
  if name ~= "any" then result.type = name end
  if description ~= "" then result.description = description end
  return result, mark
end

local from_value

local function from_list(list, place, depth)
  if #list == 1 then
    local items = from_value(list[1], place .. "[1]", depth + 1)
    return { type = "array", items = items }
  end
  for index, value in ipairs(list) do
    if type(value) ~= "string" then
      local message = "a list has one element, the schema of its items, or the texts to choose from"
      fail(("%s[%d]"):format(place, index), message)
    end
  end
  return { type = "string", enum = json.array { (table.unpack or unpack)(list) } }
end

local function sorted_keys(members, place)
  local keys = {}
  for key in pairs(members) do
    if type(key) ~= "string" then fail(place, "has both names and numbers as keys; an array is a list of one") end
    keys[#keys + 1] = key
  end
  table.sort(keys)
  return keys
end

local function from_members(members, place, depth)
  local properties, required = {}, json.array()
  for _, key in ipairs(sorted_keys(members, place)) do
    local name = key:match "^(.+)%?$" or key
    if properties[name] then fail(place .. "." .. name, "is there twice, with and without '?'") end
    local optional
    properties[name], optional = from_value(members[key], place .. "." .. name, depth + 1)
    if name == key and not optional then required[#required + 1] = name end
  end
  return { type = "object", properties = properties, required = required, additionalProperties = false }
end

local function from_table(value, place, depth)
  if depth > MAX_DEPTH then fail(place, "nested too deep, or a table that contains itself") end
  if json.is_raw(value) then return value end
  if shape.is_json_schema(value, depth == 0) then return shape.check(value, place, fail) end
  if value[1] ~= nil then return from_list(value, place, depth) end
  if depth > 0 and next(value) == nil then
    fail(place, "an empty table says nothing; write 'object', 'array' or 'any'")
  end
  return from_members(value, place, depth)
end

function from_value(value, place, depth)
  if type(value) == "string" then return from_text(value, place) end
  if type(value) == "table" then return from_table(value, place, depth) end
  fail(place, ("a type's name or a table expected, got %s"):format(value == json.null and "null" or type(value)))
end

local function from_json(text, place)
  local decoded, message = json.decode(text)
  if message then fail(place, "is not JSON: " .. message) end
  if type(decoded) ~= "table" or json.is_array(decoded) then fail(place, "is not a JSON object") end
  local stranger = shape.stranger(decoded)
  if stranger then
    fail(place, ("'%s' is no keyword of JSON Schema, which a text has to be; give a plain schema as a table")
      :format(stranger))
  end
  return json.raw(text)
end

local function convert(value, place)
  local result, is_plain
  if json.is_raw(value) then
    result, is_plain = from_json(value[1], place), false
  elseif type(value) == "string" and value:match "^%s*{" then
    result, is_plain = from_json(value, place), false
  else
    result = from_value(value, place, 0)
    is_plain = result ~= value
  end
  local good, text = pcall(json.encode, result)
  if not good then fail(place, tostring(text)) end
  return { result, is_plain, (json.decode(text)) }
end

-- The JSON Schema to send (a table, or raw text when it came as text, so that the order of its members stays), whether
-- it was plain, and the same as a table to check values against. Raises what is wrong, with its place, which begins
-- with `place`; blames the caller `level` levels up.
function schema.from(value, place, level)
  local good, made = pcall(convert, value, place or "schema")
  if not good then error(made, (level or 1) + 1) end
  return made[1], made[2], made[3]
end

-- The strict form of a schema that was made from a plain one, to send, and the same to check values against: raw text
-- within stays as it is, so that what is checked is what the server got.
function schema.made_strict(made)
  local result = strict.strict(made)
  return result, (json.decode(json.encode(result)))
end

-- Would OpenAI's strict mode take it? Raw text is one, too.
function schema.complies(value)
  if json.is_raw(value) then value = json.decode(value[1]) end
  return strict.complies(value)
end

return schema
