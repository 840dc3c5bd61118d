-- SPDX-License-Identifier: MIT
-- A conversation as the lines of a markdown file, and what of it is sent.
--
--   # System, # User, # Assistant     headings of level 1, alone on their line, begin a message
--   <!-- chat: ... -->                notes of the plugin, which are not sent
--   \# User                           a line of a message that looks like one of these has a backslash before it
local transcript = {}

local ROLES = { System = "system", User = "user", Assistant = "assistant" }

local function role_of(line) return ROLES[line:match "^# (%a+)%s*$" or ""] end
local function is_note(line) return line:find("<!-- chat:", 1, true) == 1 end
local function is_ours(line) return role_of(line) or is_note(line) end

function transcript.heading(role)
  for name, value in pairs(ROLES) do
    if value == role then return "# " .. name end
  end
end

function transcript.note(text) return ("<!-- chat: %s -->"):format((text:gsub("%s+", " "):gsub("%-%->", "->"))) end

-- ---- lines that look like ours ----

local function escape(line)
  if is_ours((line:gsub("^\\+", ""))) then return "\\" .. line end
  return line
end

local function unescape(line)
  local bare = line:match "^\\(\\*.*)$"
  if bare and is_ours((bare:gsub("^\\+", ""))) then return bare end
  return line
end

function transcript.escape_all(lines)
  local list = {}
  for at, line in ipairs(lines) do list[at] = escape(line) end
  return list
end

local BEGINNINGS = { "# User", "# System", "# Assistant", "<!-- chat:" }

-- May a line that begins so still become one of ours?
local function is_open(line)
  local bare = line:gsub("^\\+", "")
  for _, beginning in ipairs(BEGINNINGS) do
    if #bare < #beginning and beginning:sub(1, #bare) == bare then return true end
  end
  return is_ours(bare)
end

-- Escapes a text that comes in pieces: feed(piece) gives what can be written now, finish() the rest.
function transcript.escaper()
  local held, inside = "", false -- the beginning of a line; or the line is written already, up to here
  local escaper = {}

  function escaper.feed(piece)
    local out = {}
    for part, ending in piece:gsub("\r", ""):gmatch "([^\n]*)(\n?)" do
      held = held .. part
      if ending ~= "" then
        out[#out + 1] = (inside and held or escape(held)) .. "\n"
        held, inside = "", false
      elseif held ~= "" and (inside or not is_open(held)) then
        out[#out + 1] = held
        held, inside = "", true
      end
    end
    return table.concat(out)
  end

  function escaper.finish()
    local rest = inside and held or escape(held)
    held = ""
    return rest
  end

  return escaper
end

-- ---- reading ----

local function value_of(text)
  local good, value = pcall(vim.json.decode, text)
  if good and value ~= nil and value ~= vim.NIL then return value end
  return text
end

-- The fields between two lines "---" at the top, and the row (from 1) after them.
local function read_fields(lines)
  local fields = {}
  if lines[1] ~= "---" then return fields, 1 end
  for row = 2, #lines do
    if lines[row] == "---" then return fields, row + 1 end
    local name, value = lines[row]:match "^([%w_]+):%s*(.-)%s*$"
    if name and value ~= "" then fields[name] = value_of(value) end
  end
  return {}, 1
end

local function text_of(lines)
  while lines[1] and not lines[1]:find "%S" do table.remove(lines, 1) end
  while lines[1] and not lines[#lines]:find "%S" do table.remove(lines) end
  return table.concat(lines, "\n")
end

-- Messages of one role in a row are one: between them an answer was taken out.
local function add(messages, role, lines)
  local text = text_of(lines)
  if text == "" then return end
  local last = messages[#messages]
  if last and last.role == role then
    last.content = last.content .. "\n\n" .. text
  else
    messages[#messages + 1] = { role = role, content = text }
  end
end

-- The messages of a buffer's lines and the fields at its top. What stands above the first heading is nobody's message.
function transcript.read(lines)
  local fields, from = read_fields(lines)
  local messages, role, current = {}, nil, {}
  for row = from, #lines do
    local line = lines[row]
    local next_role = role_of(line)
    if next_role then
      if role then add(messages, role, current) end
      role, current = next_role, {}
    elseif not is_note(line) then
      current[#current + 1] = unescape(line)
    end
  end
  if role then add(messages, role, current) end
  return messages, fields
end

return transcript
