-- SPDX-License-Identifier: MIT
-- One answer: asked for, shown as it comes, and what is to be said about it.
local chatabi = require "chatabi"
local errors = require "chatabi.error"
local patience = require "chatabi.cli.patience"
local terminal = require "chatabi.cli.terminal"

local answer = {}

-- ---- text as it comes ----

-- What was shown last, and whether its line has ended.
local Screen = {}
Screen.__index = Screen

function Screen:show(kind, text)
  if text == "" then return end
  terminal.progress(nil)
  if self.kind and self.kind ~= kind and not self.at_line_start then terminal.say("plain", "\n") end
  if kind == "text" then
    terminal.write(text)
  else
    terminal.say("dim", text)
  end
  self.kind, self.at_line_start = kind, text:sub(-1) == "\n"
end

function Screen:finish()
  terminal.progress(nil)
  if not self.kind or self.at_line_start then return end
  if self.kind == "text" then terminal.write "\n" else terminal.say("plain", "\n") end
end

local function show_chunk(screen, chunk)
  if (chunk.choice or 0) ~= 0 then return end
  if terminal.errors then screen:show("reasoning", chunk.reasoning or "") end
  screen:show("text", chunk.text)
end

-- Reads the turn to its end; shows it unless it is `silent`. Returns what turn:result does.
local function follow(turn, silent)
  local screen, slices = setmetatable({}, Screen), 0
  while true do
    if terminal.interrupted() then turn:cancel() end
    local chunk = turn:next(patience.SLICE_S)
    if chunk == nil then break end
    if chunk and not silent then show_chunk(screen, chunk) end
    slices = slices + 1
    if not chunk and not screen.kind then patience.show(turn, slices) end
  end
  screen:finish()
  return turn:result()
end

-- ---- what is said about it ----

local function summary(got)
  local info, parts = got.info or {}, {}
  local function add(format, ...) parts[#parts + 1] = format:format(...) end
  if info.prompt_tokens then add("%d + %d tokens", info.prompt_tokens, info.completion_tokens or 0) end
  if info.first_text_ms then add("first text %.2f s", info.first_text_ms / 1000) end
  if info.total_ms then add("total %.2f s", info.total_ms / 1000) end
  if (info.attempts or 1) > 1 then add("%d attempts", info.attempts) end
  if got.finish_reason and got.finish_reason ~= "stop" then add("ended by: %s", got.finish_reason) end
  return table.concat(parts, ", ")
end

local function note(got)
  if got.refusal then
    terminal.say("red", "The model refused: " .. got.refusal .. "\n")
  elseif got.finish_reason == "length" then
    terminal.say("red", "The answer was cut: the model was allowed no more tokens (-o max_tokens=N).\n")
  elseif got.text == "" then
    terminal.say("red", ("The answer has no text (%s). --json shows all of it.\n"):format(got.finish_reason or "?"))
  end
end

function answer.show_log(session)
  if not session.log then return end
  for line in function() return session.client:log() end do terminal.say("dim", line .. "\n") end
end

-- ---- asking ----

-- An answer to be checked, or shown as JSON, is shown when it is complete.
local function ask(session, content)
  local silent = session.json or session.schema ~= nil
  if not session.whole then
    local turn, err = session.talk:stream(content)
    if not turn then return nil, err end
    local got, why = follow(turn, silent)
    turn:close()
    return got, why, silent
  end
  local talk = session.talk
  local got, err = patience.run(session.client, function() return talk:send(content) end)
  return got, err, true
end

-- Of a cancelled answer what had come is kept, with its question.
local function keep_part(session, err)
  local partial = err.name == "CANCELLED" and err.partial
  if not partial or not partial.message or partial.text == "" then return false end
  for _, message in ipairs(err.turn) do session.talk:add(message) end
  session.talk:add(partial.message)
  return true
end

-- What came of an answer that was not shown, and was not good.
local function show_rest(partial)
  if partial and partial.text ~= "" then terminal.say("dim", partial.text .. "\n") end
end

local function show_whole(session, got)
  local text = session.json and chatabi.encode(got.completion) or got.text
  if text == "" then return end
  terminal.write(text:sub(-1) == "\n" and text or text .. "\n")
end

-- Sends `content` and shows the answer. Returns it; nil and an error, and true when that was shown.
function answer.ask(session, content)
  if not pcall(chatabi.encode, content) then
    return nil, errors.new("ARG", "This is no text in UTF-8. A file of another kind: -a FILE, or -a - behind a pipe.")
  end
  local got, err, unseen = ask(session, content)
  answer.show_log(session)
  if got and unseen then show_whole(session, got) end
  if not got and unseen then show_rest(err.partial) end
  if got then note(got) end
  if got and session.usage then terminal.say("dim", summary(got) .. "\n") end
  if not got and not keep_part(session, err) then return nil, err end
  local kept, why = session:keep()
  if not kept then terminal.complain(why) end
  if not got then return nil, err end
  if not kept then return nil, why, true end
  return got
end

return answer
