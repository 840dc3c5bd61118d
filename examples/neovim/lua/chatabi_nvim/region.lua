-- SPDX-License-Identifier: MIT
-- The part of a buffer that a command with a range is about.
local region = {}

local api = vim.api

-- The column behind the character at `column` (from 0), whatever its size.
local function behind(line, column)
  if column >= #line then return #line end
  local at = vim.fn.charidx(line, column)
  return at < 0 and #line or vim.fn.byteidx(line, at + 1)
end

-- Where the last selection by characters was, when the range of the command is that selection; else nil.
local function selected_characters(given, last_line)
  local from, to = api.nvim_buf_get_mark(0, "<"), api.nvim_buf_get_mark(0, ">")
  if vim.fn.visualmode() ~= "v" or from[1] ~= given.line1 or to[1] ~= given.line2 then return nil end
  if vim.o.selection == "exclusive" then return from[2], math.min(to[2], #last_line) end
  return from[2], behind(last_line, to[2])
end

-- `given` as commands get it. Whole lines, but for a selection by characters. Rows and columns from 0, the end outside.
function region.of(given)
  local lines = api.nvim_buf_get_lines(0, given.line1 - 1, given.line2, false)
  local column, end_column = 0, #lines[#lines]
  if given.range == 2 then
    local first, last = selected_characters(given, lines[#lines])
    if first then column, end_column = math.min(first, #lines[1]), last end
  end
  return {
    buffer = api.nvim_get_current_buf(),
    row = given.line1 - 1,
    column = column,
    end_row = given.line2 - 1,
    end_column = end_column,
  }
end

function region.lines(where)
  return api.nvim_buf_get_text(where.buffer, where.row, where.column, where.end_row, where.end_column, {})
end

return region
