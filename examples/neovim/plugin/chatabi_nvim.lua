-- SPDX-License-Identifier: MIT
-- The commands. Nothing else is loaded before the first of them is used.
if vim.g.loaded_chatabi_nvim then return end
vim.g.loaded_chatabi_nvim = true

if vim.fn.has "nvim-0.7" == 0 then
  vim.notify("chatabi_nvim needs Neovim 0.7 or later", vim.log.levels.ERROR)
  return
end

local function command(name, options, run)
  vim.api.nvim_create_user_command(name, function(given) run(require "chatabi_nvim", given) end, options)
end

command("Chat", {
  nargs = "*",
  range = true,
  bang = true,
  desc = "Open the chat, ask in it, or ask about the selection",
}, function(chatabi_nvim, given) chatabi_nvim.open(given) end)

command("ChatSend", { desc = "Send the chat in this buffer" }, function(chatabi_nvim) chatabi_nvim.send() end)

command("ChatStop", { bang = true, desc = "Stop the answers that come into this buffer, or with ! all" },
  function(chatabi_nvim, given) chatabi_nvim.stop { all = given.bang } end)

command("Rewrite", { nargs = "+", range = true, bang = true, desc = "Rewrite the selection as told" },
  function(chatabi_nvim, given) chatabi_nvim.rewrite(given) end)
