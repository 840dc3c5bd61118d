-- SPDX-License-Identifier: MIT
-- The terminal, or the pipes in its place. Answers go to standard output, everything else to standard error.
local chatabi = require "chatabi"

local terminal = { input = false, output = false, errors = false, colours = false }

local STYLES = { bold = 1, dim = 2, red = 31, green = 32, cyan = 36 }

local function is_terminal(fd)
  local status = os.execute("test -t " .. fd)
  return status == true or status == 0 -- 0 in Lua 5.1
end

-- Where a standard descriptor is closed, a connection would get its number, and the answer written into it. These take
-- the numbers, and cannot be written to.
local places = {}

local function take_places()
  for at = 1, 3 do places[at] = places[at] or io.open "/dev/null" end
end

function terminal.open(no_colour)
  take_places()
  terminal.input, terminal.output, terminal.errors = is_terminal(0), is_terminal(1), is_terminal(2)
  local able = terminal.errors and os.getenv "TERM" ~= "dumb"
  terminal.moves = able -- whether a line can be written over
  terminal.colours = able and not no_colour and (os.getenv "NO_COLOR" or "") == ""
end

-- Text of a stranger may not move the cursor or rename the window: no control characters, of C1 neither.
function terminal.clean(text)
  return (text:gsub("[^%C\n\t]", ""):gsub("\194[\128-\159]", ""))
end

-- ---- standard error ----

function terminal.say(style, text)
  if terminal.errors then text = terminal.clean(text) end
  if terminal.colours and STYLES[style] and text ~= "" then
    text = "\27[" .. STYLES[style] .. "m" .. text .. "\27[0m"
  end
  io.stderr:write(text)
end

-- What is under way, in a line that goes away again; nil: away with it.
local shown

function terminal.progress(text)
  if not terminal.moves or text == shown then return end
  io.stderr:write(shown and "\r\27[K" or "")
  shown = text
  if text then terminal.say("dim", text) end
end

local function hint_of(err)
  if type(err.hint) ~= "string" or err.message:find(err.hint, 1, true) then return "" end
  return err.hint .. "\n"
end

local CREDENTIALS = { AUTH_SOURCE = true, AUTH_EXCHANGE = true, AUTH_HOST = true, UNAUTHENTICATED = true }

function terminal.complain(err)
  if type(err) ~= "table" then return terminal.say("red", tostring(err) .. "\n") end
  if err.name == "CANCELLED" then return terminal.say("dim", "cancelled\n") end
  local text = err.name == "ARG" and err.message or tostring(err) -- no server said so: the name tells nothing
  terminal.say("red", text .. "\n" .. hint_of(err))
  for at = 2, #(err.problems or {}) do -- the message names the first
    terminal.say("red", ("%s: %s\n"):format(err.problems[at].path, err.problems[at].message))
  end
  if CREDENTIALS[err.name] then terminal.say("plain", "What is configured: chatabi doctor\n") end
end

-- ---- standard output ----

-- What is raised when standard output takes no more.
local Refused = {}
function Refused.__tostring(self) return "Standard output takes no more: " .. self.reason end

function terminal.is_refusal(err) return getmetatable(err) == Refused end

local function check(good, reason)
  if not good then error(setmetatable({ reason = tostring(reason) }, Refused), 0) end
end

-- To a pipe everything goes as it came.
function terminal.write(text)
  check(io.stdout:write(terminal.output and terminal.clean(text) or text))
  check(io.stdout:flush())
end

-- ---- the keyboard ----

terminal.interrupted = chatabi.interrupted

-- A line; nil at the end, and true when Ctrl-C was pressed.
local function read_line(prompt)
  if terminal.input then terminal.say("green", prompt) end
  local line = io.read()
  if line then return line end
  if terminal.input then terminal.say("plain", "\n") end
  return nil, terminal.interrupted()
end

-- The lines from `text` on up to one that `ends`, which gives what belongs to the text of that line.
local function read_more(text, ends)
  local lines = {}
  while true do
    local rest, is_last = ends(text)
    lines[#lines + 1] = rest
    if is_last then return table.concat(lines, "\n") end
    local interrupted
    text, interrupted = read_line ". "
    if interrupted then return nil, true end
    if not text then return table.concat(lines, "\n") end
  end
end

local function to_quotes(text)
  local rest = text:match '^(.-)%s*"""%s*$'
  return rest or text, rest ~= nil
end

local function to_no_backslash(text)
  local rest = text:match "^(.*)\\$"
  return rest or text, rest == nil
end

-- A message, of many lines between """ or with \ at their ends; nil at the end, and true when Ctrl-C was pressed.
function terminal.read_message(prompt)
  local line, interrupted = read_line(prompt)
  if not line then return nil, interrupted end
  local quoted = line:match '^%s*"""(.*)$'
  local text, broken = read_more(quoted or line, quoted and to_quotes or to_no_backslash)
  return text, broken
end

return terminal
