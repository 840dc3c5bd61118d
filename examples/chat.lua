#!/usr/bin/env lua5.4
-- SPDX-License-Identifier: MIT
-- A chat in the terminal. The answer goes to standard output, everything else to standard error, so it can be piped.
local HELP = [[
usage: chat.lua [options] [prompt...]
With a prompt, or with one on standard input: one answer, then the end. Else a conversation.

  --model NAME         default on Vertex AI: google/gemini-2.5-flash
  --project ID         Google Cloud project
  --location PLACE     global, europe-west1, ...
  --endpoint ID        a self-deployed endpoint on Vertex AI
  --provider NAME      vertex, openai, gemini or compatible
  --base-url URL       what comes before /chat/completions: http://localhost:11434/v1
  --auth SOURCE        adc, file:PATH, metadata, gcloud, api_key:KEY, token:TOKEN, none
  --ca-file PATH       certificate authorities to trust
  --set OPTION=VALUE   any option of core/OPTIONS.md, which --max-retries 0 sets as well
  --system TEXT        instructions for the model
  --no-color           no colours; also NO_COLOR in the environment

In a conversation: /reset forgets it, /model NAME changes the model, /help, /quit.
Ctrl-C ends an answer; what had arrived is kept. At the prompt, Ctrl-C twice or
Ctrl-D leaves. For line editing: rlwrap lua5.4 examples/chat.lua]]

local DEFAULT_MODELS = { vertex = "google/gemini-2.5-flash", gemini = "gemini-2.5-flash", openai = "gpt-4o-mini" }

-- ---- the module, installed or in the build tree of this checkout ----

local function load_chatabi()
  local good, module = pcall(require, "chatabi")
  if not good then
    local root = (arg[0]:match "^(.*)/" or ".") .. "/.."
    package.path = root .. "/bindings/lua/lua/?.lua;" .. package.path
    package.cpath = root .. "/build/bindings/lua/?.so;" .. package.cpath
    good, module = pcall(require, "chatabi")
  end
  if good then return module end
  io.stderr:write(tostring(module), "\n\nNot built yet? Run: sh examples/quickstart.sh\n")
  os.exit(1)
end

local chatabi = load_chatabi()

-- ---- the terminal ----

local function is_terminal(fd)
  local status = os.execute("test -t " .. fd)
  return status == true or status == 0 -- 0 in Lua 5.1
end

local STYLES = { bold = 1, dim = 2, red = 31, green = 32 }
local terminal = { input = is_terminal(0), output = is_terminal(1), errors = is_terminal(2) }
local colours = terminal.errors and (os.getenv "NO_COLOR" or "") == "" and os.getenv "TERM" ~= "dumb"

local function say(style, text)
  if colours and STYLES[style] then text = "\27[" .. STYLES[style] .. "m" .. text .. "\27[0m" end
  io.stderr:write(text)
end

local function complain(err)
  if err.name == "CANCELLED" then return say("dim", "cancelled\n") end
  say("red", tostring(err) .. "\n") -- the message says what to do
end

-- An answer is text of a stranger: it may not move the cursor or rename the window.
local function for_terminal(text) return (text:gsub("[^%C\n\t]", "")) end

-- ---- the command line ----

local function misuse(text)
  io.stderr:write(text, "\nchat.lua --help lists the options.\n")
  os.exit(2)
end

-- The library knows its options and says what is wrong with one.
local function take_option(settings, name, value)
  if name == "set" then name, value = value:match "^([^=]+)=(.*)$" end
  if not name then misuse "--set takes OPTION=VALUE." end
  if name == "auth" and value:find(":", 1, true) then value = { value:match "^([^:]*):(.*)$" } end
  local target = name == "system" and settings or settings.client
  target[name:gsub("%-", "_")] = value
end

local function read_arguments(arguments)
  local settings, words, i = { client = {} }, {}, 1
  while arguments[i] and arguments[i]:match "^%-%-." do
    local name, value = arguments[i]:match "^%-%-([^=]+)=?(.*)$"
    if name == "help" then
      print(HELP)
      os.exit(0)
    elseif name == "no-color" then
      colours = false
    else
      if not arguments[i]:find("=", 1, true) then
        i = i + 1
        value = arguments[i] or misuse("--" .. name .. " needs a value.")
      end
      take_option(settings, name, value)
    end
    i = i + 1
  end
  if arguments[i] == "--" then i = i + 1 end
  for at = i, #arguments do words[#words + 1] = arguments[at] end
  settings.prompt = #words > 0 and table.concat(words, " ") or nil
  return settings
end

local function default_model(options)
  local provider = options.provider or (options.base_url and "compatible" or "vertex")
  return not options.endpoint and DEFAULT_MODELS[provider] or nil
end

-- ---- one answer ----

local interrupted = chatabi.interrupted or function() return false end -- not in every binding
local written -- the last kind of text shown, and whether its line has ended

local function show(kind, text)
  if text == "" then return end
  if written and written.kind ~= kind and not written.at_line_start then io.stderr:write "\n" end
  if kind == "reasoning" then
    say("dim", for_terminal(text))
  else
    io.stdout:write(terminal.output and for_terminal(text) or text)
    io.stdout:flush()
  end
  written = { kind = kind, at_line_start = text:sub(-1) == "\n" }
end

local function end_line()
  if written and not written.at_line_start then (written.kind == "text" and io.stdout or io.stderr):write "\n" end
  io.stdout:flush()
  written = nil
end

-- Shows the stream as it comes; Ctrl-C cancels it. Returns what stream:result does.
local function follow(stream)
  while true do
    if interrupted() then stream:cancel() end
    local chunk = stream:next(0.1)
    if chunk == nil then break end
    if chunk and (chunk.choice or 0) == 0 then
      show("text", chunk.text)
      if terminal.errors then show("reasoning", chunk.reasoning or "") end
    end
  end
  end_line()
  return stream:result()
end

local function summary(info, finish_reason)
  local parts = {}
  local function add(format, ...) parts[#parts + 1] = format:format(...) end
  if info.prompt_tokens then add("%d + %d tokens", info.prompt_tokens, info.completion_tokens or 0) end
  if info.first_text_ms then add("first text %.2f s", info.first_text_ms / 1000) end
  if info.total_ms then add("total %.2f s", info.total_ms / 1000) end
  if (info.attempts or 1) > 1 then add("%d attempts", info.attempts) end
  if finish_reason and finish_reason ~= "stop" then add("ended by: %s", finish_reason) end
  return table.concat(parts, ", ")
end

-- Sends the conversation with `prompt` added. The model's messages are kept and sent back as they came: there can be
-- more than text in them. A question without an answer is not kept.
local function ask(chat, prompt)
  local messages = chat.messages
  messages[#messages + 1] = { role = "user", content = prompt }
  local body = { model = chat.model, messages = messages, stream_options = { include_usage = true } }
  local stream, refused = chat.client:stream(body)
  if not stream then return nil, refused end
  local answer, err = follow(stream)
  local kept = answer or (err.name == "CANCELLED" and err.partial)
  if kept and kept.message and (answer or kept.text ~= "") then
    messages[#messages + 1] = kept.message
  else
    messages[#messages] = nil
  end
  if answer then say("dim", summary(stream:info(), answer.finish_reason) .. "\n") end
  stream:close()
  return answer, err
end

-- ---- a conversation ----

local COMMANDS = {
  help = function() say("plain", HELP:match "In a conversation: .*" .. "\n") end,
  reset = function(chat)
    chat.messages = chat.first()
    say("dim", "forgotten\n")
  end,
  model = function(chat, name)
    if name ~= "" then chat.model = name end
    say("dim", "model: " .. (chat.model or "the server's choice") .. "\n")
  end,
  quit = function() return "leave" end,
}

local function obey(chat, line)
  local name, rest = line:match "^/(%S*)%s*(.-)%s*$"
  if COMMANDS[name] then return COMMANDS[name](chat, rest) end
  say("red", "There is no /" .. name .. ": /help /model /quit /reset\n")
end

-- A line; nil at the end. The first of two Ctrl-C in a row only says what a second one does.
local function read_line()
  local warned = false
  while true do
    say("green", "> ")
    local line = io.read()
    if line then return line end
    say("plain", "\n")
    if not interrupted() or warned then return nil end
    say("dim", "Ctrl-C again or Ctrl-D leaves\n")
    warned = true
  end
end

local function converse(chat)
  local good, err = chat.client:start() -- credential and connection get ready while the user types
  if not good then return nil, err end
  say("bold", chat.model or "the server's model")
  say("dim", "  /help, Ctrl-C ends an answer, Ctrl-D leaves\n\n")
  for line in read_line do
    if line:match "^/" then
      if obey(chat, line) == "leave" then break end
    elseif line:match "%S" then
      local answer, failure = ask(chat, line)
      if not answer then complain(failure) end
      say("plain", "\n")
    end
  end
  return true
end

local function main()
  local settings = read_arguments(arg)
  local client, err = chatabi.new(settings.client)
  if not client then return nil, err end
  local function first() return settings.system and { { role = "system", content = settings.system } } or {} end
  local chat = { client = client, first = first, messages = first() }
  chat.model = settings.client.model or default_model(settings.client)
  interrupted()
  local prompt = settings.prompt or (not terminal.input and io.read("*a"):gsub("%s+$", ""))
  if prompt == "" then misuse "The prompt is empty." end
  if prompt then return ask(chat, prompt) end
  return converse(chat)
end

local good, err = main()
if not good then complain(err) end
os.exit(good and 0 or err.name == "CANCELLED" and 130 or 1)
