-- SPDX-License-Identifier: MIT
-- The command: what its arguments ask for, and the exit status.
local chatabi = require "chatabi"
local answer = require "chatabi.cli.answer"
local arguments = require "chatabi.cli.arguments"
local help = require "chatabi.cli.help"
local session = require "chatabi.cli.session"
local terminal = require "chatabi.cli.terminal"

local GOOD, FAILED, MISUSED, INTERRUPTED, BROKEN_PIPE = 0, 1, 2, 130, 141

local function misuse(text)
  terminal.say("red", text .. "\n")
  terminal.say("plain", "chatabi --help lists the options.\n")
  return MISUSED
end

-- What the library says about its options is about the command line.
local function fail(err)
  if err.name == "CONFIG" then return misuse(err.message) end
  terminal.complain(err)
  return err.name == "CANCELLED" and INTERRUPTED or FAILED
end

-- A pattern for this would take forever on a long run of spaces.
local function without_last_spaces(text)
  local last = #text
  while last > 0 and text:find("^%s", last) do last = last - 1 end
  return text:sub(1, last)
end

-- The prompt, with what comes from standard input; nil: there is none, and the user can be asked.
local function prompt_of(settings)
  if terminal.input then return settings.prompt end
  for _, source in ipairs(settings.attachments) do
    if source == "-" then return settings.prompt or "" end -- it is taken
  end
  local material = without_last_spaces(io.read "*a" or "")
  if not settings.prompt then return material end
  return material == "" and settings.prompt or settings.prompt .. "\n\n" .. material
end

local function converse(settings)
  local opened, err = session.open(settings)
  if not opened then return fail(err) end
  local fine, why = require("chatabi.cli.conversation").hold(opened, settings.prompt)
  if fine == nil then return fail(why) end
  return fine and GOOD or FAILED
end

local function ask(settings, prompt)
  local opened, err = session.open(settings)
  if not opened then return fail(err) end
  local got, why, told = answer.ask(opened, opened:content(prompt))
  if got then return got.refusal and FAILED or GOOD end
  return told and FAILED or fail(why)
end

local COMMANDS = { chat = converse }

function COMMANDS.models(settings)
  local good, err = require("chatabi.cli.models").list(settings)
  return good and GOOD or fail(err)
end

function COMMANDS.doctor(settings)
  local good, err = require("chatabi.cli.doctor").examine(settings)
  if good == nil then return fail(err) end
  return good and GOOD or FAILED
end

function COMMANDS.serve(settings)
  local status, why = require("chatabi.cli.emulator").serve(settings.words)
  if status then return status end
  terminal.say("red", why .. "\n")
  return FAILED
end

function COMMANDS.answer(settings)
  local prompt = prompt_of(settings)
  if terminal.interrupted() then return INTERRUPTED end
  if not prompt then return converse(settings) end
  if prompt == "" and #settings.attachments == 0 then return misuse "The prompt is empty." end
  return ask(settings, prompt)
end

local function run(list)
  terminal.open(false)
  local settings, why = arguments.read(list)
  if not settings then return misuse(why) end
  if settings.no_color then terminal.open(true) end
  if settings.help then
    terminal.write(help.OPTIONS .. "\nIn a conversation:\n" .. help.CONVERSATION)
    return GOOD
  end
  if settings.version then
    terminal.write(chatabi.version() .. "\n")
    return GOOD
  end
  if settings.command ~= "serve" then terminal.interrupted() end -- from here on Ctrl-C is ours
  return COMMANDS[settings.command or "answer"](settings)
end

-- Returns the exit status. What is raised here is a reader that went away, the lua program's Ctrl-C (where the module
-- has none of its own), or a mistake.
return function(list)
  local good, status = pcall(run, list)
  if good then return status end
  if terminal.is_refusal(status) then
    if status.reason:find "pipe" then return BROKEN_PIPE end
  elseif tostring(status):find "interrupted!" then
    return INTERRUPTED
  end
  terminal.complain(tostring(status))
  return FAILED
end
