-- SPDX-License-Identifier: MIT
-- A mod that is not trusted looks for what is insecure: in all that it can reach from the globals, in the environments
-- of functions, and of whoever calls its tool; and for a client of chatabi, which asks the model past all limits. What
-- functions of Lua's own libraries lead to is the engine's matter.
local stage = ...

local LIBRARIES = { string, table, math, io, os, coroutine, debug, package, jit }

local INSECURE = { "cdef", "popen", "execute", "loadlib", "getupvalue", "getregistry", "set_auth" }

local seen, found

local function look(value, path)
  local kind = type(value)
  if (kind ~= "table" and kind ~= "function" and kind ~= "userdata") or seen[value] then return end
  seen[value] = true
  if kind == "function" then return look(getfenv(value), path .. "<environment>") end
  look(getmetatable(value), path .. "<metatable>")
  if kind ~= "table" then return end
  for _, name in ipairs(INSECURE) do
    if rawget(value, name) ~= nil then found[#found + 1] = path .. "." .. name end
  end
  local own_require = rawget(value, "require")
  if own_require ~= nil and own_require ~= require then found[#found + 1] = path .. ".require" end
  for key, inner in next, value do
    look(key, path .. "<key>")
    look(inner, path .. "." .. tostring(key))
  end
end

local function search(start)
  seen, found = {}, {}
  for _, library in pairs(LIBRARIES) do
    for _, value in pairs(library) do seen[value] = true end
  end
  look(start, "")
  return found
end

local function callers()
  local list = {}
  for level = 1, 40 do
    local info = debug.getinfo(level, "f")
    if not info then break end
    list[level] = info.func
  end
  return list
end

stage.test("the search would find what is insecure", function()
  local insecure = { io = { popen = print } }
  assert(#search { setfenv(function() end, insecure) } == 1)
end)

stage.test("nothing insecure can be reached from the globals", function()
  local list = search(_G)
  assert(#list == 0, table.concat(list, ", "))
  assert(core.request_insecure_environment() == nil)
end)

stage.test("nothing insecure can be reached from a tool, its context and whoever calls it", function()
  local result
  chatabi_villager.register_villager("stage:spy", {
    personality = "You spy.",
    tools = { spy = { description = "Spies.", run = function(arguments, context)
      result = search { arguments, context, callers(), getfenv(2), getfenv(3) }
      result.functions = #callers()
    end } },
  })
  local _, player = stage.meet("stage:spy", "victim")
  player:says "Spy."
  stage.wait("it has spied", function() return result end)
  assert(result.functions > 3)
  assert(#result == 0, table.concat(result, ", "))
end)

stage.test("a mod loaded before, with a hook and functions in the place of Lua's, has seen nothing insecure", function()
  assert(stage_hook, "there was no hook")
  for name in pairs(stage_hook) do error("seen: " .. name) end
end)
