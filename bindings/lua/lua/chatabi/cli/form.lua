-- SPDX-License-Identifier: MIT
-- What --schema takes, made into JSON Schema: the text itself, @FILE with it, or a list of members such as
-- "name, age integer, tags string[], nick?: what friends say". Their order is kept, since a model answers in it.
local chatabi = require "chatabi"
local shape = require "chatabi.schema.shape"

local form = {}

local TYPES = {
  string = "string", str = "string", text = "string", integer = "integer", int = "integer",
  number = "number", float = "number", boolean = "boolean", bool = "boolean",
}

local function read_file(path)
  local file, why = io.open(path, "rb")
  if not file then return nil, "--schema: " .. why end
  local text = file:read "*a"
  file:close()
  if not text then return nil, "--schema: " .. path .. " cannot be read" end
  return text
end

local function trim(text) return text:match "^%s*(.-)%s*$" end

-- "name type[]?: description" as the text of a property, and its name. What may be left out may be null: a server that
-- is strict about schemas wants every member.
local function property(member)
  local head, description = member:match "^([^:]*):(.*)$"
  head = trim(head or member)
  local optional = head:match "%?$" ~= nil or head:match "^%S+%?%s" ~= nil
  local name, word = head:gsub("%?", "", 1):match "^(%S+)%s*(.-)$"
  if not name then return nil, ("--schema: a member has no name in %q"):format(member) end
  local is_list = word:match "%[%]$" ~= nil
  local kind = word == "" and "string" or TYPES[is_list and word:sub(1, -3) or word]
  if not kind then
    return nil, ("--schema: %q has the type %q; there are string, integer, number and boolean, and lists: string[]")
      :format(name, word)
  end
  local schema = is_list and { type = "array", items = { type = kind } } or { type = kind }
  if optional then schema.type = { schema.type, "null" } end
  if description then schema.description = trim(description) end
  return name, chatabi.encode(schema)
end

-- In a text of many lines each is a member, so that descriptions can have commas.
local function members_of(text)
  local members = {}
  for member in text:gmatch(text:find "\n" and "[^\n]+" or "[^,]+") do
    if trim(member) ~= "" then members[#members + 1] = trim(member) end
  end
  return members
end

local function from_list(text)
  local properties, names, seen = {}, {}, {}
  for _, member in ipairs(members_of(text)) do
    local name, schema = property(member)
    if not name then return nil, schema end
    if seen[name] then return nil, ("--schema: %q is there twice"):format(name) end
    seen[name] = true
    names[#names + 1] = chatabi.encode(name)
    properties[#properties + 1] = chatabi.encode(name) .. ":" .. schema
  end
  if #names == 0 then return nil, "--schema: it is empty" end
  return ('{"type":"object","properties":{%s},"required":[%s],"additionalProperties":false}')
    :format(table.concat(properties, ","), table.concat(names, ","))
end

-- JSON Schema as text; nil and a sentence when it is none.
function form.read(text)
  local path = text:match "^@(.*)$"
  if path then
    local content, why = read_file(path)
    if not content then return nil, why end
    text = content
  elseif not text:match "^%s*{" then
    return from_list(text)
  end
  local schema, err = chatabi.decode(text)
  if type(schema) ~= "table" or schema[1] ~= nil then
    return nil, "--schema: this is no JSON Schema" .. (err and ": " .. err.message or ", which is an object")
  end
  local stranger = shape.stranger(schema)
  if stranger then
    return nil, ("--schema: this is no JSON Schema, which has no %q. A list needs no braces: \"name, age integer\"")
      :format(stranger)
  end
  return text
end

return form
