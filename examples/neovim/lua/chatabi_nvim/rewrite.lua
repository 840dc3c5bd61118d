-- SPDX-License-Identifier: MIT
-- :Rewrite. The selection is replaced as the answer comes; when that fails, is cancelled or cut, it is as it was.
local config = require "chatabi_nvim.config"
local fence = require "chatabi_nvim.fence"
local notice = require "chatabi_nvim.notice"
local place = require "chatabi_nvim.place"
local region = require "chatabi_nvim.region"
local request = require "chatabi_nvim.request"

local rewrite = {}

local api = vim.api

local SYSTEM = "You rewrite a part of a file for its author, as told. Answer with the new text of that part and "
  .. "nothing else: no explanation, no code fence, the same indentation."
local CUT = "The answer is cut: max_tokens is too small, or the model's own limit was met."

local function body_of(lines, instruction, filetype)
  local parts = { instruction, "" }
  vim.list_extend(parts, fence.around(lines, filetype))
  local body = { messages = {
    { role = "system", content = SYSTEM },
    { role = "user", content = table.concat(parts, "\n") },
  } }
  for name, value in pairs(config.get "body") do body[name] = value end
  return body
end

-- ---- the end ----

-- Why an answer that came is none to be kept; nil when it is.
local function flaw_of(answer, written)
  if answer.refusal then return { name = "BLOCKED", message = "The model refused: " .. answer.refusal } end
  local finish = answer.info.finish
  if finish == "length" then return { name = "TRUNCATED", message = CUT } end
  if finish == "content_filter" then return { name = "BLOCKED", message = "The provider withheld the answer." } end
  if not written then return { name = "PROTOCOL", message = "The answer is empty." } end
end

local function restore(where, original)
  if where.gone or where.undone or not where.tick then return end
  if not where:undo() then where:replace(original) end
end

local function settle(where, original, err)
  if err then pcall(restore, where, original) end
  where:forget()
  if not err then return end
  if err.name == "CANCELLED" then
    if not where.gone then notice.info "The rewrite is stopped; the text is as it was." end
  else
    notice.error(err)
  end
end

-- ---- a preview ----

-- A copy of the buffer beside it, both in diff mode; `do` and `dp` carry changes over.
local function beside(where)
  local source = api.nvim_get_current_win()
  local copy = api.nvim_create_buf(false, true)
  local name = vim.fn.fnamemodify(api.nvim_buf_get_name(where.buffer), ":t")
  api.nvim_buf_set_name(copy, ("rewrite://%d/%s"):format(copy, name))
  place.fill(copy, api.nvim_buf_get_lines(where.buffer, 0, -1, false))
  vim.bo[copy].bufhidden = "wipe"
  vim.bo[copy].filetype = vim.bo[where.buffer].filetype
  local view = vim.fn.winsaveview()
  vim.cmd "diffthis"
  vim.cmd "rightbelow vertical split"
  api.nvim_win_set_buf(0, copy)
  vim.cmd "diffthis"
  vim.fn.winrestview(view)
  api.nvim_create_autocmd("BufWipeout", {
    buffer = copy,
    once = true,
    callback = vim.schedule_wrap(function()
      if api.nvim_win_is_valid(source) then api.nvim_win_call(source, function() vim.cmd "diffoff" end) end
    end),
  })
  api.nvim_set_current_win(source)
  return vim.tbl_extend("force", where, { buffer = copy })
end

-- ---- the command ----

function rewrite.start(given)
  local selected = region.of(given)
  local lines = region.lines(selected)
  local filetype = vim.bo[selected.buffer].filetype
  if given.bang then
    selected = beside(selected)
  elseif not vim.bo[selected.buffer].modifiable then
    return notice.error "This buffer cannot be changed ('nomodifiable'); :Rewrite! shows the new text beside it."
  end

  local where = place.new(selected.buffer)
  where:at(selected.row, selected.column, selected.end_row, selected.end_column)
  local filter = fence.filter(not fence.is_fence(lines[1]))
  local unguard
  local function write(text) return where:append(text) end

  local one = request.send(body_of(lines, given.args, filetype), {
    buffer = selected.buffer,
    on_text = function(text) return write(filter:feed(text)) end,
    on_done = function(answer, err)
      if unguard then unguard() end
      if answer then
        local good, why = pcall(write, filter:finish())
        err = flaw_of(answer, where.tick) or not good and { name = "ARG", message = tostring(why) } or nil
      end
      settle(where, table.concat(lines, "\n"), err)
    end,
  })
  if not one.ended then unguard = where:guard(function() one:stop() end) end
  return one
end

return rewrite
