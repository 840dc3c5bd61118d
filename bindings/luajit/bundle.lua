-- SPDX-License-Identifier: MIT
-- Writes chatabi.lua for LuaJIT: all modules as one file, to be copied beside the library.
--   lua bundle.lua OUTPUT chatabi.h chatabi.lua chatabi/body.lua ...
-- Each module is a plain function, so that errors name lines of the one file, and a host without loadstring can run it.

local HEAD = [==[
-- chatabi for LuaJIT: the whole Lua module in one file, over libchatabi, without a compiled Lua module. Copy it beside
-- the library (libchatabi.so, chatabi.dll, libchatabi.dylib), or set CHATABI_LIBRARY to the library's path, and
-- require it. Made from the sources of chatabi by bindings/luajit/bundle.lua.
-- SPDX-License-Identifier: MIT

local outer = require
if not pcall(outer, "ffi") then
  error("this chatabi.lua is for LuaJIT and needs its module ffi, which is not here; for another Lua there is the "
    .. "compiled module, which \"require\" finds where chatabi was installed for it", 0)
end
local modules, loaded = {}, {}

local function require(wanted)
  local run = modules[wanted]
  if not run then return outer(wanted) end
  if loaded[wanted] == nil then loaded[wanted] = run(wanted) end
  return loaded[wanted]
end

]==]

-- The parts can be required beside the whole, and are then the same ones. Nothing else of them is to be seen.
local TAIL = [==[
local chatabi = require "chatabi"
local name = ... -- what it was required as, if it was
name = type(name) == "string" and name or "chatabi"
local preload = package and package.preload
for part in pairs(preload and modules or {}) do
  if part ~= "chatabi" then preload[name .. part:sub(#"chatabi" + 1)] = function() return require(part) end end
end
return chatabi
]==]

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "*a"
  file:close()
  return (text:gsub("\r\n", "\n"))
end

local function module_name(path)
  path = path:gsub("\\", "/")
  local name = path:match ".*/bindings/lua/lua/(.+)%.lua$" or path:match ".*/bindings/luajit/(.+)%.lua$"
  return (name:gsub("/", "."))
end

-- The part of the header that is meant for LuaJIT, without its comments.
local function declarations(header)
  local text = assert(header:match "/%* cdef begin %*/(.-)/%* cdef end %*/", "the header has no cdef markers")
  text = text:gsub("/%*.-%*/", ""):gsub("[ \t]+\n", "\n"):gsub("\n\n+", "\n")
  return "return [[" .. text .. "]]\n"
end

local output, header = arg[1], arg[2]
local sources = {
  ["chatabi.ffi_cdef"] = declarations(read(header)),
  ["chatabi.half"] = 'return require "chatabi.ffi"\n', -- one file, one half: no compiled module is looked for
}
for i = 3, #arg do
  local name = module_name(arg[i])
  sources[name] = sources[name] or read(arg[i])
end

local names = {}
for name in pairs(sources) do names[#names + 1] = name end
table.sort(names)

local parts = { HEAD }
for _, name in ipairs(names) do
  local source = sources[name]:gsub("^%-%- SPDX[^\n]*\n", "")
  parts[#parts + 1] = ('modules["%s"] = function(...)\n%send\n\n'):format(name, source)
end
parts[#parts + 1] = TAIL

local file = assert(io.open(output, "wb"))
file:write(table.concat(parts))
file:close()
