-- SPDX-License-Identifier: MIT
-- What users call. Each function loads what it needs, so that setup costs nothing at startup.
local config = require "chatabi_nvim.config"

local chatabi_nvim = {}

-- Options of chatabi.new, and the plugin's own: :help chatabi_nvim-options.
function chatabi_nvim.setup(options)
  config.set(options)
  local clients = package.loaded["chatabi_nvim.clients"]
  if clients then clients.forget_all() end
end

-- :Chat and :Rewrite with what nvim_create_user_command gives.
function chatabi_nvim.open(given) require("chatabi_nvim.chat").open(given or {}) end
function chatabi_nvim.rewrite(given) require("chatabi_nvim.rewrite").start(given) end

-- Sends the chat in this buffer, or in another.
function chatabi_nvim.send(buffer) require("chatabi_nvim.chat").send(buffer) end

-- Stops what comes into this buffer, else everything. With { all = true } everything at once.
function chatabi_nvim.stop(given)
  local requests = package.loaded["chatabi_nvim.request"]
  if requests then requests.stop_all(not (given and given.all) and vim.api.nvim_get_current_buf() or nil) end
end

-- For a status line: what is going on, or "".
function chatabi_nvim.status()
  local status = package.loaded["chatabi_nvim.status"]
  return status and status.line() or ""
end

-- Asks without a buffer: `body` is a text, a list of messages or a whole body. `on` may have on_text(text), called as
-- the answer comes, and on_done(answer, err), called once: in the main loop, where all of Neovim's API may be used.
-- Returns the request, which can be stopped: request:stop().
function chatabi_nvim.ask(body, on)
  on = on or {}
  return require("chatabi_nvim.request").send(body, {
    server = on.server,
    on_text = on.on_text,
    on_done = on.on_done or function(_, err)
      if err then require("chatabi_nvim.notice").error(err) end
    end,
  })
end

return chatabi_nvim
