-- SPDX-License-Identifier: MIT
-- The clients of this worker, one for each backend. They are made when they are needed first and end with the worker.
local chatabi = require "chatabi"
local settings = require "gateway.settings"

local backends = {}

local clients = {} -- backend -> client

-- A client, or nil and why the settings are no good for one.
function backends.get(name)
  if clients[name] then return clients[name] end
  local options = { yield = chatabi.loop.nginx() }
  for key, value in pairs(settings.backends[name]) do options[key] = value end
  local client, err = chatabi.new(options)
  clients[name] = client
  return client, err
end

-- Tokens and connections ahead of the first request. What fails here is tried again by it.
function backends.warm_up()
  for name in pairs(settings.backends) do
    local client, err = backends.get(name)
    local good = client
    if client then good, err = client:start() end
    if not good then ngx.log(ngx.ERR, "backend ", name, ": ", tostring(err)) end
  end
end

local LEVELS = { error = ngx.ERR, warn = ngx.WARN, info = ngx.INFO, debug = ngx.DEBUG }

-- What the library has to say goes to nginx's error log.
function backends.write_log(name)
  local client = clients[name]
  local line = client:log()
  while line do
    local level, text = line:match "^%S+ (%S+) (.*)$"
    ngx.log(LEVELS[level] or ngx.NOTICE, name, ": ", text or line)
    line = client:log()
  end
end

function backends.status()
  local all = {}
  for name, client in pairs(clients) do all[name] = client:status() end
  return all
end

return backends
