-- SPDX-License-Identifier: MIT
-- chatabi: OpenAI-style chat completions, from Vertex AI, OpenAI and compatible servers.
--
--   local chatabi = require "chatabi"
--   local client = assert(chatabi.new { project = "my-project", model = "google/gemini-2.5-flash" })
--   print(assert(client:chat "Why is the sky blue?").text)
--   for chunk in client:stream "Tell me a story" do io.write(chunk.text) end
--
-- When the world fails, functions return nil and an error: a table with name, code, message and more, one line as
-- text. Misuse raises. So does a for loop over a stream that breaks, or a cut answer would look like a short one.
--
-- This file is the door: one source for Lua 5.1 to 5.4 and LuaJIT. Each noun has a file in chatabi/; what talks to the
-- library is the half that chatabi/half.lua finds, and it never waits longer than it is told.

local core = require "chatabi.half"
local client = require "chatabi.client"
local errors = require "chatabi.error"
local json = require "chatabi.json"
local many = require "chatabi.many"
local media = require "chatabi.media.media"
local schema = require "chatabi.schema.schema"
local sentences = require "chatabi.text.sentences"

local chatabi = {
  new = client.new,
  image = media.image, -- parts of messages, from a path, an address or bytes
  audio = media.audio,
  file = media.file,
  splitter = sentences.splitter, -- whole sentences of a text that comes in pieces
  loop = require "chatabi.loop", -- `yield` functions for event loops, and a scheduler
  null = json.null, -- JSON null; equal to cjson.null and ngx.null. It counts as true, as every userdata does
  array = json.array, -- marks a table as a JSON array, so that an empty one is [] and not {}
  errors = errors.codes, -- name -> code
  version = core.version,
  interrupted = core.interrupted, -- was Ctrl-C pressed since the last call? The first call takes over SIGINT
}

function chatabi.encode(value)
  local text = json.encode_argument(value, 1, "encode", 2) -- no tail call: the level of its errors counts this function
  return text
end

function chatabi.decode(text)
  local value, message = json.decode(text)
  if message then return nil, errors.new("JSON", message) end
  return value
end

-- As Lua's assert. That of Lua 5.1 and 5.2 takes no table for a message and hides what went wrong.
function chatabi.assert(value, ...)
  if value then return value, ... end
  local err = ...
  error(err == nil and "assertion failed!" or err, 0)
end

-- A value that `encode` writes as the JSON text it is: the order of its members stays.
function chatabi.raw(text)
  local value, message = json.raw(text)
  if message then return nil, errors.new("JSON", message) end
  return value
end

-- The JSON texts of a list's elements or an object's members, as they stand.
function chatabi.pieces(text)
  local pieces, message = json.pieces(text)
  if message then return nil, errors.new("JSON", message) end
  return pieces
end

-- The JSON Schema of a plain table.
function chatabi.schema(plain) return (schema.from(plain, "schema", 2)) end

function chatabi.wait_any(streams, timeout_s)
  local stream, answer, err = many.wait_any(streams, timeout_s, "wait_any", 2)
  return stream, answer, err
end

return chatabi
