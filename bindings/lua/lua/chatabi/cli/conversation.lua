-- SPDX-License-Identifier: MIT
-- A conversation in the terminal, or with the lines of standard input.
local answer = require "chatabi.cli.answer"
local commands = require "chatabi.cli.commands"
local terminal = require "chatabi.cli.terminal"

local conversation = {}

-- A message; nil at the end. The first of two Ctrl-C in a row only says what a second one does.
local function read_message()
  local warned = false
  while true do
    local text, interrupted = terminal.read_message "> "
    if text then return text end
    if not interrupted or warned then return nil end
    terminal.say("dim", "Ctrl-C again or Ctrl-D leaves\n")
    warned = true
  end
end

local function greet(session)
  if not terminal.input then return end
  terminal.say("bold", session:model() or "the server's model")
  terminal.say("dim", "  /help, Ctrl-C ends an answer, Ctrl-D leaves\n")
  local said = #session.talk.messages
  if session.file and said > 0 then terminal.say("dim", ("%d messages from %s\n"):format(said, session.file)) end
  terminal.say("plain", "\n")
end

-- False when the answer failed in another way than by Ctrl-C.
local function answer_to(session, text)
  local got, err, told = answer.ask(session, session:content(text))
  if not got and not told then terminal.complain(err) end
  if terminal.input then terminal.say("plain", "\n") end
  return got ~= nil or err.name == "CANCELLED"
end

-- Returns whether all went well: at a terminal the user saw what did not.
function conversation.hold(session, first)
  local good, err = session.client:start() -- credential and connection get ready while the user types
  if not good then return nil, err end
  greet(session)
  local fine = not first or answer_to(session, first)
  for text in read_message do
    if text:match "^/" then
      if commands.obey(session, text) == commands.LEAVE then break end
    elseif text:match "%S" then
      fine = answer_to(session, text) and fine
    end
  end
  return terminal.input or fine
end

return conversation
