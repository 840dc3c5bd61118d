-- SPDX-License-Identifier: MIT
-- What a line that begins with / does in a conversation.
local help = require "chatabi.cli.help"
local terminal = require "chatabi.cli.terminal"

local commands = {}

commands.LEAVE = {} -- what /quit returns

local COMMANDS = {}

local function done(text) terminal.say("dim", text .. "\n") end

function COMMANDS.help() terminal.say("plain", help.CONVERSATION) end
function COMMANDS.quit() return commands.LEAVE end
COMMANDS.exit = COMMANDS.quit

function COMMANDS.reset(session)
  session:forget()
  done "forgotten"
end

function COMMANDS.undo(session)
  local turn = session.talk:undo()
  done(turn and "the last question and its answer are forgotten" or "there is nothing to undo")
end

function COMMANDS.model(session, name)
  if name ~= "" then session:set_model(name) end
  done("model: " .. (session:model() or "the server's choice"))
end

-- "-" takes them away: an empty one asks.
function COMMANDS.system(session, text)
  if text ~= "" then session:set_instructions(text ~= "-" and text or "") end
  local instructions = session:instructions()
  done("system: " .. (instructions ~= "" and instructions or "none"))
end

function COMMANDS.attach(session, source)
  if source == "" then return done "which file? /attach FILE" end
  local good, err = session:attach(source)
  if not good then return terminal.complain(err) end
  done "goes with the next message"
end

function COMMANDS.save(session, path)
  path = path ~= "" and path or session.file
  if not path then return done "where to? /save FILE" end
  local good, err = session:save(path)
  if not good then return terminal.complain(err) end
  done("saved: " .. path)
end

function COMMANDS.load(session, path)
  if path == "" then return done "from where? /load FILE" end
  local good, err = session:load(path)
  if not good then return terminal.complain(err) end
  done(("%d messages from %s"):format(#session.talk.messages, path))
end

function COMMANDS.usage(session)
  local used = session.talk.usage
  done(("requests: %d, tokens: %d of prompts + %d of answers"):format(used.requests, used.prompt_tokens,
    used.completion_tokens))
end

local function names()
  local list = {}
  for name in pairs(COMMANDS) do list[#list + 1] = "/" .. name end
  table.sort(list)
  return table.concat(list, " ")
end

-- What these change is in the file of --continue at once, if there is one.
local CHANGING = { reset = true, undo = true, model = true, system = true }

function commands.obey(session, line)
  local name, rest = line:match "^/(%S*)%s*(.-)%s*$"
  local command = COMMANDS[name]
  if not command then return terminal.say("red", ("There is no /%s: %s\n"):format(name, names())) end
  local outcome = command(session, rest)
  local kept, err = true, nil
  if CHANGING[name] then kept, err = session:keep() end
  if not kept then terminal.complain(err) end
  return outcome
end

return commands
