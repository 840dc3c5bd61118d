-- SPDX-License-Identifier: MIT
-- What setup was given. Options that are not the plugin's own are chatabi's, and looked at by chatabi.
local config = {}

local KINDS = { chatabi = "string", system = "string", body = "table", servers = "table", ui = "table" }

local UI = {
  window = "vsplit", -- any command that opens a window: split, vsplit, tabnew
  keys = { send = "<CR>", send_insert = "<C-s>", stop = "<C-c>" }, -- false: none
  folder = nil, -- where new chats are written to by :w
  spinner = { "⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏" },
}

local own = { ui = UI, body = {}, servers = {} }
local ours = {} -- chatabi's

local function fail(message) error("chatabi_nvim.setup: " .. message, 5) end

local function check(options)
  if type(options) ~= "table" then fail("a table expected, got " .. type(options)) end
  for name, kind in pairs(KINDS) do
    local value = options[name]
    if value ~= nil and type(value) ~= kind then fail(("%s: %s expected, got %s"):format(name, kind, type(value))) end
  end
  for name in pairs(options.ui or {}) do
    if UI[name] == nil and name ~= "folder" then fail(("there is no option 'ui.%s'"):format(tostring(name))) end
  end
end

function config.set(options)
  options = options or {}
  check(options)
  own, ours = { body = {}, servers = {} }, {}
  for name, value in pairs(options) do
    if KINDS[name] then own[name] = value else ours[name] = value end
  end
  own.ui = vim.tbl_deep_extend("force", UI, options.ui or {})
end

-- One of the plugin's own.
function config.get(name) return own[name] end

-- Options for chatabi.new: those of setup, or of a server that setup names. Nil when it names no such server.
function config.of_server(name)
  if name == nil then return ours end
  return own.servers[name]
end

function config.folder() return own.ui.folder or vim.fn.stdpath "data" .. "/chats" end

return config
