-- SPDX-License-Identifier: MIT
-- A turn of a conversation: from what the user says to the answer in words, over as many requests as the model's calls
-- of tools make. It is read as a stream is. Its life is a chain of rounds: a request is read to its end; then the
-- tools that it called run one by one, each when something is read; then the next request is sent.
--
-- Nothing here holds a pcall, a metamethod or an iterator around a wait, so that coroutines may wait in Lua 5.1, too.
local calls_of = require "chatabi.talk.calls"
local core = require "chatabi.half"
local errors = require "chatabi.error"
local json = require "chatabi.json"
local sentences = require "chatabi.text.sentences"
local streams = require "chatabi.stream"
local toolbox = require "chatabi.talk.toolbox"
local wait = require "chatabi.wait"

local turn = {}
local Turn = {}
Turn.__index = Turn

-- ---- the end ----

local function stop(self)
  if self.calls then self.calls.stopped = true end
  self.over, self.calls = true, nil
end

-- What is told of the turn is messages of whole rounds: they may be put into a history, and continued from there.
local function fail(self, err, partial)
  err.partial, err.turn = err.partial or partial, {}
  for at = 1, self.whole do err.turn[at] = self.messages[at] end
  stop(self)
  self.failure = err
  self.job.settle(nil)
end

local function succeed(self, answer)
  self.messages[#self.messages + 1] = answer.message
  self.over, self.outcome = true, answer
  self.job.settle(self.messages)
end

-- A function of the user raised, which is no matter of the model.
local function abandon(self, raised)
  if not self.over then fail(self, errors.new("CANCELLED", "The turn ended with an error: " .. tostring(raised))) end
  error(raised, 0)
end

-- ---- between two rounds ----

local function next_round(self)
  local messages = {}
  for at, message in ipairs(self.messages) do messages[at] = message end
  messages[#messages + 1] = self.asked
  self.calls:add_results(messages)
  local stream, err = self.job.ask(messages, self.round + 1, 1)
  self.messages, self.whole = messages, #messages
  if not stream then return fail(self, err) end
  self.stream:close()
  self.stream, self.round, self.calls, self.early = stream, self.round + 1, nil, {}
end

-- The chunk of a result; false when a call waits for its answer; nil when another round began, or the turn is over.
local function work(self)
  local calls = self.calls
  local chunk = calls:work()
  if calls.raised then abandon(self, calls.raised[1]) end
  if chunk == nil and not self.over then next_round(self) end
  return chunk
end

-- ---- the end of a round ----

-- Why the calls of an answer cannot be run, or nil.
local function obstacle(self, answer, calls)
  if self.round >= self.job.max_rounds then
    local message = "The model does not stop calling tools, and max_rounds of the conversation is %d: raise it, or "
      .. "tell the model to come to an end."
    return errors.new("TOO_MANY", message:format(self.job.max_rounds), { limit = "max_rounds" })
  end
  if answer.finish_reason == "content_filter" then return errors.new("BLOCKED", "The server withheld the answer.") end
  if answer.finish_reason == "length" and calls:has_cut() then
    return errors.new("TRUNCATED", "The answer was cut off inside of a call: raise max_tokens of the request.")
  end
end

local function begin_tools(self, answer)
  local calls = calls_of.new(self.job.box, answer.tool_calls, self.early, self.job.on_tool)
  local err = obstacle(self, answer, calls)
  if err then return fail(self, err, answer) end
  self.asked, self.calls = answer.message, calls
end

-- An answer with nothing in it would stay in the history, and be refused with every request to come.
local function emptiness(answer)
  local message, finish = answer.message, answer.finish_reason
  local is_early = finish == "length" or finish == "content_filter"
  local has_something = answer.text ~= "" or answer.refusal or answer.tool_calls
  if type(message) == "table" and (not is_early or has_something or json.present(message.audio)) then return nil end
  if finish == "content_filter" then return errors.new("BLOCKED", "The server withheld the whole answer.") end
  if finish == "length" then
    return errors.new("TRUNCATED", "The answer was cut off before its first word: raise max_tokens of the request.")
  end
  return errors.new("PROTOCOL", "The answer has no message.")
end

local function end_round(self, answer, err)
  if not answer and not err then answer, err = self.stream:result() end
  self.job.counted(answer or err.partial)
  if not answer then return fail(self, err) end
  err = emptiness(answer)
  if err then return fail(self, err, answer) end
  self.job.arrived(answer, self.stream)
  if answer.tool_calls and self.job.box then return begin_tools(self, answer) end
  succeed(self, answer)
end

-- ---- reading ----

local function check(self)
  if self.closed then error("the turn is closed", 3) end
end

local function note(self, chunk)
  if chunk and chunk.type == "tool" and chunk.tool_call and (chunk.choice or 0) == 0 then
    self.early[#self.early + 1] = { tool_call = chunk.tool_call }
  end
  return chunk
end

local function check_idle(self, level)
  if turn.in_tool(self) then error("a tool cannot read the turn that called it", level) end
  if self.calls and self.calls.busy then error("a tool of this turn is running in another coroutine", level) end
end

-- One step: a chunk; false when there is nothing yet; nil when the turn is over. `read` gives what the stream has, or
-- nil and what its result is.
local function step(self, read, deadline, yield)
  check_idle(self, 4)
  while not self.over do
    local chunk, answer, err
    if self.calls then
      chunk = work(self)
    else
      chunk, answer, err = read(self.stream, deadline, yield)
      if chunk == nil and not self.over then end_round(self, answer, err) end
    end
    if chunk ~= nil then return note(self, chunk) end
  end
  return nil
end

local function read_chunk(stream, deadline)
  local chunk = stream:next(wait.left(deadline))
  return chunk
end

-- No stream:next(0), which looks at the clock: a game comes here in every frame, for nothing in most of them.
local function read_now(stream) return core.stream_next(stream, 0) end

local function read_all(stream, deadline, yield)
  local answer, err
  if yield then
    answer, err = stream:await(yield, wait.left(deadline))
  else
    answer, err = stream:wait(wait.left(deadline))
  end
  if not stream:done() then return false end
  return nil, answer, err
end

-- Without a limit nobody but the caller can end the wait for an answer.
local function check_answered(self, level)
  if not self.calls then return end
  local name = self.calls:first_untold().call.name
  error(("a call of '%s' waits: answer the call first, with turn:answer(tool_call, result)"):format(name), level + 1)
end

-- A chunk; false when none came in time; nil at the end; nil and an error when the turn broke.
function Turn:next(timeout_s)
  check(self)
  local chunk = step(self, read_chunk, wait.deadline(timeout_s, "next"))
  if chunk == nil then return nil, self.failure end
  if chunk == false and timeout_s == nil then check_answered(self, 2) end
  return chunk
end

local function drain_next(self)
  if self.closed then return nil end
  return step(self, read_now) or nil
end

function Turn:drain()
  check(self)
  return drain_next, self
end

function Turn:__call()
  check(self)
  local chunk = step(self, read_chunk)
  while chunk == false do
    check_answered(self, 2)
    chunk = step(self, read_chunk)
  end
  if chunk == nil and self.failure then error(self.failure, 0) end
  return chunk
end

local function read_to_end(self, deadline, yield)
  check_idle(self, 4)
  local chunk
  repeat chunk = step(self, read_all, deadline, yield) until not chunk
  if chunk == nil then return self:result() end
  if not deadline then check_answered(self, 3) end
  return nil, errors.new("TIMEOUT", "The answer is still on its way: wait again, or cancel it.")
end

-- Reads to the end, running tools, and returns what `result` does.
function Turn:wait(timeout_s)
  check(self)
  local answer, err = read_to_end(self, wait.deadline(timeout_s, "wait"))
  return answer, err
end

function Turn:await(yield, timeout_s)
  check(self)
  if type(yield) ~= "function" and not (yield == nil and streams.has_yield(self.stream)) then
    error(("bad argument #1 to 'await' (function expected, got %s)"):format(type(yield)), 2)
  end
  local answer, err = read_to_end(self, wait.deadline(timeout_s, "await", 2), yield)
  return answer, err
end

-- Whole sentences of the text, each as soon as it is complete.
function Turn:sentences()
  check(self)
  return sentences.of(self)
end

-- ---- calls that are answered from outside ----

-- The calls that wait for turn:answer.
function Turn:pending()
  check(self)
  return self.calls and self.calls:pending() or {}
end

-- Answers a call of a tool without `run`. `result` and `message` are what `run` would return.
function Turn:answer(tool_call, result, message)
  check(self)
  local calls = self.calls
  local found = calls and calls:find(tool_call)
  if not calls then found = calls_of.find_early(self.early, self.job.box, tool_call) end
  if not found then error("bad argument #1 to 'answer' (a call of this turn that waits for its answer expected)", 2) end
  found.content = toolbox.content(result, message)
end

-- ---- looking ----

function Turn:done()
  check(self)
  return self.over
end

function Turn:error()
  check(self)
  return self.failure
end

-- The last answer when the turn is complete; else nil and an error.
function Turn:result()
  check(self)
  if not self.over then return nil, errors.new("STATE", "The turn is not complete yet.") end
  if self.failure then return nil, self.failure end
  return self.outcome
end

-- That of the request that is read now, or "tools" while tools are run or answered.
function Turn:state()
  check(self)
  return self.calls and "tools" or self.stream:state()
end

for _, name in ipairs { "info", "header", "json", "pollfd", "getfd" } do
  Turn[name] = function(self, ...)
    check(self)
    return self.stream[name](self.stream, ...)
  end
end

-- Is there something to do that no descriptor tells of?
function Turn:dirty()
  check(self)
  return self.calls ~= nil and self.calls:can_work()
end

function Turn:events()
  check(self)
  return not self.calls and "r" or nil
end

function Turn:timeout()
  check(self)
  return self:dirty() and 0 or nil
end

-- ---- ending ----

function Turn:cancel()
  check(self)
  if self.over then return end
  local stream, err, answer = self.stream, nil, nil
  if not self.calls then
    stream:cancel()
    while stream:next(0) do end
    answer, err = stream:result()
    self.job.counted(answer or err.partial)
  end
  answer = answer or err and err.partial
  fail(self, err and err.name == "CANCELLED" and err or errors.new "CANCELLED", answer)
end

function Turn:close()
  if self.closed then return end
  if not self.over then self.job.settle(nil) end
  self.closed = true
  stop(self)
  self.stream:close()
end

Turn.__close = Turn.close

function Turn:__tostring()
  return self.closed and "chatabi turn (closed)" or ("chatabi turn (round %d)"):format(self.round)
end

-- Is it a tool of this turn that asks?
function turn.in_tool(self) return self.calls ~= nil and self.calls:is_caller() end

-- `job`: messages; box (or nil), on_tool, max_rounds; ask(messages, round, level) -> stream | nil, err;
-- arrived(answer, stream); counted(answer or nil); settle(messages or nil), called once.
function turn.new(job, stream)
  local self = { job = job, messages = job.messages, whole = #job.messages, stream = stream }
  self.round, self.early, self.over, self.closed = 1, {}, false, false
  return setmetatable(self, Turn)
end

return turn
