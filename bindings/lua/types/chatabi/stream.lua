---@meta _
-- SPDX-License-Identifier: MIT
-- Types and documentation of a stream: one request, and its answer piece by piece.

--- A stream is one request that is under way. Read it to its end in the way that fits the program:
---
--- - a `for` loop waits for each piece, and raises when the answer breaks off;
--- - `stream:drain()` gives what is there and never waits: for frame loops;
--- - `stream:wait()` reads to the end and returns the answer;
--- - in coroutines all of them go through a `yield`, see [Event loops](#event-loops).
---
--- ```lua
--- local stream = client:stream { messages = { { role = "user", content = "Tell me a story" } } }
--- for chunk in stream do io.write(chunk.text) end
--- local answer = assert(stream:result())
--- print(answer.usage.total_tokens)
--- ```
---
--- A stream that is collected before its end is cancelled, and the server stops too. It is read by one coroutine at a
--- time. In Lua 5.1 (not LuaJIT) a `for` over a stream cannot yield: use `next` in a `while` loop there.
---@class chatabi.Stream
---@overload fun(): chatabi.Chunk
local Stream = {}

--- The next piece.
---
--- ```lua
--- local chunk, err = stream:next()
--- while chunk do
---   io.write(chunk.text)
---   chunk, err = stream:next()
--- end
--- if err then print(err) end
--- ```
---@param timeout_s? number Seconds to wait at most; 0 never waits.
---@return chatabi.Chunk|false|nil chunk False when none came in time, nil at the end.
---@return chatabi.Error? err Nil when the answer is complete, else why it broke off.
---@async
function Stream:next(timeout_s) end

--- The pieces that are there now. Never waits, and never raises what went wrong on the way: `done` tells whether the
--- end was reached, `result` or `error` how it was.
---
--- ```lua
--- local function on_frame()
---   for chunk in stream:drain() do add(chunk.text) end
---   if stream:done() then show(stream:result()) end
--- end
--- ```
---@return fun(): chatabi.Chunk iterator For a `for` loop.
---@return chatabi.Stream state For it, too.
---@nodiscard
function Stream:drain() end

--- Was the stream read to its end, good or bad?
---@return boolean done From then on `result` and `error` have what there is.
---@nodiscard
function Stream:done() end

--- Reads to the end, dropping the pieces, and returns what `result` does.
---@param timeout_s? number Seconds to wait at most. When they are over `wait` can be called again.
---@return chatabi.Answer? answer The whole answer.
---@return chatabi.Error err Error `TIMEOUT` when it is still on its way, or why it broke off.
---@async
function Stream:wait(timeout_s) end

--- As `wait`, with a `yield` of its own: it is called whenever nothing is there to read, in whatever coroutine this
--- is.
---
--- ```lua
--- local answer, err = stream:await(coroutine.yield)
--- ```
---@param yield? chatabi.Yield Nil: that of the request or the client; without one that raises.
---@param timeout_s? number Seconds to wait at most.
---@return chatabi.Answer? answer The whole answer.
---@return chatabi.Error err Error `TIMEOUT` when it is still on its way, or why it broke off.
---@async
function Stream:await(yield, timeout_s) end

--- The sentences of the text, each as soon as it is complete; the last one at the end. Raises when the answer breaks
--- off, after what was whole.
---
--- ```lua
--- for sentence in stream:sentences() do say(sentence) end
--- ```
---@return fun(): string iterator For a `for` loop.
---@nodiscard
---@async
function Stream:sentences() end

--- The answer of a stream that was read to its end.
---@return chatabi.Answer? answer The whole answer.
---@return chatabi.Error err Error `STATE` before the end, or why it broke off, with what had come as `partial`.
---@nodiscard
function Stream:result() end

--- The whole answer as JSON text, in which nothing of what the server sent is lost or rounded. After an error what had
--- come of it.
---@return string? json Nil before the end, and when nothing came.
---@nodiscard
function Stream:json() end

--- Why the stream broke off.
---@return chatabi.Error? err Nil before the end, and when the answer is complete.
---@nodiscard
function Stream:error() end

--- Where the request is.
---@return chatabi.State state Ahead of what was read: a stream may be `done` while pieces are still to be read.
---@nodiscard
function Stream:state() end

--- Numbers about the request, at any time.
---@return chatabi.Info info A new table; what is not known (yet) is not in it.
---@nodiscard
function Stream:info() end

--- A header of the server's answer.
---@param name string In any case: `x-request-id`.
---@return string? value Nil when there is none (yet).
---@nodiscard
function Stream:header(name) end

--- A file descriptor that is readable while there is something to read. Only poll it.
---@return integer? fd Nil where the system has none.
---@nodiscard
function Stream:pollfd() end

--- What to poll `pollfd` for; cqueues calls it.
---@return "r" events Always for reading.
---@nodiscard
function Stream:events() end

--- How long a poll may take; cqueues calls it.
---@return number? timeout_s Always nil: no limit.
---@nodiscard
function Stream:timeout() end

--- The same as `pollfd`, under the name that LuaSocket's `select` calls.
---@return integer? fd Nil where the system has none.
---@nodiscard
function Stream:getfd() end

--- For LuaSocket's `select`: is there something that polling does not show?
---@return boolean dirty Always false.
---@nodiscard
function Stream:dirty() end

--- Ends the request: the connection is closed, and the server stops. The stream then ends with the error `CANCELLED`,
--- and what had come is `partial` of it. Never waits.
function Stream:cancel() end

--- Cancels, and frees what the stream holds. Closing twice does no harm; every other call on a closed stream raises.
--- A loop over `drain` that closes its stream ends.
function Stream:close() end

--- Where a request is.
---@alias chatabi.State
---| "queued" # it waits for its turn
---| "auth" # it waits for a credential
---| "connecting" # a connection is being made
---| "waiting" # it was sent
---| "streaming" # the answer is coming
---| "retrying" # it waits for its next attempt
---| "done" # the answer is complete
---| "failed" # there is an error
---| "unknown" # another; this version of the module has no name for it

--- A piece of an answer. Each has `text`, which is the answer's text and nothing else, and empty where the piece is
--- none: `io.write(chunk.text)` is right for every piece. What else it has depends on its `type`.
---@alias chatabi.Chunk
---| chatabi.TextChunk # `text`: some of the answer's text
---| chatabi.ReasoningChunk # `reasoning`: some of what the model thinks
---| chatabi.RefusalChunk # `refusal`: some of why it refuses
---| chatabi.ToolChunk # `tool`: a whole call of a tool
---| chatabi.ToolResultChunk # `tool_result`: a tool was run; in a turn of a conversation only
---| chatabi.OtherChunk # `other`: something else that the server sent

--- What every piece has.
---@class chatabi.AnyChunk
---Some of the answer's text, or empty.
---@field text string
---What the server sent, as JSON; of a call, the whole call.
---@field json? string
---Which answer it belongs to, from 0: for bodies with `n`.
---@field choice? integer

--- Some of the answer's text.
---@class chatabi.TextChunk: chatabi.AnyChunk
---@field type "text" What it is.

--- Some of what the model thinks.
---@class chatabi.ReasoningChunk: chatabi.AnyChunk
---@field type "reasoning" What it is.
---@field reasoning string Some of the thoughts.

--- Some of why the model refuses.
---@class chatabi.RefusalChunk: chatabi.AnyChunk
---@field type "refusal" What it is.
---@field refusal string Some of the reason.

--- A call of a tool, whole, however the server cut it into pieces.
---@class chatabi.ToolChunk: chatabi.AnyChunk
---@field type "tool" What it is.
---@field tool_call chatabi.ToolCall The call.

--- In a turn of a conversation: a tool was run.
---@class chatabi.ToolResultChunk: chatabi.AnyChunk
---@field type "tool_result" What it is.
---@field tool_call chatabi.ToolCall The call.
---@field result string What the model gets to read.

--- Something else that the server sent: `json` has it.
---@class chatabi.OtherChunk: chatabi.AnyChunk
---@field type "other" What it is.

--- Numbers about a request.
---@class chatabi.Info
---Number of the request within its client, from 1.
---@field id? integer
---Status of the last HTTP response.
---@field http_status? integer
---HTTP requests that were made for this answer.
---@field attempts? integer
---What the server asked to wait, when it refused.
---@field retry_after_ms? integer
---From sending to the first byte of the answer.
---@field first_byte_ms? integer
---From sending to the first text.
---@field first_text_ms? integer
---From sending to the end.
---@field total_ms? integer
---Tokens of the prompt, as the server counts.
---@field prompt_tokens? integer
---Tokens of the answer, as the server counts: some leave out reasoning.
---@field completion_tokens? integer
---Both, as the server counts.
---@field total_tokens? integer
---All that the model wrote, reasoning included, whatever the server's way.
---@field output_tokens? integer
---Of these, reasoning.
---@field reasoning_tokens? integer
---Of the prompt's, those that came from a cache.
---@field cached_tokens? integer
---After an error: 1 when sending again may help.
---@field retryable? integer
---Which answer the last piece belonged to, from 0.
---@field choice? integer
---10, 11, 20 or 30: of the last HTTP response.
---@field http_version? integer
---Bytes that have come.
---@field bytes? integer
---Where the last attempt went: 0 as configured, 1 the first fallback, and so on.
---@field place? integer
---Why the model stopped.
---@field finish? "stop"|"length"|"tool_calls"|"content_filter"|"other"
