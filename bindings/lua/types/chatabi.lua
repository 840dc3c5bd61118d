---@meta chatabi
-- SPDX-License-Identifier: MIT
-- Types and documentation of the module itself. Editors read these files, and API.md is made from them.

--- Every function is found here, or on what `chatabi.new` gives. It is the same under Lua 5.1, 5.2, 5.3, 5.4 and
--- LuaJIT.
---
--- ```lua
--- local chatabi = require "chatabi"
--- local client = assert(chatabi.new { project = "my-project", model = "google/gemini-2.5-flash" })
--- print(assert(client:chat "Why is the sky blue?").text)
--- ```
---
--- What holds for all of it:
---
--- - When the world fails (network, server, credentials, limits), a function returns `nil` and an [error](#errors).
---   Misuse, such as an argument of the wrong type, raises an error at the caller's line.
--- - Times in arguments are seconds and may have a fraction; no time means no limit. Names that end in `_ms` are
---   milliseconds.
--- - A client, its streams and conversations belong to one Lua state. Only `client:wake` concerns other threads. The
---   network's work is done by a thread of the library's own, which never calls into Lua.
--- - No table that you give is ever changed.
---@class chatabi
---What stands for JSON null: `nil` would leave no trace in a table. It counts as true. The same value as `cjson.null`
---and `ngx.null`.
---@field null lightuserdata
---Number of each error by its name: `chatabi.errors.TIMEOUT` is -23.
---@field errors table<chatabi.ErrorName, integer>
---The `yield` functions of event loops, and a small scheduler.
---@field loop chatabi.loop
local chatabi = {}

--- Makes a client. Does nothing yet: files are read, and the network is used, by the first request.
---
--- ```lua
--- local client = assert(chatabi.new { provider = "openai", model = "gpt-4o-mini", auth = { "api_key", "sk-..." } })
--- ```
---@param options? chatabi.Options Where requests go, with which credentials, and within which limits.
---@return chatabi.Client? client Nil when an option is unknown or its value cannot be used.
---@return chatabi.Error err Error `CONFIG`, whose message names the option and what would be right.
---@nodiscard
function chatabi.new(options) end

--- The versions of the library, libcurl and the TLS library in use, on one line.
---@return string version For instance to put into a report of a bug.
---@nodiscard
function chatabi.version() end

--- As Lua's `assert`, whose version in Lua 5.1 and 5.2 takes no table for a message and so hides what went wrong.
---
--- ```lua
--- local client = chatabi.assert(chatabi.new { provider = "openai" })
--- ```
---@generic T
---@param value T? What has to be there.
---@param ... any What to raise, as it is; further values are passed on.
---@return T value The same.
---@return any ... What followed it.
function chatabi.assert(value, ...) end

--- Writes a value as JSON. Raises when there is something in it that JSON does not have, and says where.
---
--- An empty table is `{}`, a table with the keys 1 to n a list; `chatabi.array` makes an empty list, `chatabi.null`
--- is null. Whole numbers are written without a fraction.
---@param value any A table, text, number, boolean, `chatabi.null`, or what `chatabi.raw` gave.
---@return string text The JSON, without white space but what is in raw values.
---@nodiscard
function chatabi.encode(value) end

--- Reads JSON. Null becomes `chatabi.null`; lists are marked, so that an empty one is written as a list again.
---@param text string One JSON value.
---@return any value Nil when the text is no JSON.
---@return chatabi.Error err Error `JSON`, which says what is wrong and where.
---@nodiscard
function chatabi.decode(text) end

--- Marks a table as a JSON list, which matters for an empty one only.
---
--- ```lua
--- print(chatabi.encode { tools = chatabi.array() }) --> {"tools":[]}
--- ```
---@generic T : table
---@param list? T A table without a metatable; without one a new table is made.
---@return T list The same table.
function chatabi.array(list) end

--- JSON text that `chatabi.encode` and every body take as it is: large numbers and the order of members stay.
---@param text string One JSON value.
---@return chatabi.Raw? value What stands for it in a table.
---@return chatabi.Error err Error `JSON` when the text is none.
---@nodiscard
function chatabi.raw(text) end

--- The parts of a JSON list or object as JSON texts, by position or name: to look into a body and pass on the rest as
--- it stands.
---
--- ```lua
--- local parts = assert(chatabi.pieces '{"model":"gpt-4o-mini","seed":12345678901234567890}')
--- print(parts.seed, chatabi.decode(parts.model)) --> 12345678901234567890  gpt-4o-mini
--- ```
---@param text string A list or an object.
---@return table<string|integer, string>? pieces A new table; a list's is marked as one.
---@return chatabi.Error err Error `JSON` when the text is none.
---@nodiscard
function chatabi.pieces(text) end

--- Was Ctrl-C pressed since the last call? The first call takes Ctrl-C over: from then on it does not end the
--- program.
---@return boolean pressed True once, however often it was pressed.
function chatabi.interrupted() end

--- The JSON Schema of a [plain schema](#structured-output), to look at it or to send it yourself. Raises when it is
--- none.
---
--- ```lua
--- print(chatabi.encode(chatabi.schema { city = "string", days = "integer?: how many days" }))
--- ```
---@param plain chatabi.Schema A plain schema; a JSON Schema is given back.
---@return table json_schema The JSON Schema as a table.
---@nodiscard
function chatabi.schema(plain) end

--- Cuts a text that comes in pieces into sentences. `stream:sentences` does this for a stream.
---@return chatabi.Splitter splitter A new one; each text in pieces needs one of its own.
---@nodiscard
function chatabi.splitter() end

--- As `client:wait_any`, for streams of several clients.
---@param streams (chatabi.Stream|chatabi.Turn)[] Streams and turns that are under way.
---@param timeout_s? number Seconds to wait at most.
---@return chatabi.Stream|chatabi.Turn|nil stream The first that ended, nil when none did in time or none can.
---@return chatabi.Answer? answer Its answer, nil when it failed.
---@return chatabi.Error err Why it failed.
function chatabi.wait_any(streams, timeout_s) end

--- An image as a part of a message.
---
--- ```lua
--- local cat = assert(chatabi.image "cat.png")
--- print(assert(client:chat { { role = "user", content = { "What is this?", cat } } }).text)
--- ```
---@param source chatabi.MediaSource A path, a URL, or bytes.
---@param options? chatabi.MediaOptions How it is sent.
---@return chatabi.ImagePart? part To be put among the parts of a message's `content`.
---@return chatabi.Error err Error `ARG`: no such file, empty, too large, of an unknown type.
---@nodiscard
function chatabi.image(source, options) end

--- A sound as a part of a message.
---@param source chatabi.MediaSource A path, a URL, or bytes.
---@param options? chatabi.MediaOptions How it is sent.
---@return chatabi.AudioPart? part To be put among the parts of a message's `content`.
---@return chatabi.Error err Error `ARG`: no such file, empty, too large, of an unknown type.
---@nodiscard
function chatabi.audio(source, options) end

--- Any file as a part of a message: images and sounds as above, PDF and others as files, text files as text.
---@param source chatabi.MediaSource A path, a URL, or bytes.
---@param options? chatabi.MediaOptions How it is sent.
---@return chatabi.Part? part To be put among the parts of a message's `content`.
---@return chatabi.Error err Error `ARG`: no such file, empty, too large, of an unknown type.
---@nodiscard
function chatabi.file(source, options) end

return chatabi
