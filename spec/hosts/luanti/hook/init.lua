-- SPDX-License-Identifier: MIT
-- Sets a debug hook and puts functions of its own in the place of Lua's, as every mod can, and keeps what it sees of
-- the insecure environment by them.
stage_hook = {}
debug.sethook(function()
  local info = debug.getinfo(2, "f")
  local called = info and info.func
  if called and called ~= require and called ~= loadfile and pcall(getfenv, called) then
    local environment = getfenv(called)
    if type(environment) == "table" and rawget(environment, "dofile") and environment ~= _G then
      stage_hook.environment = true
    end
  end
end, "c")

local own_require, own_type, own = require, type, {}

-- What ffi.load returns says this of itself, and so do ffi's types.
local function look(name, value)
  local found = own_type(value) == "table" and rawget(value, "require")
  if getmetatable(value) == "ffi" or found and found ~= own_require then stage_hook[name] = true end
end

local function wrap(place, name)
  own[name] = { place = place, run = place[name] }
  local run = place[name]
  local function seen(...)
    for at = 1, select("#", ...) do look(name, (select(at, ...))) end
    return ...
  end
  place[name] = function(...) return seen(run(seen(...))) end
end

for _, name in ipairs { "pcall", "setfenv", "setmetatable", "type" } do wrap(_G, name) end
local getenv = os.getenv
rawset(os, "getenv", function(name)
  if name == "CHATABI_LIBRARY" then stage_hook.getenv = true end -- and here it could name a library of its own
  return getenv(name)
end)

core.register_on_mods_loaded(function()
  rawset(os, "getenv", getenv)
  for name, one in pairs(own) do one.place[name] = one.run end
end)
