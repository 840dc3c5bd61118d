-- SPDX-License-Identifier: MIT
-- For the examples of a checkout, which load this when it is there. A program of your own needs nothing of it.
--
-- It finds the module that was built here, where none is installed. And where CHATABI_CONFIG names a Lua or JSON file,
-- all examples ask the server of that file: its fields go before those that an example gives to chatabi.new.
--
--   return { provider = "openai", model = "gpt-5-mini" }
--   { "base_url": "http://localhost:11434/v1", "model": "llama3.2" }

local version = jit and "luajit" or _VERSION:match "%d.%d"
package.path = package.path .. ";./bindings/lua/lua/?.lua"
for _, place in ipairs { "spec/lua/" .. version, "bindings/lua/" .. _VERSION:match "%d.%d", "bindings/lua" } do
  package.cpath = package.cpath .. ";./build/" .. place .. "/?.so"
end

-- For LuaJIT the build has the module as one file, which asks for the library; a loaded one is found by its name.
local function require_one_file()
  local library = require("ffi").load "./build/libchatabi.so"
  package.path = "./build/bindings/luajit/?.lua;" .. package.path
  package.loaded.chatabi = nil
  return require "chatabi", library
end

local good, chatabi = pcall(require, "chatabi")
if not good and jit then good, chatabi = pcall(require_one_file) end
if not good then
  local why = tostring(chatabi):gsub("\n\tno [^\n]*", "") -- all the places where it is not
  io.stderr:write(why, "\n\nNot built yet? Run: sh examples/quickstart.sh\n",
    "For every Lua there is: cmake -B build -DCHATABI_LUA_VERSION=all && cmake --build build\n")
  os.exit(1)
end

local function read(path)
  if path:match "%.lua$" then return dofile(path) end
  local file = assert(io.open(path))
  local text = file:read "*a"
  file:close()
  return assert(chatabi.decode(text))
end

local function complain(message)
  io.stderr:write("CHATABI_CONFIG: ", tostring(message), "\n")
  os.exit(1)
end

local path, new = os.getenv "CHATABI_CONFIG", chatabi.new
if not path then return end
local fine, configuration = pcall(read, path)
if not fine then complain(configuration) end
if type(configuration) ~= "table" then complain(path .. " gives no table") end

function chatabi.new(options)
  local all = {}
  for name, value in pairs(options or {}) do all[name] = value end
  for name, value in pairs(configuration) do all[name] = value end
  return new(all)
end
