-- SPDX-License-Identifier: MIT
-- Finds and loads chatabi.lua, the module for LuaJIT, and helps it to find libchatabi.
local config = require "chatabi_nvim.config"

local library = {}

local FILE = "chatabi.lua"
local CHECKOUT = vim.fn.fnamemodify(debug.getinfo(1, "S").source:sub(2), ":p:h:h:h:h:h")

local loaded, found_at

-- ---- places ----

local function split(text) return vim.split(text, ":", { plain = true }) end

-- Where `cmake --install` puts it, below every prefix that is usual, and where a checkout has it.
local function folders()
  local list = {}
  if config.get "chatabi" then list[1] = vim.fn.expand(config.get "chatabi") end
  list[#list + 1] = CHECKOUT .. "/build/bindings/luajit"
  local data = vim.env.XDG_DATA_HOME or vim.fn.expand "~/.local/share"
  for _, share in ipairs(split(data .. ":" .. (vim.env.XDG_DATA_DIRS or "/usr/local/share:/usr/share"))) do
    if share ~= "" then list[#list + 1] = share .. "/chatabi/luajit" end
  end
  return list
end

-- The library of the same installation: the system's loader does not look into every prefix.
local function library_of(folder)
  for _, pattern in ipairs {
    "/libchatabi.so", "/libchatabi.so.1", "/libchatabi.dylib", "/chatabi.dll", -- beside chatabi.lua
    "/../../libchatabi.so.1", "/../../libchatabi.1.dylib", -- a build tree
    "/../../../lib/libchatabi.so.1", "/../../../lib64/libchatabi.so.1", "/../../../lib/*/libchatabi.so.1",
    "/../../../lib/libchatabi.1.dylib", "/../../../bin/chatabi.dll",
  } do
    local path = vim.fn.glob(folder .. pattern, true, true)[1]
    if path then return vim.fn.fnamemodify(path, ":p") end
  end
end

-- ---- loading ----

-- With the environment's CHATABI_LIBRARY for as long as it takes; processes that Neovim starts later see nothing of it.
local function with_library(path, run)
  if vim.env.CHATABI_LIBRARY or not path then return pcall(run) end
  vim.env.CHATABI_LIBRARY = path
  local good, result = pcall(run)
  vim.env.CHATABI_LIBRARY = nil
  return good, result
end

local function load_from(folder)
  local path = folder .. "/" .. FILE
  return with_library(library_of(folder), function()
    local module = assert(loadfile(path))("chatabi")
    package.loaded.chatabi = module
    return module
  end)
end

-- On the runtime path (a folder `lua` of any plugin) or on Lua's own.
local function load_required()
  local path = vim.api.nvim_get_runtime_file("lua/" .. FILE, false)[1]
    or package.searchpath and package.searchpath("chatabi", package.path)
  if not path then return false, nil end
  local folder = vim.fn.fnamemodify(path, ":p:h")
  local good, result = with_library(library_of(folder), function() return require "chatabi" end)
  return good, result, path
end

local function search()
  local tried = {}
  local function take(good, result, path)
    if good then
      loaded, found_at = result, path
    elseif result then
      tried[#tried + 1] = ("%s: %s"):format(path, tostring(result))
    end
    return good
  end
  if take(load_required()) then return true end
  for _, folder in ipairs(folders()) do
    local path = folder .. "/" .. FILE
    if vim.fn.filereadable(path) == 1 then
      local good, result = load_from(folder)
      if take(good, result, path) then return true end
    end
  end
  return false, tried
end

-- The module; or nil and what to do.
function library.load()
  if loaded then return loaded end
  if not rawget(_G, "jit") then return nil, "This Neovim was built without LuaJIT, which chatabi.lua needs." end
  local good, tried = search()
  if good then return loaded end
  if tried[1] then return nil, "chatabi cannot be loaded.\n" .. table.concat(tried, "\n") end
  return nil, "chatabi.lua is not found. Build chatabi in the checkout of this plugin, install it, or name the folder "
    .. "with chatabi.lua and libchatabi: require(\"chatabi_nvim\").setup { chatabi = \"/path/to/folder\" }"
end

-- Where it was found.
function library.path() return found_at end

return library
