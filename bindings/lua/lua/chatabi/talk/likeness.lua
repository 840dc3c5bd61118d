-- SPDX-License-Identifier: MIT
-- Has somebody changed a table since? It is compared with a copy of how it was: far cheaper than writing both as JSON,
-- since equal strings are the same string.
local likeness = {}

local META = {} -- of a copy: what getmetatable says of the table, which is anything where its metatable is protected

-- Of what has no cycles.
function likeness.copy(value)
  if type(value) ~= "table" then return value end
  local all = { [META] = getmetatable(value) }
  for key, member in next, value do all[key] = likeness.copy(member) end
  return all
end

local function same_members(value, copy)
  for key, member in next, value do
    if not likeness.same(member, copy[key]) then return false end
  end
  for key in next, copy do
    if key ~= META and rawget(value, key) == nil then return false end
  end
  return true
end

function likeness.same(value, copy)
  if type(value) == "table" and type(copy) == "table" then
    return rawequal(getmetatable(value), copy[META]) and same_members(value, copy)
  end
  return rawequal(value, copy) -- 1 and 1.0, too, which are written alike
end

return likeness
