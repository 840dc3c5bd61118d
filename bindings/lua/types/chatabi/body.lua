---@meta _
-- SPDX-License-Identifier: MIT
-- Types of what is sent: a body, its messages and their parts.

--- The body of a chat completion: a table with [OpenAI's
--- fields](https://platform.openai.com/docs/api-reference/chat). Any field may be there; these are the usual ones.
--- What a server wants differently is changed on the way, see [core/DIALECTS.md](../../core/DIALECTS.md). Instead of
--- a body, `chat` and `stream` take a list of messages, one message, or what the user says: one text, or a list of
--- parts that begins with a text or a part.
---@class chatabi.Body
---What was said so far, the oldest first.
---@field messages chatabi.Message[]
---Default: the client's.
---@field model? string
---How many tokens the model may write.
---@field max_tokens? integer
---From 0, always the likeliest word, to 2.
---@field temperature? number
---The share of likely words that are chosen from.
---@field top_p? number
---Where the answer is to end.
---@field stop? string|string[]
---What the model may call, as OpenAI writes it. A conversation takes [tools](#tools) by name.
---@field tools? table[]
---Whether it must call one, and which.
---@field tool_choice? string|table
---What the answer is to look like; or use the option `schema`.
---@field response_format? table
---How much a model thinks first: `none`, `minimal`, `low`, `medium`, `high`.
---@field reasoning_effort? string
---How many answers.
---@field n? integer
---Set by `client:stream`.
---@field stream? boolean
---Others of OpenAI's fields, or a server's own.
---@field [string] any

--- What `chat` and `stream` take.
---@alias chatabi.Asked string|(string|chatabi.Part)[]|chatabi.Message|chatabi.Message[]|chatabi.Body

--- A message. Those of the model go back as they came.
---@class chatabi.Message
---Whose it is.
---@field role "system"|"developer"|"user"|"assistant"|"tool"
---A text, or a list of parts; a text in the list is short for a text part.
---@field content? string|(string|chatabi.Part)[]|lightuserdata
---The model's calls.
---@field tool_calls? chatabi.ToolCall[]
---In a message of role `tool`: whose result it is.
---@field tool_call_id? string
---Others of OpenAI's fields, or a server's own.
---@field [string] any

--- A part of a message: one of the classes here, or any table that the server understands.
---@alias chatabi.Part chatabi.TextPart|chatabi.ImagePart|chatabi.AudioPart|chatabi.FilePart

--- A part that is text.
---@class chatabi.TextPart
---@field type "text" What it is.
---@field text string The text.

--- A part that is an image.
---@class chatabi.ImagePart
---@field type "image_url" What it is.
---@field image_url { url: string, detail?: "low"|"high"|"auto" } Its URL, which may have the bytes in it.

--- A part that is a sound.
---@class chatabi.AudioPart
---@field type "input_audio" What it is.
---@field input_audio { data: string, format: string } Its bytes as base64, and `wav`, `mp3` or another format.

--- A part that is a file.
---@class chatabi.FilePart
---@field type "file" What it is.
---@field file { filename?: string, file_data?: string, file_id?: string } Its name, and a `data:` URL with its bytes.

--- Something that `chatabi.raw` made: JSON text that is written as it is.
---@class chatabi.Raw
