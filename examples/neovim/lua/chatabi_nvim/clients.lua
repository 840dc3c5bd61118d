-- SPDX-License-Identifier: MIT
-- One client for each server, made when it is needed first. Where a key comes from a function, it is asked then, and
-- may take its time.
local config = require "chatabi_nvim.config"
local library = require "chatabi_nvim.library"

local clients = {}

local DEFAULT = "" -- the server of setup's own options

local made = {} -- by server
local waiting = {} -- by server: list of functions

-- ---- keys from functions ----

-- `ask` returns the value, or calls its argument with it later; (nil, why) is a failure.
local function value_of(ask, use)
  local given = false
  local function done(value, why)
    if given then return end
    given = true
    if type(value) == "string" or type(value) == "table" then return use(value) end
    use(nil, why or "The function in option 'auth' gave no key.")
  end
  local good, value, why = pcall(ask, vim.schedule_wrap(done))
  if not good then return done(nil, tostring(value)) end
  if value ~= nil or why ~= nil then done(value, why) end
end

local function is_asked(auth)
  return type(auth) == "function" or type(auth) == "table" and type(auth.value or auth[2]) == "function"
end

-- Calls use(auth) with texts for functions, or use(nil, why).
local function resolve(auth, use)
  if not is_asked(auth) then return use(auth) end
  if type(auth) == "function" then return value_of(auth, use) end
  value_of(auth.value or auth[2], function(value, why)
    if value == nil then return use(nil, why) end
    use { auth.source or auth[1], value }
  end)
end

-- ---- making ----

local function new_client(chatabi, options, auth)
  local all = {}
  for name, value in pairs(options) do all[name] = value end
  all.auth = auth
  local good, client, err = pcall(chatabi.new, all)
  if not good then return nil, tostring(client) end
  if client then client:start() end -- certificates, token and connection, in the background
  return client, err
end

local function settle(server, client, err)
  made[server] = client
  local list = waiting[server]
  waiting[server] = nil
  for _, use in ipairs(list or {}) do use(client, err) end
end

local function make(server, options)
  local chatabi, why = library.load()
  if not chatabi then return settle(server, nil, why) end
  local list = waiting[server]
  resolve(options.auth, function(auth, problem)
    if waiting[server] ~= list then return end -- setup was called meanwhile
    if problem then return settle(server, nil, problem) end
    settle(server, new_client(chatabi, options, auth))
  end)
end

-- Calls use(client), or use(nil, err) with an error of the library's or a text: at once, when there is no key to wait
-- for.
function clients.get(server, use)
  local options = config.of_server(server)
  if not options then return use(nil, ("There is no server '%s' in setup's option 'servers'."):format(server)) end
  server = server or DEFAULT
  if made[server] then return use(made[server]) end
  if waiting[server] then
    table.insert(waiting[server], use)
    return
  end
  waiting[server] = { use }
  make(server, options)
end

-- ---- ending ----

-- The next request asks for the key again: this one was refused.
function clients.refused(server)
  local options = config.of_server(server)
  if options and is_asked(options.auth) then made[server or DEFAULT] = nil end
end

-- Setup changed: answers that come from the old clients go on, as their streams keep them alive.
function clients.forget_all()
  local left = waiting
  made, waiting = {}, {}
  for _, list in pairs(left) do
    for _, use in ipairs(list) do use(nil, "The configuration was changed meanwhile: ask again.") end
  end
end

-- At the end of Neovim: a server that is still writing hears of it now.
function clients.close_all()
  for _, client in pairs(made) do client:close() end
  made = {}
end

return clients
