-- SPDX-License-Identifier: MIT
-- Loads chatabi.lua, which needs LuaJIT's ffi, and so gives it what no other mod may have. Its functions run in an
-- environment of their own over the one that all mods have: getfenv, which every mod can call on whatever function it
-- gets to see, finds nothing insecure there. Other mods may have put functions of their own in the place of Lua's: they
-- would see what is passed through them, and decide which library is loaded. So here Lua's own are used.

local FOLDERS = { "/usr/local/share/chatabi/luajit/", "/usr/share/chatabi/luajit/" }

local function readable(insecure, path)
  local file = insecure.io.open(path, "rb")
  if file then file:close() end
  return file ~= nil
end

local function find(insecure, mod_path)
  local named = core.settings:get "secure.chatabi.lua"
  if named and named ~= "" then return named end
  local places = { mod_path .. "/lib/chatabi.lua" }
  for _, folder in ipairs(FOLDERS) do places[#places + 1] = folder .. "chatabi.lua" end
  for _, place in ipairs(places) do
    if readable(insecure, place) then return place end
  end
  return nil, "chatabi.lua is not found: install chatabi, or copy chatabi.lua and libchatabi.so into the folder lib of "
    .. "the mod chatabi_villager, or set secure.chatabi.lua in minetest.conf to its path."
end

-- Of the modules that are asked for, chatabi gets those that it needs.
local NEEDED = { ffi = true, bit = true, ["string.buffer"] = true }

local PLAIN = { "assert", "error", "getfenv", "getmetatable", "ipairs", "next", "pairs", "pcall", "rawequal", "rawget",
  "rawset", "select", "setfenv", "setmetatable", "tonumber", "tostring", "type", "unpack", "xpcall" }
local SYSTEM = { "clock", "date", "difftime", "getenv", "time" }

local function copy(to, from, names)
  for at = 1, #names do to[names[at]] = from[names[at]] end
  return to
end

local function new_environment(insecure)
  local environment = copy({ package = false, os = copy({}, insecure.os, SYSTEM) }, insecure, PLAIN)
  return insecure.setmetatable(environment, { __index = _G })
end

local function limited(require)
  return function(name)
    if not NEEDED[name] then error("there is no module " .. name .. " here") end
    return require(name)
  end
end

-- (insecure environment or nil, path of the mod) -> chatabi; or nil and a sentence for whoever runs the server
return function(insecure, mod_path)
  if not insecure then
    return nil, "The mod chatabi_villager is not trusted: add it to secure.trusted_mods in minetest.conf and start the "
      .. "server again."
  end
  local path, why = find(insecure, mod_path)
  if not path then return nil, why end
  local chunk, broken = insecure.loadfile(path)
  if not chunk then return nil, "chatabi.lua cannot be read: " .. tostring(broken) end
  local environment = new_environment(insecure)
  environment.require = limited(insecure.require)
  local good, chatabi = insecure.pcall(insecure.setfenv(chunk, environment), "chatabi")
  environment.require = nil
  if not good then return nil, "chatabi cannot be loaded: " .. tostring(chatabi) end
  return chatabi
end
