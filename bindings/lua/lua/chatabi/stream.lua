-- SPDX-License-Identifier: MIT
-- A stream: one request and its answer. The lower half has the type and what needs no waiting; here is the rest.
local core = require "chatabi.half"
local answers = require "chatabi.answer"
local errors = require "chatabi.error"
local sentences = require "chatabi.text.sentences"
local span = require "chatabi.span"
local wait = require "chatabi.wait"

local stream = {}
local Stream = core.stream.__index

-- Of a request: `client` sent it, `yield` is the function to wait with, check(answer) -> answer | nil, err its last
-- test. They may refer to the stream itself, so they lie with it, where the collector sees that.
local notes_of = core.notes

-- What the client adds to a stream that it sent.
function stream.attach(self, client, yield, check)
  local notes = notes_of(self)
  notes.client, notes.yield, notes.check = client, yield, check
end

-- Does waiting for it hand over to a scheduler?
function stream.has_yield(self) return notes_of(self).yield ~= nil end

function Stream:error()
  local code, message, details = core.stream_error(self)
  if not code then return nil end
  local decoded = core.decode(details)
  return errors.new(code, message, type(decoded) == "table" and decoded or nil)
end

-- The answer when it is complete; else nil and an error, with what had arrived as its field `partial`.
function Stream:result()
  local json = core.stream_result(self)
  if not json then return nil, errors.new("STATE", "The answer is not complete yet.") end
  local completion, why = nil, "The answer is empty."
  if json ~= "" then completion, why = core.decode(json) end
  local err = self:error()
  if not err and not why then
    local answer, check = answers.new(completion), notes_of(self).check
    answer.info = self:info()
    if check then return check(answer) end
    return answer
  end
  err = err or errors.new("PROTOCOL", why)
  if completion then err.partial = answers.new(completion) end
  return nil, err
end

-- The whole answer as JSON text: every digit as the server had it. After an error what had come; nil when there is
-- nothing, and before the end.
function Stream:json()
  local text = core.stream_result(self)
  return text ~= "" and text or nil
end

local MESSAGE = { "choices", 1, "message" }

-- The message of the answer as it is sent back: every digit and every member as the server had them. Nil when there is
-- none.
function stream.message_text(self)
  local text = core.stream_result(self)
  return text and span.of(text, MESSAGE)
end

-- Why the stream broke, with what had arrived; nil when it did not.
local function failure(self)
  if not core.stream_error(self) then return nil end
  local _, err = self:result()
  return err
end

-- A chunk; false when none came in time; nil at the end; nil and an error when the stream broke.
function Stream:next(timeout_s)
  local deadline = wait.deadline(timeout_s, "next")
  local chunk = wait.until_ready(core.stream_next, self, deadline, notes_of(self).yield)
  if chunk == nil then return nil, failure(self) end
  return chunk
end

local function read_to_end(self, deadline, yield)
  local ended
  repeat ended = wait.until_ready(core.stream_skip, self, deadline, yield) until ended ~= nil
  if ended then return self:result() end
  return nil, errors.new("TIMEOUT", "The answer is still on its way: wait again, or cancel it.")
end

-- Reads to the end and returns what `result` does. After a timeout it can be called again.
function Stream:wait(timeout_s)
  return read_to_end(self, wait.deadline(timeout_s, "wait"), notes_of(self).yield)
end

-- As `wait`, with yield(stream, timeout_s) called whenever nothing is there to read.
function Stream:await(yield, timeout_s)
  if yield == nil then yield = notes_of(self).yield end
  if type(yield) ~= "function" then
    error(("bad argument #1 to 'await' (function expected, got %s)"):format(type(yield)), 2)
  end
  return read_to_end(self, wait.deadline(timeout_s, "await", 2), yield)
end

-- An iterator over whole sentences of the text, for speech and dialogue.
function Stream:sentences()
  core.stream_error(self) -- raises for what is no open stream, here and not in the loop
  return sentences.of(self)
end

local stream_next = core.stream_next

local function next_after_wait(self)
  local yield = notes_of(self).yield
  local chunk
  repeat chunk = wait.until_ready(stream_next, self, nil, yield) until chunk ~= false
  return chunk
end

function core.stream.__call(self)
  local chunk = stream_next(self, 0)
  if chunk == false then chunk = next_after_wait(self) end
  if chunk == nil then
    local err = failure(self)
    if err then error(err, 0) end
  end
  return chunk
end

return stream
