-- SPDX-License-Identifier: MIT
-- What the validator knows of single values: their types, equality, limits, and how they are named in words.
local json = require "chatabi.json"

local kinds = {}

local MOST_SHOWN = 60 -- bytes of a value
local MOST_LISTED = 12

local PHRASES = {
  string = "a string", number = "a number", integer = "an integer", boolean = "a boolean", object = "an object",
  array = "an array", null = "null",
}

-- As JSON calls it.
function kinds.of(value)
  if value == nil or value == json.null then return "null" end
  if type(value) == "table" then return json.is_array(value) and "array" or "object" end
  return type(value)
end

local function is_whole(value) return value == math.floor(value) and value - value == 0 end

local function is_one(name, value, kind)
  if name == "integer" then return kind == "number" and is_whole(value) end
  return name == kind or PHRASES[name] == nil -- a type that nobody knows
end

function kinds.is(names, value)
  local kind = kinds.of(value)
  if type(names) ~= "table" then return is_one(names, value, kind) end
  for _, name in ipairs(names) do
    if is_one(name, value, kind) then return true end
  end
  return false
end

-- ---- in words ----

function kinds.expected(names)
  if type(names) ~= "table" then return PHRASES[names] or tostring(names) end
  local phrases = {}
  for i, name in ipairs(names) do phrases[i] = PHRASES[name] or tostring(name) end
  return table.concat(phrases, " or ")
end

local function cut(text)
  if #text <= MOST_SHOWN then return text end
  local at = MOST_SHOWN
  while at > 0 and text:byte(at + 1) >= 0x80 and text:byte(at + 1) < 0xC0 do at = at - 1 end
  return text:sub(1, at) .. "..."
end

function kinds.show(value)
  if value == nil then return "null" end
  local good, text = pcall(json.encode, value)
  return good and cut(text) or kinds.of(value)
end

-- A value's type; of a number that had to be whole the number itself, for "got a number" would tell nothing.
function kinds.phrase(value, expected)
  local kind = kinds.of(value)
  if kind == "number" and expected:find("integer", 1, true) then return kinds.show(value) end
  return PHRASES[kind] or "a " .. kind
end

function kinds.list(values, write)
  local texts = {}
  for i, value in ipairs(values) do
    if i > MOST_LISTED then
      texts[i] = "..."
      break
    end
    texts[i] = write and write(value) or value
  end
  return table.concat(texts, ", ")
end

-- ---- equality ----

function kinds.equal(left, right)
  if type(left) ~= "table" or type(right) ~= "table" then return left == right end
  if left == right then return true end
  if json.is_array(left) ~= json.is_array(right) then return false end
  for key, value in pairs(left) do
    if not kinds.equal(value, right[key]) then return false end
  end
  for key in pairs(right) do
    if left[key] == nil then return false end
  end
  return true
end

-- Numbers are keys by their value; the JSON text of a table has its keys sorted, and so is one for equal tables.
local function identity(value)
  if type(value) == "table" then
    local good, text = pcall(json.encode, value)
    return good and "t" .. text or value
  end
  return type(value) == "string" and "s" .. value or value
end

local function twins(list)
  local places = {}
  for index, value in ipairs(list) do
    local key = identity(value)
    if places[key] then return places[key], index end
    places[key] = index
  end
end

-- ---- limits ----

-- Whole numbers divide exactly, up to where a number has all its digits. The quotient of others is rounded, and so may
-- be off by its last digits.
local function is_multiple(value, step)
  local quotient = value / step
  local is_exact = is_whole(value) and is_whole(step) and math.abs(value) <= 2 ^ 53
  if is_exact or not is_whole(math.floor(quotient)) then return math.fmod(value, step) == 0 end
  return math.abs(quotient - math.floor(quotient + 0.5)) <= 2 ^ -50 * math.max(1, math.abs(quotient))
end

local function number(value) return type(value) == "number" and value or nil end

local function check_number(schema, value, add)
  local low, high = number(schema.minimum), number(schema.maximum)
  local above, below = number(schema.exclusiveMinimum), number(schema.exclusiveMaximum)
  -- draft 4 had booleans here
  if schema.exclusiveMinimum == true then low, above = nil, low end
  if schema.exclusiveMaximum == true then high, below = nil, high end
  local shown = kinds.show(value)
  if low and value < low then add("must be at least %s, got %s", kinds.show(low), shown) end
  if high and value > high then add("must be at most %s, got %s", kinds.show(high), shown) end
  if above and value <= above then add("must be more than %s, got %s", kinds.show(above), shown) end
  if below and value >= below then add("must be less than %s, got %s", kinds.show(below), shown) end
  local step = number(schema.multipleOf)
  if step and step > 0 and not is_multiple(value, step) then
    add("must be a multiple of %s, got %s", kinds.show(step), shown)
  end
end

local function check_count(count, least, most, noun, add)
  least, most = number(least), number(most)
  local function plural(many) return kinds.show(many) .. " " .. noun .. (many == 1 and "" or "s") end
  if least and count < least then add("must have at least %s, has %d", plural(least), count) end
  if most and count > most then add("must have at most %s, has %d", plural(most), count) end
end

-- Bytes that continue a character do not count.
local function characters(text)
  local _, count = text:gsub("[^\128-\191]", "")
  return count
end

-- Calls add(message, ...) for each limit of its kind that the value does not keep.
function kinds.check_limits(schema, value, kind, add)
  if kind == "number" then
    check_number(schema, value, add)
  elseif kind == "string" then
    if schema.minLength == nil and schema.maxLength == nil then return end
    check_count(characters(value), schema.minLength, schema.maxLength, "character", add)
  elseif kind == "array" then
    check_count(#value, schema.minItems, schema.maxItems, "item", add)
    if schema.uniqueItems ~= true then return end
    local first, second = twins(value)
    if first then add("items %d and %d are equal, and all must differ", first, second) end
  end
end

return kinds
