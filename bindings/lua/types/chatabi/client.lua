---@meta _
-- SPDX-License-Identifier: MIT
-- Types and documentation of a client: what is asked, of whom, and what is known about it.

--- What `chatabi.new` takes: the options of the library, all of them in [core/OPTIONS.md](../../core/OPTIONS.md), and
--- two of Lua's own. None is needed where the environment says enough.
---@class chatabi.Options
---Where credentials come from: a source, or a source and its value. Default: Application Default Credentials on Vertex
---AI, the key in the environment for OpenAI and the Gemini API, else none.
---@field auth? chatabi.AuthSource|chatabi.Auth
---What waits in a coroutine, see [Event loops](#event-loops).
---@field yield? chatabi.Yield

--- A source of credentials; all of them: [core/CREDENTIALS.md](../../core/CREDENTIALS.md).
---@alias chatabi.AuthSource
---| "adc" # Google's Application Default Credentials
---| "file" # a credential file; the value is its path
---| "json" # the text of such a file
---| "metadata" # the metadata server; the value may be a service account's email
---| "gcloud" # the login of the gcloud command; the value may be an account's email
---| "token" # an access token, used as it is
---| "api_key" # an API key
---| "none" # no credentials

--- A source and its value: `{ "file", "key.json" }` or `{ source = "file", value = "key.json" }`.
---@class chatabi.Auth
---The source, where it has no name.
---@field [1]? chatabi.AuthSource
---Its value, likewise.
---@field [2]? string
---The source.
---@field source? chatabi.AuthSource
---Path, JSON, token, key or email.
---@field value? string

--- Another place for a request, in the option `fallback`.
---@class chatabi.Place
---A location on Vertex AI.
---@field location? string
---Another server.
---@field base_url? string
---The model there.
---@field model? string

--- Options of one request.
---@class chatabi.RequestOptions
---Instead of `/chat/completions`.
---@field path? string
---Instead of `POST`.
---@field method? "POST"|"GET"|"DELETE"
---Headers to send; `chatabi.null` leaves one of the client's out.
---@field headers? table<string, string|lightuserdata>
---For the name, the connection and TLS, in milliseconds.
---@field connect_timeout_ms? integer
---Until the answer begins, in milliseconds.
---@field first_byte_timeout_ms? integer
---Between two arrivals of bytes, in milliseconds.
---@field idle_timeout_ms? integer
---For everything, in milliseconds.
---@field total_timeout_ms? integer
---Further attempts after a failure that may pass.
---@field max_retries? integer
---What the answer has to look like, see [Structured output](#structured-output).
---@field schema? chatabi.Schema
---Its name for the server. Default: `answer`.
---@field schema_name? string
---Instead of the client's `yield`.
---@field yield? chatabi.Yield

--- A client holds the configuration, the credentials and the connections. One is enough for a program; any number of
--- requests may be under way at once. It is closed when it is collected, in Lua 5.4 also by `local client <close>`.
---@class chatabi.Client
local Client = {}

--- Asks, and waits for the whole answer.
---
--- ```lua
--- local answer, err = client:chat { messages = { { role = "user", content = "Hello" } }, max_tokens = 200 }
--- if not answer then print(err.name, err.message) else print(answer.text) end
--- ```
---@param body chatabi.Asked What the user says, one message, a list of messages, or a whole body.
---@param options? chatabi.RequestOptions For this request only.
---@return chatabi.Answer? answer The answer, when it is complete.
---@return chatabi.Error err Any error; what had come of the answer is its field `partial`.
---@nodiscard
---@async
function Client:chat(body, options) end

--- Asks, and returns at once; the answer is read piece by piece. Nothing has to be checked: a request that cannot
--- even begin fails when it is read. Only a client that came through a fork, or a process without memory, gives nil
--- and an error.
---
--- Lua 5.4 closes the stream when a `for` is left early; the second to fourth value are for that. Where they are in
--- the way, put the call in parentheses.
---
--- ```lua
--- for chunk in client:stream "Tell me a story" do io.write(chunk.text) end
--- ```
---@param body chatabi.Asked As for `chat`.
---@param options? chatabi.RequestOptions For this request only.
---@return chatabi.Stream stream The stream, which a `for` can go over.
---@return nil
---@return nil
---@return chatabi.Stream closing The stream again, for the `for`.
---@nodiscard
function Client:stream(body, options) end

--- Sends JSON text as it stands, to any `path`, and returns at once. For whoever passes on what others wrote, such as a
--- gateway: `stream:next` brings the JSON of each piece as the server sent it, `stream:json` that of the whole answer.
--- It is streamed when the text says so.
---
--- ```lua
--- local stream = client:send('{"input":"cat","model":"text-embedding-3-small"}', { path = "/embeddings" })
--- while stream:next() do end
--- print(stream:json() or stream:error())
--- ```
---@param text string The body; empty for none.
---@param options? chatabi.RequestOptions For this request only; no `schema`.
---@return chatabi.Stream stream The stream, as of `stream`.
---@return nil
---@return nil
---@return chatabi.Stream closing The stream again, for the `for`.
---@nodiscard
function Client:send(text, options) end

--- A conversation: history, tools, rounds. See [Conversations](#conversations).
---
--- ```lua
--- local talk = client:conversation { system = "You are brief." }
--- print(assert(talk:send "Who wrote Faust?").text)
--- ```
---@param settings? chatabi.ConversationSettings What it begins with and how it goes on.
---@return chatabi.Conversation talk The conversation. Nothing is sent yet.
---@nodiscard
function Client:conversation(settings) end

--- Goes on with a conversation that `talk:save` wrote.
---@param text string What `save` gave, or any JSON body of a chat completion.
---@param settings? chatabi.ConversationSettings What is not in the text: tools, limits, options.
---@return chatabi.Conversation? talk The conversation.
---@return chatabi.Error err Error `JSON` when the text is no such body.
---@nodiscard
function Client:load_conversation(text, settings) end

--- Vectors for texts.
---
--- ```lua
--- local result = assert(client:embeddings({ "cat", "dog" }, { total_timeout_ms = 10000 }))
--- print(#result.vectors, #result.vector)
--- ```
---@param input string|string[]|chatabi.EmbeddingsBody A text, a list of texts, or a body with `input`.
---@param options? chatabi.RequestOptions For this request only.
---@return chatabi.Embeddings? result The vectors, in the order of the texts.
---@return chatabi.Error err Any error.
---@nodiscard
---@async
function Client:embeddings(input, options) end

--- The models that the server lists.
---@param options? chatabi.RequestOptions For this request only.
---@return chatabi.Model[]? models Sorted by `id`.
---@return chatabi.Error err Any error; `NOT_FOUND` where a server has no such list.
---@nodiscard
---@async
function Client:models(options) end

--- A stream of this client that has something to read, taking turns among them.
---@param timeout_s? number Seconds to wait at most; 0 never waits.
---@return chatabi.Stream? stream Nil when none had in time, or `wake` was called.
---@async
function Client:ready(timeout_s) end

--- Those of some streams that have something to read, as soon as there is one. Blocks also where a `yield` is set: in
--- coroutines let each read its own stream. None can have something when all were read to their end, or wait for
--- `turn:answer`: then it returns at once.
---@param streams (chatabi.Stream|chatabi.Turn)[] Streams, and turns of conversations.
---@param timeout_s? number Seconds to wait at most; 0 never waits.
---@return (chatabi.Stream|chatabi.Turn)[] ready In the order of `streams`; empty when none had in time or none can.
function Client:select(streams, timeout_s) end

--- The first of some streams to end. Reads and drops what they all bring meanwhile, as `stream:wait` does. Blocks
--- also where a `yield` is set: in coroutines use `stream:await`.
---
--- ```lua
--- local streams = { (client:stream "Think of a number"), (client:stream "Think of a colour") }
--- local first, answer, err = client:wait_any(streams, 30)
--- if first then print(answer and answer.text or err) end
--- ```
---@param streams (chatabi.Stream|chatabi.Turn)[] Streams, and turns of conversations.
---@param timeout_s? number Seconds to wait at most.
---@return chatabi.Stream|chatabi.Turn|nil stream The first that ended, nil when none did in time or none can.
---@return chatabi.Answer? answer Its answer, nil when it failed.
---@return chatabi.Error err Why it failed.
function Client:wait_any(streams, timeout_s) end

--- Warms up: loads certificates, gets a token and opens a connection, in the background, ahead of the first request.
--- From here on options are fixed. Returns at once.
---@return boolean? good True, also when the warm-up fails later: the first request tries again.
---@return chatabi.Error err Error `CONFIG` for options that contradict each other, or `FORKED`.
function Client:start() end

--- Sets where credentials come from. Only before the first request; but a `token` may be replaced by another at any
--- time.
---@param source chatabi.AuthSource The kind of credential.
---@param value? string Path, JSON, token, key or email.
---@return boolean? good True.
---@return chatabi.Error err Error `CONFIG` for an unknown source, `STATE` when it comes too late.
function Client:set_auth(source, value) end

--- Sets what waits in coroutines, as the option `yield` does.
---@param yield? chatabi.Yield Nil: waits block, in coroutines too.
function Client:set_yield(yield) end

--- What the client is doing and has found out. No secrets are in it.
---@return chatabi.Status? status A new table.
---@return chatabi.Error err Error `FORKED` or `NOMEM`.
---@nodiscard
function Client:status() end

--- Takes the oldest line from the client's log. Options `log_level`, `log_payloads` and `log_telemetry` choose what
--- is in it.
---@return string? line `2026-01-31T12:00:00.000Z info request 1: ...`, nil when there is none.
function Client:log() end

--- A file descriptor that is readable while a stream of this client has something to read. Only poll it.
---@return integer? fd Nil where the system has none.
---@nodiscard
function Client:pollfd() end

--- What to poll `pollfd` for; cqueues calls it.
---@return "r" events Always for reading.
---@nodiscard
function Client:events() end

--- How long a poll may take; cqueues calls it.
---@return number? timeout_s Always nil: no limit.
---@nodiscard
function Client:timeout() end

--- The same as `pollfd`, under the name that LuaSocket's `select` calls.
---@return integer? fd Nil where the system has none.
---@nodiscard
function Client:getfd() end

--- For LuaSocket's `select`: is there something that polling does not show?
---@return boolean dirty Always false.
---@nodiscard
function Client:dirty() end

--- Ends the wait that is now going on, or else the next one, on this client. `ready`, `next` and `wait` then return
--- as if their time was over. In Lua it is for hooks; other threads call `chatabi_client_wake` in C.
function Client:wake() end

--- Cancels all requests and closes the connections. Closing twice does no harm; every other call on a closed client
--- raises.
---@param timeout_s? number Seconds to wait for connections to end in good order; nil or none does not wait.
function Client:close(timeout_s) end
