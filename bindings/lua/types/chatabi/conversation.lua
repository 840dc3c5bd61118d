---@meta _
-- SPDX-License-Identifier: MIT
-- Types and documentation of a conversation: history, what is sent of it, and its rounds of tools.

--- A conversation keeps the history, calls the tools that the model asks for, and sends as much of it as you allow.
---
--- ```lua
--- local chatabi = require "chatabi"
--- local client = assert(chatabi.new { project = "my-project", model = "google/gemini-2.5-flash" })
--- local talk = client:conversation { system = "You are brief.", keep_turns = 20 }
--- print(assert(talk:send "Who wrote Faust?").text)
--- print(assert(talk:send "When was he born?").text)
--- print(#talk.messages, talk.usage.total_tokens)
--- ```
---
--- A turn is a message of the user's and all that follows it, up to the model's answer. It is whole or not there:
--- when it fails or is cancelled, the history is as it was before. A conversation has one turn at a time, and raises
--- when another begins; for a second one take a `fork`.
---
--- What the model said is sent back as the very JSON that came, so nothing that a server needs to see again is lost;
--- a message that you change is sent as you changed it.
---@class chatabi.Conversation
---The history, the oldest first. Read it, change it.
---@field messages chatabi.Message[]
---Tokens of all its requests.
---@field usage chatabi.ConversationUsage
---The client that it asks.
---@field client chatabi.Client
---The fields of the body from the settings, `model` and others: change them between turns. So can these:
---@field body table
---What the model may call.
---@field tools? table<string, chatabi.Tool>|table[]
---Asked before a tool is run.
---@field approve? chatabi.Approve
---Called after each tool.
---@field on_tool? fun(call: chatabi.Call, result: string)
---How many requests with calls of tools a turn may take.
---@field max_rounds integer
---How many turns are sent at most.
---@field keep_turns? integer
---About how many tokens are sent at most.
---@field keep_tokens? integer
---Counts the tokens of a message.
---@field count_tokens? fun(message: chatabi.Message): number
---What answers have to look like.
---@field schema? chatabi.Schema
---Its name for the server.
---@field schema_name? string
---Options of every request.
---@field options? chatabi.RequestOptions
local Conversation = {}

--- Says something (or nothing: then it goes on from the history as it stands), runs the tools that the model calls,
--- and waits for the answer. When the model would not stop calling tools, the error is `TOO_MANY` with `limit`
--- `max_rounds`.
---@param content? string|(string|chatabi.Part)[]|chatabi.Message A text, parts, or a message; nil: nothing new.
---@param options? chatabi.RequestOptions For this turn only, besides the settings' `options`.
---@return chatabi.Answer? answer The last answer of the turn.
---@return chatabi.Error err Any error; its `turn` has the messages of whole rounds, which were not added.
---@async
function Conversation:send(content, options) end

--- As `send`, with the answer piece by piece, over all rounds of tools.
---
--- ```lua
--- for chunk in talk:stream "And today?" do io.write(chunk.text) end
--- ```
---
--- As with `client:stream`, the first value has to be checked only where a fork is possible.
---@param content? string|(string|chatabi.Part)[]|chatabi.Message As for `send`.
---@param options? chatabi.RequestOptions For this turn only.
---@return chatabi.Turn turn The turn, which a `for` can go over.
---@return nil
---@return nil
---@return chatabi.Turn closing The turn again: Lua 5.4 closes it when a `for` is left early.
---@nodiscard
function Conversation:stream(content, options) end

--- Adds a message to the history without sending anything.
---@param message chatabi.Message|string A message, or only its role.
---@param content? string|(string|chatabi.Part)[] What it says, when the first argument is a role.
---@return chatabi.Message message The message as it is in the history: a copy.
function Conversation:add(message, content) end

--- The messages that would be sent now: system and developer messages at the beginning always, then the latest whole
--- turns that `keep_turns` and `keep_tokens` allow, at least the last.
---@return chatabi.Message[] messages A new list of the messages of the history.
---@nodiscard
function Conversation:window() end

--- Drops old turns for good; the last always stays, and so do system and developer messages at the beginning.
---@param limits? { turns?: integer, tokens?: integer } How much stays. Default: `keep_turns` and `keep_tokens`.
---@return chatabi.Message[] messages Those that went.
function Conversation:trim(limits) end

--- Takes the last turn back.
---@return chatabi.Message[]? messages Its messages, nil when there is no turn.
function Conversation:undo() end

--- A copy that goes on for itself.
---@param count? integer Only the first so many messages. Raises when that would part a call from its result.
---@return chatabi.Conversation talk With the same settings.
---@nodiscard
function Conversation:fork(count) end

--- The conversation as JSON, to be kept; `client:load_conversation` reads it. It is a body of a chat completion,
--- without tools: functions cannot be written.
---
--- ```lua
--- local text = talk:save()
--- local again = assert(client:load_conversation(text, { tools = tools }))
--- ```
---@return string text The JSON; messages that came from the server as they came.
---@nodiscard
function Conversation:save() end

--- What a conversation begins with and how it goes on. Every other field is one of the body: `model`, `temperature`,
--- `max_tokens`.
---@class chatabi.ConversationSettings
---What the model is told first, as a message of role `system`.
---@field system? string|(string|chatabi.Part)[]
---Messages to begin with.
---@field messages? chatabi.Message[]
---What the model may call: [tools](#tools) by name. A list in OpenAI's form is sent as it is; its calls are then yours.
---@field tools? table<string, chatabi.Tool>|table[]
---Asked before a tool is run.
---@field approve? chatabi.Approve
---Called after each tool with what the model gets to read.
---@field on_tool? fun(call: chatabi.Call, result: string)
---How many requests with calls of tools a turn may take. Default: 8.
---@field max_rounds? integer
---How many turns are sent at most. Default: all.
---@field keep_turns? integer
---About how many tokens are sent at most. Default: all.
---@field keep_tokens? integer
---Counts the tokens of a message. Default: an estimate by its length, corrected by what the server counted last.
---@field count_tokens? fun(message: chatabi.Message): number
---What answers have to look like, see [Structured output](#structured-output).
---@field schema? chatabi.Schema
---Its name for the server. Default: `answer`.
---@field schema_name? string
---Options of every request.
---@field options? chatabi.RequestOptions
---The model, when it is not the client's.
---@field model? string
---Other fields of the body.
---@field [string] any

--- Tokens of a conversation, as the server counts, summed.
---@class chatabi.ConversationUsage
---Those of the prompts.
---@field prompt_tokens integer
---Those of the answers.
---@field completion_tokens integer
---Both.
---@field total_tokens integer
---How many requests there were.
---@field requests integer
