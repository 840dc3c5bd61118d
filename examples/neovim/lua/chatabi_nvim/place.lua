-- SPDX-License-Identifier: MIT
-- A place in a buffer that an answer is written to. It moves with the text around it, and what is written is one step
-- for undo, as long as nobody else changes the buffer in between.
local place = {}

local api = vim.api
local NAMESPACE = api.nvim_create_namespace "chatabi_nvim"
place.NAMESPACE = NAMESPACE

local Place = {}
Place.__index = Place

-- Text is locked while the expression of a mapping is evaluated, which may wait for a key: E565, in old versions E523,
-- and of the API another.
local function is_lock(message)
  return message:find "E565" or message:find "E523" or message:find "Failed to save undo information"
end

-- Lines for a new buffer, which undo does not take away.
function place.fill(buffer, lines)
  vim.bo[buffer].undolevels = -1
  api.nvim_buf_set_lines(buffer, 0, -1, false, lines)
  vim.bo[buffer].undolevels = -123456 -- the global value
  vim.bo[buffer].modified = false
end

-- It has to be told where it is: by `at`.
function place.new(buffer) return setmetatable({ buffer = buffer, pending = "" }, Place) end

-- From (row, column) to (end_row, end_column), all from 0. The first text that is written replaces what is there.
function Place:at(row, column, end_row, end_column)
  self.replacing = true
  self.mark = api.nvim_buf_set_extmark(self.buffer, NAMESPACE, row, column, {
    id = self.mark,
    end_row = end_row,
    end_col = end_column,
    right_gravity = false,
    end_right_gravity = true,
    hl_group = "ChatabiComing",
  })
end

-- Marks of a text that was deleted or undone may lie behind the end of the buffer.
local function is_there(buffer, row, column)
  local line = api.nvim_buf_get_lines(buffer, row, row + 1, false)[1]
  return line ~= nil and column <= #line
end

-- Its row, column, end row and end column now; nil when it is gone.
function Place:range()
  if self.gone or not self.mark or not api.nvim_buf_is_loaded(self.buffer) then return nil end
  local mark = api.nvim_buf_get_extmark_by_id(self.buffer, NAMESPACE, self.mark, { details = true })
  if not mark[1] or not mark[3].end_row then return nil end
  local row, column, end_row, end_column = mark[1], mark[2], mark[3].end_row, mark[3].end_col
  if not is_there(self.buffer, row, column) or not is_there(self.buffer, end_row, end_column) then return nil end
  return row, column, end_row, end_column
end

function Place:lines()
  local row, column, end_row, end_column = self:range()
  if not row then return {} end
  return api.nvim_buf_get_text(self.buffer, row, column, end_row, end_column, {})
end

-- ---- undo ----

local function tick(self) return api.nvim_buf_get_changedtick(self.buffer) end

local function undo_state(self)
  return api.nvim_buf_call(self.buffer, function() return vim.fn.undotree().seq_cur end)
end

-- Did the user take back what was written? Then the place holds something else by now.
function Place:is_undone()
  return self.sequence ~= nil and tick(self) ~= self.tick and undo_state(self) < self.sequence
end

-- Nobody but us has changed the buffer since the first text.
function Place:is_alone() return self.tick ~= nil and not self.shared and tick(self) == self.tick end

-- Takes all of it back as `u` does, when that takes back nothing else. The cursors of windows stay where they are.
function Place:undo()
  if not self:is_alone() or vim.fn.mode():find "^[iR]" then return false end
  local views = {}
  for _, window in ipairs(vim.fn.win_findbuf(self.buffer)) do
    views[window] = api.nvim_win_call(window, vim.fn.winsaveview)
  end
  api.nvim_buf_call(self.buffer, function() vim.cmd "silent undo" end)
  for window, view in pairs(views) do
    api.nvim_win_call(window, function() vim.fn.winrestview(view) end)
  end
  self.tick, self.sequence = nil, nil
  return true
end

-- ---- writing ----

-- What was changed before, in the same command perhaps, is a step for undo of its own (:help undo-break). While
-- somebody inserts text, that is for them to say.
local function end_step()
  if not vim.fn.mode():find "^[iR]" then vim.cmd "let &g:undolevels = &g:undolevels" end
end

-- Changes the buffer by change(), in the same step for undo as the changes before it. False where text is locked.
function Place:change(change)
  local joined = self.tick ~= nil and tick(self) == self.tick
  if self.tick and not joined then self.shared = true end
  local good, why
  api.nvim_buf_call(self.buffer, function()
    if joined then
      pcall(vim.cmd, "undojoin")
    elseif not self.tick then
      end_step()
    end
    good, why = pcall(change)
  end)
  if not good then
    why = tostring(why)
    if is_lock(why) and vim.bo[self.buffer].modifiable then return false end
    error((why:gsub("^[^\n]-%.lua:%d+: ", "")), 0)
  end
  self.tick = tick(self)
  if not joined then self.sequence = undo_state(self) end
  return true
end

local function set(self, row, column, end_row, end_column, text)
  local lines = vim.split(text, "\n", { plain = true })
  return self:change(function() -- as a function of Vim script: only then what fails is not shown besides
    vim.call("nvim_buf_set_text", self.buffer, row, column, end_row, end_column, lines)
  end)
end

local function needed_range(self)
  local row, column, end_row, end_column = self:range()
  if not row then error("The text that was to be changed is gone.", 0) end
  return row, column, end_row, end_column
end

-- Replaces all of it. False when it could not be done just now.
function Place:replace(text)
  local row, column, end_row, end_column = needed_range(self)
  return set(self, row, column, end_row, end_column, text)
end

local LONG_LINE = 6000

-- Patterns of syntax files search the whole of a long line, for up to 'redrawtime', which is seconds, each time.
local function spare_syntax(self)
  local _, _, _, column = self:range()
  if column and column > LONG_LINE and vim.bo[self.buffer].syntax ~= "OFF" then
    vim.bo[self.buffer].syntax = "OFF"
  end
end

-- Adds text. False when some of it is still to be written: call it again, with "".
function Place:append(text)
  self.pending = self.pending .. text
  if self.pending == "" then return true end
  local row, column, end_row, end_column = needed_range(self)
  if not self.replacing then row, column = end_row, end_column end
  if not set(self, row, column, end_row, end_column, self.pending) then return false end
  self.pending, self.replacing = "", false
  spare_syntax(self)
  return true
end

-- Takes white space off its end.
function Place:trim()
  local row, column, end_row, end_column = needed_range(self)
  local lines = api.nvim_buf_get_text(self.buffer, row, column, end_row, end_column, {})
  local last = #lines
  while last > 1 and not lines[last]:find "%S" do last = last - 1 end
  local kept = #lines[last]:gsub("%s+$", "")
  if last == #lines and kept == #lines[last] then return end
  set(self, row + last - 1, kept + (last == 1 and column or 0), end_row, end_column, "")
end

-- From here on it is text like any other.
function Place:forget()
  if not self.mark or not api.nvim_buf_is_loaded(self.buffer) then return end
  api.nvim_buf_del_extmark(self.buffer, NAMESPACE, self.mark)
end

-- ---- what the user does to the buffer ----

-- Calls stop() when the buffer goes, or when the user takes back what was written. Returns a function that ends this.
function Place:guard(stop)
  local autocmds = {
    api.nvim_create_autocmd("BufUnload", {
      buffer = self.buffer,
      callback = function()
        self.gone = true
        stop()
      end,
    }),
    api.nvim_create_autocmd({ "TextChanged", "TextChangedI" }, {
      buffer = self.buffer,
      callback = function()
        if not self:is_undone() then return end
        self.undone = true
        stop()
      end,
    }),
  }
  return function()
    for _, autocmd in ipairs(autocmds) do pcall(api.nvim_del_autocmd, autocmd) end
  end
end

local colours = api.nvim_create_augroup("chatabi_nvim_colours", { clear = true })
local function set_colours()
  api.nvim_set_hl(0, "ChatabiComing", { link = "DiffAdd", default = true })
  api.nvim_set_hl(0, "ChatabiState", { link = "Comment", default = true })
end
api.nvim_create_autocmd("ColorScheme", { group = colours, callback = set_colours })
set_colours()

return place
