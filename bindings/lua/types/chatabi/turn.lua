---@meta _
-- SPDX-License-Identifier: MIT
-- Types and documentation of a turn: what conversation:stream returns.

--- A turn that is under way: a stream over all rounds of it. It has all methods of a [stream](#streams), and what it
--- needs for tools that your program answers itself.
---
--- Before a tool is run there is a piece of type `tool`, after it one of type `tool_result`. A tool without a
--- function `run` waits for `turn:answer`: until then `drain` gives nothing, `next` with a time gives false at once,
--- and a wait without limit raises, since it would never end.
---
--- ```lua
--- local function on_frame()
---   for chunk in turn:drain() do show(chunk) end
---   for _, call in ipairs(turn:pending()) do turn:answer(call, ask_the_game(call)) end
--- end
--- ```
---@class chatabi.Turn: chatabi.Stream
local Turn = {}

--- Answers a call of a tool that has no `run`.
---@param tool_call chatabi.Call|chatabi.ToolCall The call, from `pending` or from the piece of type `tool`.
---@param result any What the model gets to read: a text, or a value that is written as JSON; nil means "done".
---@param message? string With nil or false as the result: an error for the model.
function Turn:answer(tool_call, result, message) end

--- The calls that wait for an answer.
---@return chatabi.Call[] calls In their order; empty when none waits.
---@nodiscard
function Turn:pending() end

--- Where it is: as `stream:state` of the request at hand.
---@return chatabi.State|"tools" state While tools are run or wait for their answers: `tools`.
---@nodiscard
function Turn:state() end

--- What to poll `pollfd` for. The descriptor is another one in each round.
---@return "r"? events Nil while a call waits for its answer: there is nothing to poll.
---@nodiscard
function Turn:events() end

--- How long a poll may take.
---@return number? timeout_s 0 when a tool can be run at once, else nil: no limit.
---@nodiscard
function Turn:timeout() end

--- Is there something to do that polling does not show?
---@return boolean dirty True when a tool can be run at once.
---@nodiscard
function Turn:dirty() end
