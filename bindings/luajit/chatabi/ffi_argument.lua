-- SPDX-License-Identifier: MIT
-- Arguments of the wrong type are refused in the words of Lua's C API. `level` is the function that was called wrongly,
-- counted from the one that calls in here: 1 is that one itself. Its caller is blamed.
local argument = {}

local getinfo = debug and debug.getinfo

function argument.fail(position, why, level)
  local called = getinfo and getinfo(level + 1, "n") or {}
  local name = called.name or "?"
  if called.namewhat == "method" then position = position - 1 end
  if position == 0 then error(("calling '%s' on bad self (%s)"):format(name, why), level + 2) end
  error(("bad argument #%d to '%s' (%s)"):format(position, name, why), level + 2)
end

local function name_of_type(value)
  local meta = getmetatable(value)
  return type(meta) == "table" and type(value) ~= "string" and rawget(meta, "__name") or type(value)
end

function argument.wrong_type(position, expected, value, level)
  argument.fail(position, ("%s expected, got %s"):format(expected, name_of_type(value)), level + 1)
end

-- Lua takes a number for a text.
function argument.text(position, value, level)
  if type(value) == "string" then return value end
  if type(value) == "number" then return tostring(value) end
  argument.wrong_type(position, "string", value, level + 1)
end

-- For what goes to the library without a length, where a NUL inside would silently cut it.
function argument.c_text(position, value, level)
  value = argument.text(position, value, level + 1)
  if value:find("\0", 1, true) then argument.fail(position, "contains a NUL byte", level + 1) end
  return value
end

return argument
