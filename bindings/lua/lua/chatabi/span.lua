-- SPDX-License-Identifier: MIT
-- Where a value stands in JSON text that is known to be valid, without reading the rest of it: as cheap as a look at
-- its bytes, where `pieces` makes values of all there is.
local byte, find, sub = string.byte, string.find, string.sub

local span = {}

-- From the opening quote of a string to behind the closing one.
local function after_string(text, at)
  repeat
    at = find(text, '["\\]', at + 1)
    local is_escape = byte(text, at) == 92
    if is_escape then at = at + 1 end
  until not is_escape
  return at + 1
end

local function after_nested(text, at)
  local depth = 0
  repeat
    at = find(text, '[%[%]{}"]', at)
    local c = byte(text, at)
    if c == 34 then
      at = after_string(text, at)
    else
      depth = depth + ((c == 91 or c == 123) and 1 or -1)
      at = at + 1
    end
  until depth == 0
  return at
end

local function after_value(text, at)
  local c = byte(text, at)
  if c == 34 then return after_string(text, at) end
  if c == 123 or c == 91 then return after_nested(text, at) end
  return find(text, "[,%]}%s]", at) or #text + 1
end

local function next_item(text, at)
  at = find(text, "[^%s,:]", at)
  local c = at and byte(text, at)
  return c ~= 93 and c ~= 125 and at or nil -- nil at the closing bracket
end

-- Where the value of a member begins. Keys with escapes are not those that are asked for.
local function find_member(text, at, key)
  at = next_item(text, at + 1)
  while at do
    local after = after_string(text, at)
    local value = next_item(text, after)
    if sub(text, at + 1, after - 2) == key then return value end
    at = next_item(text, after_value(text, value))
  end
end

-- The first element of the array, or the member of the object, that is at `at`.
local function step_into(text, at, key)
  local c = byte(text, at)
  if key == 1 then return c == 91 and next_item(text, at + 1) or nil end
  return c == 123 and find_member(text, at, key) or nil
end

-- The text of the value to which a path of names, and of 1 for the first element, leads; nil when there is none.
function span.of(text, path)
  local at = find(text, "%S")
  for _, key in ipairs(path) do
    at = at and step_into(text, at, key)
  end
  return at and sub(text, at, after_value(text, at) - 1)
end

return span
