-- SPDX-License-Identifier: MIT
-- Brings an answer to the client: whole, or event by event as the server sent it. Nothing is held longer than it takes
-- to send it: while a client is slow we wait, then the library's queue fills, and then the server behind waits too.
local chatabi = require "chatabi"
local failure = require "gateway.failure"
local settings = require "gateway.settings"

local relay = {}

local GONE = { name = "client_gone" }

local EVENTS_AT_ONCE = 256 -- then other requests have their turn

-- True when the client took it.
local function put(text)
  return text == "" or ngx.print(text) and ngx.flush(true)
end

-- The library asks servers for the usage. Who did not ask for it may not expect an event without choices.
local function is_usage_only(chunk)
  return chunk.type == "other" and chunk.json:find '"choices"%s*:%s*%[%s*%]' ~= nil
end

-- A server that does not stream gives one event, which is the whole answer: clients that asked for a stream look for
-- `delta` in it.
local function as_chunk(text)
  local answer = chatabi.decode(text)
  answer.object = "chat.completion.chunk"
  for _, choice in ipairs(answer.choices) do
    local message = choice.message
    choice.delta, choice.message = message, nil
    local calls = type(message.tool_calls) == "table" and message.tool_calls or {}
    for at, call in ipairs(calls) do call.index = at - 1 end
  end
  return chatabi.encode(answer)
end

local function is_whole(text)
  return not text:find('"delta"', 1, true) and text:find '"object"%s*:%s*"chat%.completion"' ~= nil
end

-- Line breaks can only stand between the parts of JSON, and would end a line of the event.
local function event(text)
  if is_whole(text) then text = as_chunk(text) end
  return "data: " .. text:gsub("[\r\n]+", " ") .. "\n\n"
end

-- An event as it came. Whole tool calls are the library's own, put together from what came before; no JSON has what was
-- in the same chunk as the piece before.
local function line(chunk, wants_usage)
  if not chunk then return ": waiting\n\n" end
  if chunk.type == "tool" or chunk.json == "" then return "" end
  if not wants_usage and is_usage_only(chunk) then return "" end
  return event(chunk.json)
end

local function send_events(stream, chunk, wants_usage)
  local pull, from = stream:drain()
  local err
  repeat
    local lines = {}
    repeat
      lines[#lines + 1] = line(chunk, wants_usage)
      chunk = pull(from)
    until not chunk or #lines == EVENTS_AT_ONCE
    if not put(table.concat(lines)) then return GONE end
    if not chunk then chunk, err = stream:next(settings.heartbeat_s) end
  until chunk == nil
  if not put(err and failure.event(err) or "data: [DONE]\n\n") then return err or GONE end
  return err
end

-- An error with its name, or nil. Until the first event the answer can still become an error with its own status.
function relay.events(stream, wants_usage)
  local chunk, err = stream:next()
  if err then
    failure.reply(err)
    return err
  end
  ngx.header.content_type = "text/event-stream; charset=utf-8"
  ngx.header.cache_control = "no-cache"
  ngx.header["x-accel-buffering"] = "no" -- for another nginx in front of this one
  return send_events(stream, chunk, wants_usage)
end

function relay.whole(stream)
  local chunk, err
  repeat chunk, err = stream:next() until not chunk
  if err then
    failure.reply(err)
    return err
  end
  local text = stream:json() or ""
  ngx.header.content_length = #text
  ngx.print(text)
end

return relay
