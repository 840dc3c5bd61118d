-- SPDX-License-Identifier: MIT
-- Finds the library, and tells LuaJIT its functions: those of chatabi.h, which the build puts into chatabi.ffi_cdef.
local ffi = require "ffi"
local header = require "chatabi.ffi_cdef"

local ABI_VERSION = 1

local library = {
  constants = {}, -- name without CHATABI_ -> number
}

-- The enums stay Lua's: LuaJIT takes a function twice, but no enum, and somebody else may have given it the header.
for name, number in header:gmatch "CHATABI_([%u%d_]+)%s*=%s*(-?%d+)" do library.constants[name] = tonumber(number) end
ffi.cdef((header:gsub("enum%s*{.-};", "")))

-- ---- finding ----

local NAMES = {
  Windows = { "chatabi.dll", "libchatabi.dll" },
  OSX = { "libchatabi.dylib", "libchatabi.1.dylib" },
}
local ELSEWHERE = { "libchatabi.so", "libchatabi.so.1" }

local function folder_of(path) return path:match "^(.*[/\\])" or "./" end

-- Where an installation of which this file is a part has its libraries, should the loader not look there.
local function libraries_beside(folder)
  local prefix = folder:match "^(.*/)share/chatabi/luajit/$"
  return prefix and prefix .. "lib/"
end

-- Where this file is. In LOVE its path is one inside the game, which may be an archive.
local function folders()
  local source = debug and debug.getinfo(1, "S").source or ""
  local folder = source:sub(1, 1) == "@" and folder_of(source:sub(2)) or "./"
  local love = package and package.loaded and package.loaded.love
  local filesystem = type(love) == "table" and love.filesystem
  if not (filesystem and filesystem.getSource) then return { folder, libraries_beside(folder) } end
  local game = filesystem.getSource()
  return { folder, game .. "/" .. folder, game .. "/", folder_of(game) }
end

local function candidates()
  local paths = {}
  local names = NAMES[ffi.os] or ELSEWHERE
  for _, folder in ipairs(folders()) do
    for _, name in ipairs(names) do paths[#paths + 1] = folder .. name end
  end
  paths[#paths + 1] = "chatabi"
  paths[#paths + 1] = names[2]
  return paths
end

local function try(path, tried)
  local good, lib = pcall(ffi.load, path)
  if good then return lib end
  tried[#tried + 1] = ("  %s: %s"):format(path, tostring(lib))
end

local function find()
  local tried = {}
  local named = os and os.getenv and os.getenv "CHATABI_LIBRARY"
  if named and named ~= "" then
    local lib = try(named, tried)
    if lib then return lib end
    error("the environment variable CHATABI_LIBRARY names a library that cannot be loaded; set it to the path of "
      .. "libchatabi, or unset it to search\n" .. tried[1], 0)
  end
  for _, path in ipairs(candidates()) do
    local lib = try(path, tried)
    if lib then return lib end
  end
  error("libchatabi is not found: put it into the folder of chatabi.lua, install it, or set the environment variable "
    .. "CHATABI_LIBRARY to its path; tried\n" .. table.concat(tried, "\n"), 0)
end

-- Held here for ever: a library that is collected would be unloaded.
library.lib = find()

local found = library.lib.chatabi_abi_version()
if found ~= ABI_VERSION then
  error(("this module needs libchatabi with ABI version %d, and found %d"):format(ABI_VERSION, found), 0)
end

return library
