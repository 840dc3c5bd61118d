-- SPDX-License-Identifier: MIT
-- Does a decoded JSON value match a JSON Schema? What does not is told in words that a model can act on, for they are
-- sent back to it. What this file knows nothing of (pattern, format, references to elsewhere) is left to the server.
--
-- One thing differs from JSON Schema: a member that is null and not required is one that is not there. Strict mode
-- makes models write such members, and in Lua both are nil.
local json = require "chatabi.json"
local kinds = require "chatabi.schema.kinds"

local validator = {}

local MAX_PROBLEMS = 10
local MAX_DEPTH = 200
local MAX_STEPS = 1000000 -- alternatives within alternatives multiply

local kind_of, show, equal = kinds.of, kinds.show, kinds.equal

-- A walk: where it is (`keys`, `depth`), what it found, and, for alternatives, what is `known` of values inside. The
-- schemas that were begun at this value are `active`, so that one that refers to itself ends.

local function path_of(walk)
  local steps = {}
  for i = 1, walk.depth do
    local key = walk.keys[i]
    steps[i] = type(key) == "number" and ("[%d]"):format(key) or i > 1 and "." .. key or key
  end
  return table.concat(steps)
end

local function add(walk, message, ...)
  if #walk.problems >= MAX_PROBLEMS then return end
  local problem = { path = path_of(walk), message = message:format(...) }
  walk.problems[#walk.problems + 1] = problem
  return problem
end

-- A value of another kind: in alternatives this tells which of them was not meant. `is_fixed`: of another value.
local function mark(problem, expected, is_fixed)
  if problem then problem.expected, problem.is_fixed = expected, is_fixed end
end

local visit

local function add_at(walk, key, message, ...)
  walk.depth = walk.depth + 1
  walk.keys[walk.depth] = key
  add(walk, message, ...)
  walk.depth = walk.depth - 1
end

-- What a schema says about this value, aside: nothing of it counts yet.
local function try(walk, schema, value, active)
  local aside = {
    root = walk.root, keys = walk.keys, depth = walk.depth, problems = {}, steps = walk.steps, known = walk.known,
    is_aside = true,
  }
  local seen = {}
  for one in pairs(active) do seen[one] = true end
  visit(aside, schema, value, seen)
  walk.steps = aside.steps
  return aside.problems
end

-- As `try`, and remembered, or alternatives within alternatives would look at what is deep inside again and again.
local function try_once(walk, schema, value)
  local known = walk.known[schema] or {}
  walk.known[schema] = known
  known[value] = known[value] or try(walk, schema, value, {})
  return known[value]
end

local function add_all(walk, problems)
  for i = 1, math.min(#problems, MAX_PROBLEMS - #walk.problems) do
    walk.problems[#walk.problems + 1] = problems[i]
  end
end

local function visit_child(walk, schema, value, key)
  if walk.depth >= MAX_DEPTH then return add(walk, "is nested too deep") end
  walk.depth = walk.depth + 1
  walk.keys[walk.depth] = key
  if walk.is_aside and type(schema) == "table" and type(value) == "table" then
    add_all(walk, try_once(walk, schema, value))
  else
    visit(walk, schema, value, {})
  end
  walk.depth = walk.depth - 1
end

-- ---- references ----

local function follow(root, reference)
  local target = root
  for step in reference:sub(2):gmatch "/([^/]*)" do
    step = step:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end)
    step = step:gsub("~1", "/"):gsub("~0", "~")
    if type(target) ~= "table" then return nil end
    if json.is_array(target) then step = (tonumber(step) or -1) + 1 end
    target = target[step]
  end
  return target
end

local function check_reference(walk, schema, value, active)
  local reference = schema["$ref"]
  if type(reference) ~= "string" or not (reference == "#" or reference:match "^#/") then return end
  local target = follow(walk.root, reference)
  if target ~= nil then visit(walk, target, value, active) end
end

-- ---- alternatives ----

local function was_meant(problems, path)
  for _, problem in ipairs(problems) do
    if problem.expected and (problem.path == path or problem.is_fixed) then return false end
  end
  return true
end

-- Of alternatives that all fail, the only one whose type and fixed values the value has says best what is wrong.
local function closest(tries, path)
  local found
  for _, problems in ipairs(tries) do
    if was_meant(problems, path) then
      if found then return nil end
      found = problems
    end
  end
  return found
end

-- "a string or null", and whether values are among it; nil when it is not that alone that is wrong
local function all_expected(tries, path)
  local texts, seen, is_fixed = {}, {}, false
  for _, problems in ipairs(tries) do
    local expected = problems[1].path == path and problems[1].expected
    if not expected then return nil end
    is_fixed = is_fixed or problems[1].is_fixed
    if not seen[expected] then texts[#texts + 1] = expected end
    seen[expected] = true
  end
  return table.concat(texts, " or "), is_fixed
end

local function add_unmatched(walk, value, tries)
  local path = path_of(walk)
  local best = closest(tries, path)
  if best then
    return add_all(walk, best)
  end
  local expected, is_fixed = all_expected(tries, path)
  if expected then
    local got = is_fixed and show(value) or kinds.phrase(value, expected)
    return mark(add(walk, "expected %s, got %s", expected, got), expected, is_fixed)
  end
  local first = tries[1][1]
  local place = first.path ~= path and first.path .. ": " or ""
  -- without what is wrong further in, or the texts of alternatives within alternatives would grow with each level
  local brief = ("matches none of the %d forms that are allowed"):format(#tries)
  local problem = add(walk, "%s (of the first: %s%s)", brief, place, first.brief or first.message)
  if problem then problem.brief = brief end
end

local function check_alternatives(walk, schemas, value, active, only_one)
  if not json.is_array(schemas) then return end
  local tries, matching = {}, 0
  for _, one in ipairs(schemas) do
    local problems = try(walk, one, value, active)
    if #problems == 0 then matching = matching + 1 else tries[#tries + 1] = problems end
    if matching > 0 and not only_one then return end
  end
  if matching == 0 and #tries > 0 then return add_unmatched(walk, value, tries) end
  if matching > 1 then add(walk, "matches %d of the forms that are allowed, and must match exactly one", matching) end
end

local function check_combined(walk, schema, value, active)
  if json.is_array(schema.allOf) then
    for _, one in ipairs(schema.allOf) do visit(walk, one, value, active) end
  end
  if schema.anyOf then check_alternatives(walk, schema.anyOf, value, active, false) end
  if schema.oneOf then check_alternatives(walk, schema.oneOf, value, active, true) end
  if schema["not"] ~= nil and #try(walk, schema["not"], value, active) == 0 then
    add(walk, "has a form that is not allowed")
  end
end

-- ---- what is in it ----

local function check_items(walk, schema, list)
  local tuple, rest = schema.prefixItems, schema.items
  if json.is_array(rest) then tuple, rest = rest, schema.additionalItems end
  local fixed = json.is_array(tuple) and #tuple or 0
  for index = 1, #list do
    if #walk.problems >= MAX_PROBLEMS then return end
    local one = rest
    if index <= fixed then one = tuple[index] end
    if one ~= nil then visit_child(walk, one, list[index], index) end
  end
end

local function sorted_names(members)
  local names = {}
  for name in pairs(members) do
    if type(name) == "string" then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

local function check_extra(walk, schema, object, properties)
  local extra = schema.additionalProperties
  if extra == nil or extra == true or schema.patternProperties then return end
  for _, name in ipairs(sorted_names(object)) do
    if properties[name] == nil and object[name] ~= json.null then
      if extra == false then
        local known = kinds.list(sorted_names(properties))
        add_at(walk, name, "is not allowed here%s", known ~= "" and "; allowed: " .. known or "")
      else
        visit_child(walk, extra, object[name], name)
      end
    end
  end
end

local function check_members(walk, schema, object)
  local properties, required = json.table_or_empty(schema.properties), {}
  for _, name in ipairs(json.table_or_empty(schema.required)) do
    required[name] = true
    if object[name] == nil then add_at(walk, name, "is missing") end
  end
  for _, name in ipairs(sorted_names(properties)) do
    local value = object[name]
    if value ~= nil and (value ~= json.null or required[name]) then visit_child(walk, properties[name], value, name) end
  end
  check_extra(walk, schema, object, properties)
end

-- ---- one value ----

local function check_values(walk, schema, value)
  if schema.const ~= nil and not equal(schema.const, value) then
    local wanted = show(schema.const)
    return mark(add(walk, "must be %s, got %s", wanted, show(value)), wanted, true)
  end
  if not json.is_array(schema.enum) then return end
  for _, one in ipairs(schema.enum) do
    if equal(one, value) then return end
  end
  local wanted = "one of " .. kinds.list(schema.enum, show)
  mark(add(walk, "must be %s, got %s", wanted, show(value)), wanted, true)
end

-- Says whether the value is of the type; if not, nothing else about it is worth telling.
local function check_type(walk, schema, value)
  if schema.type == nil or kinds.is(schema.type, value) then return true end
  local expected = kinds.expected(schema.type)
  mark(add(walk, "expected %s, got %s", expected, kinds.phrase(value, expected)), expected)
  return false
end

local function check_all(walk, schema, value, active)
  if not check_type(walk, schema, value) then return end
  check_values(walk, schema, value)
  local kind = kind_of(value)
  kinds.check_limits(schema, value, kind, function(...) add(walk, ...) end)
  if kind == "array" then check_items(walk, schema, value) end
  if kind == "object" then check_members(walk, schema, value) end
  if schema["$ref"] then check_reference(walk, schema, value, active) end
  check_combined(walk, schema, value, active)
end

function visit(walk, schema, value, active)
  if #walk.problems >= MAX_PROBLEMS then return end
  walk.steps = walk.steps + 1
  if walk.steps > MAX_STEPS then return add(walk, "is too complex to be checked against this schema") end
  if schema == false then return add(walk, "is not allowed here") end
  if type(schema) ~= "table" or active[schema] then return end
  if schema.nullable == true and value == json.null then return end
  active[schema] = true
  check_all(walk, schema, value, active)
  active[schema] = nil
end

-- ---- the door ----

-- true; or false and a list of at most 10 problems: { path = "items[2].city", message = "expected a string, ..." },
-- where the first item of a list is [1]. `schema` is a table or boolean, as decoded from JSON.
function validator.check(schema, value)
  local walk = { root = schema, keys = {}, depth = 0, problems = {}, steps = 0, known = {} }
  visit(walk, schema, value, {})
  for _, problem in ipairs(walk.problems) do
    problem.expected, problem.is_fixed, problem.brief = nil, nil, nil
  end
  if #walk.problems == 0 then return true end
  return false, walk.problems
end

-- The problems in one text, a line each.
function validator.describe(problems)
  local lines = {}
  for i, problem in ipairs(problems) do
    lines[i] = (problem.path ~= "" and problem.path .. ": " or "") .. problem.message
  end
  return table.concat(lines, "\n")
end

-- A copy in which no object has a member that is null. Elements of arrays stay.
function validator.without_nulls(value)
  if type(value) ~= "table" or json.is_raw(value) then return value end
  local is_array = json.is_array(value)
  local result = json.has_mark(value) and json.array() or {}
  for key, one in pairs(value) do
    if is_array or one ~= json.null then result[key] = validator.without_nulls(one) end
  end
  return result
end

return validator
