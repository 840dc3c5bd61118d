-- SPDX-License-Identifier: MIT
-- :Chat. The conversation is the buffer: what is sent is what is read there, and an answer comes as text of it.
local config = require "chatabi_nvim.config"
local fence = require "chatabi_nvim.fence"
local notice = require "chatabi_nvim.notice"
local place = require "chatabi_nvim.place"
local region = require "chatabi_nvim.region"
local request = require "chatabi_nvim.request"
local status = require "chatabi_nvim.status"
local transcript = require "chatabi_nvim.transcript"

local chat = {}

local api = vim.api
local USER, ASSISTANT, SYSTEM = transcript.heading "user", transcript.heading "assistant", transcript.heading "system"

local answers = {} -- by buffer: the answer that comes there
local last -- buffer of the last chat

local function lines_of(buffer) return api.nvim_buf_get_lines(buffer, 0, -1, false) end

-- How many lines there are up to the last that is not blank.
local function filled(lines)
  local count = #lines
  while count > 0 and not lines[count]:find "%S" do count = count - 1 end
  return count
end

-- ---- buffers ----

local function set_keys(buffer)
  local keys = config.get("ui").keys or {}
  local function map(mode, key, to, what)
    if key then vim.keymap.set(mode, key, to, { buffer = buffer, desc = what, silent = true }) end
  end
  map("n", keys.send, "<Cmd>ChatSend<CR>", "Send the chat")
  map("i", keys.send_insert, "<C-g>u<Cmd>ChatSend<CR>", "Send the chat")
  map("n", keys.stop, "<Cmd>ChatStop<CR>", "Stop the answer")
end

-- Makes a buffer one to chat in. Its text lies in no swap file and no undo file.
local function adopt(buffer)
  if vim.b[buffer].chatabi_chat then return end
  vim.b[buffer].chatabi_chat = true
  vim.bo[buffer].swapfile, vim.bo[buffer].undofile = false, false
  set_keys(buffer)
end

local function unused_name()
  local stem = config.folder() .. "/" .. os.date "%Y-%m-%d-%H%M%S"
  local name, number = stem .. ".md", 1
  while vim.fn.bufexists(name) == 1 or vim.fn.filereadable(name) == 1 do
    number = number + 1
    name = ("%s-%d.md"):format(stem, number)
  end
  return name
end

-- Conversations are private: the folder is for the user alone.
local function make_folder(buffer)
  local folder = vim.fn.fnamemodify(api.nvim_buf_get_name(buffer), ":p:h")
  if vim.fn.isdirectory(folder) == 0 then vim.fn.mkdir(folder, "p", tonumber("700", 8)) end
end

local function new_buffer()
  local buffer = api.nvim_create_buf(true, false)
  adopt(buffer) -- before it has a name, with which there would be a swap file
  api.nvim_buf_set_name(buffer, unused_name())
  local lines = { USER, "", "" }
  if config.get "system" then
    lines = vim.list_extend({ SYSTEM, "" }, vim.split(config.get "system" .. "\n", "\n"))
    vim.list_extend(lines, { USER, "", "" })
  end
  place.fill(buffer, lines)
  vim.bo[buffer].filetype = "markdown"
  api.nvim_create_autocmd("BufWritePre", { buffer = buffer, callback = function() make_folder(buffer) end })
  return buffer
end

-- The empty buffer that Neovim starts with.
local function is_unused(buffer)
  return api.nvim_buf_get_name(buffer) == "" and vim.bo[buffer].buftype == "" and not vim.bo[buffer].modified
    and api.nvim_buf_line_count(buffer) == 1 and lines_of(buffer)[1] == ""
end

-- A window of this tab that shows this chat, else one that shows another.
local function window_of(buffer)
  local window = vim.fn.bufwinid(buffer)
  if window ~= -1 then return window end
  for _, other in ipairs(api.nvim_tabpage_list_wins(0)) do
    if vim.b[api.nvim_win_get_buf(other)].chatabi_chat then return other end
  end
end

local function show(buffer, mods)
  local window = window_of(buffer)
  if (mods or "") ~= "" then
    vim.cmd(mods .. " split")
  elseif window then
    api.nvim_set_current_win(window)
  elseif not is_unused(0) then
    vim.cmd(config.get("ui").window)
  end
  api.nvim_win_set_buf(0, buffer)
  for _, option in ipairs { "wrap", "linebreak", "smoothscroll" } do -- the last, for high lines, is there since 0.10
    if vim.fn.exists("+" .. option) == 1 then api.nvim_set_option_value(option, true, { scope = "local" }) end
  end
end

local function to_end(window)
  local buffer = api.nvim_win_get_buf(window)
  local count = api.nvim_buf_line_count(buffer)
  local line = api.nvim_buf_get_lines(buffer, count - 1, count, false)[1]
  api.nvim_win_set_cursor(window, { count, #line })
end

-- Adds what the user says to the message at the end.
local function say(buffer, paragraphs)
  local lines = lines_of(buffer)
  local count = filled(lines)
  local added = {}
  for _, paragraph in ipairs(paragraphs) do
    added[#added + 1] = ""
    vim.list_extend(added, paragraph)
  end
  local messages = transcript.read(lines)
  local role = messages[#messages] and messages[#messages].role
  if lines[count] ~= USER and role ~= "user" then table.insert(added, 1, USER) end
  if added[1] == USER and count > 0 then table.insert(added, 1, "") end
  api.nvim_buf_set_lines(buffer, count, -1, false, added)
end

local function is_blank(buffer) return #transcript.read(lines_of(buffer)) <= (config.get "system" and 1 or 0) end

-- With `given` as commands get it: a range is quoted, a text is sent.
function chat.open(given)
  local paragraphs = {}
  if (given.range or 0) > 0 then
    local selected = region.lines(region.of(given))
    paragraphs[1] = transcript.escape_all(fence.around(selected, vim.bo.filetype))
  end
  if (given.args or "") ~= "" then
    table.insert(paragraphs, 1, transcript.escape_all(vim.split(given.args, "\n", { plain = true })))
  end
  local usable = last and api.nvim_buf_is_loaded(last) and (not given.bang or is_blank(last))
  if not usable then last = new_buffer() end
  show(last, given.mods)
  if paragraphs[1] then say(last, paragraphs) end
  to_end(0)
  if (given.args or "") ~= "" then return chat.send(last) end
  require("chatabi_nvim.clients").get(nil, function() end) -- warm when the question is written; a failure is told then
end

-- ---- what stands around an answer ----

-- Adds the headings for an answer and for what the user says next. Gives their rows, and that of the answer.
local function add_headings(buffer)
  local count = filled(lines_of(buffer))
  api.nvim_buf_set_lines(buffer, count, -1, false, { "", ASSISTANT, "", "", "", USER, "", "" })
  return count + 1, count + 3, count + 5
end

local function mark(buffer, row) return api.nvim_buf_set_extmark(buffer, place.NAMESPACE, row, 0, {}) end

local function row_of(buffer, id) return api.nvim_buf_get_extmark_by_id(buffer, place.NAMESPACE, id, {})[1] end

-- Shows `text` beside the heading.
local function label(answer, text)
  local row = not answer.where.gone and api.nvim_buf_is_loaded(answer.buffer) and row_of(answer.buffer, answer.heading)
  if not row then return end
  api.nvim_buf_set_extmark(answer.buffer, place.NAMESPACE, row, 0, {
    id = answer.heading,
    virt_text = { { text, "ChatabiState" } },
  })
end

-- Takes the headings out again: nothing came. What the user has written below them stays.
local function take_back(answer)
  if answer.where.undone or answer.where:undo() then return end
  local from, to = row_of(answer.buffer, answer.heading), row_of(answer.buffer, answer.next)
  if not from or not to or to <= from then return end
  local below = api.nvim_buf_get_lines(answer.buffer, to + 1, -1, false)
  answer.where:change(function()
    api.nvim_buf_set_lines(answer.buffer, from, filled(below) == 0 and -1 or to, false, {})
  end)
end

-- ---- the end of an answer ----

local FLAWS = {
  length = "the answer is cut: max_tokens is too small, or the model's own limit was met",
  content_filter = "the provider withheld the rest of the answer",
}

local function summary(result)
  local info = result.info
  local tokens = info.output_tokens or info.completion_tokens
  return ("%s%s%.1f s"):format(result.completion.model and result.completion.model .. ", " or "",
    tokens and ("%d tokens, "):format(tokens) or "", (info.total_ms or 0) / 1000)
end

local function add_note(answer, text) answer.where:append("\n\n" .. transcript.note(text)) end

local function end_well(answer, result)
  answer.where:append(answer.escaper.finish())
  answer.where:trim()
  label(answer, summary(result))
  local flaw = FLAWS[result.info.finish]
  if not flaw then return end
  add_note(answer, flaw)
  notice.warn((flaw:gsub("^%l", string.upper)) .. ".")
end

-- What came of a broken answer stays, with a note, so that it never looks whole.
local function end_badly(answer, err)
  answer.where:append(answer.escaper.finish())
  if not answer.where.replacing then
    answer.where:trim()
    add_note(answer, err.name == "CANCELLED" and "stopped" or notice.text(err))
    label(answer, err.name == "CANCELLED" and "stopped" or err.name)
  else
    take_back(answer)
  end
end

local function finish(answer, result, err)
  answers[answer.buffer] = nil
  if answer.unguard then answer.unguard() end
  if answer.where:range() then
    local good, why = pcall(result and end_well or end_badly, answer, result or err)
    if not good and not err then notice.error(why) end
  end
  answer.where:forget()
  if err and err.name ~= "CANCELLED" then notice.error(err) end
end

-- ---- sending ----

-- Stops it when its buffer goes, when the user undoes it, and when the last window that shows it is closed.
local function guard(answer, stop)
  local unguard = answer.where:guard(stop)
  local autocmd = api.nvim_create_autocmd("WinClosed", {
    callback = function(event)
      local windows = vim.fn.win_findbuf(answer.buffer)
      if #windows == 1 and windows[1] == tonumber(event.match) then vim.schedule(stop) end
    end,
  })
  return function()
    unguard()
    pcall(api.nvim_del_autocmd, autocmd)
  end
end

local function body_of(messages, fields)
  local body = { messages = messages }
  for name, value in pairs(config.get "body") do body[name] = value end
  for name, value in pairs(fields) do
    if name ~= "server" then body[name] = value end
  end
  return body
end

-- Why it cannot be sent, or nil.
local function objection(buffer, messages)
  if answers[buffer] then return "An answer is still coming; :ChatStop stops it." end
  if not vim.bo[buffer].modifiable then return "This buffer cannot be changed ('nomodifiable')." end
  local newest = messages[#messages]
  if not newest or newest.role ~= "user" then
    return ("There is nothing to send: write below a line \"%s\" at the end."):format(USER)
  end
end

local function begin(buffer)
  local answer = { buffer = buffer, where = place.new(buffer), escaper = transcript.escaper() }
  local heading, row, next_heading
  answer.where:change(function() heading, row, next_heading = add_headings(buffer) end)
  answer.where:at(row, 0, row, 0)
  answer.heading, answer.next = mark(buffer, heading), mark(buffer, next_heading)
  if api.nvim_get_current_buf() == buffer then to_end(0) end
  return answer
end

-- Sends the conversation in `buffer`, by default this one: any text with these headings.
function chat.send(buffer)
  buffer = (buffer or 0) == 0 and api.nvim_get_current_buf() or buffer
  local messages, fields = transcript.read(lines_of(buffer))
  local why_not = objection(buffer, messages)
  if why_not then return notice.warn(why_not) end
  adopt(buffer)
  last = buffer
  local answer = begin(buffer)
  answers[buffer] = answer
  local one = request.send(body_of(messages, fields), {
    buffer = buffer,
    server = fields.server,
    on_text = function(text) return answer.where:append(answer.escaper.feed(text)) end,
    on_done = function(result, err) finish(answer, result, err) end,
  })
  if one.ended then return one end
  function one.on_tick() label(answer, status.of(one)) end
  answer.unguard = guard(answer, function() one:stop() end)
  return one
end

return chat
